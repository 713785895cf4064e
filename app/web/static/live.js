// Changes as they happen: server-sent events; a lost connection is shown, and heals by itself.

import { words } from './words.js';

const KINDS = ['refresh', 'plan', 'publish', 'contact', 'drift', 'conflict', 'aos_soon', 'los', 'failure'];
const QUIET_MS = 400; // several events of one change make one refresh
const AGAIN_MS = 5_000;

/** Call `onChange(events)` soon after something happened, and after a lost connection came back. */
export function listen(onChange) {
  const sign = document.querySelector('[data-connection]');
  let waiting = [];
  let timer = 0;
  let wasLost = false;
  const say = (state) => {
    if (!sign) return;
    sign.dataset.connection = state;
    sign.textContent = words[state];
    sign.hidden = false;
  };
  const note = (event) => {
    waiting.push(event);
    clearTimeout(timer);
    timer = setTimeout(() => onChange(waiting.splice(0)), QUIET_MS);
  };
  const connect = () => {
    const source = new EventSource('/v1/events');
    source.addEventListener('open', () => {
      say('live');
      if (wasLost) note({ kind: 'reconnected' });
      wasLost = false;
    });
    source.addEventListener('error', () => {
      wasLost = true;
      say('lost');
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
    });
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => note(JSON.parse(message.data)));
    }
  };
  connect();
}
