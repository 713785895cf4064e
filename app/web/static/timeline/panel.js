// The panel of one contact or one skipped pass: in words first, then every figure with its unit.

import { formatClock, formatDay, zoneOffsetMs } from './scale.js';
import { drawSky } from './sky.js';

/** Say in one sentence what a bar is, or why the pass was skipped. */
export function sentence(bar, words, timeZone, zoneName) {
  const clock = `${formatClock(bar.startMs)} UTC, ${formatClock(bar.startMs, zoneOffsetMs(timeZone, bar.startMs))} ${zoneName}`;
  const minutes = ((bar.endMs - bar.startMs) / 60_000).toFixed(1);
  const head = `${bar.name}, ${clock}, ${minutes} ${words.minutes}`;
  if (bar.kind === 'taken') {
    const notes = ['tentative', 'provisional'].filter((name) => bar.record[name]).map((name) => words[name]);
    const peak = `${words.max} ${bar.record.max_elevation_deg.toFixed(0)}°`;
    return [head, peak, ...notes].join(', ');
  }
  return `${head}: ${reasonWords(bar.record, words)}`;
}

function reasonWords(record, words) {
  const said = words.reasons[record.reason] ?? record.sentence ?? record.reason;
  const winners = record.beaten_by.map((id) => nameOfContact(id)).filter(Boolean);
  return winners.length > 0 ? `${said} (${winners.join(', ')})` : said;
}

function nameOfContact(id) {
  const bar = window.aspanTimeline?.bars.find((item) => item.id === id);
  return bar ? `${bar.name} ${formatClock(bar.startMs)}` : id;
}

/** Fill the panel with one bar. */
export function describe(panel, bar, { words, timeZone, zoneName, stationId, focus }) {
  panel.hidden = false;
  const { record } = bar;
  const both = (text) => {
    const ms = Date.parse(text);
    const offset = zoneOffsetMs(timeZone, ms);
    return `${formatDay(ms)} ${formatClock(ms, 0, true)} UTC · ${formatClock(ms, offset, true)} ${zoneName}`;
  };
  const rows = [];
  const add = (label, value, unit = '') => {
    if (value !== null && value !== undefined && value !== '') rows.push([label, `${value}${unit}`]);
  };
  add(words.aos, both(record.aos_utc));
  if (bar.kind === 'taken') {
    add(words.start, both(record.start_utc));
    add(words.end, both(record.end_utc));
  }
  add(words.los, both(record.los_utc));
  if (bar.kind === 'taken') {
    add(words.reserved, `${both(record.reserved_start_utc)} – ${formatClock(bar.toMs, 0, true)} UTC`);
    add(words.antenna, record.antenna_id);
    add(words.service, record.service);
    add(words.owner, record.owner);
    add(words.max, record.max_elevation_deg.toFixed(1), '°');
    add(words.azimuth, `${record.start_azimuth_deg.toFixed(0)}° → ${record.end_azimuth_deg.toFixed(0)}°`);
    add(words.bytes, record.expected_bytes === null ? words.unknown : (record.expected_bytes / 1e9).toFixed(2), record.expected_bytes === null ? '' : ' GB');
    add(words.age, (record.element_age_s / 86_400).toFixed(1), ` ${words.days}`);
  } else {
    add(words.why, reasonWords(record, words));
  }
  const title = panel.querySelector('h2');
  title.textContent = bar.name;
  title.title = bar.kind === 'taken' ? record.contact_id : record.reason;
  panel.querySelector('[data-sentence]').textContent = sentence(bar, words, timeZone, zoneName);
  panel.querySelector('dl').replaceChildren(...rows.flatMap(([label, value]) => [cell('dt', label), cell('dd', value)]));
  drawSky(panel.querySelector('[data-sky]'), bar, stationId, words);
  if (focus) {
    title.tabIndex = -1;
    title.focus();
  }
}

function cell(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
