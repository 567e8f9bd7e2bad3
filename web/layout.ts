/** The frame of every page: what stands around its content, in the reader's language. */
import { html } from 'ghtml';
import { ASSETS } from './assets.ts';
import { LANGUAGES, type Language } from './language.ts';
import type { Flash, Page, Visit } from './visit.ts';
import { WORDS, type Words } from './words.ts';

/** What the frame needs to know of a visit; an error page may know little. */
export type Frame = Pick<Visit, 'language' | 'words' | 'url' | 'session' | 'flash'>;

/** A page is painted once its last element is there: a table whose rows come in pieces would move under the reader's eyes. */
const WHOLE = html`<link rel="expect" href="#live" blocking="render" />`;

export function layout(page: Page, frame: Frame): string {
  const { language, words, flash } = frame;
  const title = `${page.wrong === true ? `${words.form.wrongTitle}: ` : ''}${page.title} · ${words.frame.name}`;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${ASSETS.icon.path}" />
        <link rel="stylesheet" href="${ASSETS.pico.path}" />
        <link rel="stylesheet" href="${ASSETS.css.path}" />
        !${WHOLE}
        <script src="${ASSETS.js.path}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">${words.frame.skip}</a>
        !${header(frame)}
        <main
          id="main"
          tabindex="-1"
          class="container !${page.narrow === true ? 'narrow' : ''}"
          !${page.pending === true ? 'data-pending' : ''}
        >
          !${flash === null ? '' : flashMessage(flash, words)}
          !${page.heading === false ? '' : html`<h1>${page.title}</h1>`} !${page.content}
        </main>
        <footer class="container"><small>${words.frame.footer}</small></footer>
        <div
          id="live"
          class="visually-hidden"
          role="status"
          data-sending="${words.frame.sending}"
          data-changed="${words.frame.changed}"
          data-close="${words.frame.close}"
        ></div>
      </body>
    </html> `;
}

function header({ language, words, url, session }: Frame): string {
  return html`<header class="top">
    <div class="container">
      <a class="brand" href="/"><img src="${ASSETS.icon.path}" alt="" width="28" height="28" />${words.frame.name}</a>
      !${session === null ? '' : navigation(words, session.customer.name, url)} !${languageSwitch(language, words, url)}
    </div>
  </header>`;
}

function navigation(words: Words, name: string, url: string): string {
  const places: [path: string, text: string][] = [
    ['/', words.frame.services],
    ['/orders', words.frame.orders],
    ['/profile', words.frame.profile],
  ];
  const path = url.replace(/\?.*$/, '');
  const items = places.map(
    ([place, text]) => html`<li><a href="${place}" !${path === place ? 'aria-current="page"' : ''}>${text}</a></li>`,
  );
  return html`<nav aria-label="${words.frame.navigation}">
    <ul>
      !${items}
    </ul>
    <div class="who">
      <span class="name" dir="auto">${name}</span>
      <form method="post" action="/logout"><button class="quiet" type="submit">${words.frame.signOut}</button></form>
    </div>
  </nav>`;
}

function languageSwitch(current: Language, words: Words, url: string): string {
  const items = LANGUAGES.map((language) => {
    const { language: name } = WORDS[language].frame;
    const to = `/language?to=${language}&back=${encodeURIComponent(url)}`;
    return current === language
      ? html`<li><span aria-current="true">${name}</span></li>`
      : html`<li><a href="${to}" lang="${language}" hreflang="${language}">${name}</a></li>`;
  });
  return html`<nav class="languages" aria-label="${words.frame.languages}">
    <ul>
      !${items}
    </ul>
  </nav>`;
}

/** Told apart by a word and a sign as well as by colour. */
export function flashMessage({ kind, text }: Flash, words: Words): string {
  return html`<div class="notice !${kind}" role="${kind === 'error' ? 'alert' : 'status'}">
    <p><strong>${words.frame.flash[kind]}</strong> ${text}</p>
  </div>`;
}

/** A lasting notice within a page. */
export function notice(kind: Flash['kind'], contentHtml: string, words: Words): string {
  return html`<div class="notice !${kind}">
    <p><strong>${words.frame.flash[kind]}</strong> !${contentHtml}</p>
  </div>`;
}
