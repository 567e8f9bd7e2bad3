export const LANGUAGES = ['it', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Words a person reads, in each language: Italian first, English second. Leaving one out is a type error. */
export type Words = Readonly<Record<Language, string>>;
