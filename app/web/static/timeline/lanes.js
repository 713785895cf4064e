// What stands on the timeline: one taken and one skipped lane per antenna, bars sorted by start.

const SKIPPED_ROWS = 4;
const SHOWN_STATES = ['reserved', 'preparing', 'executing', 'post_pass', 'completed', 'failed', 'missed'];

/**
 * Turn a contact plan (GET /v1/plans/{id}, or null) and what is booked (GET /v1/contacts) into
 * lanes of bars. A planned contact of a booked pass gives way to the booked one.
 */
export function buildLanes(plan, reservations = [], station = { antennas: [] }, names = {}) {
  const nameOf = (each) => names[each.satellite_id] ?? each.satellite_name ?? each.satellite_id;
  const antennas = new Map();
  const laneOf = (stationId, antennaId) => {
    const key = `${stationId} ${antennaId}`;
    if (!antennas.has(key)) antennas.set(key, { stationId, antennaId, taken: [], skipped: [], closed: [] });
    return antennas.get(key);
  };
  for (const antenna of station.antennas) {
    laneOf(station.id, antenna.id).closed = antenna.downtimes.map((each) => closedSpan(each.start_utc, each.end_utc, each.reason));
  }
  const booked = reservations.filter((each) => SHOWN_STATES.includes(each.state));
  for (const each of booked) laneOf(each.station_id, each.antenna_id).taken.push(bookedBar(each, nameOf));
  for (const each of reservations.filter((item) => item.state === 'blocked')) {
    const span = closedSpan(each.reserved_start_utc, each.reserved_end_utc, each.note ?? '');
    laneOf(each.station_id, each.antenna_id).closed.push({ ...span, reservation: each });
  }
  const isBooked = passFinder(booked);
  const contacts = new Map((plan?.contacts ?? []).map((each) => [each.contact_id, each]));
  const isHere = (each) => !station.id || each.station_id === station.id;
  for (const contact of (plan?.contacts ?? []).filter(isHere)) {
    if (!isBooked(contact)) laneOf(contact.station_id, contact.antenna_id).taken.push(takenBar(contact, nameOf));
  }
  for (const span of (plan?.taken ?? []).filter(isHere)) laneOf(span.station_id, span.antenna_id).taken.push(otherBar(span));
  for (const pass of (plan?.not_taken ?? []).filter(isHere)) {
    if (isBooked(pass)) continue;
    const lanes = [...antennas.values()].filter((lane) => lane.stationId === pass.station_id);
    const lane = lanes.find((item) => item.antennaId === pass.antenna_id) ?? lanes[0] ?? laneOf(pass.station_id, '');
    const winners = pass.beaten_by.map((id) => contacts.get(id)).filter(Boolean);
    lane.skipped.push(skippedBar(pass, nameOf, winners));
  }
  return [...antennas.values()].flatMap((lane) => [
    { ...lane, kind: 'taken', rows: [sortBars(lane.taken)] },
    { ...lane, kind: 'skipped', rows: stackBars(sortBars(lane.skipped), SKIPPED_ROWS) },
  ]);
}

/** Return a test whether a contact or pass is of a pass that somebody booked. */
function passFinder(booked) {
  const spans = new Map();
  for (const { contact } of booked) {
    if (!contact) continue;
    const key = `${contact.station_id} ${contact.satellite_id}`;
    if (!spans.has(key)) spans.set(key, []);
    spans.get(key).push([Date.parse(contact.aos_utc), Date.parse(contact.los_utc)]);
  }
  return (each) => {
    const [aosMs, losMs] = [Date.parse(each.aos_utc), Date.parse(each.los_utc)];
    const found = spans.get(`${each.station_id} ${each.satellite_id}`) ?? [];
    return found.some(([from, to]) => aosMs < to && from < losMs);
  };
}

function closedSpan(start, end, why) {
  return { fromMs: Date.parse(start), toMs: Date.parse(end), why };
}

function takenBar(contact, nameOf) {
  return {
    id: contact.contact_id, kind: 'taken', record: contact, reservation: null, state: 'planned', conditions: [],
    name: nameOf(contact),
    fromMs: Date.parse(contact.reserved_start_utc), startMs: Date.parse(contact.start_utc),
    endMs: Date.parse(contact.end_utc), toMs: Date.parse(contact.reserved_end_utc),
    aosMs: Date.parse(contact.aos_utc), losMs: Date.parse(contact.los_utc),
  };
}

/** A planned contact of another owner: when the antenna is taken, and nothing more. */
function otherBar(span) {
  const fromMs = Date.parse(span.reserved_start_utc);
  const toMs = Date.parse(span.reserved_end_utc);
  return {
    id: `${span.antenna_id} ${fromMs}`, kind: 'taken', record: null, reservation: null, state: 'planned', conditions: [],
    name: '', fromMs, toMs, startMs: fromMs, endMs: toMs, aosMs: fromMs, losMs: toMs,
  };
}

/** A booked contact; of another owner's only the reserved window is known. */
function bookedBar(reservation, nameOf) {
  const { contact } = reservation;
  const fromMs = Date.parse(reservation.reserved_start_utc);
  const toMs = Date.parse(reservation.reserved_end_utc);
  const bar = contact
    ? takenBar(contact, nameOf)
    : { kind: 'taken', record: null, name: '', startMs: fromMs, endMs: toMs, aosMs: fromMs, losMs: toMs };
  return {
    ...bar, id: reservation.reservation_id, reservation, state: reservation.state,
    conditions: reservation.conditions, fromMs, toMs,
  };
}

function skippedBar(pass, nameOf, winners) {
  const aosMs = Date.parse(pass.aos_utc);
  const losMs = Date.parse(pass.los_utc);
  return {
    id: pass.pass_id, kind: 'skipped', record: pass, reservation: null, conditions: [],
    name: nameOf(pass), winners: winners.map((each) => ({ name: nameOf(each), startMs: Date.parse(each.start_utc) })),
    fromMs: aosMs, startMs: aosMs, endMs: losMs, toMs: losMs, aosMs, losMs,
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
