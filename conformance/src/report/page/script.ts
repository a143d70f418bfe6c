/** Filters, unfolds for print, and leads a link to a case that a filter hides. The page is whole without it. */
export const SCRIPT = `
'use strict';
(() => {
  const form = document.getElementById('filters');
  const count = document.getElementById('count');
  const cases = [...document.querySelectorAll('.case')];
  const parts = [...document.querySelectorAll('.part')];
  let texts = null;

  function apply() {
    const given = new FormData(form);
    const outcomes = new Set(given.getAll('outcome'));
    const is = (name, value) => given.get(name) === '' || given.get(name) === 'is ' + value;
    const words = given.get('text').toLowerCase().split(/\\s+/).filter(Boolean);
    if (words.length > 0 && texts === null) texts = cases.map((item) => item.textContent.toLowerCase());
    let shown = 0;
    cases.forEach((item, index) => {
      const { outcome, level, group } = item.dataset;
      const fits =
        outcomes.has(outcome) && is('level', level) && is('group', group) && words.every((word) => texts[index].includes(word));
      item.toggleAttribute('data-out', !fits);
      if (fits) shown += 1;
    });
    for (const part of parts) part.toggleAttribute('data-out', part.querySelector('.case:not([data-out])') === null);
    count.textContent = shown === cases.length ? 'All ' + shown + ' cases are shown' : shown + ' of ' + cases.length + ' cases are shown';
  }

  function foldShown(open) {
    for (const item of cases) if (!item.hasAttribute('data-out')) item.firstElementChild.open = open;
  }

  function showAll() {
    form.reset();
    apply();
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const item = target && target.closest('.case');
    if (!item) return;
    if (item.hasAttribute('data-out')) showAll();
    item.firstElementChild.open = true;
    item.scrollIntoView();
    item.firstElementChild.firstElementChild.focus({ preventScroll: true });
  }

  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  document.getElementById('all').addEventListener('click', showAll);
  document.getElementById('unfold').addEventListener('click', () => foldShown(true));
  document.getElementById('fold').addEventListener('click', () => foldShown(false));
  addEventListener('hashchange', follow);
  matchMedia('print').addEventListener('change', ({ matches }) => {
    if (matches) for (const fold of document.querySelectorAll('.bad-edge')) fold.open = true;
  });
  form.hidden = false;
  apply();
  follow();
})();
`;
