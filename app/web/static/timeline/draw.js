// Paints the timeline on a canvas: rulers, night and closed bands, lanes of bars, now.

import { formatClock, zoneOffsetMs } from '../clock.js';
import { fitText, paintSkipped, paintTaken, paintFocus } from './bars.js';
import { NAME_ROW_PX, NAME_ROWS, paintNames } from './names.js';
import { chooseStep, listTicks } from './scale.js';
import { findVisible } from './lanes.js';

export const RULER_PX = 46;
const TAKEN_PX = 28;
const SKIPPED_PX = 13;
const GAP_PX = 6;

/** Give each lane its rows' vertical places; returns the height needed. */
export function layOut(lanes) {
  let y = RULER_PX + GAP_PX;
  for (const lane of lanes) {
    lane.rowPx = lane.kind === 'taken' ? TAKEN_PX : SKIPPED_PX;
    if (lane.kind === 'taken') y += NAME_ROWS * NAME_ROW_PX;
    lane.top = y;
    y += lane.rows.length * (lane.rowPx + 2) + (lane.kind === 'skipped' ? 2 * GAP_PX : GAP_PX);
  }
  return y;
}

const COLOURS = [
  'ground', 'raised', 'text', 'quiet', 'line', 'night', 'twilight', 'taken', 'taken-text', 'tentative', 'reserve',
  'skipped', 'downtime', 'drifted', 'conflict', 'now', 'focus', 'owner-0', 'owner-1', 'owner-2', 'owner-3',
];

/** Read the colours the style sheet gives to states, once per theme. */
export function readColours(element) {
  const probe = element.appendChild(document.createElement('i'));
  const colours = Object.fromEntries(COLOURS.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return colours;
}

/**
 * Paint one frame. `view` holds scale, labelPx, lanes, lights, selected, nowMs, timeZone, zoneName,
 * font, words, dayName(ms, offsetMs), ownerIndex(owner). Returns how many bars were drawn.
 */
export function paint(context, view, colours, height) {
  const { scale } = view;
  context.save();
  context.clearRect(0, 0, scale.width + view.labelPx, height);
  context.font = `12px ${view.font}`;
  context.textBaseline = 'middle';
  context.save();
  context.beginPath();
  context.rect(view.labelPx, 0, scale.width, height);
  context.clip();
  context.translate(view.labelPx, 0);
  paintBands(context, scale, view.lights.twilight, colours.twilight, RULER_PX, height);
  paintBands(context, scale, view.lights.night, colours.night, RULER_PX, height);
  paintRulers(context, view, colours, height);
  let drawn = 0;
  for (const lane of view.lanes) drawn += paintLane(context, view, lane, colours);
  paintNow(context, view, colours, height);
  context.restore();
  paintLabels(context, view, colours);
  context.restore();
  return drawn;
}

function paintBands(context, scale, bands, colour, top, bottom) {
  context.fillStyle = colour;
  for (const [from, to] of bands) {
    const x = Math.max(0, scale.toX(from));
    const end = Math.min(scale.width, scale.toX(to));
    if (end > x) context.fillRect(x, top, end - x, bottom - top);
  }
}

function paintRulers(context, view, colours, height) {
  const { scale } = view;
  const step = chooseStep(scale, 64);
  const offset = zoneOffsetMs(view.timeZone, (scale.startMs + scale.endMs) / 2);
  context.textAlign = 'left';
  for (const [zoneOffset, y] of [[0, 12], [offset, 34]]) {
    for (const at of listTicks(scale, step, zoneOffset)) {
      const x = Math.round(scale.toX(at)) + 0.5;
      context.strokeStyle = colours.line;
      context.beginPath();
      context.moveTo(x, y - 8);
      context.lineTo(x, zoneOffset === 0 ? height : y + 8);
      context.stroke();
      const midnight = (at + zoneOffset) % 86_400_000 === 0;
      context.fillStyle = midnight ? colours.text : colours.quiet;
      context.fillText(midnight ? view.dayName(at, zoneOffset) : formatClock(at, zoneOffset), x + 4, y);
    }
  }
  context.strokeStyle = colours.line;
  context.beginPath();
  context.moveTo(0, RULER_PX - 0.5);
  context.lineTo(scale.width, RULER_PX - 0.5);
  context.stroke();
}

function paintLane(context, view, lane, colours) {
  if (lane.kind === 'taken') {
    paintClosed(context, view, lane, colours);
    paintNames(context, view, lane, colours);
  }
  let drawn = 0;
  lane.rows.forEach((row, index) => {
    const y = lane.top + index * (lane.rowPx + 2);
    const [first, last] = findVisible(row, view.scale.startMs, view.scale.endMs);
    let paintedTo = -1; // bars thinner than a pixel that fall on a painted one are left out
    for (let at = first; at < last; at += 1) {
      const bar = row[at];
      const x = view.scale.toX(bar.fromMs);
      const end = view.scale.toX(bar.toMs);
      if (end < 0 || end < paintedTo) continue;
      const isAlone = x >= paintedTo && !(at + 1 < last && row[at + 1].fromMs < bar.toMs);
      paintedTo = Math.ceil(Math.max(end, x + 1));
      if (lane.kind === 'taken') paintTaken(context, view, bar, y, lane.rowPx, colours);
      else paintSkipped(context, isAlone ? bar.name : '', x, end, y, lane.rowPx, colours);
      drawn += 1;
    }
  });
  if (view.selected && lane.rows.some((row) => row.includes(view.selected))) {
    const index = lane.rows.findIndex((row) => row.includes(view.selected));
    const y = lane.top + index * (lane.rowPx + 2);
    paintFocus(context, view.scale.toX(view.selected.fromMs), view.scale.toX(view.selected.toMs), y, lane.rowPx, colours);
  }
  return drawn;
}

/** Downtime and blocked time of the antenna: a dark band with crosses, and its reason. */
function paintClosed(context, view, lane, colours) {
  for (const span of lane.closed) {
    const x = Math.max(-20, view.scale.toX(span.fromMs));
    const end = Math.min(view.scale.width + 20, view.scale.toX(span.toMs));
    if (end <= x) continue;
    context.save();
    context.beginPath();
    context.rect(x, lane.top - 3, Math.max(2, end - x), lane.rowPx + 6);
    context.clip();
    context.fillStyle = colours.downtime;
    context.fillRect(x, lane.top - 3, Math.max(2, end - x), lane.rowPx + 6);
    context.strokeStyle = colours.line;
    context.beginPath();
    for (let at = x - 40; at < end + 40; at += 9) {
      context.moveTo(at, lane.top - 3);
      context.lineTo(at + 18, lane.top + lane.rowPx + 3);
      context.moveTo(at + 18, lane.top - 3);
      context.lineTo(at, lane.top + lane.rowPx + 3);
    }
    context.stroke();
    if (end - x > 50) {
      const label = fitText(context, span.why || view.words.blocked, end - x - 16);
      const width = context.measureText(label).width + 8;
      context.fillStyle = colours.downtime;
      context.fillRect(x + 3, lane.top + 6, width, lane.rowPx - 12);
      context.fillStyle = colours.text;
      context.fillText(label, x + 7, lane.top + lane.rowPx / 2);
    }
    context.restore();
  }
}

function paintNow(context, view, colours, height) {
  const x = Math.round(view.scale.toX(view.nowMs)) + 0.5;
  if (x < 0 || x > view.scale.width) return;
  context.strokeStyle = colours.now;
  context.fillStyle = colours.now;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, RULER_PX - 6);
  context.lineTo(x, height);
  context.stroke();
  context.beginPath();
  context.moveTo(x - 5, RULER_PX - 8);
  context.lineTo(x + 5, RULER_PX - 8);
  context.lineTo(x, RULER_PX);
  context.fill();
  context.lineWidth = 1;
}

function paintLabels(context, view, colours) {
  const width = view.labelPx - 12;
  context.textAlign = 'left';
  context.fillStyle = colours.quiet;
  context.fillText('UTC', 6, 12, width);
  context.fillText(view.zoneName, 6, 34, width);
  for (const lane of view.lanes) {
    context.fillStyle = lane.kind === 'taken' ? colours.text : colours.quiet;
    const y = lane.top + lane.rowPx / 2;
    context.fillText(lane.kind === 'taken' ? lane.antennaId : view.words.skipped, 6, y, width);
  }
}
