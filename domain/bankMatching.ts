/**
 * What a movement of a bank account pays: read from what payer and bank wrote, never guessed. What is not certain goes to
 * a person, with the orders it may be meant for and why.
 */
import { isOrderNumber, orderNumberFor } from './orderNumber.ts';
import { orderNumbersIn, type Finding, type NumberFound } from './remittance.ts';

/** What a movement says that may tell its order. */
export interface Movement {
  readonly endToEndId: string | null;
  readonly counterparty: { readonly name: string | null; readonly account: string | null };
  readonly remittance: readonly string[];
  readonly references: readonly string[];
  /** The bank's own words: they count only where nobody else's name an order. */
  readonly description: string | null;
}

/** What an order still asks for, in cents; nothing where it is paid or was cancelled. */
export interface OrderDue {
  readonly number: string;
  readonly dueMinor: number;
}

/**
 * `no_order_named`. `names_several`: their dues do not add up to the amount. `amount_of_one`: it names several, and the
 * amount is that of one. `inside_longer_number`: the number stands inside a longer one, and the amount is not its order's.
 * `debit_returned`: money of ours that came back, whatever it names.
 */
export type UnmatchedWhy =
  'no_order_named' | 'names_several' | 'amount_of_one' | 'inside_longer_number' | 'debit_returned';

/**
 * Why an order may be meant. `same_customer`: it is of the customer of the order that was named. `only_amount`: no other asks
 * for as much.
 */
export type CandidateWhy =
  | 'named'
  | 'damaged_number'
  | 'damaged_number_other_amount'
  | 'payer_and_amount'
  | 'same_customer_and_amount'
  | 'same_customer'
  | 'only_amount';

export interface Candidate {
  readonly orderNumber: string;
  readonly dueMinor: number;
  readonly why: CandidateWhy;
}

/** How an amount differs from what its one order asks for: `needless` where that is nothing. */
export type Difference = 'under' | 'over' | 'needless';

export type Match =
  | {
      readonly kind: 'payments';
      readonly payments: readonly { readonly orderNumber: string; readonly amountMinor: number }[];
      readonly difference: Difference | null;
    }
  | { readonly kind: 'unmatched'; readonly why: UnmatchedWhy; readonly named: readonly OrderDue[] };

/** How many digits order numbers have, up to the one given out last (without its check digits). */
export function lengthsUpTo(lastSequence: number): number[] {
  const [first, last] = [orderNumberFor(0).length, orderNumberFor(lastSequence).length];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Every number in what a movement says that may be an order's: whether there is such an order is to be looked up. */
export function numbersToLookUp(movement: Movement, lengths: readonly number[]): string[] {
  const asked = new Set<string>();
  const ask = (number: string): boolean => {
    asked.add(number);
    return false;
  };
  for (const texts of textsOf(movement)) orderNumbersIn(texts, ask, lengths);
  return [...asked];
}

/** The orders a movement names, each once, as it is named most surely. */
export function ordersNamed(
  movement: Movement,
  orders: ReadonlyMap<string, OrderDue>,
  lengths: readonly number[],
): (OrderDue & { readonly finding: Finding })[] {
  const exists = (number: string): boolean => orders.has(number);
  const [description = [], ...said] = textsOf(movement).toReversed();
  const found = said.flatMap((texts) => orderNumbersIn(texts, exists, lengths));
  const named = found.length > 0 ? found : orderNumbersIn(description, exists, lengths);
  return once(named).flatMap(({ number, finding }) => {
    const order = orders.get(number);
    return order === undefined ? [] : [{ ...order, finding }];
  });
}

/** The bank's own words stand last. Texts of one kind may go on in the next piece; those of different kinds do not. */
function textsOf({ remittance, references, endToEndId, description }: Movement): (readonly string[])[] {
  return [remittance, ...references.map((text) => [text]), [endToEndId ?? ''], [description ?? '']];
}

function once(found: readonly NumberFound[]): NumberFound[] {
  const order: readonly Finding[] = ['reference', 'exact', 'broken', 'glued'];
  const sorted = found.toSorted((a, b) => order.indexOf(a.finding) - order.indexOf(b.finding));
  return sorted.filter(({ number }, index) => sorted.findIndex((other) => other.number === number) === index);
}

/**
 * Which orders money in pays. One order: all of it, whatever the amount; its life judges that. Several: each its due, if
 * that is the amount to the cent. A number inside a longer one may stand there by chance (one of the bank's own holds an
 * order's once in many thousands): it counts where the amount bears it out, and never against one that stands by itself.
 */
export function matchCredit(amountMinor: number, named: readonly (OrderDue & { readonly finding: Finding })[]): Match {
  const sure = named.filter(({ finding }) => finding !== 'glued');
  for (const orders of [named, sure]) if (sumOf(orders) === amountMinor) return paymentsFor(orders);
  const [only] = sure;
  if (only !== undefined && sure.length === 1) {
    const difference = only.dueMinor === 0 ? 'needless' : amountMinor < only.dueMinor ? 'under' : 'over';
    return { kind: 'payments', payments: [{ orderNumber: only.number, amountMinor }], difference };
  }
  const unmatched = (why: UnmatchedWhy): Match => ({
    kind: 'unmatched',
    why,
    named: named.map(({ number, dueMinor }) => ({ number, dueMinor })),
  });
  if (named.length === 0) return unmatched('no_order_named');
  const isOfOne = named.some(({ dueMinor }) => dueMinor === amountMinor);
  if (named.length > 1) return unmatched(isOfOne ? 'amount_of_one' : 'names_several');
  return unmatched('inside_longer_number');
}

const sumOf = (orders: readonly OrderDue[]): number => orders.reduce((sum, { dueMinor }) => sum + dueMinor, 0);

function paymentsFor(orders: readonly OrderDue[]): Match {
  const asking = orders.filter(({ dueMinor }) => dueMinor > 0);
  const payments = asking.map(({ number, dueMinor }) => ({ orderNumber: number, amountMinor: dueMinor }));
  return { kind: 'payments', payments, difference: null };
}

/**
 * Order numbers that are one slip of the pen away from a number somebody wrote: to be looked up, and only ever shown to a
 * person. Check digits leave a few of the hundreds that a slip could come from.
 */
export function numbersMeant(movement: Movement, lengths: readonly number[]): string[] {
  const written = new Set(textsOf(movement).flatMap((texts) => texts.flatMap(numbersWritten)));
  const meant = new Set<string>();
  for (const number of written)
    for (const length of lengths)
      for (const one of slipsFrom(number, length)) if (one !== number && isOrderNumber(one)) meant.add(one);
  return [...meant];
}

/** Runs of digits, also with blanks or dashes inside, as whole numbers. */
function numbersWritten(text: string): string[] {
  const runs = text.match(/\d+/g) ?? [];
  const joined = (text.match(/\d(?:[ ./_-]?\d)*/g) ?? []).map((run) => run.replaceAll(/\D/g, ''));
  return [...runs, ...joined].filter(({ length }) => length >= 9 && length <= 19);
}

const DIGITS = '0123456789'.split('');

/** What may have been meant by a number, given how long it should be: a digit wrong, missing or too many, two swapped. */
function slipsFrom(written: string, length: number): string[] {
  const places = Array.from({ length: written.length + 1 }, (_, at) => at);
  const [before, after] = [(at: number) => written.slice(0, at), (at: number) => written.slice(at)];
  if (written.length === length - 1)
    return places.flatMap((at) => DIGITS.map((digit) => before(at) + digit + after(at)));
  if (written.length === length + 1) return places.slice(0, -1).map((at) => before(at) + after(at + 1));
  if (written.length !== length) return [];
  return places
    .slice(0, -1)
    .flatMap((at) => [
      ...DIGITS.map((digit) => before(at) + digit + after(at + 1)),
      before(at) + (written[at + 1] ?? '') + (written[at] ?? '') + after(at + 2),
    ]);
}

/** What says nothing about who somebody is: legal forms and titles. */
const WORDS_OF_NO_ONE = new Set(
  'srl srls spa snc sas sapa ss scarl scrl coop soc societa onlus aps di e del della dott dr ing avv sig sigra'.split(
    ' ',
  ),
);

/**
 * Whether the payer goes by this name: the same words in any order, apart from legal forms. Where the bank names no payer,
 * all the words must stand in what it says.
 */
export function isPayer(movement: Movement, name: string): boolean {
  const wanted = wordsOf(name);
  if (wanted.length === 0 || wanted.join('').length < 5) return false;
  const payer = movement.counterparty.name;
  if (payer !== null) {
    const given = wordsOf(payer);
    return given.length === wanted.length && wanted.every((word) => given.includes(word));
  }
  const said = new Set(wordsOf([...movement.remittance, movement.description ?? ''].join(' ')));
  return wanted.length > 1 && wanted.every((word) => said.has(word));
}

function wordsOf(name: string): string[] {
  const plain = name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  // "S.r.l." is one word, as is "D'Angelo".
  const words = plain.replaceAll(/(?<=\b\p{L})\.(?=\s?\p{L}\b)\s?/gu, '').replaceAll(/['’]/g, '');
  return words.split(/[^\p{L}\d]+/u).filter((word) => word !== '' && !WORDS_OF_NO_ONE.has(word));
}
