// The polar sky plot of one pass: north up, east right, horizon outside; mask, track, minute ticks.

const SVG = 'http://www.w3.org/2000/svg';
const RADIUS = 100;

const place = (azimuthDeg, elevationDeg) => {
  const radius = (RADIUS * (90 - elevationDeg)) / 90;
  const angle = (azimuthDeg * Math.PI) / 180;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)];
};

const svg = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

const path = (points, closed = false) =>
  `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L')}${closed ? 'Z' : ''}`;

let asked = 0;

/** Draw the track of a bar's pass into `host`; what cannot be had is left out, never invented. */
export async function drawSky(host, bar, stationId, words) {
  const mine = (asked += 1);
  const station = JSON.parse(host.dataset.mask);
  const picture = svg('svg', { viewBox: '-118 -118 236 236', role: 'img', 'aria-label': `${words.sky}: ${bar.name}` });
  drawGrid(picture, station);
  host.replaceChildren(picture);
  const response = await fetch(`/v1/passes/${encodeURIComponent(bar.record.pass_id)}/track?step_s=10`).catch(() => null);
  if (!response?.ok || mine !== asked) return;
  drawTrack(picture, bar, await response.json());
}

function drawGrid(picture, mask) {
  for (const elevation of [0, 30, 60]) {
    picture.append(svg('circle', { r: (RADIUS * (90 - elevation)) / 90, class: 'sky-grid' }));
    if (elevation) picture.append(svg('text', { x: 2, y: -(RADIUS * (90 - elevation)) / 90 + 4, class: 'sky-quiet' }, `${elevation}°`));
  }
  for (const [name, azimuth] of [['N', 0], ['E', 90], ['S', 180], ['W', 270]]) {
    const [x, y] = place(azimuth, -9);
    picture.append(svg('text', { x, y: y + 4, class: 'sky-name', 'text-anchor': 'middle' }, name));
  }
  if (mask.azimuth_deg.length > 0) {
    const hidden = [];
    for (let azimuth = 0; azimuth < 360; azimuth += 2) hidden.push(place(azimuth, maskAt(mask, azimuth)));
    const outside = `M0 ${-RADIUS}A${RADIUS} ${RADIUS} 0 1 1 0 ${RADIUS}A${RADIUS} ${RADIUS} 0 1 1 0 ${-RADIUS}Z`;
    picture.append(svg('path', { d: outside + path(hidden, true), class: 'sky-mask', 'fill-rule': 'evenodd' }));
  }
}

/** Interpolate the mask linearly in azimuth, wrapping at north. */
function maskAt(mask, azimuth) {
  const at = mask.azimuth_deg;
  let next = at.findIndex((value) => value > azimuth);
  if (next < 0) next = 0;
  const before = (next + at.length - 1) % at.length;
  const width = (at[next] - at[before] + 360) % 360 || 360;
  const part = ((azimuth - at[before] + 360) % 360) / width;
  return mask.elevation_deg[before] + part * (mask.elevation_deg[next] - mask.elevation_deg[before]);
}

function drawTrack(picture, bar, track) {
  const samples = track.samples.filter((sample) => sample.elevation_deg >= 0);
  if (samples.length === 0) return;
  const at = (sample) => place(sample.azimuth_deg, sample.elevation_deg);
  picture.append(svg('path', { d: path(samples.map(at)), class: 'sky-track' }));
  if (bar.kind === 'taken') {
    const inside = samples.filter((sample) => {
      const ms = Date.parse(sample.utc);
      return ms >= bar.startMs && ms <= bar.endMs;
    });
    if (inside.length > 1) picture.append(svg('path', { d: path(inside.map(at)), class: 'sky-contact' }));
  }
  for (const [cx, cy] of minuteTicks(samples, at)) {
    picture.append(svg('circle', { cx, cy, r: 1.8, class: 'sky-tick' }));
  }
  const [x, y] = at(samples[0]);
  picture.append(svg('circle', { cx: x, cy: y, r: 3.5, class: 'sky-start' }), svg('text', { x: x + 5, y: y - 4, class: 'sky-name' }, 'AOS'));
}

/** Place a tick at every whole minute of UTC, between the samples around it. */
function minuteTicks(samples, at) {
  const ticks = [];
  for (let index = 1; index < samples.length; index += 1) {
    const from = Date.parse(samples[index - 1].utc);
    const to = Date.parse(samples[index].utc);
    const minute = Math.ceil(from / 60_000) * 60_000;
    if (minute >= to) continue;
    const part = (minute - from) / (to - from);
    const [left, right] = [at(samples[index - 1]), at(samples[index])];
    ticks.push([left[0] + part * (right[0] - left[0]), left[1] + part * (right[1] - left[1])]);
  }
  return ticks;
}
