// A small line plot of instants against a quantity: SVG, with a band, marks and a shared reading line.

import { formatClock } from './clock.js';
import { pathOf, svg } from './svg.js';

const WIDTH = 460;
const LEFT = 52;
const RIGHT = 8;
const TOP = 26;
const BOTTOM = 20;
const WIDE_LABEL = 8; // longer labels of instants stand at both ends and in the middle only

/**
 * Draw one plot and return its SVG element.
 *
 * `spec`: title, unit, series [{name, points: [[ms, y]], tag}], band [[ms, low, high]], marks
 * [{ms, text}], height, formatX(ms), digits, floor (least upper end of the axis), dots.
 */
export function drawPlot(spec) {
  const height = spec.height ?? 156;
  const all = spec.series.flatMap((each) => each.points);
  const ys = all.map((point) => point[1]).concat((spec.band ?? []).flatMap((each) => [each[1], each[2]]));
  const x = scaleOf(all.map((point) => point[0]), LEFT, WIDTH - RIGHT);
  const [low, high, ticks] = niceRange(Math.min(...ys), Math.max(...ys));
  const y = (value) => height - BOTTOM - ((value - low) / (high - low)) * (height - TOP - BOTTOM);
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', class: 'plot', 'aria-label': `${spec.title}, ${spec.unit}` });
  picture.append(svg('text', { x: 0, y: 11, class: 'plot-title' }, `${spec.title}, ${spec.unit}`));
  for (const tick of ticks) {
    picture.append(
      svg('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: 'plot-grid' }),
      svg('text', { x: LEFT - 6, y: y(tick) + 3.5, class: 'plot-tick', 'text-anchor': 'end' }, formatTick(tick, ticks)),
    );
  }
  drawInstants(picture, x, height, spec);
  if (spec.band) {
    const outline = spec.band.map(([ms, , top]) => [x.at(ms), y(top)])
      .concat(spec.band.toReversed().map(([ms, bottom]) => [x.at(ms), y(bottom)]));
    picture.append(svg('path', { d: pathOf(outline, true), class: 'plot-band' }));
  }
  for (const each of spec.series) {
    const points = each.points.map(([ms, value]) => [x.at(ms), y(value)]);
    if (points.length > 1) picture.append(svg('path', { d: pathOf(points), class: `plot-line plot-${each.tag}` }));
    if (spec.dots) for (const [cx, cy] of points) picture.append(svg('circle', { cx, cy, r: 2, class: 'plot-dot' }));
  }
  for (const mark of spec.marks ?? []) {
    const at = x.at(mark.ms);
    picture.append(svg('line', { x1: at, x2: at, y1: TOP, y2: height - BOTTOM, class: 'plot-mark' }, svg('title', {}, mark.text)));
    if (mark.label) picture.append(svg('text', { x: at + 3, y: TOP + 9, class: 'plot-tick' }, mark.label));
  }
  const line = svg('line', { y1: TOP, y2: height - BOTTOM, class: 'plot-reading', visibility: 'hidden' });
  const value = svg('text', { x: WIDTH - RIGHT, y: 11, class: 'plot-value', 'text-anchor': 'end' });
  picture.append(line, value);
  picture.readAt = (ms) => {
    line.setAttribute('visibility', ms === null ? 'hidden' : 'visible');
    value.textContent = '';
    if (ms === null) return;
    line.setAttribute('x1', x.at(ms));
    line.setAttribute('x2', x.at(ms));
    value.textContent = spec.series
      .map((each) => `${valueAt(each.points, ms).toFixed(spec.digits ?? 1)} ${spec.unit}`).join(' · ');
  };
  picture.instantAt = (event) => {
    const box = picture.getBoundingClientRect();
    return x.back(((event.clientX - box.x) / box.width) * WIDTH);
  };
  return picture;
}

/** Let plots of one pass share one reading line; `onRead(ms)` hears where it stands. */
export function linkPlots(plots, onRead = () => {}) {
  const readAt = (ms) => {
    for (const plot of plots) plot.readAt(ms);
    onRead(ms);
  };
  for (const plot of plots) {
    plot.addEventListener('pointermove', (event) => readAt(plot.instantAt(event)));
    plot.addEventListener('pointerleave', () => readAt(null));
  }
  return readAt;
}

/** Read a curve at an instant, linearly between its points. */
export function valueAt(points, ms) {
  const next = points.findIndex((point) => point[0] >= ms);
  if (next < 0) return points.at(-1)[1];
  if (next === 0) return points[0][1];
  const [left, right] = [points[next - 1], points[next]];
  return left[1] + ((ms - left[0]) / (right[0] - left[0])) * (right[1] - left[1]);
}

function scaleOf(values, from, to) {
  const least = Math.min(...values);
  const span = Math.max(...values) - least || 1;
  return {
    least, span,
    at: (value) => from + ((value - least) / span) * (to - from),
    back: (pixel) => least + Math.min(1, Math.max(0, (pixel - from) / (to - from))) * span,
  };
}

/** Choose round limits and about four ticks. */
function niceRange(least, most) {
  const span = most - least || Math.abs(most) * 0.01 || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
  const low = Math.floor(least / step) * step;
  const high = Math.ceil(most / step) * step;
  const ticks = [];
  for (let tick = low; tick <= high + step / 2; tick += step) ticks.push(tick);
  return [low, Math.max(high, low + step), ticks];
}

function formatTick(tick, ticks) {
  const step = Math.abs(ticks[1] - ticks[0]);
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step) + 1e-9)));
  return (Math.abs(tick) < step / 1e6 ? 0 : tick).toFixed(step < 1 ? digits : (step % 1 ? 1 : 0));
}

function drawInstants(picture, x, height, spec) {
  const format = spec.formatX ?? ((ms) => formatClock(ms));
  const steps = format(x.least).length > WIDE_LABEL ? 2 : 4;
  for (let index = 0; index <= steps; index += 1) {
    const ms = x.least + (index / steps) * x.span;
    const anchor = index === 0 ? 'start' : index === steps ? 'end' : 'middle';
    picture.append(svg('text', { x: x.at(ms), y: height - 5, class: 'plot-tick', 'text-anchor': anchor }, format(ms)));
  }
}
