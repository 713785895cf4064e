// What every page does: clocks, theme, signs of life.

import { runClocks } from './clock.js';

const NEXT_THEME = { '': 'light', light: 'dark', dark: '' };

runClocks();

const button = document.querySelector('[data-theme-switch]');
if (button) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const root = document.documentElement;
    const theme = NEXT_THEME[root.dataset.theme ?? ''];
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    localStorage.setItem('aspan-theme', theme);
    document.dispatchEvent(new CustomEvent('aspan-theme'));
  });
}

for (const choice of document.querySelectorAll('[data-submits]')) {
  choice.addEventListener('change', () => choice.form.requestSubmit());
}
