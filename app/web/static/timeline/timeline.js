// The timeline's controller: zoom and pan by mouse, touch and keyboard; selection; one paint a frame.

import { TimeScale } from './scale.js';
import { buildLanes, findVisible } from './lanes.js';
import { layOut, paint, readColours } from './draw.js';

const ZOOM_STEP = 1.35;
const DRAG_PX = 4;
const LABEL_PX = 118;
const NARROW_PX = 600; // narrower hosts give the labels less room
const NARROW_LABEL_PX = 64;
const BASE_FONT_PX = 16;

export class Timeline {
  /**
   * `options`: lanes, startMs, endMs, timeZone, zoneName, words, nowMs(), dayName(ms, offsetMs),
   * ownerIndex(owner), onSelect(bar, how), onHover(bar, event), onView(scale), onKey(key, bar).
   */
  constructor(host, options) {
    this.host = host;
    this.options = options;
    this.canvas = document.createElement('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.canvas.setAttribute('aria-label', options.words.label);
    host.append(this.canvas);
    this.context = this.canvas.getContext('2d');
    this.selected = null;
    this.lights = { night: [], twilight: [] };
    this.labelPx = LABEL_PX;
    this.unit = 1; // how many pixels one of ours is: the timeline grows with the page's type
    this.setLanes(options.lanes);
    this.scale = new TimeScale(options.startMs, options.endMs, 800);
    this.frameMs = [];
    this.listen();
    this.resize();
  }

  /** Show other lanes; what is selected stays so, and the view does not move. */
  setLanes(lanes) {
    const keep = this.selected?.id;
    this.lanes = lanes;
    this.height = layOut(lanes);
    this.bars = lanes.flatMap((lane) => lane.rows.flat()).sort((left, right) => left.startMs - right.startMs);
    this.selected = this.bars.find((bar) => bar.id === keep) ?? null;
    if (this.scale) this.resize();
  }

  setLights(lights) {
    this.lights = lights;
    this.repaint();
  }

  show(startMs, endMs) {
    this.setScale(new TimeScale(startMs, endMs, this.scale.width));
  }

  select(bar, how = 'walk') {
    this.selected = bar;
    if (bar) this.setScale(this.scale.revealing(bar.fromMs, bar.toMs));
    this.repaint();
    this.options.onSelect(bar, how);
  }

  selectById(id) {
    const bar = this.bars.find((item) => item.id === id);
    if (bar) this.select(bar, 'link');
    return Boolean(bar);
  }

  setScale(scale) {
    this.scale = scale;
    this.options.onView(scale);
    this.repaint();
  }

  resize() {
    this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / BASE_FONT_PX;
    const ratio = (window.devicePixelRatio || 1) * this.unit;
    const width = this.host.clientWidth / this.unit;
    this.canvas.style.height = `${this.height * this.unit}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.labelPx = width < NARROW_PX ? NARROW_LABEL_PX : LABEL_PX;
    this.colours = readColours(this.host);
    this.font = getComputedStyle(this.host).fontFamily;
    this.scale = this.scale.resized(Math.max(50, width - this.labelPx));
    this.repaint();
  }

  repaint() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      const began = performance.now();
      const { timeZone, zoneName, words, dayName, ownerIndex } = this.options;
      this.drawn = paint(this.context, {
        scale: this.scale, labelPx: this.labelPx, lanes: this.lanes, lights: this.lights, selected: this.selected,
        font: this.font, nowMs: this.options.nowMs(), timeZone, zoneName, words, dayName, ownerIndex,
      }, this.colours, this.height);
      this.frameMs.push(performance.now() - began);
      if (this.frameMs.length > 500) this.frameMs.shift();
    });
  }

  /** Find the bar under a point of the canvas, with a few pixels of grace for small bars. */
  barAt(x, y) {
    const lane = this.lanes.find((item) => y >= item.top - 1 && y < item.top + item.rows.length * (item.rowPx + 2));
    if (!lane) return null;
    const row = lane.rows[Math.min(lane.rows.length - 1, Math.floor((y - lane.top) / (lane.rowPx + 2)))] ?? [];
    const grace = 3 * (this.scale.spanMs / this.scale.width);
    const at = this.scale.toMs(x - this.labelPx);
    const [first, last] = findVisible(row, at - grace, at + grace);
    for (let index = last - 1; index >= first; index -= 1) {
      if (row[index].fromMs - grace <= at && at < row[index].toMs + grace) return row[index];
    }
    return null;
  }

  listen() {
    this.canvas.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    this.canvas.addEventListener('pointerdown', (event) => this.onPointerDown(event));
    this.canvas.addEventListener('pointermove', (event) => this.onPointerMove(event));
    for (const name of ['pointerup', 'pointercancel']) {
      this.canvas.addEventListener(name, (event) => this.onPointerUp(event));
    }
    this.canvas.addEventListener('pointerleave', () => this.options.onHover(null));
    this.canvas.addEventListener('keydown', (event) => this.onKey(event));
    new ResizeObserver(() => this.resize()).observe(this.host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.resize());
    document.addEventListener('aspan-theme', () => this.resize());
    this.canvas.addEventListener('focus', () => this.selected && this.options.onSelect(this.selected, 'walk'));
    this.pointers = new Map();
  }

  /** Return where an event points on the canvas, in the timeline's own pixels. */
  placeOf(event) {
    return { x: event.offsetX / this.unit, y: event.offsetY / this.unit };
  }

  onWheel(event) {
    event.preventDefault();
    const x = this.placeOf(event).x - this.labelPx;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.setScale(this.scale.panned(event.deltaX || event.deltaY));
    } else {
      this.setScale(this.scale.zoomed(ZOOM_STEP ** (event.deltaY / 100), x));
    }
  }

  onPointerDown(event) {
    this.canvas.setPointerCapture(event.pointerId);
    const { x } = this.placeOf(event);
    this.pointers.set(event.pointerId, { x, fromX: x, moved: false });
  }

  onPointerMove(event) {
    const pointer = this.pointers.get(event.pointerId);
    const { x, y } = this.placeOf(event);
    if (!pointer) {
      this.options.onHover(this.barAt(x, y), event);
      return;
    }
    const before = pointer.x;
    pointer.x = x;
    pointer.moved ||= Math.abs(pointer.x - pointer.fromX) > DRAG_PX;
    if (this.pointers.size === 2) this.pinch(pointer, before);
    else if (pointer.moved) this.setScale(this.scale.panned(before - pointer.x));
  }

  pinch(pointer, before) {
    const other = [...this.pointers.values()].find((item) => item !== pointer);
    const was = Math.max(10, Math.abs(before - other.x));
    const is = Math.max(10, Math.abs(pointer.x - other.x));
    this.setScale(this.scale.zoomed(was / is, (pointer.x + other.x) / 2 - this.labelPx));
  }

  onPointerUp(event) {
    const pointer = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (event.type === 'pointerup' && pointer && !pointer.moved) {
      const { x, y } = this.placeOf(event);
      const bar = this.barAt(x, y);
      if (bar) this.select(bar, 'open');
    }
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const middle = this.scale.width / 2;
    const actions = {
      ArrowRight: () => (event.shiftKey ? this.setScale(this.scale.panned(this.scale.width / 4)) : this.walk(1)),
      ArrowLeft: () => (event.shiftKey ? this.setScale(this.scale.panned(-this.scale.width / 4)) : this.walk(-1)),
      ArrowUp: () => this.walkKind('taken'),
      ArrowDown: () => this.walkKind('skipped'),
      '+': () => this.setScale(this.scale.zoomed(1 / ZOOM_STEP, middle)),
      '=': () => this.setScale(this.scale.zoomed(1 / ZOOM_STEP, middle)),
      '-': () => this.setScale(this.scale.zoomed(ZOOM_STEP, middle)),
      n: () => this.goTo(this.options.nowMs()),
      Enter: () => this.selected && this.options.onSelect(this.selected, 'open'),
      w: () => this.selected && this.options.onSelect(this.selected, 'why'),
    };
    const action = actions[event.key] ?? actions[event.key.toLowerCase()];
    if (!action) {
      this.options.onKey(event.key.toLowerCase(), this.selected);
      return;
    }
    event.preventDefault();
    action();
  }

  goTo(ms) {
    this.show(ms - this.scale.spanMs * 0.2, ms + this.scale.spanMs * 0.8);
  }

  /** Select the next bar of the same lane kind; the first one is the next after now. */
  walk(direction) {
    const kind = this.selected?.kind ?? 'taken';
    const bars = this.bars.filter((bar) => bar.kind === kind);
    if (bars.length === 0) return;
    const next = bars.findIndex((bar) => bar.endMs > this.options.nowMs());
    const index = this.selected ? bars.indexOf(this.selected) + direction : Math.max(0, next);
    this.select(bars[Math.min(bars.length - 1, Math.max(0, index))]);
  }

  /** Step between the taken and the skipped lane, to the bar nearest in time. */
  walkKind(kind) {
    const from = this.selected?.startMs ?? this.options.nowMs();
    const nearest = this.bars
      .filter((bar) => bar.kind === kind)
      .reduce((best, bar) => (!best || Math.abs(bar.startMs - from) < Math.abs(best.startMs - from) ? bar : best), null);
    if (nearest) this.select(nearest);
  }
}
