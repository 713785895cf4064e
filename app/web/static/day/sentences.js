// Sentences about bars: what it is, or why a pass was skipped and what would change it.

import { data, fill, words } from '../words.js';
import { formatClock, zoneOffsetMs } from '../clock.js';
import { findFreePart } from '../timeline/chances.js';

const { station } = data;

/** Say in one sentence what a bar is, or why the pass was skipped. */
export function sentence(bar, timeline) {
  const local = formatClock(bar.startMs, zoneOffsetMs(station.time_zone, bar.startMs));
  const clock = `${formatClock(bar.startMs)} UTC, ${local} ${data.zone_name}`;
  const minutes = ((bar.endMs - bar.startMs) / 60_000).toFixed(1);
  const head = `${bar.name || words.otherOwner}, ${clock}, ${minutes} ${words.minutes}`;
  if (bar.kind === 'skipped') return `${head}: ${whyNot(bar, timeline)}`;
  const notes = [words.states[bar.state], ...bar.conditions.map((name) => words.conditions[name] ?? name)];
  for (const name of ['tentative', 'provisional']) {
    if (bar.record?.[name] && !bar.conditions.includes(name)) notes.push(words.conditions[name]);
  }
  if (bar.reservation?.pinned) notes.push(words.conditions.pinned);
  if (bar.record) notes.unshift(`${words.max} ${bar.record.max_elevation_deg.toFixed(0)}°`);
  return [head, ...notes].join(', ');
}

/** Say why a pass was not taken, what was in its way, and what would change it. */
export function whyNot(bar, timeline) {
  const { record } = bar;
  const said = words.reasons[record.reason] ?? record.sentence ?? record.reason;
  const winners = bar.winners.map((each) => `${each.name} ${formatClock(each.startMs)} UTC`);
  const reason = winners.length > 0 ? `${said.replace(/[.。]$/, '')} (${winners.join(', ')}).` : said;
  const change = whatWouldChange(bar, timeline);
  return change ? `${reason} ${change}` : reason;
}

function whatWouldChange(bar, timeline) {
  if (!['beaten_by', 'pinned_away', 'in_downtime', 'not_worth_it'].includes(bar.record.reason)) return '';
  const lane = timeline.lanes.find((item) => item.rows.some((row) => row.includes(bar)));
  const antenna = station.antennas.find((item) => item.id === lane?.antennaId);
  if (!antenna) return '';
  const free = findFreePart(bar, timeline.lanes, antenna);
  if (!free) return bar.record.reason === 'beaten_by' ? words.wouldCost : '';
  const seconds = Math.floor((free.toMs - free.fromMs) / 1000);
  return fill(words.wouldFit, { start: formatClock(free.fromMs, 0, true), seconds });
}
