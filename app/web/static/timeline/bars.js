// One bar of the timeline. Colour means state, a pattern repeats it, the owner is a thin edge.

const HATCH_PX = 6;
const EDGE_PX = 3;
const FIGURE_PX = 30; // bars narrower than this carry no figure
const ARROW_PX = 7;

/** A planned or booked contact with its setup and teardown as lighter ends. */
export function paintTaken(context, view, bar, y, height, colours) {
  const [from, start, end, to] = [bar.fromMs, bar.startMs, bar.endMs, bar.toMs].map((ms) => Math.round(view.scale.toX(ms)));
  const width = Math.max(1.5, end - start);
  context.fillStyle = colours.reserve;
  context.fillRect(from, y + 4, Math.max(1, to - from), height - 8);
  if (bar.record) {
    hatch(context, view.scale.toX(bar.aosMs), start, y, height, colours.taken);
    hatch(context, end, view.scale.toX(bar.losMs), y, height, colours.taken);
  }
  context.fillStyle = fillOf(bar, colours);
  context.fillRect(start, y, width, height);
  if (to - from < 4) return; // too small for more than its colour
  paintOutline(context, bar, from, to, start, width, y, height, colours);
  if (bar.record?.owner && width > 6) {
    context.fillStyle = colours[`owner-${view.ownerIndex(bar.record.owner)}`];
    context.fillRect(start, y + height - EDGE_PX, width, EDGE_PX);
  }
  if (width > FIGURE_PX) paintFigure(context, bar, view.words, start, width, y, height, colours);
  if (bar.conditions.includes('drifted')) paintArrow(context, bar, start, end, y, height, colours);
  if (bar.reservation?.pinned) paintPin(context, Math.max(start, from + 1), y, colours);
}

function fillOf(bar, colours) {
  if (!bar.record) return colours.reserve;
  if (bar.conditions.includes('drifted')) return colours.drifted;
  return bar.record.tentative && bar.state === 'planned' ? colours.tentative : colours.taken;
}

/** Booked: a firm outline of the whole reserved window. Conflicting: doubled, red. Provisional: dashed. */
function paintOutline(context, bar, from, to, start, width, y, height, colours) {
  if (bar.conditions.includes('conflicting')) {
    context.strokeStyle = colours.conflict;
    context.lineWidth = 2;
    context.strokeRect(from - 1, y - 1, to - from + 2, height + 2);
    context.lineWidth = 1;
    context.strokeRect(from + 2.5, y + 2.5, Math.max(1, to - from - 5), height - 5);
    return;
  }
  if (bar.reservation) {
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.strokeRect(from + 0.5, y + 0.5, Math.max(1, to - from - 1), height - 1);
    context.lineWidth = 1;
  }
  if (bar.record?.provisional) {
    context.strokeStyle = colours.text;
    context.setLineDash([4, 4]);
    context.strokeRect(start + 0.5, y + 0.5, Math.max(1, width - 1), height - 1);
    context.setLineDash([]);
  }
}

/** How high the pass rises, in the bar; a contact of somebody else says that it is. */
function paintFigure(context, bar, words, start, width, y, height, colours) {
  const shown = Math.max(start, 0);
  const text = bar.record ? `${bar.record.max_elevation_deg.toFixed(0)}°` : fitText(context, words.otherOwner, width - 8);
  context.fillStyle = bar.record ? colours['taken-text'] : colours.text;
  context.textAlign = 'center';
  context.fillText(text, shown + (start + width - shown) / 2, y + height / 2);
  context.textAlign = 'left';
}

/** An arrow in the direction in which the pass drifted. */
function paintArrow(context, bar, start, end, y, height, colours) {
  const later = (bar.reservation?.prediction?.shift_s ?? 0) >= 0;
  const x = later ? end : start;
  const tip = x + (later ? ARROW_PX : -ARROW_PX);
  context.fillStyle = colours.drifted;
  context.strokeStyle = colours.night;
  context.beginPath();
  context.moveTo(x, y + 3);
  context.lineTo(tip, y + height / 2);
  context.lineTo(x, y + height - 3);
  context.stroke();
  context.fill();
}

/** A pinned contact: a pin's head and needle at its first corner. */
function paintPin(context, x, y, colours) {
  context.fillStyle = colours['taken-text'];
  context.strokeStyle = colours['taken-text'];
  context.beginPath();
  context.moveTo(x + 5, y + 5);
  context.lineTo(x + 5, y + 13);
  context.stroke();
  context.beginPath();
  context.arc(x + 5, y + 6, 3, 0, 2 * Math.PI);
  context.fill();
}

function hatch(context, from, to, y, height, colour, step = HATCH_PX) {
  if (to - from < 2) return;
  context.save();
  context.beginPath();
  context.rect(from, y + 2, to - from, height - 4);
  context.clip();
  context.strokeStyle = colour;
  context.beginPath();
  for (let x = from - height; x < to; x += step) {
    context.moveTo(x, y + height);
    context.lineTo(x + height, y);
  }
  context.stroke();
  context.restore();
}

/** A skipped pass: hollow, with its name where that fits. */
export function paintSkipped(context, name, x, end, y, height, colours) {
  context.strokeStyle = colours.skipped;
  context.strokeRect(x + 0.5, y + 1.5, Math.max(1, end - x - 1), height - 3);
  const shown = Math.max(x, 0);
  if (!name || end - shown < FIGURE_PX) return;
  context.save();
  context.font = context.font.replace('12px', '10px');
  if (context.measureText(name).width <= end - shown - 8) {
    context.fillStyle = colours.quiet;
    context.textAlign = 'left';
    context.fillText(name, shown + 4, y + height / 2 + 0.5);
  }
  context.restore();
}

/** Shorten a text with an ellipsis until it fits; empty when not even that does. */
export function fitText(context, text, width) {
  let fitting = text;
  while (fitting && context.measureText(fitting === text ? text : `${fitting}…`).width > width) fitting = fitting.slice(0, -1);
  return fitting === text || !fitting ? fitting : `${fitting.trimEnd()}…`;
}

export function paintFocus(context, x, end, y, height, colours) {
  context.strokeStyle = colours.focus;
  context.lineWidth = 2;
  context.strokeRect(x - 3, y - 3, Math.max(3, end - x) + 6, height + 6);
  context.lineWidth = 1;
}
