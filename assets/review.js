// Keys for the reviewers' console; every one presses or focuses what is on the page anyway. Not while
// somebody types, and not together with a modifier, which belongs to the browser.

const isTyping = (element) =>
  element.closest?.('input, textarea, select, [contenteditable]') !== null;
const rows = [...document.querySelectorAll('[data-row]')];
let current = -1;

function goTo(index) {
  current = Math.min(Math.max(index, 0), rows.length - 1);
  rows[current]?.querySelector('[data-row-link]')?.focus();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === 'Escape' && isTyping(event.target)) return event.target.blur();
  if (isTyping(event.target)) return;
  if (event.key === 'j' || event.key === 'k') return goTo(current + (event.key === 'j' ? 1 : -1));
  if (event.key === 'o') return rows[current]?.querySelector('button, a.button')?.click();
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches('input, select')) target.focus();
  else target.click();
});
