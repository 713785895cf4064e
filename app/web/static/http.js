// Talking to the service: JSON in and out; a refusal is a result with a sentence, not an exception.

import { fill, words } from './words.js';

/** Fetch JSON; throws with the problem's sentence. */
export async function fetchJson(url) {
  const response = await fetch(url, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error((await readProblem(response)).detail);
  return response.json();
}

/** Fetch every page of a list; `name` is the field that holds the entries. */
export async function fetchAll(url, name) {
  const found = [];
  for (let offset = 0; offset !== null;) {
    const page = await fetchJson(`${url}${url.includes('?') ? '&' : '?'}limit=1000&offset=${offset}`);
    found.push(...page[name]);
    offset = page.next_offset;
  }
  return found;
}

/** Send JSON. Returns {ok, status, body, sentence}; `sentence` says in words what went wrong. */
export async function send(method, url, body, headers = {}) {
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    return { ok: false, status: 0, body: {}, sentence: words.unreachable };
  }
  if (response.ok) return { ok: true, status: response.status, body: await response.json(), sentence: '' };
  const problem = await readProblem(response);
  const sentence = response.status === 401 ? words.signInFirst : fill(words.refused, { detail: problem.detail });
  return { ok: false, status: response.status, body: problem, sentence };
}

async function readProblem(response) {
  try {
    const problem = await response.json();
    return { detail: `HTTP ${response.status}`, ...problem };
  } catch {
    return { detail: `HTTP ${response.status}` };
  }
}
