// The day page: fetches the plan and what is booked, wires the timeline to the panels, keeps both
// true as things change, and keeps the whole state in the address bar.

import { data, words } from '../words.js';
import { nowMs, tick } from '../clock.js';
import { fetchAll, fetchJson } from '../http.js';
import { listen } from '../live.js';
import { buildLanes } from '../timeline/lanes.js';
import { Timeline } from '../timeline/timeline.js';
import { askBlock, lift, offerActions, pin } from './actions.js';
import { describe } from './panel.js';
import { PassPanels } from './pass_panels.js';
import { sentence } from './sentences.js';
import { readAddress, writeAddress } from './address.js';

const HOUR_MS = 3_600_000;
const NARROW_PX = 600; // a phone: fewer hours at once, the legend folded
const AROUND_MS = 31 * 24 * HOUR_MS; // bookings this far around now are shown
const SOON = ['plan', 'publish', 'contact', 'drift', 'conflict', 'refresh', 'reconnected'];
const { station, may } = data;

const host = document.querySelector('#timeline');
const panel = document.querySelector('#contact');
const panels = new PassPanels();
let plan = null;
let timeline = null;
let showing = 0;

start();

async function start() {
  const status = host.querySelector('[data-status]');
  try {
    timeline = makeTimeline(await readLanes());
  } catch (error) {
    status.textContent = `${words.failed} (${error.message})`;
    return;
  }
  window.aspanTimeline = timeline; // for people who measure or script the page
  status.hidden = true;
  host.querySelector('[data-tools]').hidden = false;
  host.querySelector('[data-legend]').open = host.clientWidth >= NARROW_PX;
  wireTools();
  const { select } = readAddress();
  if (select) timeline.selectById(select);
  setInterval(() => timeline.repaint(), 10_000);
  showLights();
  panels.showNow();
  setInterval(() => panels.showNow(), 10_000);
  if (may.viewer) listen((events) => events.some((event) => SOON.includes(event.kind)) && refresh());
}

/** Read the plan and what is booked, as lanes. */
async function readLanes() {
  plan = data.plan_id ? await fetchJson(`/v1/plans/${encodeURIComponent(data.plan_id)}`) : null;
  const from = new Date(nowMs() - AROUND_MS).toISOString();
  const to = new Date(nowMs() + AROUND_MS).toISOString();
  const query = new URLSearchParams({ station: station.id, start: from, end: to });
  const booked = may.viewer ? await fetchAll(`/v1/contacts?${query}`, 'reservations') : [];
  return buildLanes(plan, booked, station, data.names);
}

function makeTimeline(lanes) {
  const { from, to } = readAddress();
  const startMs = plan ? Date.parse(plan.start_utc) : nowMs();
  const inPlan = !plan || (nowMs() >= startMs && nowMs() < Date.parse(plan.end_utc));
  const fromMs = from ?? (inPlan ? nowMs() - HOUR_MS : startMs);
  const hours = host.clientWidth < NARROW_PX ? 4 : 12;
  const tip = host.querySelector('[data-tip]');
  const owners = Object.keys(data.owners);
  return new Timeline(host.querySelector('[data-chart]'), {
    lanes, words, nowMs, startMs: fromMs, endMs: to ?? fromMs + hours * HOUR_MS,
    timeZone: station.time_zone, zoneName: data.zone_name,
    dayName: (ms, offset) => nameDay(new Date(ms + offset)),
    ownerIndex: (owner) => Math.max(0, owners.indexOf(owner)) % 4,
    onView: (scale) => writeAddress({ from: scale.startMs, to: scale.endMs }),
    onHover: (bar, event) => showTip(tip, bar, event),
    onSelect: choose,
    onKey: (key, bar) => key === 'p' && bar && pin(bar, refresh),
  });
}

/** Write a calendar day as the server's month names have it. */
function nameDay(day) {
  return data.month_days[day.getUTCMonth()].replace('{d}', day.getUTCDate());
}

function choose(bar, how) {
  host.querySelector('[data-live]').textContent = sentence(bar, timeline);
  writeAddress({ select: bar.id });
  describe(panel, bar, timeline, { focus: how === 'open' || how === 'why' });
  offerActions(panel.querySelector('[data-actions]'), bar, refresh);
  clearTimeout(showing); // walking quickly asks only for the last one
  showing = setTimeout(() => panels.showPass(bar), how === 'walk' ? 150 : 0);
}

/** Take in what changed; what the reader touches stays where it is. */
async function refresh() {
  const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
  for (const region of document.querySelectorAll('[data-fresh]')) {
    const other = fresh.querySelector(`[data-fresh="${region.dataset.fresh}"]`);
    if (other && !region.contains(document.activeElement)) region.replaceChildren(...other.childNodes);
  }
  tick();
  const page = JSON.parse(fresh.getElementById('page-data').textContent);
  data.plan_id = page.plan_id;
  const before = timeline.selected;
  timeline.setLanes(await readLanes());
  if (!before) return;
  const same = timeline.selected
    ?? timeline.bars.find((bar) => bar.record?.pass_id && bar.record.pass_id === before.record?.pass_id);
  if (!same) return;
  timeline.selected = same;
  timeline.repaint();
  describe(panel, same, timeline, { focus: false });
  offerActions(panel.querySelector('[data-actions]'), same, refresh);
  writeAddress({ select: same.id });
}

async function showLights() {
  const span = new URLSearchParams({
    start: new Date(nowMs() - 15 * 24 * HOUR_MS).toISOString(), end: new Date(nowMs() + 15 * 24 * HOUR_MS).toISOString(),
  });
  const light = await fetchJson(`/v1/stations/${encodeURIComponent(station.id)}/daylight?${span}`).catch(() => null);
  if (!light) return; // bands are decoration: without them the timeline still says everything
  const spans = (list) => list.map((each) => [Date.parse(each.start_utc), Date.parse(each.end_utc)]);
  timeline.setLights({ night: spans(light.night), twilight: spans(light.twilight) });
}

function wireTools() {
  const middle = () => timeline.scale.width / 2;
  const actions = {
    in: () => timeline.setScale(timeline.scale.zoomed(1 / 1.8, middle())),
    out: () => timeline.setScale(timeline.scale.zoomed(1.8, middle())),
    earlier: () => timeline.setScale(timeline.scale.panned(-timeline.scale.width / 2)),
    later: () => timeline.setScale(timeline.scale.panned(timeline.scale.width / 2)),
    now: () => timeline.goTo(nowMs()),
    block: () => askBlock(spanToBlock(), refresh),
    keys: () => document.querySelector('#keys').showModal(),
  };
  for (const button of host.querySelectorAll('[data-action]')) {
    button.hidden = button.dataset.action === 'block' && !may.block;
    button.addEventListener('click', () => actions[button.dataset.action]());
  }
  document.addEventListener('click', (event) => {
    const { lift: blockId } = event.target.dataset ?? {};
    if (!blockId) return;
    event.target.blur(); // its row goes away
    lift(blockId, refresh);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === '?' && !event.target.closest('input, select, textarea')) actions.keys();
  });
}

function spanToBlock() {
  const bar = timeline.selected;
  if (bar) return { fromMs: bar.fromMs, toMs: bar.toMs };
  const fromMs = Math.max(nowMs() + HOUR_MS, timeline.scale.startMs);
  return { fromMs, toMs: fromMs + HOUR_MS };
}

function showTip(tip, bar, event) {
  tip.hidden = !bar;
  if (!bar) return;
  tip.textContent = sentence(bar, timeline);
  const box = tip.parentElement.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 8);
  tip.style.setProperty('--x', `${Math.max(8, left)}px`);
  tip.style.setProperty('--y', `${event.clientY - box.top + 18}px`);
}
