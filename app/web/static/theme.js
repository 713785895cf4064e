// Runs before the first paint: the theme that the reader chose, else the system's; and the sign that
// scripts run, for parts that are nothing without them.
(() => {
  document.documentElement.dataset.script = '';
  const theme = localStorage.getItem('aspan-theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
})();
