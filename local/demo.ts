/**
 * `npm run demo`: one whole life on the running stack, over the public API alone, as a dated story. The clock of that
 * one subscription is moved; each line stands at its own date, with the subject of what the customer was told.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenAndGlued, statementWith } from './demo/bankFile.ts';
import { Client, type Json } from './demo/client.ts';
import { sentenceFor, type TimelineEvent } from './demo/narration.ts';
import { readSettings } from './settings.ts';

const { dataDir, ports } = readSettings(process.env);
const INBOX = process.env['RINNOVO_DEMO_INBOX'] ?? `http://127.0.0.1:${ports.inbox}`;
const API = process.env['RINNOVO_DEMO_API'] ?? `http://127.0.0.1:${ports.api}`;
const QUIET_MS = 1000;
const PATIENCE_MS = 20_000;

const client = new Client(API, process.env['RINNOVO_API_KEY'] ?? readKey());

function readKey(): string {
  try {
    return readFileSync(join(dataDir, 'api-key'), 'utf8').trim();
  } catch {
    console.error('The demo needs the running stack: start it with `npm start` and try again in another terminal.');
    process.exit(1);
  }
}

interface Mail {
  readonly messageId: string;
  readonly subject: string;
}

interface Life {
  readonly id: string;
  readonly email: string;
  told: number;
}

/** A VAT number nobody else has: seven digits, an office from 001 to 099 and the check digit. */
function freshVatNumber(): string {
  const digits = String(Date.now() % 10_000_000).padStart(7, '0') + String(1 + (process.pid % 99)).padStart(3, '0');
  const sum = digits.split('').reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits + String((10 - (sum % 10)) % 10);
}

async function poll<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Waited ${PATIENCE_MS / 1000} s in vain for ${what}.`);
}

async function mailsTo(email: string): Promise<Mail[]> {
  const answer = await fetch(`${INBOX}/api/messages?to=${encodeURIComponent(email)}`);
  return (await answer.json()) as Mail[];
}

/** All mail of a step: the outbox sends in the background, so it is over once nothing more comes for a moment. */
async function settledMail(email: string): Promise<Mail[]> {
  let last = await mailsTo(email);
  let quietSince = Date.now();
  return poll('the mail', async () => {
    const mails = await mailsTo(email);
    if (mails.length !== last.length) quietSince = Date.now();
    last = mails;
    return Date.now() - quietSince >= QUIET_MS ? mails : null;
  });
}

/** Tells what happened since the last telling. The Message-ID names the event a mail belongs to. */
async function tell(life: Life): Promise<void> {
  const { events } = (await client.get(
    `/v1/subscriptions/${life.id}/timeline?after=${life.told}&limit=200`,
  )) as unknown as {
    events: TimelineEvent[];
  };
  const mails = await settledMail(life.email);
  for (const event of events) {
    life.told = event.sequence;
    const sentence = sentenceFor(event);
    if (sentence !== null) console.log(`${event.at.slice(0, 16).replace('T', ' ')}  ${sentence}`);
    for (const mail of mails.filter(({ messageId }) => messageId.includes(`${life.id}.${event.sequence}.`))) {
      console.log(`${' '.repeat(18)}✉ ${mail.subject}`);
    }
  }
}

function chapter(title: string): void {
  console.log(`\n── ${title}`);
}

const TERMS = { terms: true, unfairTerms: true, privacy: true };

async function view(life: Life): Promise<Json> {
  return client.get(`/v1/subscriptions/${life.id}`);
}

/** The day in this life. */
async function today(life: Life): Promise<string> {
  return String((await view(life))['asOf']).slice(0, 10);
}

async function until(life: Life, status: string): Promise<void> {
  await poll(`the status ${status}`, async () => ((await view(life))['status'] === status ? true : null));
}

async function transfer(life: Life, order: Json): Promise<void> {
  await client.post('/v1/payments', {
    orderNumber: order['number'],
    amount: order['due'],
    method: 'bank_transfer',
    registeredOn: await today(life),
    externalId: `demo-${String(order['number'])}`,
  });
  await poll('the payment', async () =>
    (await client.get(`/v1/orders/${String(order['number'])}`))['status'] === 'completed' ? true : null,
  );
}

/** The transfer as the bank tells of it: in a file, with the order's number hardly to be recognised. */
async function bankFile(life: Life, order: Json): Promise<void> {
  const number = String(order['number']);
  const instructions = await client.get(`/v1/orders/${number}/payment-instructions`);
  const text = brokenAndGlued(number);
  const { amountMinor } = order['due'] as { amountMinor: number };
  const account = (instructions['bankTransfer'] as { iban: string }).iban;
  const statement = { account, amountMinor, date: await today(life), payer: 'OFFICINE BIANCHI SRL', text };
  const report = await client.file('/v1/bank-files?name=demo.xml', statementWith(statement));
  const [entry] = report['entries'] as { outcome: string; orderNumbers: string[] }[];
  console.log(`${' '.repeat(18)}The bank's file says: ${text}`);
  console.log(`${' '.repeat(18)}Found in it: ${entry?.orderNumbers.join(', ')} (${entry?.outcome})`);
}

async function order(life: Life, wanted: Json): Promise<Json> {
  const confirmed = { paymentMethod: { type: 'bank_transfer' }, ...wanted, acceptedTerms: TERMS };
  return client.post('/v1/orders', { subscriptionId: life.id, ...confirmed });
}

async function advance(life: Life, move: Json): Promise<void> {
  await client.post(`/v1/subscriptions/${life.id}/clock/advance`, move);
  await tell(life);
}

async function buy(): Promise<Life> {
  const vatNumber = freshVatNumber();
  const email = `demo-${vatNumber}@example.com`;
  const customer = await client.post('/v1/customers', {
    companyName: 'Officine Bianchi S.r.l.',
    address: { street: 'Via Garibaldi 12', postalCode: '52100', city: 'Arezzo', province: 'AR', country: 'IT' },
    vatNumber,
    phone: '+39 0575 000000',
    email,
    language: 'it',
    recipientCode: 'ABC1234',
    publicAdministration: false,
  });
  const first = await client.post('/v1/orders', {
    type: 'first_purchase',
    customerId: customer['id'],
    product: 'fe',
    years: 1,
    extras: { user: 1 },
    acceptedTerms: TERMS,
    paymentMethod: { type: 'bank_transfer' },
  });
  const life = { id: String(first['subscriptionId']), email, told: 0 };
  await tell(life);
  chapter('The transfer arrives in a bank file, its order number broken by a blank and glued to the bank’s own digits');
  await bankFile(life, first);
  await until(life, 'active');
  await tell(life);
  return life;
}

chapter('A first order, to be paid by bank transfer');
const life = await buy();

chapter('Ten months on: renewed for a year, by card, which switches auto-renewal on');
await advance(life, { by: 'P10M' });
const renewal = await order(life, {
  type: 'renewal',
  years: 1,
  paymentMethod: { type: 'card', token: 'tok_approved' },
});
await poll('the charge', async () =>
  (await client.get(`/v1/orders/${String(renewal['number'])}`))['status'] === 'completed' ? true : null,
);
await tell(life);

chapter('Eight months on: 2 GB more, and everything extended to their end');
await advance(life, { by: 'P8M' });
await transfer(life, await order(life, { type: 'upgrade', add: { space: 2 } }));
await tell(life);

chapter('The card is replaced by one that will be declined');
await client.put(`/v1/subscriptions/${life.id}/payment-method`, { type: 'card', token: 'tok_declined' });
await tell(life);
await advance(life, { by: 'P1Y1D' });

chapter('A month after expiry: reactivated by bank transfer');
await advance(life, { by: 'P1M' });
const left = ((await view(life))['unpaidOrders'] as Json[])[0];
if (left !== undefined) await client.post(`/v1/orders/${String(left['number'])}/cancel`);
await transfer(life, await order(life, { type: 'reactivation', years: 1 }));
await tell(life);

chapter('Auto-renewal is switched off, and nothing more is paid');
await client.put(`/v1/subscriptions/${life.id}/auto-renewal`, { on: false });
await tell(life);
await advance(life, { by: 'P1Y2M' });

console.log(`\nThe whole life in the Temporal UI: workflow subscription-${life.id}`);
