// The service's clock: a reader's computer may be wrong, so every "now" is the service's.

import { data } from './words.js';

const skewMs = data.now_utc ? Date.parse(data.now_utc) - Date.now() : 0;

/** Return the present instant of the service, milliseconds since 1970. */
export function nowMs() {
  return Date.now() + skewMs;
}

/** Tell how far a time zone is ahead of UTC at an instant, in milliseconds. */
export function zoneOffsetMs(timeZone, atMs) {
  const parts = zoneFormat(timeZone).formatToParts(new Date(atMs));
  const at = Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
  const local = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
  return local - Math.floor(atMs / 1000) * 1000;
}

const formats = new Map();

function zoneFormat(timeZone) {
  if (!formats.has(timeZone)) {
    formats.set(timeZone, new Intl.DateTimeFormat('en-US', {
      timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
      hour: 'numeric', minute: 'numeric', second: 'numeric',
    }));
  }
  return formats.get(timeZone);
}

const two = (number) => String(number).padStart(2, '0');

/** Write hours and minutes of an instant shifted by a zone's offset. */
export function formatClock(ms, offsetMs = 0, seconds = false) {
  const at = new Date(ms + offsetMs);
  const text = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return seconds ? `${text}:${two(at.getUTCSeconds())}` : text;
}

/** Write the calendar day of an instant shifted by a zone's offset, as 2026-09-06. */
export function formatDay(ms, offsetMs = 0) {
  return new Date(ms + offsetMs).toISOString().slice(0, 10);
}

/** Write an instant in both zones, as 2026-09-06 15:36:35 UTC · 20:36:35 Almaty. */
export function formatBoth(ms, timeZone, zoneName) {
  const local = formatClock(ms, zoneOffsetMs(timeZone, ms), true);
  return `${formatDay(ms)} ${formatClock(ms, 0, true)}\u00a0UTC · ${local}\u00a0${zoneName}`;
}

/** Write a time to go (or past, with a minus) as 1:02:03 or 02:03. */
export function formatCountdown(untilMs) {
  const left = Math.round(untilMs / 1000);
  const whole = Math.abs(left);
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${left < 0 ? '−' : ''}${hours ? `${hours}:` : ''}${rest}`;
}

/** Bring every clock and every countdown of the page up to now. */
export function tick() {
  const now = nowMs();
  for (const clock of document.querySelectorAll('[data-clock]')) {
    const offset = clock.dataset.clock === 'UTC' ? 0 : zoneOffsetMs(clock.dataset.clock, now);
    clock.textContent = formatClock(now, offset, true);
    clock.title = formatDay(now, offset);
  }
  for (const counter of document.querySelectorAll('[data-countdown]')) {
    counter.textContent = formatCountdown(Date.parse(counter.dataset.countdown) - now);
  }
}

/** Tick once a second. */
export function runClocks() {
  tick();
  setInterval(tick, 1000);
}
