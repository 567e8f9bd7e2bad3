/**
 * What a new price list may change. What priced an order on a past day, or prices one today, stays as it is: quotes given
 * today hold, a renewal that is charged late is priced on the terms of its due date, and "why did this cost so much?" has
 * an answer for ever. So everything new begins tomorrow or later, and what runs may be ended but not rewritten.
 */
import type { PlainDate } from './calendar.ts';
import type { Agreement, Catalogue, CatalogueVersion, Promotion } from './catalogue.ts';
import type { Words } from './words.ts';

/** One thing that keeps a document from being published: where it is, in dotted form, and words that follow its name. */
export interface PublishingFault {
  readonly field: string;
  readonly reason: Words;
}

/** Everything that keeps `proposed` from being published over `current` today; nothing where it may be. */
export function publishingFaults(current: Catalogue, proposed: Catalogue, today: PlainDate): PublishingFault[] {
  const faults = [
    ...versionFaults(current.versions, proposed.versions, today),
    ...agreementFaults(current.agreements, proposed.agreements, today),
    ...promotionFaults(current.promotions ?? [], proposed.promotions ?? [], today),
  ];
  const isSold = proposed.versions.some(({ validFrom }) => validFrom <= today);
  return isSold ? faults : [fault('versions', NONE_TODAY), ...faults];
}

const NONE_TODAY: Words = { it: 'non ha nessuna versione valida oggi.', en: 'has no version that is valid today.' };
const BEGINS_TOO_EARLY: Words = {
  it: 'deve iniziare domani o più tardi.',
  en: 'must begin tomorrow or later.',
};
const FIXED: Words = {
  it: 'vale già, o è valso: deve restare com’è.',
  en: 'is in force or was: it must stay as it is.',
};
const ONLY_ITS_END: Words = {
  it: 'vale già: se ne può cambiare solo la fine, da oggi in poi.',
  en: 'is in force: only its end may be moved, to today or later.',
};

function versionFaults(
  current: readonly CatalogueVersion[],
  proposed: readonly CatalogueVersion[],
  today: PlainDate,
): PublishingFault[] {
  const begun = current.filter(({ validFrom }) => validFrom <= today);
  const missing = begun
    .filter((known) => proposed.every(({ validFrom }) => validFrom !== known.validFrom))
    .map(({ version }) => fault('versions', missingWords(`"${version}"`)));
  const wrong = proposed.flatMap((version, index) => {
    const field = `versions.${index}`;
    const known = begun.find(({ validFrom }) => validFrom === version.validFrom);
    if (known !== undefined) return differences(known, version, field).map((path) => fault(path, FIXED));
    // Where nothing was ever sold there is no history to keep.
    return version.validFrom <= today && begun.length > 0 ? [fault(`${field}.validFrom`, BEGINS_TOO_EARLY)] : [];
  });
  return [...missing, ...wrong];
}

function agreementFaults(
  current: readonly Agreement[],
  proposed: readonly Agreement[],
  today: PlainDate,
): PublishingFault[] {
  const begun = current.filter(({ validFrom }) => validFrom <= today);
  const missing = begun
    .filter((known) => proposed.every(({ code }) => code !== known.code))
    .map(({ code }) => fault('agreements', missingWords(code)));
  const wrong = proposed.flatMap((agreement, index) => {
    const field = `agreements.${index}`;
    const known = begun.find(({ code }) => code === agreement.code);
    if (known === undefined) return agreement.validFrom <= today ? [fault(`${field}.validFrom`, BEGINS_TOO_EARLY)] : [];
    return changesTo(known, agreement, field, today);
  });
  return [...missing, ...wrong];
}

/** Promotions have no name that tells them apart: one is known again by all it says but its end. */
function promotionFaults(
  current: readonly Promotion[],
  proposed: readonly Promotion[],
  today: PlainDate,
): PublishingFault[] {
  const free = new Set(proposed.keys());
  const take = (fits: (candidate: Promotion) => boolean): number | undefined => {
    const index = [...free].find((one) => fits(proposed[one] as Promotion));
    if (index !== undefined) free.delete(index);
    return index;
  };
  const begun = current.filter(({ validFrom }) => validFrom <= today);
  // Those that are wholly as they were first, so that none of them is taken for one whose end was moved.
  const moved = begun.filter((known) => take((one) => differences(known, one, '').length === 0) === undefined);
  const faults = moved.flatMap((known) => {
    const index = take((one) => differences(withoutEnd(known), withoutEnd(one), '').length === 0);
    if (index !== undefined) return changesTo(known, proposed[index] as Promotion, `promotions.${index}`, today);
    return [fault('promotions', missingWords(`${known.percent}%, ${known.validFrom}–${known.validThrough}`))];
  });
  const early = [...free].filter((index) => (proposed[index] as Promotion).validFrom <= today);
  return [...faults, ...early.map((index) => fault(`promotions.${index}.validFrom`, BEGINS_TOO_EARLY))];
}

/** What may not change about an agreement or promotion that has begun: all but its end, and that only from today on. */
function changesTo(
  known: Agreement | Promotion,
  proposed: Agreement | Promotion,
  field: string,
  today: PlainDate,
): PublishingFault[] {
  const isOver = known.validThrough < today;
  return differences(known, proposed, field).flatMap((path) => {
    if (isOver) return [fault(path, FIXED)];
    const isItsEnd = path === `${field}.validThrough`;
    return isItsEnd && proposed.validThrough >= today ? [] : [fault(path, ONLY_ITS_END)];
  });
}

function withoutEnd({ validThrough: _, ...rest }: Promotion): Omit<Promotion, 'validThrough'> {
  return rest;
}

function missingWords(what: string): Words {
  return {
    it: `deve contenere ancora ${what}, com’è: vale già, o è valso.`,
    en: `must still hold ${what} as it is: it is in force or was.`,
  };
}

function fault(field: string, reason: Words): PublishingFault {
  return { field, reason };
}

/** The dotted paths at which two JSON values differ. Lists are compared as sets: the order of products says nothing. */
function differences(before: unknown, after: unknown, path: string): string[] {
  if (Array.isArray(before) || Array.isArray(after)) return isSameList(before, after) ? [] : [path];
  if (!isObject(before) || !isObject(after)) return before === after ? [] : [path];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

/** An absent list is an empty one. */
function isSameList(before: unknown = [], after: unknown = []): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return false;
  return before.every((item) => after.includes(item)) && after.every((item) => before.includes(item));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
