// The panels that follow the timeline's selection: sky, curves, map; "now" while nothing is chosen.

import { data, words } from '../words.js';
import { formatClock, zoneOffsetMs } from '../clock.js';
import { fetchJson } from '../http.js';
import { table } from '../svg.js';
import { drawMap } from '../map/map.js';
import { drawCurves } from './curves.js';
import { drawNow, drawPass } from './polar.js';

const HALF_TRACK_MS = 50 * 60_000; // about half an orbit on either side of the pass
const { station } = data;
const stationUrl = `/v1/stations/${encodeURIComponent(station.id)}`;

export class PassPanels {
  constructor() {
    this.sky = document.querySelector('#sky');
    this.curves = document.querySelector('#curves');
    this.map = document.querySelector('#map');
    this.asked = 0;
    this.pass = null;
    this.isAround = false;
    for (const button of document.querySelectorAll('[data-view]')) {
      button.addEventListener('click', () => this.turn(button.dataset.view));
    }
    this.map.querySelector('[data-around]').addEventListener('click', (event) => {
      this.isAround = !this.isAround;
      event.target.setAttribute('aria-pressed', this.isAround);
      this.drawMap();
    });
  }

  /** Change between the sky of the chosen pass and the sky now. */
  turn(view) {
    if (view === 'now') this.showNow(true);
    else if (this.pass) this.drawPass();
    this.mark(view);
  }

  mark(view) {
    this.view = view;
    for (const button of document.querySelectorAll('[data-view]')) {
      button.setAttribute('aria-pressed', button.dataset.view === view);
      button.disabled = button.dataset.view === 'pass' && !this.pass;
    }
  }

  /** Show the sky as it is now, unless the reader looks at a pass. */
  async showNow(wanted = false) {
    if (!wanted && this.view === 'pass') return;
    const mine = (this.asked += 1);
    const sky = await fetchJson(`${stationUrl}/sky`).catch(() => null);
    if (!sky || mine !== this.asked) return;
    this.mark('now');
    this.sky.querySelector('h2').textContent = words.skyNow;
    drawNow(this.sky.querySelector('[data-sky]'), sky);
    this.listSky(sky);
    this.scene = { sky };
    this.drawMap();
  }

  /** Say that pictures are on their way; the old ones stay, dimmed. */
  setBusy(isBusy) {
    for (const panel of [this.sky, this.curves, this.map]) {
      if (isBusy) panel.dataset.busy = '';
      else delete panel.dataset.busy;
    }
  }

  /** Show the pass of a bar in the sky, as curves and on the map. */
  async showPass(bar) {
    const mine = (this.asked += 1);
    if (!bar.record) return;
    this.view = 'pass'; // from here on the sky now no longer comes in between
    this.setBusy(true);
    const middleMs = (bar.startMs + bar.endMs) / 2;
    const instant = (ms) => new Date(ms).toISOString();
    const antenna = bar.record.antenna_id ? `&antenna=${encodeURIComponent(bar.record.antenna_id)}` : '';
    const [track, sky, ground] = await Promise.all([
      fetchJson(`/v1/passes/${encodeURIComponent(bar.record.pass_id)}/track?step_s=10${antenna}`).catch(() => null),
      fetchJson(`${stationUrl}/sky?at=${instant(middleMs)}`).catch(() => null),
      fetchJson(`/v1/satellites/${encodeURIComponent(bar.record.satellite_id)}/ground-track?start=${instant(middleMs - HALF_TRACK_MS)}&end=${instant(middleMs + HALF_TRACK_MS)}`).catch(() => null),
    ]);
    if (mine !== this.asked) return;
    this.setBusy(false);
    this.pass = { bar, sky, ground, track: track && { ...track, sun: sky?.sun } };
    this.mark('pass');
    this.drawPass();
  }

  drawPass() {
    const { bar, track, sky, ground } = this.pass;
    this.sky.querySelector('h2').textContent = `${words.sky}: ${bar.name}`;
    const move = drawPass(this.sky.querySelector('[data-sky]'), bar, track);
    drawCurves(this.curves, bar, track, move);
    if (!sky) return;
    this.listSky(sky);
    this.scene = {
      sky, selectedId: bar.record.satellite_id, track: ground?.points,
      altitudeKm: sky.satellites.find((each) => each.satellite_id === bar.record.satellite_id)?.altitude_km,
    };
    this.drawMap();
  }

  drawMap() {
    if (this.scene) drawMap(this.map.querySelector('[data-map]'), { ...this.scene, around: this.isAround });
  }

  /** The same as a table: what stands above the horizon, and where each satellite is. */
  listSky(sky) {
    const ms = Date.parse(sky.at_utc);
    const when = `${formatClock(ms, 0, true)} UTC, ${formatClock(ms, zoneOffsetMs(station.time_zone, ms), true)} ${data.zone_name}`;
    const light = (each) => (each.sunlit ? words.sunlit : words.inShadow);
    const up = sky.satellites.filter((each) => each.elevation_deg >= 0).sort((left, right) => right.elevation_deg - left.elevation_deg);
    this.sky.querySelector('[data-table]').replaceChildren(table(
      when, [words.satellite, `${words.azimuth}, °`, `${words.elevation}, °`, `${words.range}, ${words.units.km}`, words.light],
      up.map((each) => [each.name, each.azimuth_deg.toFixed(0), each.elevation_deg.toFixed(0), each.range_km.toFixed(0), light(each)]),
    ));
    this.map.querySelector('[data-table]').replaceChildren(table(
      when, [words.satellite, `${words.latitude}, °`, `${words.longitude}, °`, `${words.altitude}, ${words.units.km}`, words.light],
      sky.satellites.map((each) => [each.name, each.latitude_deg.toFixed(1), each.longitude_deg.toFixed(1), each.altitude_km.toFixed(0), light(each)]),
    ));
  }
}
