/** `report.js`: sorting, filtering and jumping. Without it (some CI systems forbid it) the pages show the same. */

export const SCRIPT = `'use strict';
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);
const typing = (event) => event.target.matches('input, textarea') || event.ctrlKey || event.metaKey || event.altKey;

function index() {
  const body = one('tbody');
  const rows = all('tr', body).map((row) => {
    const [file, statements, missing, percent] = [...row.cells].map((cell) => cell.textContent);
    const number = (text) => Number(text.replace(/[,%]/g, ''));
    return { row, file, statements: number(statements), missing: number(missing), percent: number(percent) };
  });
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const heads = all('th[data-key]');
  for (const head of heads) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const key = head.dataset.key;
      // Of numbers the most missing comes first, of shares the smallest.
      const other = { ascending: 'descending', descending: 'ascending' }[head.getAttribute('aria-sort')];
      const order = other ?? (key === 'file' || key === 'percent' ? 'ascending' : 'descending');
      for (const each of heads) each.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', order);
      const sign = order === 'ascending' ? 1 : -1;
      rows.sort((a, b) => sign * (key === 'file' ? compare(a.file, b.file) : a[key] - b[key]) || compare(a.file, b.file));
      body.append(...rows.map(({ row }) => row));
    });
  }
  const [form, filter, incomplete, shown] = ['.filter', '#filter', '#incomplete', '#shown'].map(one);
  const show = () => {
    const words = filter.value.toLowerCase().split(/[\\s,]+/).filter(Boolean);
    let count = 0;
    for (const { row, file, missing } of rows) {
      const name = file.toLowerCase();
      row.hidden = (incomplete.checked && missing === 0) || (words.length > 0 && !words.some((word) => name.includes(word)));
      if (!row.hidden) count++;
    }
    shown.textContent = count === rows.length ? count + ' files' : count + ' of ' + rows.length + ' files';
  };
  form.hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  for (const input of [filter, incomplete]) input.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && event.target === filter) { filter.value = ''; show(); filter.blur(); }
    if (event.key !== '/' || typing(event)) return;
    event.preventDefault();
    filter.select();
  });
  show();
}

function file() {
  const gaps = all('.gap');
  const [jump, place, map] = ['.jump', '#place', '.map'].map(one);
  let at = -1;
  const say = () => { place.textContent = at < 0 ? gaps.length + (gaps.length === 1 ? ' gap' : ' gaps') : at + 1 + ' of ' + gaps.length; };
  const go = (step) => {
    if (gaps.length === 0) return;
    const from = at >= 0 ? at : step > 0 ? -1 : 0;
    at = (from + step + gaps.length) % gaps.length;
    const line = gaps[at];
    line.tabIndex = -1;
    line.focus({ preventScroll: true });
    line.scrollIntoView({ block: 'center' });
    say();
  };
  jump.hidden = gaps.length === 0;
  for (const button of all('[data-jump]')) button.addEventListener('click', () => go(Number(button.dataset.jump)));
  map.addEventListener('click', (event) => {
    const lines = map.viewBox.baseVal.height;
    const number = Math.ceil((event.clientY / map.clientHeight) * lines);
    const near = all('.source li').find((line) => line.value >= number);
    near?.scrollIntoView({ block: 'center' });
  });
  document.addEventListener('keydown', (event) => {
    if (typing(event)) return;
    const follow = (selector) => one(selector)?.click();
    const actions = { n: () => go(1), p: () => go(-1), u: () => follow('[rel=up]'), '[': () => follow('[rel=prev]'), ']': () => follow('[rel=next]') };
    actions[event.key]?.();
  });
  say();
}

if (document.body.className === 'index') index();
else file();
`;
