// One bar of the timeline. Colour means state, a pattern repeats it, the owner is a thin edge.

const HATCH_PX = 6;
const EDGE_PX = 3;
const NAME_PX = 34; // bars narrower than this carry no name

/** A planned or booked contact with its setup and teardown as lighter ends. */
export function paintTaken(context, view, bar, y, height, colours) {
  const [from, start, end, to] = [bar.fromMs, bar.startMs, bar.endMs, bar.toMs].map((ms) => view.scale.toX(ms));
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
  if (bar.conditions.includes('drifted')) hatch(context, start, end, y, height, colours['taken-text'], 11);
  paintOutline(context, bar, from, to, start, width, y, height, colours);
  if (bar.record?.owner && width > 6) {
    context.fillStyle = colours[`owner-${view.ownerIndex(bar.record.owner)}`];
    context.fillRect(start, y + height - EDGE_PX, width, EDGE_PX);
  }
  if (width > NAME_PX) paintName(context, bar, view.words, start, width, y, height, colours);
  if (bar.conditions.includes('drifted')) paintArrow(context, bar, start, end, y, height, colours);
  if (bar.reservation?.pinned) paintPin(context, end, y, colours);
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

function paintName(context, bar, words, start, width, y, height, colours) {
  context.save();
  context.beginPath();
  context.rect(start, y, width - 3, height);
  context.clip();
  context.fillStyle = bar.record ? colours['taken-text'] : colours.text;
  context.textAlign = 'left';
  context.fillText(bar.name || words.otherOwner, Math.max(start, 0) + 4, y + height / 2 - 1);
  context.restore();
}

/** An arrow in the direction in which the pass drifted. */
function paintArrow(context, bar, start, end, y, height, colours) {
  const later = (bar.reservation?.prediction?.shift_s ?? 0) >= 0;
  const x = later ? end + 3 : start - 3;
  const tip = later ? x + 8 : x - 8;
  context.fillStyle = colours.drifted;
  context.beginPath();
  context.moveTo(x, y + height / 2 - 6);
  context.lineTo(tip, y + height / 2);
  context.lineTo(x, y + height / 2 + 6);
  context.fill();
}

function paintPin(context, end, y, colours) {
  context.fillStyle = colours.text;
  context.beginPath();
  context.arc(end - 4, y + 4, 3, 0, 2 * Math.PI);
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

/** A skipped pass: hollow. */
export function paintSkipped(context, bar, x, end, y, height, colours) {
  context.strokeStyle = colours.skipped;
  context.strokeRect(x + 0.5, y + 1.5, Math.max(1, end - x - 1), height - 3);
  if (end - x > 60) {
    context.fillStyle = colours.quiet;
    context.textAlign = 'left';
    context.save();
    context.beginPath();
    context.rect(x, y, end - x - 2, height);
    context.clip();
    context.fillText(bar.name, Math.max(x, 0) + 4, y + height / 2);
    context.restore();
  }
}

export function paintFocus(context, x, end, y, height, colours) {
  context.strokeStyle = colours.focus;
  context.lineWidth = 2;
  context.strokeRect(x - 3, y - 3, Math.max(3, end - x) + 6, height + 6);
  context.lineWidth = 1;
}
