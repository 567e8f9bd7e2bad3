/**
 * A bank file taken in: written down whole, then dealt with entry by entry. A process that dies in between leaves the rest
 * pending; it is gone on with by the next process that looks, when the same file is sent again, or at an operator's word.
 */
import { identified, meaningful, type OwnAccounts } from '../bank/identity.ts';
import { centsOf, type BankFile } from '../bank/statement.ts';
import { creditReferences, ignoreEntries, settleEntry, untoldPayments, waitingEntries } from '../db/bankEntries.ts';
import { digestOf, entryIdFor, finishFile, listEntries, pendingEntries, takeFile, writeFile } from '../db/bankFiles.ts';
import type { BankFileRow, EntryAsRead, EntryRow, ListedEntry, NewBankFile, NewEntry } from '../db/bankRows.ts';
import { exclusively } from '../db/exclusive.ts';
import { findPayment } from '../db/payments.ts';
import { dateAt } from '../domain/calendar.ts';
import { decideTwice } from './bankBatches.ts';
import { decideEntry, isPlainDebit, lengthsInUse, PASSING_REASONS } from './bankDeciding.ts';
import { readInThread } from './bankReading.ts';
import { refundIn } from './bankRefunds.ts';
import type { Context } from './context.ts';
import { tell } from './payments.ts';
import { takeReversal } from './reversals.ts';

/** Lives are asked and told one request each: some at a time. */
const AT_A_TIME = 4;

/** A file that is only tried is dealt with in a transaction that is taken back; no life hears of it. */
type Importing = Context & { readonly isTried?: true };

export function accountsOf({ instructions, bankAccounts = [] }: Context): OwnAccounts {
  return { bank: [instructions.bankTransfer.iban, ...bankAccounts], postal: instructions.postalSlip.accountNumber };
}

/** Reads a file into entries as they are kept. @throws UnreadableFileError */
async function readFile(
  context: Context,
  bytes: Uint8Array,
): Promise<{ readonly read: BankFile; readonly entries: readonly NewEntry[] }> {
  const read = await readInThread(bytes);
  const method = read.format === 'postal-slips' ? 'postal_slip' : 'bank_transfer';
  const entries = identified(read, accountsOf(context)).map(
    ({ account, identity, entry: { place, ...entry }, ignored }) =>
      ({
        id: entryIdFor(account, identity),
        account,
        identity,
        place,
        method,
        // What happens on others' accounts is none of our business: no more of it is kept than that there was something.
        entry: ignored === 'another_account' ? withoutWords(entry) : entry,
        amountMinor: centsOf(entry.amount),
        bankReference: meaningful(entry.bankReference),
        endToEndId: meaningful(entry.endToEndId),
        ignored,
      }) satisfies NewEntry,
  );
  return { read, entries };
}

function withoutWords({ names: _n, onBehalfOf: _o, batch: _b, partOf: _p, ...entry }: EntryAsRead): EntryAsRead {
  return { ...entry, ...NOTHING_SAID };
}

const NOTHING_SAID = {
  endToEndId: null,
  counterparty: { name: null, account: null },
  remittance: [],
  references: [],
  description: null,
};

interface GivenFile {
  readonly bytes: Uint8Array;
  readonly name: string | null;
  readonly receivedBy: string;
}

export async function importFile(
  context: Context,
  given: GivenFile,
): Promise<{ readonly file: BankFileRow; readonly isNew: boolean }> {
  const { db, log } = context;
  const { read, entries } = await readFile(context, given.bytes);
  const taken = await takeFile(db, asReceived(context, given, read), entries);
  log.info(
    { file: taken.file.id, format: read.format, entries: entries.length, isNew: taken.isNew },
    'a bank file was taken in',
  );
  if (taken.file.finishedAt === null) await (taken.isNew ? begin : resume)(context, taken.file.id);
  return taken;
}

/**
 * What an import would come to: all of it is done, and then taken back. Who imports some of the same movements meanwhile waits
 * for that; lives are asked and not told, so that of two payments for one order each is told as if it were alone.
 */
export async function tryFile(
  context: Context,
  given: GivenFile,
): Promise<{ readonly file: NewBankFile; readonly id: string; readonly entries: readonly ListedEntry[] }> {
  const { read, entries } = await readFile(context, given.bytes);
  const file = asReceived(context, given, read);
  const trx = await context.db.transaction();
  try {
    const { id, finishedAt } = (await writeFile(trx, file, entries)).file;
    if (finishedAt === null) await goOn({ ...context, db: trx, isTried: true }, id);
    return { file, id, entries: await listEntries(trx, id) };
  } finally {
    await trx.rollback();
  }
}

function asReceived({ now }: Context, { bytes, name, receivedBy }: GivenFile, read: BankFile): NewBankFile {
  const { format, version, statements, warnings } = read;
  const received = { digest: digestOf(bytes), name, receivedAt: now(), receivedBy };
  return { ...received, format, version, statements: statements.length, warnings };
}

/** So that nobody takes it for a file that was left; should somebody, each entry is booked once all the same. */
async function begin(context: Context, fileId: string): Promise<void> {
  const done = await exclusively(context.db, nameOf(fileId), () => goOn(context, fileId));
  if (done === null) await goOn(context, fileId);
}

function nameOf(fileId: string): string {
  return `bank file ${fileId}`;
}

/** Goes on with a file unless somebody is at it: false then. */
export async function resumeAlone(context: Context, fileId: string, signal?: AbortSignal): Promise<boolean> {
  return (await exclusively(context.db, nameOf(fileId), () => resume(context, fileId, signal))) !== null;
}

/** As a process that died would have gone on: what it had booked may not have been told yet. */
export async function resume(context: Context, fileId: string, signal?: AbortSignal): Promise<void> {
  const { db } = context;
  for (const key of await untoldPayments(db, fileId)) {
    const payment = await findPayment(db, key);
    if (payment !== null && payment.subscriptionId !== null) await tell(context, payment.subscriptionId, payment);
  }
  await goOn(context, fileId, signal);
}

/** Books the entries whose day has come since their file was taken. */
export async function bookThoseDue(context: Context, signal?: AbortSignal): Promise<void> {
  const { db, now } = context;
  const due = await waitingEntries(db, ['registered_in_future'], dateAt(now()));
  if (due.length === 0) return;
  const lengths = await lengthsInUse(context);
  for (const entry of due) {
    signal?.throwIfAborted();
    await settled(context, entry, lengths);
  }
}

/**
 * Deals with whatever of a file is still to be dealt with, and with what waited for it.
 *
 * @param signal asked before each entry: aborted, the rest is left.
 */
async function goOn(context: Importing, fileId: string, signal?: AbortSignal): Promise<void> {
  const { db, now } = context;
  const lengths = await lengthsInUse(context);
  const inOrder = oneAfterAnother();
  const settle = (entry: EntryRow): Promise<void> => {
    signal?.throwIfAborted();
    return settled(context, entry, lengths, inOrder);
  };
  const pending = await pendingEntries(db, fileId);
  await eachOf(
    pending.filter(({ entry }) => entry.isCredit),
    settle,
    context.isTried === true ? 1 : AT_A_TIME,
  );
  for (const entry of await debitsOfOurs(context, pending)) await settle(entry);
  for (const entry of await waitingEntries(db, PASSING_REASONS)) await settle(entry);
  await finishFile(db, fileId, now());
}

/** Money out that may take money in back, or pay a refund; all other, mostly all of it, is left alone at once. */
async function debitsOfOurs({ db, now }: Context, pending: readonly EntryRow[]): Promise<EntryRow[]> {
  const debits = pending.filter(({ entry }) => !entry.isCredit);
  const referencesOf = ({ bankReference, endToEndId }: EntryRow): string[] =>
    [bankReference, endToEndId].filter((one) => one !== null);
  const known = await creditReferences(db, debits.flatMap(referencesOf));
  const [plain, possible] = [true, false].map((isPlain) =>
    debits.filter(
      (one) =>
        (isPlainDebit(one.entry) &&
          refundIn(one.entry) === null &&
          !referencesOf(one).some((text) => known.has(text))) === isPlain,
    ),
  ) as [EntryRow[], EntryRow[]];
  await ignoreEntries(
    db,
    plain.map(({ id }) => id),
    'debit',
    now(),
  );
  return possible;
}

async function eachOf<T>(items: readonly T[], handle: (item: T) => Promise<void>, atATime: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let item = items[next]; item !== undefined; item = items[next]) {
      next += 1;
      try {
        await handle(item);
      } catch (error) {
        // The rest is left as it is, and not to somebody whom nobody waits for any more.
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}

type InOrder = <T>(deed: () => Promise<T>) => Promise<T>;

/** Deeds in the order in which they are asked for, each after the one before, however that ended. */
function oneAfterAnother(): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  return (deed) => {
    const mine = last.then(deed);
    last = mine.catch(() => null);
    return mine;
  };
}

/** What an entry is taken for follows from what those before it have paid: only lives are told of several at a time. */
async function settled(
  context: Importing,
  entry: EntryRow,
  lengths: readonly number[],
  inOrder: InOrder = (deed) => deed(),
): Promise<void> {
  const booked = await inOrder(async () => {
    const settlement = (await decideTwice(context, entry)) ?? (await decideEntry(context, entry, lengths));
    const isAsBefore = settlement.outcome === 'waiting' && entry.outcome === 'waiting' && settlement.why === entry.why;
    return isAsBefore ? null : settleEntry(context.db, entry.id, settlement, context.now());
  });
  await tellOf(context, booked);
}

/** Books an entry that may be told twice as what it says: an operator knows that it is not. Said again, it is found done. */
export async function registerAsTold(context: Context, entry: EntryRow): Promise<void> {
  if (entry.outcome !== 'waiting') return;
  const settlement = await decideEntry(context, entry, await lengthsInUse(context));
  await tellOf(context, await settleEntry(context.db, entry.id, settlement, context.now()));
}

/** Tells lives of what was booked. */
async function tellOf(context: Importing, booked: Awaited<ReturnType<typeof settleEntry>>): Promise<void> {
  if (context.isTried === true) return;
  for (const payment of booked?.payments ?? [])
    if (payment.subscriptionId !== null && payment.heardSequence === null && payment.unmatchedReason === null)
      await tell(context, payment.subscriptionId, payment);
  for (const {
    key,
    source,
    externalId,
    paymentKey,
    amountMinor,
    registeredOn,
    receivedAt,
    reason,
  } of booked?.reversals ?? [])
    await takeReversal(context, { key, source, externalId, paymentKey, amountMinor, registeredOn, receivedAt, reason });
}
