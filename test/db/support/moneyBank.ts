/** Random steps at the bank: transfers in, called back and returned, and the files that tell of them. */
import { endToEndIdOf } from '../../../db/transferLists.ts';
import { camt } from '../../api/support/bankFiles.ts';
import { payableOf, priceOf, rowsOf, someNumber, tenthsOf, type Step } from './moneyChoices.ts';
import type { BankMovement, MoneyWorld } from './moneyWorld.ts';

const MOST_MOVEMENTS_APART = 4;

function move(world: MoneyWorld, kind: string, cents: number, text: string, more: Partial<BankMovement> = {}): void {
  const reference = world.nextName().toUpperCase().replaceAll('-', 'X');
  world.movements.push({ cents, text, reference, date: world.today, payer: world.name, ...more });
  world.coverage.saw('bank', kind);
  world.trace.push(`${kind} ${cents} "${text}"`);
}

/** Whoever reads it in the file finds the number whole, broken, glued to another, damaged, or not at all. */
export const transfer: Step = async (world, shell) => {
  const { dice } = world;
  if (payableOf(shell).length === 0 && dice.chance(0.6)) return false;
  const number = someNumber(world, shell);
  const broken = `${number.slice(0, 4)} ${number.slice(4)}`;
  const damaged = `${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`;
  const texts = [`ordine ${number}`, `ordine ${number}`, `RIF${broken}/TRN`, 'saldo', `ordine ${number}9`, damaged];
  move(world, 'transfer', tenthsOf(world, priceOf(shell, number)), dice.pick(texts));
  return true;
};

/** Several orders in one transfer: mostly to the cent. */
export const transferForSeveral: Step = async (world) => {
  const { dice, shells } = world;
  const open = shells.flatMap((shell) => payableOf(shell).map((number) => ({ number, due: priceOf(shell, number) })));
  if (open.length < 2) return false;
  const named = dice.shuffled(open).slice(0, 3);
  const sum = named.reduce((total, { due }) => total + due, 0);
  const cents = dice.chance(0.8) ? sum : sum + 100;
  move(world, 'for several orders', cents, named.map(({ number }) => number).join(dice.pick([' e ', ', ', ' / '])));
  return true;
};

/** One order in three transfers. */
export const transferInThree: Step = async (world, shell) => {
  const number = world.dice.pickOrNone(payableOf(shell));
  if (number === undefined) return false;
  const due = priceOf(shell, number);
  const third = Math.floor(due / 3);
  if (third === 0) return false;
  for (const cents of [third, third, due - 2 * third]) move(world, 'a third', cents, `rata ordine ${number}`);
  return true;
};

export const callBack: Step = async (world) => {
  const isUndone = ({ reference }: BankMovement): boolean =>
    world.movements.some((one) => one.side === 'DBIT' && one.reference === reference);
  const credit = world.dice.pickOrNone(world.movements.filter((one) => one.side !== 'DBIT' && !isUndone(one)));
  if (credit === undefined) return false;
  const { cents, text = '', reference } = credit;
  const reversal = world.dice.chance(0.7);
  move(world, 'called back', cents, text, { reference, side: 'DBIT', reversal });
  return true;
};

/** The statement shows what was paid out by a list, under the reference that we gave it. */
export const paidOut: Step = async (world) => {
  const executed = [...world.lists].flatMap(([id, { fate }]) => (fate === 'executed' ? [id] : []));
  const sent = await rowsOf<{ id: string; cents: number }>(
    world,
    'select id, amount_minor as cents from refunds where list_id = any(?)',
    [executed],
  );
  const isTold = (id: string): boolean => world.movements.some(({ endToEnd }) => endToEnd === endToEndIdOf(id));
  const one = world.dice.pickOrNone(sent.filter(({ id }) => !isTold(id)));
  if (one === undefined) return false;
  move(world, 'paid out', one.cents, 'rimborso', { side: 'DBIT', endToEnd: endToEndIdOf(one.id), payer: 'Ada Rossi' });
  return true;
};

/** A file of some of the bank's movements, as statement or as notice. */
export function fileOf(world: MoneyWorld, movements: readonly BankMovement[], kind: '053' | '054' = '053'): string {
  return camt(movements, { kind, id: world.nextName() });
}

function importing(world: MoneyWorld, kind: string, content: string, name: string | null = null) {
  if (!world.files.includes(content)) world.files.push(content);
  return world.intend('file', kind, async () => `${kind}: ${await world.do('importFile', { content, name })}`);
}

/** A stretch of the movements, in either order; stretches overlap. */
export const file: Step = async (world) => {
  const { dice, movements } = world;
  if (movements.length === 0) return false;
  const from = dice.chance(0.5) ? Math.max(0, movements.length - MOST_MOVEMENTS_APART) : dice.below(movements.length);
  const part = movements.slice(from, from + 1 + dice.below(MOST_MOVEMENTS_APART));
  const chosen = dice.chance(0.3) ? part.toReversed() : part;
  const kind = dice.pick(['statement', 'statement', 'notice', 'both'] as const);
  if (kind !== 'notice') await importing(world, 'statement', fileOf(world, chosen));
  if (kind !== 'statement') await importing(world, 'notice', fileOf(world, chosen, '054'));
  return true;
};

/** The same bytes, under another name. */
export const fileAgain: Step = async (world) => {
  const content = world.dice.pickOrNone(world.files);
  if (content === undefined) return false;
  await importing(world, 'again', content, `${world.nextName()}.xml`);
  return true;
};
