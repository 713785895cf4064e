// The time axis: instants (milliseconds since 1970, UTC) to pixels and back, zoom, pan, ticks.

export const SHORTEST_MS = 10 * 60_000;
export const LONGEST_MS = 30 * 86_400_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [
  MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS,
  HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS,
  DAY_MS, 2 * DAY_MS, 5 * DAY_MS,
];

/** An immutable view of [startMs, endMs) on `width` pixels. */
export class TimeScale {
  constructor(startMs, endMs, width) {
    this.startMs = startMs;
    this.endMs = endMs;
    this.width = Math.max(1, width);
  }

  get spanMs() {
    return this.endMs - this.startMs;
  }

  toX(ms) {
    return ((ms - this.startMs) / this.spanMs) * this.width;
  }

  toMs(x) {
    return this.startMs + (x / this.width) * this.spanMs;
  }

  resized(width) {
    return new TimeScale(this.startMs, this.endMs, width);
  }

  panned(pixels) {
    const shift = (pixels / this.width) * this.spanMs;
    return new TimeScale(this.startMs + shift, this.endMs + shift, this.width);
  }

  /** Shrink (factor < 1) or widen the view, keeping the instant under `anchorX` in place. */
  zoomed(factor, anchorX) {
    const span = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.spanMs * factor));
    const anchorMs = this.toMs(anchorX);
    const start = anchorMs - (anchorX / this.width) * span;
    return new TimeScale(start, start + span, this.width);
  }

  /** Move as little as possible so that [fromMs, toMs) is in view with a margin. */
  revealing(fromMs, toMs) {
    const margin = this.spanMs * 0.08;
    let shift = 0;
    if (fromMs - margin < this.startMs) shift = fromMs - margin - this.startMs;
    else if (toMs + margin > this.endMs) shift = toMs + margin - this.endMs;
    return new TimeScale(this.startMs + shift, this.endMs + shift, this.width);
  }
}

/** Choose the tick distance so that labels of about `labelPx` do not touch. */
export function chooseStep(scale, labelPx) {
  const least = (scale.spanMs / scale.width) * labelPx;
  return STEPS_MS.find((step) => step >= least) ?? 10 * DAY_MS;
}

/** List the ticks in view for a zone that is `offsetMs` ahead of UTC. */
export function listTicks(scale, stepMs, offsetMs = 0) {
  const ticks = [];
  const first = Math.ceil((scale.startMs + offsetMs) / stepMs) * stepMs - offsetMs;
  for (let at = first; at < scale.endMs; at += stepMs) ticks.push(at);
  return ticks;
}

