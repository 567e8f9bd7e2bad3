import { isOrderNumber } from './orderNumber.ts';

/**
 * How an order's number stands in what a payer or a bank wrote, the surest first. `reference`: inside a creditor reference
 * or a slip's code with check digits of its own. `exact`: by itself. `broken`: by itself, with blanks, dashes or line ends
 * inside. `glued`: inside a longer run of digits, broken or not.
 */
export type Finding = 'reference' | 'exact' | 'broken' | 'glued';

export interface NumberFound {
  readonly number: string;
  readonly finding: Finding;
}

const SURENESS: readonly Finding[] = ['reference', 'exact', 'broken', 'glued'];
/** Characters that may come between two digits of one number: a payer's or a bank's own separators and line ends. */
const GAP = /^[\s./,_-]{1,3}$/;

interface Digit {
  readonly value: string;
  /** Whether something stands between it and the digit before. */
  readonly isApart: boolean;
}

/** A number found over digits `from` to `until` (exclusive) of one chain. */
interface Place extends NumberFound {
  readonly chain: number;
  readonly from: number;
  readonly until: number;
}

/**
 * Every order number that a text may hold, the surest first, each once. Check digits tell wrong numbers from right ones in
 * 96 of 97 cases only, so a long number of the bank's can hold one by chance: what is `glued` counts only if such an order
 * exists, which `exists` knows. Where findings overlap the surer one counts.
 *
 * @param texts in the pieces in which they came: a number may go on in the next piece.
 * @param lengths how many digits the numbers in use have.
 */
export function orderNumbersIn(
  texts: readonly string[],
  exists: (number: string) => boolean,
  lengths: readonly number[] = [10],
): NumberFound[] {
  const references = texts.flatMap((text) => [...creditorReferences(text), ...slipCodes(text)]).filter(exists);
  const chains = chainsOf(texts.join('\n'));
  const places = chains
    .flatMap((digits, chain) => lengths.flatMap((length) => windows(digits, length, chain)))
    .filter(({ number }) => exists(number))
    .toSorted((a, b) => SURENESS.indexOf(a.finding) - SURENESS.indexOf(b.finding));
  const kept: Place[] = [];
  for (const place of places) if (!kept.some((other) => overlaps(place, other))) kept.push(place);
  const all: NumberFound[] = [
    ...references.map((number): NumberFound => ({ number, finding: 'reference' })),
    ...kept.map(({ number, finding }) => ({ number, finding })),
  ];
  return all.filter(({ number }, index) => all.findIndex((other) => other.number === number) === index);
}

function overlaps(a: Place, b: Place): boolean {
  return a.chain === b.chain && a.from < b.until && b.from < a.until;
}

/** Runs of digits with nothing but separators between them. */
function chainsOf(text: string): Digit[][] {
  const chains: Digit[][] = [];
  let end = -Infinity;
  for (const { 0: value, index } of text.matchAll(/\d/g)) {
    const between = text.slice(Math.max(0, end), index);
    const goesOn = end === index || (Number.isFinite(end) && GAP.test(between));
    if (!goesOn) chains.push([]);
    chains.at(-1)?.push({ value, isApart: end !== index });
    end = index + 1;
  }
  return chains;
}

function windows(digits: readonly Digit[], length: number, chain: number): Place[] {
  const places: Place[] = [];
  for (let from = 0; from + length <= digits.length; from += 1) {
    const until = from + length;
    const own = digits.slice(from, until);
    const number = own.map(({ value }) => value).join('');
    if (!isOrderNumber(number)) continue;
    const standsAlone = digits[from]?.isApart !== false && digits[until]?.isApart !== false;
    const isWhole = own.every(({ isApart }, index) => index === 0 || !isApart);
    places.push({ number, finding: !standsAlone ? 'glued' : isWhole ? 'exact' : 'broken', chain, from, until });
  }
  return places;
}

/** Order numbers inside ISO 11649 references: `RF`, two check digits, and the number, in groups of four or not. */
function creditorReferences(text: string): string[] {
  return [...text.toUpperCase().matchAll(/RF(\d{2})((?:[ ]?\d){4,21})(?!\d)/g)].flatMap(([, check = '', body = '']) => {
    const number = body.replaceAll(' ', '').replace(/^0+(?=\d{10})/, '');
    // R and F are 27 and 15 in the check, which goes to the end.
    const isRight = BigInt(`${body.replaceAll(' ', '')}2715${check}`) % 97n === 1n;
    return isRight && isOrderNumber(number) ? [number] : [];
  });
}

const SLIP_MODULUS = 93n;

/** Order numbers inside the 18-digit code of a premarked postal slip: 16 digits and their remainder of 93. */
function slipCodes(text: string): string[] {
  return [...text.matchAll(/(?<!\d)(\d{16})(\d{2})(?!\d)/g)].flatMap(([, body = '', check = '']) => {
    const number = body.replace(/^0{1,6}/, '');
    return BigInt(body) % SLIP_MODULUS === BigInt(check) && isOrderNumber(number) ? [number] : [];
  });
}

/** The code a premarked slip carries for an order, 18 digits. */
export function slipCodeFor(orderNumber: string): string {
  const body = orderNumber.padStart(16, '0');
  return body + (BigInt(body) % SLIP_MODULUS).toString().padStart(2, '0');
}

/** The ISO 11649 creditor reference of an order, e.g. `RF181000000161`. */
export function creditorReferenceFor(orderNumber: string): string {
  const check = 98n - (BigInt(`${orderNumber}271500`) % 97n);
  return `RF${check.toString().padStart(2, '0')}${orderNumber}`;
}

/**
 * Whether a written number is an order's with one slip of the pen: a digit wrong, missing or too many, or two neighbours
 * swapped. Only ever a hint for a person: check digits exist so that no such number is taken for another's.
 */
export function isSlipOfThePen(written: string, orderNumber: string): boolean {
  if (written === orderNumber || Math.abs(written.length - orderNumber.length) > 1) return false;
  let start = 0;
  while (start < written.length && written[start] === orderNumber[start]) start += 1;
  const [a, b] = [written.slice(start), orderNumber.slice(start)];
  const isSwapped = a.length === b.length && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return isSwapped || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
