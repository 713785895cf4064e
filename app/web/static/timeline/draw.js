// Paints the timeline on a canvas: rulers, night and downtime bands, bars, selection, now.

import { chooseStep, formatClock, formatDay, listTicks, zoneOffsetMs } from './scale.js';
import { findVisible } from './lanes.js';

export const RULER_PX = 46;
export const LABEL_PX = 118;
const TAKEN_PX = 30;
const SKIPPED_PX = 13;
const GAP_PX = 6;
const HATCH_PX = 6;

/** Give each lane its rows' vertical places; returns the height needed. */
export function layOut(lanes) {
  let y = RULER_PX + GAP_PX;
  for (const lane of lanes) {
    lane.rowPx = lane.kind === 'taken' ? TAKEN_PX : SKIPPED_PX;
    lane.top = y;
    y += lane.rows.length * (lane.rowPx + 2) + (lane.kind === 'skipped' ? 2 * GAP_PX : GAP_PX);
  }
  return y;
}

/** Read the colours the style sheet gives to states, once per theme. */
export function readColours(element) {
  const style = getComputedStyle(element);
  const pick = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  return {
    ground: pick('--ground', '#111'), text: pick('--text', '#ddd'), quiet: pick('--quiet', '#999'),
    line: pick('--line', '#333'), night: pick('--night', '#0a0a12'), taken: pick('--taken', '#d9a441'),
    takenText: pick('--taken-text', '#111'), tentative: pick('--tentative', '#8a6d2f'),
    reserve: pick('--reserve', '#5b4a22'), skipped: pick('--skipped', '#8b8f98'),
    downtime: pick('--downtime', '#4a2a2a'), now: pick('--now', '#e5484d'), focus: pick('--focus', '#6cb6ff'),
  };
}

/** Paint one frame. `view` holds scale, lanes, nights, downtimes, selection, nowMs, timeZone. */
export function paint(context, view, colours, height) {
  const { scale, lanes } = view;
  context.save();
  context.clearRect(0, 0, scale.width + LABEL_PX, height);
  context.font = `12px ${view.font}`;
  context.textBaseline = 'middle';
  context.save();
  context.beginPath();
  context.rect(LABEL_PX, 0, scale.width, height);
  context.clip();
  context.translate(LABEL_PX, 0);
  paintBands(context, scale, view.nights, colours.night, height);
  paintRulers(context, view, colours, height);
  for (const lane of lanes) paintLane(context, view, lane, colours);
  paintNow(context, view, colours, height);
  context.restore();
  paintLabels(context, view, colours);
  context.restore();
}

function paintBands(context, scale, bands, colour, height) {
  context.fillStyle = colour;
  for (const [from, to] of bands) {
    const x = Math.max(0, scale.toX(from));
    const end = Math.min(scale.width, scale.toX(to));
    if (end > x) context.fillRect(x, RULER_PX, end - x, height - RULER_PX);
  }
}

function paintRulers(context, view, colours, height) {
  const { scale } = view;
  const step = chooseStep(scale, 64);
  const offset = zoneOffsetMs(view.timeZone, (scale.startMs + scale.endMs) / 2);
  context.textAlign = 'left';
  const rows = [[0, 12], [offset, 34]];
  for (const [zoneOffset, y] of rows) {
    for (const at of listTicks(scale, step, zoneOffset)) {
      const x = Math.round(scale.toX(at)) + 0.5;
      context.strokeStyle = colours.line;
      context.beginPath();
      context.moveTo(x, y - 8);
      context.lineTo(x, zoneOffset === 0 ? height : y + 8);
      context.stroke();
      const midnight = (at + zoneOffset) % 86_400_000 === 0;
      context.fillStyle = midnight ? colours.text : colours.quiet;
      context.fillText(midnight ? formatDay(at, zoneOffset).slice(5) : formatClock(at, zoneOffset), x + 4, y);
    }
  }
  context.strokeStyle = colours.line;
  context.beginPath();
  context.moveTo(0, RULER_PX - 0.5);
  context.lineTo(scale.width, RULER_PX - 0.5);
  context.stroke();
}

function paintLane(context, view, lane, colours) {
  lane.rows.forEach((row, index) => {
    const y = lane.top + index * (lane.rowPx + 2);
    const [first, last] = findVisible(row, view.scale.startMs, view.scale.endMs);
    let paintedTo = -1; // bars thinner than a pixel that fall on a painted one are left out
    for (let at = first; at < last; at += 1) {
      const bar = row[at];
      const x = view.scale.toX(bar.fromMs);
      const end = view.scale.toX(bar.toMs);
      if (end < 0 || end < paintedTo) continue;
      paintedTo = Math.ceil(Math.max(end, x + 1));
      if (bar.kind === 'taken') paintTaken(context, view, bar, y, lane.rowPx, colours);
      else paintSkipped(context, bar, x, end, y, lane.rowPx, colours);
      if (bar === view.selected) paintFocus(context, x, end, y, lane.rowPx, colours);
    }
  });
}

function paintTaken(context, view, bar, y, height, colours) {
  const { scale } = view;
  const [from, start, end, to] = [bar.fromMs, bar.startMs, bar.endMs, bar.toMs].map((ms) => scale.toX(ms));
  context.fillStyle = colours.reserve; // setup and teardown: lighter ends of the bar
  context.fillRect(from, y + 4, Math.max(1, to - from), height - 8);
  hatch(context, scale.toX(bar.aosMs), start, y, height, colours.taken);
  hatch(context, end, scale.toX(bar.losMs), y, height, colours.taken);
  context.fillStyle = bar.record.tentative ? colours.tentative : colours.taken;
  context.fillRect(start, y, Math.max(1.5, end - start), height);
  if (bar.record.provisional || bar.record.tentative) {
    context.strokeStyle = colours.text;
    context.setLineDash(bar.record.provisional ? [3, 3] : []);
    context.strokeRect(start + 0.5, y + 0.5, Math.max(1, end - start - 1), height - 1);
    context.setLineDash([]);
  }
  if (end - start > 34) {
    context.save();
    context.beginPath();
    context.rect(start, y, end - start - 3, height);
    context.clip();
    context.fillStyle = colours.takenText;
    context.textAlign = 'left';
    context.fillText(bar.name, start + 4, y + height / 2);
    context.restore();
  }
}

function hatch(context, from, to, y, height, colour) {
  if (to - from < 2) return;
  context.save();
  context.beginPath();
  context.rect(from, y + 2, to - from, height - 4);
  context.clip();
  context.strokeStyle = colour;
  context.beginPath();
  for (let x = from - height; x < to; x += HATCH_PX) {
    context.moveTo(x, y + height);
    context.lineTo(x + height, y);
  }
  context.stroke();
  context.restore();
}

function paintSkipped(context, bar, x, end, y, height, colours) {
  context.strokeStyle = colours.skipped;
  context.strokeRect(x + 0.5, y + 1.5, Math.max(1, end - x - 1), height - 3);
  if (end - x > 60) {
    context.fillStyle = colours.quiet;
    context.textAlign = 'left';
    context.save();
    context.beginPath();
    context.rect(x, y, end - x - 2, height);
    context.clip();
    context.fillText(bar.name, x + 4, y + height / 2);
    context.restore();
  }
}

function paintFocus(context, x, end, y, height, colours) {
  context.strokeStyle = colours.focus;
  context.lineWidth = 2;
  context.strokeRect(x - 2, y - 2, Math.max(3, end - x) + 4, height + 4);
  context.lineWidth = 1;
}

function paintNow(context, view, colours, height) {
  const x = Math.round(view.scale.toX(view.nowMs)) + 0.5;
  if (x < 0 || x > view.scale.width) return;
  context.strokeStyle = colours.now;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, RULER_PX - 6);
  context.lineTo(x, height);
  context.stroke();
  context.lineWidth = 1;
}

function paintLabels(context, view, colours) {
  context.textAlign = 'left';
  context.fillStyle = colours.quiet;
  context.fillText('UTC', 6, 12);
  context.fillText(view.zoneName, 6, 34);
  for (const lane of view.lanes) {
    context.fillStyle = lane.kind === 'taken' ? colours.text : colours.quiet;
    const y = lane.top + lane.rowPx / 2;
    context.fillText(lane.kind === 'taken' ? lane.antennaId : view.words.skipped, 6, y, LABEL_PX - 12);
  }
}
