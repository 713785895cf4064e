// The whole state of the page in its address, so that a link shows a colleague the same view.

let timer = 0;
const address = {};

export function readAddress() {
  const query = new URLSearchParams(location.search);
  const instant = (name) => {
    const ms = Date.parse(query.get(name) ?? '');
    return Number.isFinite(ms) ? ms : undefined;
  };
  return { from: instant('from'), to: instant('to'), select: query.get('select') ?? undefined };
}

export function writeAddress(change) {
  Object.assign(address, change);
  clearTimeout(timer);
  timer = setTimeout(() => {
    const query = new URLSearchParams(location.search);
    for (const name of ['from', 'to']) {
      if (address[name] !== undefined) query.set(name, `${new Date(address[name]).toISOString().slice(0, 19)}Z`);
    }
    if (address.select !== undefined) query.set('select', address.select);
    history.replaceState(null, '', `${location.pathname}?${query}`);
  }, 250);
}
