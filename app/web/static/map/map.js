// The map: coastlines, day and night, stations, satellites, the ground track of one pass, and from
// where the station sees it (the visibility shape: the mask's own, not a circle). No borders.
/* global d3, topojson */

import { data, words } from '../words.js';
import { fetchJson } from '../http.js';
import { spreadNames } from '../spread_names.js';
import { svg } from '../svg.js';
import { maskAt } from '../day/polar.js';

const WIDTH = 720;
const HEIGHT = 360;
const EARTH_RADIUS_KM = 6371.0; // mean; the shape is drawn on a sphere
const NIGHT_DEG = 90;
const { station } = data;
let land = null;

/** Draw the map into `host`. `scene`: sky, track (points), selectedId, altitudeKm, around. */
export async function drawMap(host, scene) {
  land ??= fetchJson('/static/vendor/land-110m.json').then((world) => topojson.feature(world, world.objects.land));
  const shape = await land;
  const projection = chooseProjection(scene.around);
  const toPath = d3.geoPath(projection);
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': words.map, class: 'map' });
  const add = (shape_, className, title) => {
    const d = toPath(shape_);
    if (d) picture.append(svg('path', { d, class: className }, ...(title ? [svg('title', {}, title)] : [])));
  };
  add({ type: 'Sphere' }, 'map-sea');
  add(shape, 'map-land');
  add(d3.geoGraticule10(), 'map-grid');
  const { sun } = scene.sky;
  const night = d3.geoCircle().center([sun.longitude_deg + 180, -sun.latitude_deg]).radius(NIGHT_DEG)();
  add(night, 'map-night', words.night);
  if (scene.altitudeKm) add(visibilityShape(scene.altitudeKm), 'map-visible', words.visible);
  if (scene.track) {
    add({ type: 'LineString', coordinates: scene.track.map((each) => [each.longitude_deg, each.latitude_deg]) }, 'map-track', words.groundTrack);
  }
  drawSatellites(picture, projection, scene);
  for (const each of data.stations) {
    const place = visiblePoint(projection, [each.longitude_deg, each.latitude_deg]);
    if (!place) continue;
    const [x, y] = place;
    picture.append(svg('path', { d: `M${x} ${y - 6}L${x + 5} ${y + 4}L${x - 5} ${y + 4}Z`, class: 'map-station' }, svg('title', {}, each.name)));
  }
  host.replaceChildren(picture);
  spreadNames(picture.querySelectorAll('.map-name'));
}

function chooseProjection(around) {
  if (!around) return d3.geoEquirectangular().fitExtent([[1, 1], [WIDTH - 1, HEIGHT - 1]], { type: 'Sphere' });
  return d3.geoAzimuthalEquidistant()
    .rotate([-station.longitude_deg, -station.latitude_deg]).clipAngle(60).scale(HEIGHT / 1.25).translate([WIDTH / 2, HEIGHT / 2]).clipExtent([[0, 0], [WIDTH, HEIGHT]]);
}

function visiblePoint(projection, place) {
  let found = null;
  const sink = { point: (x, y) => { found = [x, y]; }, lineStart() {}, lineEnd() {}, polygonStart() {}, polygonEnd() {}, sphere() {} };
  d3.geoStream({ type: 'Point', coordinates: place }, projection.stream(sink));
  return found;
}

function drawSatellites(picture, projection, scene) {
  const isChosenFirst = (left, right) => (right.satellite_id === scene.selectedId) - (left.satellite_id === scene.selectedId);
  for (const each of [...scene.sky.satellites].sort(isChosenFirst)) { // the first name keeps its place
    const place = visiblePoint(projection, [each.longitude_deg, each.latitude_deg]);
    if (!place) continue;
    const isChosen = each.satellite_id === scene.selectedId;
    const isSeen = each.elevation_deg >= maskAt(each.azimuth_deg);
    const [x, y] = place;
    picture.append(svg('circle', { cx: x, cy: y, r: isChosen ? 5 : 2.6, class: `map-satellite${each.sunlit ? '' : ' map-dark'}${isChosen ? ' map-chosen' : ''}` }, svg('title', {}, each.name)));
    if (isChosen || isSeen) {
      const end = x > WIDTH - 110;
      picture.append(svg('text', { x: x + (end ? -7 : 7), y: y + 4, class: 'map-name', 'text-anchor': end ? 'end' : 'start' }, each.name));
    }
  }
}

/** The places below a satellite of this altitude when the station sees it just above its mask. */
function visibilityShape(altitudeKm) {
  const ring = [];
  const floorDeg = Math.min(...station.antennas.map((antenna) => antenna.tracking_floor_deg), 90);
  for (let azimuth = 0; azimuth <= 360; azimuth += 2) {
    const elevation = (Math.max(maskAt(azimuth % 360), floorDeg) * Math.PI) / 180;
    const angle = Math.acos((EARTH_RADIUS_KM * Math.cos(elevation)) / (EARTH_RADIUS_KM + altitudeKm)) - elevation;
    ring.push(goFrom(station, azimuth, angle));
  }
  const polygon = { type: 'Polygon', coordinates: [ring] };
  if (d3.geoArea(polygon) > 2 * Math.PI) ring.reverse();
  return polygon;
}

/** Go from a place along a great circle; returns [longitude, latitude] in degrees. */
function goFrom(from, azimuthDeg, angle) {
  const [phi, azimuth] = [from.latitude_deg, azimuthDeg].map((value) => (value * Math.PI) / 180);
  const sine = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(azimuth);
  const turn = Math.atan2(Math.sin(azimuth) * Math.sin(angle) * Math.cos(phi), Math.cos(angle) - Math.sin(phi) * sine);
  return [from.longitude_deg + (turn * 180) / Math.PI, (Math.asin(sine) * 180) / Math.PI];
}
