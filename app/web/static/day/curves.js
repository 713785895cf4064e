// The curves of one pass: elevation, range, Doppler, range rate, each with the band that the timing
// uncertainty of the elements leaves open; and the same figures as a table.

import { data, fill, words } from '../words.js';
import { formatClock, zoneOffsetMs } from '../clock.js';
import { html, table } from '../svg.js';
import { drawPlot, linkPlots, valueAt } from '../plot.js';
import { maskAt } from './polar.js';

const { station } = data;

/** Draw the curves into `host`; `onRead(ms)` hears where the reader points. */
export function drawCurves(host, bar, track, onRead) {
  const samples = track?.samples ?? [];
  host.hidden = samples.length < 2;
  if (host.hidden) return;
  const boundMs = 1000 * (bar.record.timing_bound95_s ?? 0);
  const service = Object.keys(samples[0].doppler_hz)[0];
  const column = (read) => samples.map((sample) => [Date.parse(sample.utc), read(sample)]);
  const floorDeg = station.antennas.find((item) => item.id === track.antenna_id)?.tracking_floor_deg ?? 0;
  const plot = (title, unit, digits, read, more = []) => {
    const points = column(read);
    const series = [...more, { tag: 'main', points }];
    return drawPlot({ title, unit, digits, series: series.toReversed(), band: boundMs ? bandOf(points, boundMs) : null, marks: marksOf(bar, samples) });
  };
  const limit = { tag: 'limit', points: column((sample) => Math.max(maskAt(sample.azimuth_deg), floorDeg)) };
  const plots = [
    plot(words.elevation, '°', 1, (sample) => sample.elevation_deg, [limit]),
    plot(words.range, words.units.km, 0, (sample) => sample.range_km),
    plot(words.rangeRate, words.units['km/s'], 2, (sample) => sample.range_rate_km_s),
  ];
  if (service) plots.splice(2, 0, plot(`${words.doppler} (${service})`, words.units.kHz, 1, (sample) => sample.doppler_hz[service] / 1000));
  linkPlots(plots, onRead);
  const notes = [words.limitLine];
  if (boundMs) notes.push(fill(words.band, { seconds: (boundMs / 1000).toFixed(boundMs < 10_000 ? 1 : 0), days: (bar.record.element_age_s / 86_400).toFixed(1) }));
  host.querySelector('[data-plots]').replaceChildren(...plots, html('p', { className: 'quiet', textContent: notes.join(' ') }));
  host.querySelector('[data-table]').replaceChildren(writeTable(bar, samples, service));
}

/** Between the curve a bound early and a bound late: what the timing leaves open. */
function bandOf(points, boundMs) {
  return points.map(([ms, now]) => {
    const [early, late] = [valueAt(points, ms + boundMs), valueAt(points, ms - boundMs)];
    return [ms, Math.min(early, late, now), Math.max(early, late, now)];
  });
}

function marksOf(bar, samples) {
  if (bar.kind !== 'taken') return [];
  const [first, last] = [Date.parse(samples[0].utc), Date.parse(samples.at(-1).utc)];
  return [[bar.startMs, words.start], [bar.endMs, words.end]]
    .filter(([ms]) => ms > first && ms < last)
    .map(([ms, text]) => ({ ms, text: `${text} ${formatClock(ms, 0, true)} UTC` }));
}

function writeTable(bar, samples, service) {
  const every = Math.max(1, Math.round(60 / ((Date.parse(samples[1].utc) - Date.parse(samples[0].utc)) / 1000)));
  const columns = ['UTC', data.zone_name, `${words.azimuth}, °`, `${words.elevation}, °`, `${words.range}, ${words.units.km}`, `${words.rangeRate}, ${words.units['km/s']}`];
  if (service) columns.push(`${words.doppler}, ${words.units.kHz}`);
  const rows = samples.filter((_, index) => index % every === 0 || index === samples.length - 1).map((sample) => {
    const ms = Date.parse(sample.utc);
    const cells = [
      formatClock(ms, 0, true), formatClock(ms, zoneOffsetMs(station.time_zone, ms), true), sample.azimuth_deg.toFixed(1),
      sample.elevation_deg.toFixed(1), sample.range_km.toFixed(0), sample.range_rate_km_s.toFixed(3),
    ];
    return service ? [...cells, (sample.doppler_hz[service] / 1000).toFixed(1)] : cells;
  });
  return table(`${bar.name}, ${words.track}`, columns, rows);
}
