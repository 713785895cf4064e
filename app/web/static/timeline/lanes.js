// What stands on the timeline: one taken and one skipped lane per antenna, bars sorted by start.

const SKIPPED_ROWS = 4;

/** Turn a contact plan (GET /v1/plans/{id}) into lanes of bars. Instants become milliseconds. */
export function buildLanes(plan) {
  const antennas = new Map();
  const laneOf = (stationId, antennaId) => {
    const key = `${stationId} ${antennaId}`;
    if (!antennas.has(key)) antennas.set(key, { stationId, antennaId, taken: [], skipped: [] });
    return antennas.get(key);
  };
  for (const contact of plan.contacts) laneOf(contact.station_id, contact.antenna_id).taken.push(takenBar(contact));
  for (const pass of plan.not_taken) {
    const lanes = [...antennas.values()].filter((lane) => lane.stationId === pass.station_id);
    const lane = lanes.find((item) => item.antennaId === pass.antenna_id) ?? lanes[0] ?? laneOf(pass.station_id, '');
    lane.skipped.push(skippedBar(pass));
  }
  return [...antennas.values()].flatMap((lane) => [
    { ...lane, kind: 'taken', rows: [sortBars(lane.taken)] },
    { ...lane, kind: 'skipped', rows: stackBars(sortBars(lane.skipped), SKIPPED_ROWS) },
  ]);
}

function takenBar(contact) {
  return {
    id: contact.contact_id, kind: 'taken', record: contact, name: contact.satellite_name ?? contact.satellite_id,
    fromMs: Date.parse(contact.reserved_start_utc), startMs: Date.parse(contact.start_utc),
    endMs: Date.parse(contact.end_utc), toMs: Date.parse(contact.reserved_end_utc),
    aosMs: Date.parse(contact.aos_utc), losMs: Date.parse(contact.los_utc),
  };
}

function skippedBar(pass) {
  const aosMs = Date.parse(pass.aos_utc);
  const losMs = Date.parse(pass.los_utc);
  return {
    id: pass.pass_id, kind: 'skipped', record: pass, name: pass.satellite_name ?? pass.satellite_id,
    fromMs: aosMs, startMs: aosMs, endMs: losMs, toMs: losMs,
  };
}

function sortBars(bars) {
  return bars.sort((left, right) => left.fromMs - right.fromMs || (left.id < right.id ? -1 : 1));
}

/** Put overlapping bars on separate rows; what does not fit shares the last one. */
export function stackBars(bars, rowCount) {
  const rows = Array.from({ length: rowCount }, () => []);
  const ends = new Array(rowCount).fill(-Infinity);
  for (const bar of bars) {
    let row = ends.findIndex((end) => end <= bar.fromMs);
    if (row < 0) row = rowCount - 1;
    rows[row].push(bar);
    ends[row] = Math.max(ends[row], bar.toMs);
  }
  const used = rows.filter((row) => row.length > 0);
  return used.length > 0 ? used : [[]];
}

/** Return the half-open index range of the bars of one row that may show in [startMs, endMs). */
export function findVisible(row, startMs, endMs) {
  row.longestMs ??= row.reduce((longest, bar) => Math.max(longest, bar.toMs - bar.fromMs), 0);
  return [lowerBound(row, startMs - row.longestMs), lowerBound(row, endMs)];
}

function lowerBound(row, fromMs) {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle].fromMs < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
