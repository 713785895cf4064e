// The plan page: order a what-if plan and follow its job, stop it, publish, ask what limits a plan.

import { data, fill, words } from '../words.js';
import { fetchJson, send } from '../http.js';
import { listen } from '../live.js';

const POLL_MS = 400;
const CHANGE_PRICE = 5; // in the plan's unit: what a change costs when as little as possible may change

const told = document.querySelector('[data-told]');
const form = document.querySelector('[data-what-if]');
form?.addEventListener('submit', orderPlan);
document.querySelector('[data-publish]')?.addEventListener('click', publish);
document.querySelector('[data-worth]')?.addEventListener('click', askWorth);
if (data.may?.viewer) listen(() => {});

function readOrder() {
  const given = new FormData(form);
  const without = given.getAll('without');
  const all = [...form.querySelectorAll('[name=without]')].map((box) => box.value);
  const order = {
    station: [data.station_id], days: Number(given.get('days')), solver: given.get('solver'),
    time_limit: Number(given.get('time_limit')), no_mask: given.has('no_mask'),
  };
  if (without.length > 0) order.satellite = all.filter((id) => !without.includes(id));
  if (given.get('min_elevation')) order.min_elevation = Number(given.get('min_elevation'));
  if (given.has('keep') && data.plan_id) Object.assign(order, { previous: data.plan_id, change_price: CHANGE_PRICE });
  return order;
}

async function orderPlan(event) {
  event.preventDefault();
  const box = document.querySelector('[data-progress]');
  const stop = form.querySelector('[data-stop]');
  const submit = form.querySelector('button.primary');
  const say = (text) => { box.querySelector('[data-activity]').textContent = text; };
  box.hidden = false;
  const answer = await send('POST', '/v1/plans', readOrder());
  if (!answer.ok) {
    say(answer.sentence);
    return;
  }
  const url = `/v1/jobs/${answer.body.job_id}`;
  submit.disabled = true;
  stop.hidden = false;
  stop.disabled = false;
  stop.onclick = async () => {
    stop.disabled = true;
    const stopped = await stopJob(url);
    if (!stopped.ok) say(stopped.sentence);
  };
  const job = await follow(url, (each) => {
    box.querySelector('progress').value = each.progress;
    say(`${Math.round(100 * each.progress)} % · ${each.activity}`);
  });
  submit.disabled = false;
  stop.hidden = true;
  if (job.state === 'succeeded') {
    const query = new URLSearchParams({ plan: job.result.plan_id });
    if (data.plan_id) query.set('against', data.plan_id);
    location.href = `/plan?${query}${data.plan_id ? '#changes' : ''}`;
  } else {
    say(job.error?.reason === 'cancelled' ? words.stopped : fill(words.planFailed, { detail: job.error?.detail ?? '' }));
  }
}

/** End a job; the planner keeps the best plan it has by then. */
function stopJob(url) {
  return send('DELETE', url);
}

/** Poll a job until it ends; `onStep` sees each state. */
async function follow(url, onStep) {
  for (;;) {
    const job = await fetchJson(url);
    onStep(job);
    if (job.state === 'succeeded' || job.state === 'failed') return job;
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
}

async function publish() {
  if (!window.confirm(words.publishAsk)) return;
  let answer = await send('POST', `/v1/plans/${data.plan_id}/publish`, { why: '' });
  if (answer.status === 422) {
    const reason = window.prompt(`${answer.body.detail}\n\n${words.overrideAsk}`);
    if (!reason) return;
    answer = await send('POST', `/v1/plans/${data.plan_id}/publish`, { why: reason, override: reason });
  }
  told.textContent = answer.ok ? fill(words.published, {
    booked: answer.body.booked.length, kept: answer.body.kept.length,
    released: answer.body.released.length, refused: answer.body.refused.length,
  }) : answer.sentence;
}

async function askWorth(event) {
  const button = event.target;
  button.disabled = true;
  told.textContent = words.working;
  const answer = await send('POST', `/v1/plans/${data.plan_id}/limiting-resource`);
  if (answer.ok) {
    const job = await follow(`/v1/jobs/${answer.body.job_id}`, (each) => { told.textContent = `${words.working} ${each.activity}`; });
    if (job.state === 'succeeded') location.href = `/plan?${new URLSearchParams({ plan: data.plan_id, worth: job.job_id })}`;
    else told.textContent = job.error?.detail ?? '';
  } else told.textContent = answer.sentence;
  button.disabled = false;
}
