/** From a page of ours to one of the bank's or the gateway's. */
import { html } from 'ghtml';

/** Theirs are https; on this machine itself one may stand in for them. */
const THEIRS = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/;

/** A link and no form: what a form leads to may only be ours. Null where there is nowhere to go. */
export function onward(url: string | null, text: string): string | null {
  if (url === null || !THEIRS.test(url)) return null;
  return html`<p><a href="${url}" role="button" rel="noreferrer">${text}</a></p>`;
}
