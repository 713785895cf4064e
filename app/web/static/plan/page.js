// The plan page: order a plan or a what-if and follow its job, stop it, publish, promote, ask what
// limits a plan.

import { data, fill, words } from '../words.js';
import { fetchJson, send } from '../http.js';
import { listen } from '../live.js';

const POLL_MS = 400;
const CHANGE_PRICE = 5; // in the plan's unit: what a change costs when as little as possible may change

const told = document.querySelector('[data-told]');
const onClick = (selector, action) => document.querySelector(selector)?.addEventListener('click', action);

onSubmit('[data-new-plan]', '/v1/plans', readPlanOrder, (result) => {
  const query = new URLSearchParams({ plan: result.plan_id });
  if (data.plan_id) query.set('against', data.plan_id);
  return `/plan?${query}${data.plan_id ? '#changes' : ''}`;
});
onSubmit('[data-what-if]', '/v1/scenarios', readScenarioOrder, (result) => `/plan?scenario=${result.scenario_id}#changes`);
onClick('[data-publish]', publish);
onClick('[data-worth]', askWorth);
onClick('[data-promote]', promote);
if (data.may?.viewer) listen(() => {});

function readPlanOrder(given) {
  const order = {
    station: [data.station_id], days: Number(given.get('days')), solver: given.get('solver'),
    time_limit: Number(given.get('time_limit')),
  };
  if (given.get('min_elevation')) order.min_elevation = Number(given.get('min_elevation'));
  if (given.has('keep') && data.plan_id) Object.assign(order, { previous: data.plan_id, change_price: CHANGE_PRICE });
  return order;
}

function readScenarioOrder(given) {
  const changes = { without: given.getAll('without') };
  if (given.has('second_antenna')) changes.second_antenna = [given.get('second_antenna')];
  if (Number(given.get('lower_mask_deg')) > 0) changes.lower_mask_deg = Number(given.get('lower_mask_deg'));
  if (given.get('outage_start') && given.get('outage_end')) {
    changes.outages = data.antennas.map((antenna) => (
      { antenna, start: `${given.get('outage_start')}:00Z`, end: `${given.get('outage_end')}:00Z` }));
  }
  if (given.get('priority_of')) changes.priorities = { [given.get('priority_of')]: Number(given.get('priority')) };
  if (given.get('pin')) changes.pins = [given.get('pin')];
  if (given.get('forbid')) changes.forbids = [given.get('forbid')];
  return { name: given.get('name'), base: data.plan_id, changes };
}

/** Let a form order a job, follow it with its progress, let it be stopped, and go to its result. */
function onSubmit(selector, url, readOrder, findAddress) {
  const form = document.querySelector(selector);
  if (!form) return;
  const box = form.parentElement.querySelector('[data-progress]');
  const stop = form.querySelector('[data-stop]');
  const submit = form.querySelector('button.primary');
  const say = (text, lang = '') => Object.assign(box.querySelector('[data-activity]'), { textContent: text, lang });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    box.hidden = false;
    const answer = await send('POST', url, readOrder(new FormData(form)));
    if (!answer.ok) {
      say(answer.sentence);
      return;
    }
    const jobUrl = `/v1/jobs/${answer.body.job_id}`;
    submit.disabled = true;
    stop.hidden = false;
    stop.disabled = false;
    stop.onclick = async () => {
      stop.disabled = true;
      const stopped = await stopJob(jobUrl);
      if (!stopped.ok) say(stopped.sentence);
    };
    const job = await follow(jobUrl, (each) => {
      box.querySelector('progress').value = each.progress;
      say(`${Math.round(100 * each.progress)} % · ${each.activity}`, 'en');
    });
    submit.disabled = false;
    stop.hidden = true;
    if (job.state === 'succeeded') location.href = findAddress(job.result);
    else say(job.error?.reason === 'cancelled' ? words.stopped : fill(words.planFailed, { detail: job.error?.detail ?? '' }));
  });
}

/** Ask the planner to end with the best plan it has; before it has any, the job is given up. */
async function stopJob(url) {
  const answer = await send('POST', `${url}/stop`);
  return answer.ok || ![404, 405, 409].includes(answer.status) ? answer : send('DELETE', url);
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

async function promote(event) {
  const answer = await send('POST', `/v1/scenarios/${encodeURIComponent(event.target.dataset.promote)}/promote`);
  if (answer.ok) location.href = `/plan?plan=${encodeURIComponent(answer.body.plan_id)}`;
  else window.alert(answer.sentence);
}
