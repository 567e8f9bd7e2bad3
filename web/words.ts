/** Everything this area says, in both languages; what one of them lacks does not compile. */
import type { Language } from './language.ts';
import { en } from './words/en.ts';
import { it } from './words/it.ts';
import { shopEn } from './words/shopEn.ts';
import { shopIt } from './words/shopIt.ts';

export type Words = typeof it & { readonly shop: typeof shopIt };

export const WORDS: Readonly<Record<Language, Words>> = {
  it: { ...it, shop: shopIt },
  en: { ...en, shop: shopEn },
};
