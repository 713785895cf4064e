// Building SVG by hand.

const SVG = 'http://www.w3.org/2000/svg';

/** Make one SVG element with attributes, and text or children. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Write points [[x, y], ...] as path data. */
export function pathOf(points, closed = false) {
  return `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L')}${closed ? 'Z' : ''}`;
}

/** Make one HTML element with properties and children. */
export function html(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-')) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

/** Make a table with a caption, from column names and rows of text. */
export function table(caption, columns, rows) {
  return html('table', {},
    html('caption', { textContent: caption }),
    html('thead', {}, html('tr', {}, ...columns.map((name) => html('th', { scope: 'col', textContent: name })))),
    html('tbody', {}, ...rows.map((row) => html('tr', {}, ...row.map((cell) => html('td', { textContent: cell }))))));
}
