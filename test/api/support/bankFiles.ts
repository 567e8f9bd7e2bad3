/** Bank files for the tests, in each format, and sending them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { dateAt, type Instant } from '../../../domain/calendar.ts';
import type { Answer, Json, TestApi } from './api.ts';

/** The specimen that the placeholders of the instructions name. */
export const OUR_IBAN = 'IT60X0542811101000000123456';
export const TODAY = dateAt(Date.now() as Instant);

export interface Movement {
  readonly cents: number;
  readonly text?: string;
  readonly date?: string;
  /** Null: the bank gives none. */
  readonly reference?: string | null;
  readonly endToEnd?: string;
  readonly payer?: string;
  readonly side?: 'CRDT' | 'DBIT';
  readonly reversal?: boolean;
  readonly currency?: string;
  readonly status?: 'BOOK' | 'PDNG';
}

export const freshReference = (): string => randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase();

export const decimal = (cents: number, point = '.'): string =>
  `${Math.floor(cents / 100)}${point}${String(cents % 100).padStart(2, '0')}`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const element = (name: string, inner: string | undefined): string =>
  inner === undefined ? '' : `<${name}>${inner}</${name}>`;

function camtEntry(given: Movement): string {
  const { cents, text, date = TODAY, reference = freshReference(), endToEnd, payer } = given;
  const { side = 'CRDT', reversal = false, currency = 'EUR', status = 'BOOK' } = given;
  const [role, own] = side === 'CRDT' ? ['Dbtr', payer] : ['Cdtr', payer];
  const day = `<Dt>${date}</Dt>`;
  return element(
    'Ntry',
    `<Amt Ccy="${currency}">${decimal(cents)}</Amt><CdtDbtInd>${side}</CdtDbtInd>` +
      (reversal ? '<RvslInd>true</RvslInd>' : '') +
      `<Sts>${status}</Sts><BookgDt>${day}</BookgDt><ValDt>${day}</ValDt>` +
      element('AcctSvcrRef', reference ?? undefined) +
      element(
        'NtryDtls',
        element(
          'TxDtls',
          element('Refs', element('EndToEndId', endToEnd)) +
            element('RltdPties', own === undefined ? '' : element(role, element('Nm', escaped(own)))) +
            element('RmtInf', text === undefined ? '' : element('Ustrd', escaped(text))),
        ),
      ),
  );
}

/** A statement (053) or, of the same movements, a notification (054). */
export function camt(
  movements: readonly Movement[],
  { kind = '053', account = OUR_IBAN, id = randomUUID() }: { kind?: '053' | '054'; account?: string; id?: string } = {},
): string {
  const [message, statement] = kind === '053' ? ['BkToCstmrStmt', 'Stmt'] : ['BkToCstmrDbtCdtNtfctn', 'Ntfctn'];
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.${kind}.001.08"><${message}><${statement}><Id>${id}</Id>
<Acct><Id><IBAN>${account}</IBAN></Id></Acct>
${movements.map(camtEntry).join('\n')}
</${statement}></${message}></Document>`;
}

const short = (date: string): string => date.slice(2).replaceAll('-', '');

export function mt940(movements: readonly Movement[], { account = OUR_IBAN }: { account?: string } = {}): string {
  const lines = movements.flatMap(
    ({ cents, text = '', date = TODAY, reference = freshReference(), side = 'CRDT', reversal = false }) => [
      `:61:${short(date)}${short(date).slice(2)}${reversal ? 'R' : ''}${reversal !== (side === 'CRDT') ? 'C' : 'D'}${decimal(cents, ',')}NTRFNONREF//${reference ?? 'NONREF'}`,
      `:86:${text}`,
    ],
  );
  return [':20:STARTUMS', `:25:${account}`, ':28C:1/1', ':60F:C270304EUR0,', ...lines, ''].join('\r\n');
}

/** The Italian banks' own statement, of records of 120 characters. */
export function cbi(movements: readonly Movement[]): string {
  const italian = (date: string): string => `${date.slice(8)}${date.slice(5, 7)}${date.slice(2, 4)}`;
  const money = (cents: number): string => decimal(cents, ',').padStart(15, '0');
  const total = movements.reduce((sum, { cents, side }) => sum + (side === 'DBIT' ? -cents : cents), 0);
  const records = movements.flatMap(
    ({ cents, text = '', date = TODAY, reference = freshReference(), side = 'CRDT' }, index) => {
      const day = italian(date);
      const head = `0000001${String(index + 1).padStart(3, '0')}`;
      return [
        ` 62${head}${day}${day}${side === 'CRDT' ? 'C' : 'D'}${money(cents)}48${''.padEnd(18)}${(reference ?? '').padEnd(16)}Bonifico a Vs. favore`,
        ` 63${head}RI1${text}`,
      ];
    },
  );
  const day = italian(TODAY);
  const body = [
    ` RH01005ABCDE${day}RINNOVO-0305`,
    ` 610000001                  93001C/C EURO          ${OUR_IBAN.slice(4)}EUR${day}C${money(0)}${OUR_IBAN.slice(0, 4)}`,
    ...records,
    ` 640000001EUR${day}${total < 0 ? 'D' : 'C'}${money(Math.abs(total))}`,
  ];
  const tail = ` EF01005ABCDE${day}RINNOVO-0305         0000001                              ${String(body.length + 1).padStart(7, '0')}`;
  return [...body, tail].map((record) => record.padEnd(120)).join('\r\n');
}

export interface Slip {
  readonly amount: string;
  readonly code?: string;
  readonly date?: string;
  readonly reference?: string;
  readonly account?: string;
}

export function slips(rows: readonly Slip[]): string {
  const lines = rows.map(({ amount, code = '', date = TODAY, reference = freshReference(), account = '' }) =>
    [date, amount, code, reference, account].join(';'),
  );
  return ['data;importo;codice;riferimento;conto', ...lines, ''].join('\n');
}

export interface Report extends Json {
  readonly file: { readonly id: string; readonly name: string | null; readonly finishedAt: string | null };
  readonly counts: Readonly<Record<string, number>>;
  readonly entries: readonly Entry[];
}

export interface Entry extends Json {
  readonly id: string;
  readonly outcome: string;
  readonly orderNumbers: readonly string[];
  readonly paymentKeys: readonly string[];
  readonly reversalKeys: readonly string[];
  readonly reason: { readonly code: string } | null;
  readonly candidates: readonly { readonly orderNumber: string; readonly reason?: { readonly code: string } }[];
  readonly knownFrom: string | null;
}

export async function sendFile(api: TestApi, content: string | Uint8Array, query = ''): Promise<Answer> {
  return api.send('POST', `/v1/bank-files${query}`, content, { 'content-type': 'application/octet-stream' });
}

/** Sends a file that can be read, and answers its report. */
export async function imported(api: TestApi, content: string, query = ''): Promise<Report> {
  const { status, body } = await sendFile(api, content, query);
  assert.ok(status === 200 || status === 201, JSON.stringify(body));
  return body as unknown as Report;
}

/** What became of the one entry of a file. */
export async function importedOne(api: TestApi, content: string): Promise<Entry> {
  const { entries } = await imported(api, content);
  assert.equal(entries.length, 1);
  return entries[0] as Entry;
}
