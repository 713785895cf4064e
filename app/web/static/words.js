// The words and the data that the server put into the page, in the reader's language.

const read = (id) => JSON.parse(document.getElementById(id)?.textContent || '{}');

export const words = read('words');
export const data = read('page-data');

/** Fill the places of a sentence, as %(name)s. */
export function fill(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (_, name) => String(values[name] ?? ''));
}
