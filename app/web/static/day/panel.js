// The panel of one contact or one skipped pass: in words first, then every figure with its unit.

import { data, fill, words } from '../words.js';
import { formatBoth, formatClock, formatDay, tick } from '../clock.js';
import { fetchJson } from '../http.js';
import { html } from '../svg.js';
import { sentence, whyNot } from './sentences.js';

const { station } = data;
const CONTACT_FORMATS = ['icalendar', 'ccsds-schedule']; // say nothing of a pass that nobody booked
const both = (text) => formatBoth(Date.parse(text), station.time_zone, data.zone_name);
const clocks = (text) => both(text).slice(11); // without the day, which is said once

/** Fill the panel with one bar. */
export function describe(panel, bar, timeline, { focus }) {
  panel.hidden = false;
  const title = panel.querySelector('h2');
  title.textContent = bar.name || words.otherOwner;
  title.title = bar.kind === 'taken' ? bar.id : bar.record.reason;
  panel.querySelector('[data-sentence]').textContent = sentence(bar, timeline);
  const counter = panel.querySelector('[data-countdown]');
  counter.dataset.countdown = new Date(bar.startMs).toISOString();
  tick();
  panel.querySelector('dl').replaceChildren(...listFacts(bar, timeline).flatMap(
    ([label, value]) => [html('dt', { textContent: label }), html('dd', { textContent: value })],
  ));
  offerPrice(panel, bar);
  linkExports(panel.querySelector('[data-exports]'), bar);
  showHistory(panel.querySelector('[data-history]'), bar);
  if (focus) {
    title.tabIndex = -1;
    title.focus();
  }
}

const formatSigned = (value) => value.toFixed(1).replace('-', '−');

function listFacts(bar, timeline) {
  const { record, reservation } = bar;
  const facts = [];
  const add = (label, value) => {
    if (value !== null && value !== undefined && value !== '') facts.push([label, value]);
  };
  if (reservation) {
    add(words.state, [words.states[reservation.state], ...reservation.conditions.map((name) => words.conditions[name] ?? name)].join(', '));
    add(words.bookedBy, reservation.created_by);
    add(words.note, reservation.note);
  }
  if (!record) {
    add(words.reserved, `${formatBoth(bar.fromMs, station.time_zone, data.zone_name)} – ${formatClock(bar.toMs, 0, true)} UTC`);
    if (reservation) add(words.antenna, reservation.antenna_id);
    return facts;
  }
  add(words.day, formatDay(bar.startMs));
  add(words.aos, clocks(record.aos_utc));
  if (record.alternative_aos_utc) add(words.aosOtherwise, clocks(record.alternative_aos_utc));
  if (bar.kind === 'skipped') {
    add(words.los, clocks(record.los_utc));
    add(words.why, whyNot(bar, timeline));
    return facts;
  }
  add(words.start, clocks(record.start_utc));
  add(words.end, clocks(record.end_utc));
  add(words.los, clocks(record.los_utc));
  add(words.reserved, `${formatClock(bar.fromMs, 0, true)} – ${formatClock(bar.toMs, 0, true)} UTC`);
  if (reservation?.prediction?.aos_utc) {
    const { prediction } = reservation;
    add(words.newest, `${clocks(prediction.aos_utc)} (${fill(words.shift, { seconds: formatSigned(prediction.shift_s ?? 0) })})`);
    add(words.because, prediction.reasons.map((tag) => words.reasons[tag] ?? tag).join(' '));
  }
  add(words.antenna, record.antenna_id);
  add(words.service, record.service);
  add(words.owner, data.owners[record.owner] ?? record.owner);
  add(words.max, `${record.max_elevation_deg.toFixed(1)}°`);
  add(words.azimuth, `${record.start_azimuth_deg.toFixed(0)}° → ${record.end_azimuth_deg.toFixed(0)}°`);
  add(words.bytes, record.expected_bytes === null ? words.unknown : `${(record.expected_bytes / 1e9).toFixed(2)} ${words.units.GB}`);
  add(words.age, `${(record.element_age_s / 86_400).toFixed(1)} ${words.days}`);
  if (record.timing_bound95_s !== null) add(words.timing, `±${record.timing_bound95_s.toFixed(record.timing_bound95_s < 10 ? 1 : 0)} ${words.units.s}`);
  return facts;
}

/** Links to files of this pass or booked contact. */
function linkExports(host, bar) {
  host.hidden = !bar.record;
  if (!bar.record) return;
  const path = bar.reservation
    ? `/v1/contacts/export?contact=${encodeURIComponent(bar.id)}&format=`
    : `/v1/passes/${encodeURIComponent(bar.record.pass_id)}/export?format=`;
  const formats = data.exports.filter(([format]) => bar.reservation || !CONTACT_FORMATS.includes(format));
  host.replaceChildren(html('span', { className: 'quiet', textContent: `${words.exports}: ` }), ...formats.flatMap(
    ([format, name]) => [html('a', { href: path + format, textContent: name, download: '' }), ' '],
  ));
}

/** Let the reader ask what the opposite decision costs: the plan is solved again for it. */
function offerPrice(panel, bar) {
  const button = panel.querySelector('[data-ask-price]');
  const list = panel.querySelector('[data-price]');
  list.replaceChildren();
  button.hidden = !bar.record || Boolean(bar.reservation) || !data.plan_id || !data.may.viewer;
  const what = panel.querySelector('[data-ask-what-if]');
  what.hidden = button.hidden || !data.may.scheduler;
  what.href = `/plan?${new URLSearchParams({ plan: data.plan_id ?? '', [bar.kind === 'skipped' ? 'pin' : 'forbid']: bar.record?.pass_id ?? '' })}`;
  button.textContent = bar.kind === 'skipped' ? words.askPrice : words.askWorth;
  button.onclick = async () => {
    list.replaceChildren(html('li', { textContent: words.pricing }));
    const url = `/v1/plans/${encodeURIComponent(data.plan_id)}/explanations/${encodeURIComponent(bar.record.pass_id)}`;
    const found = await fetchJson(`${url}?language=${document.documentElement.lang}`).catch((error) => error);
    const sentences = found instanceof Error ? [found.message] : found.explanations.flatMap((each) => each.sentences);
    list.replaceChildren(...[...new Set(sentences)].map((text) => html('li', { textContent: text })));
  };
}

let asked = 0;

async function showHistory(host, bar) {
  const mine = (asked += 1);
  host.hidden = true;
  if (!bar.reservation) return;
  const found = await fetchJson(`/v1/contacts/${encodeURIComponent(bar.id)}/events`).catch(() => null);
  if (!found || mine !== asked) return;
  host.hidden = false;
  host.querySelector('ol').replaceChildren(...found.events.map((event) => html('li', {
    textContent: tellEvent(event),
    title: event.verb,
  })));
}

/** Say what happened: when, by whom, the state, what became of it, why, and the mission's word. */
function tellEvent({ at_utc: at, who, verb, target_state: state, why, detail }) {
  const { from, to, conditions = [], confirmation } = detail;
  const found = conditions.map((name) => words.conditions[name] ?? name).join(', ');
  const became = { pin: words.conditions.pinned, unpin: words.unpin, assess: found }[verb];
  const moved = from && to && `${both(from[0])} → ${both(to[0])}`;
  return [both(at), who, words.states[state] ?? state, became, moved, found ? '' : why, confirmation].filter(Boolean).join(' · ');
}
