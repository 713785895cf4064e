// What an operator does to a contact: reserve, move, cancel, pin, block time, lift a block.

import { data, fill, words } from '../words.js';
import { formatBoth } from '../clock.js';
import { fetchAll, send } from '../http.js';
import { html } from '../svg.js';

const { station, may } = data;
const MARGIN_MS = 600_000; // around a pass, when its offer is looked for

/** Put the buttons that fit a bar into `host`; `onDone(reservation)` hears of every change. */
export function offerActions(host, bar, onDone) {
  const buttons = [];
  const add = (label, action, className = '') => buttons.push(html('button', { type: 'button', textContent: label, onclick: action, className }));
  if (may.operator) {
    const { reservation } = bar;
    if (!reservation && bar.record) add(words.reserve, () => askReserve(bar, onDone), 'primary');
    if (reservation?.contact && reservation.state === 'reserved') {
      if (reservation.conditions.includes('drifted')) add(words.moveContact, () => askMove(bar, onDone), 'primary');
      add(reservation.pinned ? words.unpin : words.pin, () => pin(bar, onDone));
      add(words.cancelContact, () => askCancel(bar, onDone));
    }
  }
  if (!may.viewer) buttons.push(html('a', { href: '/sign-in', textContent: words.signInToBook }));
  host.replaceChildren(...buttons);
}

/** Pin or let go the contact of a bar; also the key P. */
export async function pin(bar, onDone) {
  const { reservation } = bar;
  if (!may.operator || !reservation?.contact) return;
  const answer = await send('POST', urlOf(reservation, 'pin'), { pinned: !reservation.pinned, version: reservation.version, why: '' });
  if (answer.ok) onDone(answer.body);
  else ask({ title: bar.name, message: answer.sentence, alert: true });
}

function askReserve(bar, onDone) {
  const provisional = bar.record.provisional;
  ask({
    title: fill(words.reserveTitle, { name: bar.name }),
    message: formatBoth(bar.startMs, station.time_zone, data.zone_name),
    warning: provisional ? words.provisionalWarning : '',
    whyRequired: provisional,
    confirm: words.reserve,
    act: async (why, chosen) => {
      const offer = await findOffer(bar);
      if (!offer) return words.notFree;
      return book(offer, why, chosen, provisional, onDone);
    },
  });
}

/** Find the offer of a bar's pass; `moving` is the contact whose own time counts as free. */
async function findOffer(bar, moving = '') {
  const query = new URLSearchParams({
    station: station.id, satellite: bar.record.satellite_id, moving,
    start: new Date(bar.aosMs - MARGIN_MS).toISOString(), end: new Date(bar.losMs + MARGIN_MS).toISOString(),
  });
  const offers = await fetchAll(`/v1/available-passes?${query}`, 'available');
  return offers.find(({ contact }) => Date.parse(contact.aos_utc) < bar.losMs && bar.aosMs < Date.parse(contact.los_utc));
}

/** Book what a token offers. Returns '' when done, else what to tell; a lost race offers the next pass. */
async function book(offer, why, { confirmation }, provisional, onDone) {
  const key = `page-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  const body = { token: offer.token, why, confirmation, override: provisional ? why : '' };
  const answer = await send('POST', '/v1/contacts', body, { 'Idempotency-Key': key });
  if (answer.ok) {
    onDone(answer.body);
    return '';
  }
  if (answer.status !== 409) return tell(answer);
  onDone(null);
  const { others = [], alternative } = answer.body;
  const winner = others.map((other) => fill(words.raceLost, {
    name: data.names[other.satellite_id] ?? words.otherOwner,
    who: other.created_by || other.owner || words.otherOwner,
    start: formatBoth(Date.parse(other.reserved_start_utc), station.time_zone, data.zone_name),
  })).join(' ');
  if (!alternative) return winner || answer.sentence;
  const { contact } = alternative;
  ask({
    title: words.raceTitle,
    message: `${winner} ${fill(words.raceNext, { name: data.names[contact.satellite_id] ?? contact.satellite_id, start: formatBoth(Date.parse(contact.start_utc), station.time_zone, data.zone_name) })}`,
    warning: contact.provisional ? words.provisionalWarning : '',
    whyRequired: contact.provisional,
    why,
    confirm: words.reserveNext,
    act: (reason, chosen) => book(alternative, reason, chosen, contact.provisional, onDone),
  });
  return null;
}

/** Let a drifted contact have the time that its pass has by the newest elements. */
function askMove(bar, onDone) {
  const { reservation } = bar;
  ask({
    title: fill(words.moveTitle, { name: bar.name }),
    message: formatBoth(Date.parse(reservation.prediction?.aos_utc ?? bar.record.aos_utc), station.time_zone, data.zone_name),
    confirm: words.moveContact,
    act: async (why, { confirmation }) => {
      const offer = await findOffer(bar, reservation.reservation_id);
      if (!offer) return words.noNewTime;
      const answer = await send('POST', urlOf(reservation, 'move'), { token: offer.token, why, confirmation, version: reservation.version });
      if (answer.ok) onDone(answer.body);
      return tell(answer);
    },
  });
}

function askCancel(bar, onDone) {
  ask({
    title: fill(words.cancelTitle, { name: bar.name }),
    message: formatBoth(bar.startMs, station.time_zone, data.zone_name),
    confirm: words.cancelContact,
    act: async (why, { confirmation }) => {
      const answer = await send('POST', urlOf(bar.reservation, 'cancel'), { why, confirmation, version: bar.reservation.version });
      if (answer.ok) onDone(answer.body);
      return tell(answer);
    },
  });
}

/** Ask for a span in which the antenna serves nobody. */
export function askBlock(span, onDone) {
  const text = (ms) => new Date(Math.round(ms / 60_000) * 60_000).toISOString().slice(0, 16);
  ask({
    title: words.blockTitle,
    message: words.blockNote,
    confirm: words.block,
    antennas: station.antennas,
    span: [text(span.fromMs), text(span.toMs)],
    act: async (why, chosen) => {
      const answer = await send('POST', '/v1/blocks', {
        station: station.id, antenna: chosen.antenna, start: `${chosen.start}:00Z`, end: `${chosen.end}:00Z`, why,
      });
      if (answer.ok) onDone(answer.body);
      else if (answer.status === 409) return fill(words.blockRefused, { count: answer.body.others?.length ?? 1 });
      return answer.sentence;
    },
  });
}

/** Give a blocked span back. */
export async function lift(blockId, onDone) {
  const answer = await send('POST', `/v1/blocks/${encodeURIComponent(blockId)}/lift`, { why: '' });
  if (answer.ok) onDone(answer.body);
  else ask({ title: words.lift, message: answer.sentence, alert: true });
}

function urlOf(reservation, verb) {
  return `/v1/contacts/${encodeURIComponent(reservation.reservation_id)}/${verb}`;
}

/** Say what an answer says; in commanded time also ask for the mission's word. */
function tell(answer) {
  if (answer.body.field === 'confirmation') document.querySelector('#act [data-confirmation]').hidden = false;
  return answer.sentence;
}

/**
 * Show the one dialog. `act(why, chosen)` answers '' when done (it closes), a sentence to show, or
 * null when it has asked something else meanwhile.
 */
function ask({ title, message, warning = '', whyRequired = false, why = '', confirm = '', alert = false, antennas = null, span = null, act }) {
  const dialog = document.querySelector('#act');
  const part = (name) => dialog.querySelector(`[data-${name}]`);
  part('title').textContent = title;
  part('message').textContent = message;
  part('warning').textContent = warning;
  part('warning').hidden = !warning;
  part('answer').textContent = '';
  part('why').hidden = alert;
  part('span').hidden = !span;
  part('confirmation').hidden = true;
  dialog.querySelector('[name=confirmation]').value = '';
  const reason = dialog.querySelector('[name=why]');
  reason.value = why;
  reason.required = whyRequired;
  if (span) {
    dialog.querySelector('[name=antenna]').replaceChildren(...antennas.map((each) => html('option', { value: each.id, textContent: each.name })));
    [dialog.querySelector('[name=start]').value, dialog.querySelector('[name=end]').value] = span;
  }
  const button = part('confirm');
  button.textContent = confirm;
  button.hidden = alert;
  button.disabled = false;
  dialog.querySelector('form').onsubmit = async (event) => {
    if (event.submitter !== button) return;
    event.preventDefault();
    button.disabled = true;
    part('answer').textContent = words.working;
    const chosen = Object.fromEntries(new FormData(event.target));
    const told = await act(reason.value.trim(), chosen).catch((error) => fill(words.refused, { detail: error.message }));
    button.disabled = false;
    if (told === '') dialog.close();
    else if (told !== null) part('answer').textContent = told;
  };
  if (!dialog.open) dialog.showModal();
}
