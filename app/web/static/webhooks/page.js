// The webhooks page: try a receiver now, send again what died.

import { fill, words } from '../words.js';
import { send } from '../http.js';

const told = document.querySelector('[data-told]');

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-test], [data-replay]');
  if (!button) return;
  const row = button.closest('[data-webhook]');
  const name = row.querySelector('th').textContent.trim();
  const url = `/v1/webhooks/${encodeURIComponent(row.dataset.webhook)}`;
  button.disabled = true;
  told.textContent = button.matches('[data-test]')
    ? tellTest(await send('POST', `${url}/test`), name)
    : tellReplay(await send('POST', `${url}/replay`, {}), name);
  button.disabled = false;
});

function tellTest(answer, name) {
  if (!answer.ok) return answer.sentence;
  const { delivered, status, reason } = answer.body;
  return fill(delivered ? words.testDelivered : words.testFailed, { name, answer: delivered ? `HTTP ${status}` : reason });
}

function tellReplay(answer, name) {
  return answer.ok ? fill(words.replayed, { name, count: answer.body.count }) : answer.sentence;
}
