// The polar plot: north up, east right, horizon outside. A pass with everything that limits it, or
// the sky as it is now.

import { data, fill, words } from '../words.js';
import { formatClock } from '../clock.js';
import { spreadNames } from '../spread_names.js';
import { pathOf, svg } from '../svg.js';
import { valueAt } from '../plot.js';

const RADIUS = 100;
const RINGS_DEG = [30, 60];
const { station } = data;

const place = (azimuthDeg, elevationDeg) => {
  const radius = (RADIUS * (90 - elevationDeg)) / 90;
  const angle = (azimuthDeg * Math.PI) / 180;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
};
const at = (each) => place(each.azimuth_deg, each.elevation_deg);

/** Make an empty sky with grid and mask; the rings are named where `avoid` leaves room. */
function makeSky(label, avoid) {
  const picture = svg('svg', { viewBox: '-120 -120 240 240', role: 'img', 'aria-label': label, class: 'polar' });
  picture.append(svg('circle', { r: RADIUS, class: 'sky-grid' }));
  const named = chooseAzimuth(avoid.map(at));
  for (const elevation of RINGS_DEG) {
    const [x, y] = place(named, elevation);
    picture.append(
      svg('circle', { r: (RADIUS * (90 - elevation)) / 90, class: 'sky-grid' }),
      svg('text', { x, y: y + 3, class: 'sky-quiet sky-ring', 'text-anchor': 'middle' }, `${elevation}°`),
    );
  }
  for (let azimuth = 0; azimuth < 360; azimuth += 30) {
    const [x, y] = place(azimuth, 0);
    picture.append(svg('line', { x1: x * 0.97, y1: y * 0.97, x2: x, y2: y, class: 'sky-grid' }));
  }
  for (const [name, azimuth] of [['north', 0], ['east', 90], ['south', 180], ['west', 270]]) {
    const [x, y] = place(azimuth, -9);
    picture.append(svg('text', { x, y: y + 4, class: 'sky-name', 'text-anchor': 'middle' }, words[name]));
  }
  if (station.mask) {
    const hidden = [];
    for (let azimuth = 0; azimuth < 360; azimuth += 2) hidden.push(place(azimuth, maskAt(azimuth)));
    const rim = `M0 ${-RADIUS}A${RADIUS} ${RADIUS} 0 1 1 0 ${RADIUS}A${RADIUS} ${RADIUS} 0 1 1 0 ${-RADIUS}Z`;
    picture.append(svg('path', { d: rim + pathOf(hidden, true), class: 'sky-mask', 'fill-rule': 'evenodd' }, svg('title', {}, words.mask)));
  }
  return picture;
}

/** Choose the azimuth along which the names of the rings stand farthest from what is drawn. */
function chooseAzimuth(points) {
  const room = (azimuth) => Math.min(...RINGS_DEG.flatMap((elevation) => {
    const [x, y] = place(azimuth, elevation);
    return points.map((point) => Math.hypot(point[0] - x, point[1] - y));
  }));
  return [45, 135, 225, 315].reduce((best, azimuth) => (room(azimuth) > room(best) ? azimuth : best));
}

/** Interpolate the horizon mask linearly in azimuth, wrapping at north; 0 without a mask. */
export function maskAt(azimuth) {
  if (!station.mask) return 0;
  const { azimuth_deg: azimuths, elevation_deg: elevations } = station.mask;
  let next = azimuths.findIndex((value) => value > azimuth);
  if (next < 0) next = 0;
  const before = (next + azimuths.length - 1) % azimuths.length;
  const width = (azimuths[next] - azimuths[before] + 360) % 360 || 360;
  const part = ((azimuth - azimuths[before] + 360) % 360) / width;
  return elevations[before] + part * (elevations[next] - elevations[before]);
}

/** Draw a pass: whole track, the part in the contact, minutes, direction, keyhole, Sun. */
export function drawPass(host, bar, track) {
  const samples = track?.samples.filter((sample) => sample.elevation_deg >= 0) ?? [];
  const picture = makeSky(`${words.sky}: ${bar.name}`, samples);
  host.replaceChildren(picture);
  if (samples.length < 2) return () => {};
  drawKeyhole(picture, samples);
  drawSun(picture, track.sun);
  picture.append(svg('path', { d: pathOf(samples.map(at)), class: 'sky-track' }, svg('title', {}, words.trimmed)));
  if (bar.kind === 'taken') {
    const inside = samples.filter((sample) => Date.parse(sample.utc) >= bar.startMs && Date.parse(sample.utc) <= bar.endMs);
    if (inside.length > 1) picture.append(svg('path', { d: pathOf(inside.map(at)), class: 'sky-contact' }));
  }
  drawMinutes(picture, samples);
  drawDirection(picture, samples);
  const [x, y] = at(samples[0]);
  picture.append(svg('circle', { cx: x, cy: y, r: 3.5, class: 'sky-start' }), svg('text', { x: x + 5, y: y - 4, class: 'sky-name' }, words.aos));
  const spot = svg('circle', { r: 4, class: 'sky-spot', visibility: 'hidden' });
  picture.append(spot);
  return moverOf(spot, samples);
}

/** Return a function that puts a spot where the satellite stands at an instant (null: nowhere). */
function moverOf(spot, samples) {
  const along = (axis) => samples.map((sample) => [Date.parse(sample.utc), at(sample)[axis]]);
  const [xs, ys] = [along(0), along(1)];
  return (ms) => {
    spot.setAttribute('visibility', ms === null ? 'hidden' : 'visible');
    if (ms === null) return;
    spot.setAttribute('cx', valueAt(xs, ms));
    spot.setAttribute('cy', valueAt(ys, ms));
  };
}

/** Draw the cone in which this pass would turn faster in azimuth than the antenna can. */
function drawKeyhole(picture, samples) {
  const [antenna] = station.antennas;
  if (!antenna) return;
  const fastestDegS = Math.max(...samples.slice(1).map((sample, index) => angularRate(samples[index], sample)));
  const coneDeg = (Math.asin(Math.min(1, fastestDegS / antenna.azimuth_rate_deg_s)) * 180) / Math.PI;
  const [cx, cy] = place(antenna.tilt_azimuth_deg, 90 - antenna.tilt_deg);
  picture.append(svg('circle', { cx, cy, r: (RADIUS * coneDeg) / 90, class: 'sky-keyhole' },
    svg('title', {}, fill(words.keyhole, { degrees: coneDeg.toFixed(1) }))));
}

function angularRate(left, right) {
  const unit = ({ azimuth_deg: azimuth, elevation_deg: elevation }) => {
    const [a, e] = [(azimuth * Math.PI) / 180, (elevation * Math.PI) / 180];
    return [Math.cos(e) * Math.sin(a), Math.cos(e) * Math.cos(a), Math.sin(e)];
  };
  const [u, v] = [unit(left), unit(right)];
  const chord = Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2]);
  const degrees = (2 * Math.asin(Math.min(1, chord / 2)) * 180) / Math.PI;
  return (degrees * 1000) / Math.max(1, Date.parse(right.utc) - Date.parse(left.utc));
}

function drawSun(picture, sun) {
  if (!sun || sun.elevation_deg < 0) return;
  const [cx, cy] = place(sun.azimuth_deg, sun.elevation_deg);
  picture.append(svg('circle', { cx, cy, r: 4, class: 'sky-sun' }, svg('title', {}, `${words.sun} ${sun.elevation_deg.toFixed(0)}°`)));
  picture.append(svg('text', { x: cx + 6, y: cy + 3, class: 'sky-quiet' }, words.sun));
}

/** A dot at every whole minute of UTC, every second one with its time. */
function drawMinutes(picture, samples) {
  let labelled = 0;
  for (let index = 1; index < samples.length; index += 1) {
    const from = Date.parse(samples[index - 1].utc);
    const to = Date.parse(samples[index].utc);
    const minute = Math.ceil(from / 60_000) * 60_000;
    if (minute >= to) continue;
    const part = (minute - from) / (to - from);
    const [left, right] = [at(samples[index - 1]), at(samples[index])];
    const [cx, cy] = [0, 1].map((axis) => left[axis] + part * (right[axis] - left[axis]));
    picture.append(svg('circle', { cx, cy, r: 1.8, class: 'sky-tick' }));
    const isNearStart = Math.hypot(cx - at(samples[0])[0], cy - at(samples[0])[1]) < 16; // AOS stands there
    if (labelled % 2 === 0 && !isNearStart) picture.append(svg('text', { x: cx + 4, y: cy + 3, class: 'sky-quiet' }, formatClock(minute)));
    labelled += 1;
  }
}

function drawDirection(picture, samples) {
  const [before, after] = [at(samples.at(-2)), at(samples.at(-1))];
  const angle = (Math.atan2(after[1] - before[1], after[0] - before[0]) * 180) / Math.PI;
  picture.append(svg('path', {
    d: 'M0 0L-9 -4.5L-9 4.5Z', class: 'sky-arrow',
    transform: `translate(${after[0].toFixed(2)} ${after[1].toFixed(2)}) rotate(${angle.toFixed(1)})`,
  }));
}

/** Draw the sky at one instant: what stands above the horizon; hollow is in the Earth's shadow. */
export function drawNow(host, sky) {
  const up = sky.satellites.filter((item) => item.elevation_deg >= 0);
  const picture = makeSky(words.skyNow, up);
  drawSun(picture, sky.sun);
  for (const each of up) {
    const [cx, cy] = at(each);
    picture.append(
      svg('circle', { cx, cy, r: 3.2, class: each.sunlit ? 'sky-lit' : 'sky-dark' }, svg('title', {}, `${each.name} ${each.elevation_deg.toFixed(0)}°`)),
      svg('text', { x: cx + (cx > 40 ? -5 : 5), y: cy + 3, class: 'sky-name', 'text-anchor': cx > 40 ? 'end' : 'start' }, each.name),
    );
  }
  host.replaceChildren(picture);
  spreadNames(picture.querySelectorAll('.sky-name'));
}
