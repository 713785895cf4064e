// The day page: fetches the plan, wires the timeline to the panel, the clocks and the address bar.

import { Timeline } from './timeline.js';
import { formatClock, formatDay, zoneOffsetMs } from './scale.js';
import { describe, sentence } from './panel.js';

const HOUR_MS = 3_600_000;

const host = document.querySelector('#timeline');
if (host?.dataset.planId) start(host);
runClocks();

async function start(section) {
  const words = JSON.parse(section.dataset.words);
  const status = section.querySelector('[data-status]');
  const { planId, stationId, timeZone, zoneName } = section.dataset;
  let plan;
  let light;
  try {
    plan = await fetchJson(`/v1/plans/${encodeURIComponent(planId)}`);
  } catch (error) {
    status.textContent = `${words.failed} (${error.message})`;
    return;
  }
  const startMs = Date.parse(plan.start_utc);
  const nowMs = Date.now();
  const inPlan = nowMs >= startMs && nowMs < Date.parse(plan.end_utc);
  const state = readAddress();
  const fromMs = state.from ?? (inPlan ? nowMs - HOUR_MS : startMs);
  const toMs = state.to ?? fromMs + 12 * HOUR_MS;

  const tip = section.querySelector('[data-tip]');
  const panel = document.querySelector('#contact');
  const live = section.querySelector('[data-live]');
  const timeline = new Timeline(section.querySelector('[data-chart]'), {
    plan, startMs: fromMs, endMs: toMs, timeZone, zoneName, words, nowMs: () => Date.now(),
    onView: (scale) => writeAddress({ from: scale.startMs, to: scale.endMs }),
    onHover: (bar, event) => showTip(tip, bar, event, words, timeZone, zoneName),
    onSelect: (bar, how) => {
      live.textContent = sentence(bar, words, timeZone, zoneName);
      writeAddress({ select: bar.id });
      describe(panel, bar, { words, timeZone, zoneName, stationId, plan, focus: how === 'open' || how === 'why' });
    },
  });
  window.aspanTimeline = timeline; // for people who measure or script the page
  status.hidden = true;
  section.querySelector('[data-tools]').hidden = false;
  for (const button of section.querySelectorAll('[data-action]')) {
    button.addEventListener('click', () => act(timeline, button.dataset.action));
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === '?' && !event.target.closest('input, select, textarea')) {
      document.querySelector('#keys').showModal();
    }
  });
  if (state.select) timeline.selectById(state.select);
  setInterval(() => timeline.repaint(), 10_000);
  try {
    light = await fetchJson(`/v1/stations/${encodeURIComponent(stationId)}/daylight?start=${plan.start_utc}&end=${plan.end_utc}`);
    timeline.setNights(light.night.map((span) => [Date.parse(span.start_utc), Date.parse(span.end_utc)]));
  } catch {
    // Night bands are decoration: without them the timeline still says everything.
  }
}

function act(timeline, action) {
  const middle = timeline.scale.width / 2;
  const actions = {
    in: () => timeline.setScale(timeline.scale.zoomed(1 / 1.8, middle)),
    out: () => timeline.setScale(timeline.scale.zoomed(1.8, middle)),
    earlier: () => timeline.setScale(timeline.scale.panned(-timeline.scale.width / 2)),
    later: () => timeline.setScale(timeline.scale.panned(timeline.scale.width / 2)),
    now: () => timeline.goTo(Date.now()),
    keys: () => document.querySelector('#keys').showModal(),
  };
  actions[action]();
}

async function fetchJson(url) {
  const response = await fetch(url, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.json();
}

function showTip(tip, bar, event, words, timeZone, zoneName) {
  tip.hidden = !bar;
  if (!bar) return;
  tip.textContent = sentence(bar, words, timeZone, zoneName);
  const box = tip.parentElement.getBoundingClientRect();
  const left = Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 8);
  tip.style.setProperty('--x', `${Math.max(8, left)}px`);
  tip.style.setProperty('--y', `${event.clientY - box.top + 18}px`);
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  const instant = (name) => {
    const ms = Date.parse(query.get(name) ?? '');
    return Number.isFinite(ms) ? ms : undefined;
  };
  return { from: instant('from'), to: instant('to'), select: query.get('select') ?? undefined };
}

let addressTimer = 0;
const address = {};

/** Keep the whole state in the address bar, so that a link shows a colleague the same view. */
function writeAddress(change) {
  Object.assign(address, change);
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    const query = new URLSearchParams(location.search);
    for (const name of ['from', 'to']) {
      if (address[name] !== undefined) query.set(name, `${new Date(address[name]).toISOString().slice(0, 19)}Z`);
    }
    if (address.select !== undefined) query.set('select', address.select);
    history.replaceState(null, '', `${location.pathname}?${query}`);
  }, 250);
}

/** Tick the clocks in both zones and count down to the next contact. */
function runClocks() {
  const clocks = document.querySelectorAll('[data-clock]');
  const counters = document.querySelectorAll('[data-countdown]');
  const tick = () => {
    const nowMs = Date.now();
    for (const clock of clocks) {
      const offset = clock.dataset.clock === 'UTC' ? 0 : zoneOffsetMs(clock.dataset.clock, nowMs);
      clock.textContent = formatClock(nowMs, offset, true);
      clock.title = formatDay(nowMs, offset);
    }
    for (const counter of counters) {
      const left = Math.round((Date.parse(counter.dataset.countdown) - nowMs) / 1000);
      const hours = Math.floor(Math.abs(left) / 3600);
      const rest = `${String(Math.floor(Math.abs(left) / 60) % 60).padStart(2, '0')}:${String(Math.abs(left) % 60).padStart(2, '0')}`;
      counter.textContent = `${left < 0 ? '−' : ''}${hours ? `${hours}:` : ''}${rest}`;
    }
  };
  tick();
  setInterval(tick, 1000);
}
