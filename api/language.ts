import type { Request } from 'express';
import type { Language } from '../domain/words.ts';

/** The reader's language, of those we speak, by what Accept-Language prefers; English where it says nothing of use. */
export function languageOf(request: Request): Language {
  const preferred = request.acceptsLanguages('en', 'it');
  return preferred === 'it' ? 'it' : 'en';
}
