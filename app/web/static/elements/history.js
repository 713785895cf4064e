// The history of a satellite's mean motion as a plot, manoeuvres marked.

import { data, words } from '../words.js';
import { drawPlot, linkPlots } from '../plot.js';

const points = data.history;
const host = document.querySelector('[data-history]');
const nameDay = (ms) => {
  const day = new Date(ms);
  return data.month_days[day.getUTCMonth()].replace('{d}', day.getUTCDate());
};

if (points.length < 2) host.textContent = words.tooFew;
else {
  const marks = points.filter((each) => each.manoeuvre).map((each) => ({ ms: each.ms, text: `${nameDay(each.ms)}: ${each.manoeuvre}` }));
  const plot = (title, unit, digits, name) => drawPlot({
    title, unit, digits, marks, dots: points.length < 120, formatX: nameDay,
    series: [{ tag: 'main', points: points.map((each) => [each.ms, each[name]]) }],
  });
  const plots = [
    plot(words.meanMotion, words.revDay, 6, 'mean_motion_rev_day'),
    plot(words.semiMajorAxis, 'km', 3, 'semi_major_axis_km'),
  ];
  linkPlots(plots);
  host.replaceChildren(...plots);
}
