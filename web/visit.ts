/** One request as a page sees it: who asks, in which language, with what in hand; and what a page answers with. */
import type { Api } from './api.ts';
import type { Account, Gateway, SessionView } from './contract.ts';
import type { Format } from './format.ts';
import type { Language } from './language.ts';
import type { Seal } from './sealed.ts';
import type { Words } from './words.ts';

export interface Visit {
  readonly language: Language;
  readonly words: Words;
  readonly format: Format;
  /** The public API, as this reader. */
  readonly api: Api;
  readonly session: SessionView | null;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** What the form sent; empty on GET. */
  readonly form: URLSearchParams;
  /** Path and query of this request. */
  readonly url: string;
  /** The language the reader chose by the switch, if they ever did. */
  readonly chosenLanguage: Language | null;
  /** For personal data in an address of this session. */
  readonly seal: Seal;
  /** A message of the page before, shown once. */
  readonly flash: Flash | null;
  /** The payment gateway; where its name is `sandbox`, test methods and clocks are offered. */
  gateway(): Promise<Gateway | null>;
}

/** A visit of somebody signed in. */
export interface SignedVisit extends Visit {
  readonly session: SessionView;
  readonly account: Account;
}

export interface Flash {
  readonly kind: 'success' | 'info' | 'warning' | 'error';
  /** Plain text in the reader's language. */
  readonly text: string;
}

/** A page to show. */
export interface Page {
  /** Plain text: the window's title and, unless `heading` is false, the h1. */
  readonly title: string;
  /** HTML of what follows the heading. */
  readonly content: string;
  readonly heading?: false;
  readonly status?: number;
  /** A form came back with errors: the window's title says so first. */
  readonly wrong?: boolean;
  /** While true, area.js looks every few seconds whether the page has changed (a pending charge, an activation). */
  readonly pending?: boolean;
  /** Narrow: forms of few fields. */
  readonly narrow?: boolean;
}

/** Where to go on (303), and what to remember on the way. */
export interface Redirect {
  /** A path of this area. */
  readonly redirect: string;
  readonly flash?: Flash;
  /** Signs in with a token, or out with null. */
  readonly signIn?: { readonly token: string; readonly expiresAt: string } | null;
  readonly language?: Language;
}

/** A document of the API's, passed on as it is, to be kept. */
export interface Download {
  readonly download: Uint8Array;
  readonly contentType: string;
  readonly fileName: string;
}

export type Answer = Page | Redirect | Download;

export type Handler<V> = (visit: V) => Answer | Promise<Answer>;

export interface Handlers<V> {
  readonly get?: Handler<V>;
  readonly post?: Handler<V>;
}

/** Where pages are put; see app.ts. */
export interface Pages {
  /** Pages for everybody. */
  open(path: string, handlers: Handlers<Visit>): void;
  /** Pages for whoever is signed in; others are led to /login and back. */
  signed(path: string, handlers: Handlers<SignedVisit>): void;
}

/** Thrown by a handler: there is no such page, or it is not this reader's, which must look the same. */
export class PageUnknown extends Error {
  override readonly name = 'PageUnknown';
}
