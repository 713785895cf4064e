// The history of a satellite's mean motion as a plot, manoeuvres marked.

import { data, words } from '../words.js';
import { formatClock } from '../clock.js';
import { drawPlot, linkPlots } from '../plot.js';

const DAY_MS = 86_400_000;

const points = data.history;
const host = document.querySelector('[data-history]');
const nameDay = (ms) => {
  const day = new Date(ms);
  return data.month_days[day.getUTCMonth()].replace('{d}', day.getUTCDate());
};

if (points.length < 2) host.textContent = words.tooFew;
else {
  const marks = points.filter((each) => each.manoeuvre).map((each) => ({ ms: each.ms, text: `${nameDay(each.ms)}: ${each.manoeuvre}` }));
  const isLong = points.at(-1).ms - points[0].ms > 4 * DAY_MS;
  const plot = (title, unit, digits, name) => drawPlot({
    title, unit, digits, marks, dots: points.length < 120, formatX: isLong ? nameDay : (ms) => `${nameDay(ms)} ${formatClock(ms)}`,
    series: [{ tag: 'main', points: points.map((each) => [each.ms, each[name]]) }],
  });
  const plots = [
    plot(words.meanMotion, words.revDay, 6, 'mean_motion_rev_day'),
    plot(words.semiMajorAxis, words.units.km, 3, 'semi_major_axis_km'),
  ];
  linkPlots(plots);
  host.replaceChildren(...plots);
}
