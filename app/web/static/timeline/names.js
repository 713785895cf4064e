// The names above the bars of a taken lane: as many as find room, what needs a person first.

import { findVisible } from './lanes.js';

export const NAME_ROWS = 2;
export const NAME_ROW_PX = 15;
const LEAST_BAR_PX = 8; // thinner bars stand too close: few names would find room, by chance
const SPACE_PX = 7;
const LEADER_PX = 3; // what the line to an upper name takes of the row below

/** Write the names of the bars in view on two rows; a thin line leads down from the upper one. */
export function paintNames(context, view, lane, colours) {
  const { scale } = view;
  const rows = Array.from({ length: NAME_ROWS }, () => []);
  context.save();
  context.font = `11px ${view.font}`;
  context.textAlign = 'left';
  for (const bar of listNamed(view, lane)) {
    const from = Math.max(0, scale.toX(bar.fromMs));
    const to = from + context.measureText(bar.name).width + SPACE_PX;
    const row = to > scale.width + SPACE_PX ? -1 : rows.findIndex((_, at) => (
      isFree(rows[at], from, to) && rows.slice(0, at).every((lower) => isFree(lower, from + SPACE_PX - 1, from + SPACE_PX))));
    if (row < 0) continue;
    rows[row].push([from, to]);
    for (const lower of rows.slice(0, row)) lower.push([from, from + LEADER_PX]);
    const y = lane.top - (row + 0.5) * NAME_ROW_PX;
    context.fillStyle = colourOf(bar, view, colours);
    if (row > 0) context.fillRect(Math.round(from), y - 5, 1, lane.top - y + 5);
    context.fillText(bar.name, from + (row > 0 ? 4 : 0), y);
  }
  context.restore();
}

function isFree(taken, from, to) {
  return taken.every((each) => to <= each[0] || each[1] <= from);
}

/** List the bars whose names matter, the most urgent first, else by time. */
function listNamed(view, lane) {
  const [row] = lane.rows;
  const { startMs, endMs, spanMs, width } = view.scale;
  const leastMs = (LEAST_BAR_PX / width) * spanMs;
  const visible = findVisible(row, startMs, endMs);
  if (row.longestMs < leastMs) return [];
  const bars = row.slice(...visible).filter((bar) => bar.name && bar.toMs > startMs && bar.toMs - bar.fromMs >= leastMs);
  const rank = (bar) => (bar === view.selected ? 0 : bar.conditions.includes('conflicting') ? 1 : bar.conditions.includes('drifted') ? 2 : 3);
  return bars.sort((left, right) => rank(left) - rank(right) || left.fromMs - right.fromMs);
}

function colourOf(bar, view, colours) {
  if (bar === view.selected) return colours.focus;
  if (bar.conditions.includes('conflicting')) return colours.conflict;
  if (bar.conditions.includes('drifted')) return colours.drifted;
  return bar.reservation ? colours.text : colours.quiet;
}
