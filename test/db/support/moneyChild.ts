/** A process that does what it is asked to, until it is killed: see moneyProcesses.ts. */
import { NoLifeError, type Lives } from '../../../api/workflows.ts';
import { openDatabase } from '../../../db/database.ts';
import type { Instant } from '../../../domain/calendar.ts';
import { handsOf, openDesk, type DeedName } from './moneyDeeds.ts';
import {
  answered,
  valueOf,
  type Answer,
  type ChildStart,
  type FromChild,
  type LifeName,
  type ToChild,
} from './moneyProcesses.ts';

const { databaseUrl, stripeUrl } = JSON.parse(process.argv[2] ?? '') as ChildStart;
const asked = new Map<number, (answer: Answer) => void>();
let now = 0 as Instant;
let count = 0;

const say = (message: FromChild): void => void process.send?.(message);

/** Temporal is where the process is that plays it. */
function askLife<T>(name: LifeName, ...given: readonly unknown[]): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  count += 1;
  asked.set(count, resolve);
  say({ kind: 'tell', id: count, name, given });
  return promise.then((answer) => valueOf<T>(answer));
}

const unasked = async (): Promise<never> => {
  throw new NoLifeError('Nobody asks this of a life here.');
};

const lives: Lives = {
  begin: unasked,
  request: (...given) => askLife('request', ...given),
  inspect: (...given) => askLife('inspect', ...given),
  movedClock: async () => null,
  tellPayment: (...given) => askLife('tellPayment', ...given),
  tellReversal: (...given) => askLife('tellReversal', ...given),
  fastForward: unasked,
  isReachable: async () => true,
  close: async () => {},
};

const hands = handsOf(openDesk({ db: openDatabase(databaseUrl), lives, now: () => now, stripeUrl }));

process.on('message', (message) => {
  const told = message as ToChild;
  if (told.kind === 'told') {
    asked.get(told.id)?.(told.answer);
    asked.delete(told.id);
    return;
  }
  now = told.now;
  const work = () => (hands as (name: DeedName, given: unknown) => Promise<unknown>)(told.name, told.given);
  void answered(work).then((answer) => say({ kind: 'done', id: told.id, answer }));
});
// Who started it is gone: nobody will ask anything any more.
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready' });
