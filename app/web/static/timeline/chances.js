// What would change it: which part of a skipped pass the antenna could still take.

/**
 * Return the longest free part [fromMs, toMs) of a skipped pass on the lane's antenna, setup and
 * teardown kept, or null when it is shorter than the shortest contact.
 */
export function findFreePart(bar, lanes, antenna) {
  const taken = lanes.find((lane) => lane.kind === 'taken' && lane.antennaId === antenna.id);
  if (!taken) return null;
  const setupMs = antenna.setup_s * 1000;
  const teardownMs = antenna.teardown_s * 1000;
  const busy = [...taken.rows[0], ...taken.closed]
    .filter((each) => each.fromMs < bar.endMs + teardownMs && each.toMs > bar.startMs - setupMs)
    .sort((left, right) => left.fromMs - right.fromMs);
  let best = null;
  let fromMs = bar.startMs;
  const consider = (toMs) => {
    if (!best || toMs - fromMs > best.toMs - best.fromMs) best = { fromMs, toMs };
  };
  for (const each of busy) {
    consider(Math.min(bar.endMs, each.fromMs - teardownMs));
    fromMs = Math.max(fromMs, each.toMs + setupMs);
  }
  consider(bar.endMs);
  return best.toMs - best.fromMs >= antenna.min_contact_s * 1000 ? best : null;
}
