/**
 * A sum that a bank books whole and tells of in parts elsewhere: the same money twice. Which parts are those of which sum is
 * asked only of movements into one account; what is not beyond doubt goes to a person.
 */
import type { PlainDate } from './calendar.ts';
import type { NamedMovement, Sameness } from './sameMovement.ts';

export interface SummedMovement extends NamedMovement {
  readonly amountMinor: number | null;
  readonly bookedOn: PlainDate | null;
  readonly batch?: {
    readonly transactions: number | null;
    readonly isOpen: boolean;
    readonly names: readonly string[];
  };
  readonly partOf?: { readonly cents: number; readonly names: readonly string[] };
}

/** Parts that one file tells of one sum, or that share its name. */
export type Parts<T extends SummedMovement = SummedMovement> = readonly T[];

/** Whether parts are all of a sum: known by its name, or of its day. */
export function areAllOf(whole: SummedMovement, parts: Parts): boolean {
  const sum = parts.reduce((total, { amountMinor }) => total + (amountMinor ?? Number.NaN), 0);
  return (
    sum === whole.amountMinor && (isNamed(whole, parts) || parts.every(({ bookedOn }) => bookedOn === whole.bookedOn))
  );
}

/**
 * Whether a sum was told in parts, given those that add up to it, and the sums like it.
 *
 * @param alike those of its amount and day in its own file, itself among them, in their order.
 * @param settled how many such sums of other files were found told in parts.
 */
export function toldInParts(
  whole: SummedMovement,
  groups: readonly Parts[],
  { alike, settled }: { readonly alike: readonly SummedMovement[]; readonly settled: number },
): { readonly sameness: Sameness; readonly parts: Parts } {
  const own = groups.find((parts) => isNamed(whole, parts));
  if (own !== undefined) return { sameness: 'same', parts: own };
  // Parts that carry another sum's name are its own, and each other sum takes those of one.
  const nameless = groups.filter((parts) => fits(whole, parts) && !alike.some((other) => isNamed(other, parts)));
  const competing = alike.filter((other) => !groups.some((parts) => isNamed(other, parts)));
  const parts = nameless[competing.indexOf(whole)];
  if (parts === undefined) return { sameness: 'different', parts: [] };
  const isSure =
    whole.batch !== undefined && settled === 0 && !(whole.batch.names.length > 0 && namesOfSum(parts).length > 0);
  return { sameness: isSure ? 'same' : 'doubtful', parts };
}

/**
 * Whether a movement may be part of a sum that was booked whole: one of whose parts its file tells. One that says nothing of a
 * sum may be of any larger one of its day, since the file that told the sum did not tell of it by itself.
 */
export function mayBePartOf(part: SummedMovement, whole: SummedMovement): boolean {
  const isShared = isNamed(whole, [part]);
  const isOfDay = part.bookedOn === whole.bookedOn;
  if (part.partOf !== undefined)
    return part.partOf.cents === whole.amountMinor && (isShared || (isOfDay && mayBeSum(whole)));
  if (whole.batch === undefined) return false;
  return (part.amountMinor ?? Infinity) < (whole.amountMinor ?? 0) && (isShared || isOfDay);
}

/** A payer's account stands beside one transfer, not beside many. */
export function mayBeSum({ batch, counterparty }: SummedMovement): boolean {
  return batch !== undefined || counterparty.account === null;
}

function fits({ batch }: SummedMovement, parts: Parts): boolean {
  return (batch?.transactions ?? parts.length) === parts.length;
}

function isNamed(whole: SummedMovement, parts: Parts): boolean {
  const names = namesOfSum(parts);
  return namesOfWhole(whole).some((name) => names.includes(name));
}

/** Shorter ones are numbers of a place in a file. */
const SHORTEST_NAME = 6;

export function namesOfWhole({ bankReference, endToEndId, names = {}, batch }: SummedMovement): string[] {
  const all = [bankReference, endToEndId, names['entryReference'], names['batchReference'], ...(batch?.names ?? [])];
  return all.filter((name) => name !== null && name !== undefined).filter(({ length }) => length >= SHORTEST_NAME);
}

function namesOfSum(parts: Parts): string[] {
  return parts.flatMap(({ partOf, names }) => partOf?.names ?? [names?.['batchReference'] ?? []].flat());
}
