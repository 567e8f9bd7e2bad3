/* Comfort only: every page works without this script, and while it is still on its way. */
'use strict';

const live = document.getElementById('live');
const PENDING_MS = 3000;

/** A form is sent once: a second click waits for the first one's answer. */
function sendOnce(event) {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent === 'yes') {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  // Disabled by aria only: a button that is truly disabled would not send its own name and value.
  for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');
  say(live?.dataset.sending);
}

/** Back to a page the browser kept: its forms can be sent again. */
function sendAgain() {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled');
  }
  say('');
}

function say(text) {
  if (live) live.textContent = text ?? '';
}

/** The page at an address, as a document of its own. */
async function read(url) {
  const response = await fetch(url, { headers: { accept: 'text/html' }, credentials: 'same-origin' });
  if (!response.ok || response.redirected) return null;
  return new DOMParser().parseFromString(await response.text(), 'text/html');
}

/** Looks again while something is pending, and shows what has become of it, unless the reader is at work here. */
async function lookAgain() {
  const main = document.getElementById('main');
  if (!main?.hasAttribute('data-pending')) return;
  const isBusy = main.contains(document.activeElement) && document.activeElement !== main;
  if (!document.hidden && !isBusy && document.querySelector('dialog[open], details[open]') === null) {
    const fresh = (await read(location.href).catch(() => null))?.getElementById('main');
    if (fresh) show(main, fresh);
  }
  setTimeout(lookAgain, PENDING_MS);
}

function show(main, fresh) {
  main.toggleAttribute('data-pending', fresh.hasAttribute('data-pending'));
  // A message of the page before is shown once, so it is no longer part of the fresh page.
  const kept = main.querySelector(':scope > .notice[role]');
  const before = main.cloneNode(true);
  before.querySelector(':scope > .notice[role]')?.remove();
  if (withoutSpace(before) === withoutSpace(fresh)) return;
  main.replaceChildren(...(kept ? [kept] : []), ...fresh.childNodes);
  say(live?.dataset.changed);
}

const withoutSpace = (element) => element.innerHTML.replace(/\s+/g, ' ').trim();

/** A question that has a page of its own is asked in a dialog; without it, the link leads to that page. */
async function ask(event) {
  const link = event.target instanceof Element ? event.target.closest('a[data-dialog]') : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  const page = await read(link.href).catch(() => null);
  const content = page?.querySelector('[data-dialog-content]');
  if (!content) {
    location.assign(link.href);
    return;
  }
  open(link, page.querySelector('h1')?.textContent ?? '', content);
}

function open(link, title, content) {
  const dialog = document.createElement('dialog');
  const article = document.createElement('article');
  const heading = document.createElement('h2');
  heading.textContent = title;
  heading.id = 'dialog-title';
  dialog.setAttribute('aria-labelledby', heading.id);
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'secondary outline';
  close.textContent = live?.dataset.close ?? '×';
  close.addEventListener('click', () => dialog.close());
  article.append(heading, content, close);
  dialog.append(article);
  dialog.addEventListener('close', () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener('submit', sendOnce);
document.addEventListener('click', (event) => void ask(event));
window.addEventListener('pageshow', (event) => event.persisted && sendAgain());
// A page that came back with errors begins at what is wrong.
document.getElementById('errors')?.focus();
setTimeout(lookAgain, PENDING_MS);
