import type { Request } from 'express';
import { cookieNamed } from './cookies.ts';

export const LANGUAGES = ['it', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export const LANGUAGE_COOKIE = 'rinnovo_language';

export function isLanguage(value: unknown): value is Language {
  return value === 'it' || value === 'en';
}

/** What the reader chose, or else what their browser asks for; Italian where it asks for neither. */
export function languageOf(request: Request): Language {
  const chosen = chosenLanguage(request);
  if (chosen !== null) return chosen;
  const wanted = request.acceptsLanguages(...LANGUAGES);
  return isLanguage(wanted) ? wanted : 'it';
}

/** The language this reader chose by the switch, or null where they never did. */
export function chosenLanguage(request: Request): Language | null {
  const chosen = cookieNamed(request, LANGUAGE_COOKIE);
  return isLanguage(chosen) ? chosen : null;
}
