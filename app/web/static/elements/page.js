// The elements page: decide on sets in quarantine, let a blocked source be asked again.

import { fill, words } from '../words.js';
import { send } from '../http.js';

const told = document.querySelector('[data-told]');
const dialog = document.querySelector('#decide');

document.addEventListener('click', async (event) => {
  const { decide, acknowledge } = event.target.dataset ?? {};
  if (decide) ask(event.target.closest('[data-set]'), decide);
  if (acknowledge) {
    const answer = await send('POST', `/v1/sources/${encodeURIComponent(acknowledge)}/acknowledge`);
    if (answer.ok) location.reload();
    else window.alert(answer.sentence);
  }
});

function ask(row, verb) {
  const name = row.querySelector('th').textContent.trim();
  dialog.querySelector('[data-title]').textContent = fill(verb === 'accept' ? words.acceptTitle : words.rejectTitle, { name });
  dialog.querySelector('[data-answer]').textContent = '';
  dialog.querySelector('form').onsubmit = async (event) => {
    if (!event.submitter.matches('[data-confirm]')) return;
    event.preventDefault();
    const why = dialog.querySelector('[name=why]').value;
    const answer = await send('POST', `/v1/element-sets/${encodeURIComponent(row.dataset.set)}/${verb}`, { why });
    if (!answer.ok) {
      dialog.querySelector('[data-answer]').textContent = answer.sentence;
      return;
    }
    dialog.close();
    row.remove();
    told.textContent = fill(verb === 'accept' ? words.accepted : words.rejected, { name });
  };
  dialog.showModal();
}
