/** What is wrong is said in the reader's language: Italian or English by Accept-Language, English otherwise. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { API_PROBLEMS } from '../../api/problems.ts';
import * as reasons from '../../api/reasons.ts';
import { REFUSALS } from '../../domain/errors.ts';
import type { Words } from '../../domain/words.ts';
import { startApi, type Answer, type Json, type TestApi } from './support/api.ts';
import { activeService, createCustomer, firstOrder, holder } from './support/customers.ts';

let api: TestApi;
let customerId: string;
before(async () => {
  api = await startApi();
  customerId = await createCustomer(api);
});
after(() => api.stop());

const ITALIAN = { 'accept-language': 'it-IT,it;q=0.9,en;q=0.8' };

const inItalian = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.send(method, path, body, { ...ITALIAN, ...headers });

const { REASONS, atLeast, atLeastCharacters, atMost, atMostCharacters, oneOf, ofKind } = reasons;
const SAID: Readonly<Record<string, Words>> = {
  ...Object.fromEntries(Object.entries(API_PROBLEMS).map(([code, [, detail]]) => [code, detail])),
  ...REFUSALS,
  ...Object.fromEntries(Object.entries(REASONS).map(([name, words]) => [`reason ${name}`, words])),
  'reason atLeast': atLeast(1),
  'reason atMost': atMost(1),
  'reason atLeastCharacters': atLeastCharacters(1),
  'reason atMostCharacters': atMostCharacters(1),
  'reason oneOf': oneOf([1, 2]),
  'reason ofKind': ofKind('string', 1),
};

describe('the catalogue of what can be wrong', () => {
  for (const [name, { it: italian, en }] of Object.entries(SAID)) {
    it(`says ${name} in Italian and in English`, () => {
      assert.match(italian, /^[\p{L}"].*\.$|^[\p{L}].*"$/u);
      assert.match(en, /^[\p{L}"].*\.$|^[\p{L}].*"$/u);
      assert.notEqual(italian, en);
      assert.doesNotMatch(italian, /\b(the|must|with|please)\b/i);
      assert.doesNotMatch(en, /[àèéìòù]|\b(deve|questo|servizio)\b/i);
    });
  }

  it('is all that schemas give zod: a bare message would be English for everybody', () => {
    const root = join(import.meta.dirname, '../..');
    for (const file of globSync('api/*.ts', { cwd: root })) {
      const source = readFileSync(join(root, file), 'utf8');
      if (!source.includes("./parsing.ts'") && file !== 'api/parsing.ts') continue;
      assert.doesNotMatch(source, /\b(message|error): ?['"`]/, file);
      assert.doesNotMatch(source, /\.(refine|regex|min|max|email|check)\([^\n]*, ['"`]\w/, file);
    }
  });
});

describe('the language', () => {
  const english = 'There is nothing at this address.';
  const italian = 'A questo indirizzo non c’è nulla.';
  for (const [asked, detail] of [
    ['it', italian],
    ['IT', italian],
    ['it-CH', italian],
    ['en;q=0.2, it;q=0.7', italian],
    ['de, it;q=0.5', italian],
    ['en', english],
    ['it;q=0.2, en-GB;q=0.7', english],
    ['it;q=0', english],
    ['de', english],
    ['*', english],
    ['', english],
    [';;;=,q', english],
  ] as const) {
    it(`for "${asked}" is ${detail === italian ? 'Italian' : 'English'}`, async () => {
      const answer = await api.send('GET', '/v1/nothing-here', undefined, { 'accept-language': asked });
      assert.equal(answer.body['detail'], detail);
      assert.equal(answer.body['title'], 'Not Found');
      assert.equal(answer.headers.get('content-language'), detail === italian ? 'it' : 'en');
      assert.match(answer.headers.get('vary') ?? '', /Accept-Language/i);
    });
  }

  it('of an answer given again is that of who asks again', async () => {
    const headers = { 'idempotency-key': 'twice' };
    const order = { customerId, years: 9 };
    const first = await firstOrder(api, order, { ...headers, ...ITALIAN });
    const again = await firstOrder(api, order, headers);
    assert.deepStrictEqual([first.status, again.status], [422, 422]);
    assert.equal(first.body['detail'], '"fe" si vende per un periodo da 1 a 5 anni.');
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.body['detail'], '"fe" is sold for 1 to 5 years.');
    const said = [{ field: 'years', reason: '"fe" is sold for 1 to 5 years.' }];
    assert.deepStrictEqual(again.body['errors'], said);
  });
});

describe('an answer kept before problems had two languages', () => {
  it('is given again as it was', async () => {
    const headers = { 'idempotency-key': 'old' };
    const order = { customerId, years: 9 };
    await firstOrder(api, order, headers);
    const said = { detail: 'As it was.', errors: [{ field: 'years', reason: 'as it was.' }] };
    await api
      .db('idempotency_keys')
      .where({ key: 'old' })
      .update({ body: api.db.raw('body || ?::jsonb', [JSON.stringify(said)]) });
    const { body } = await firstOrder(api, order, { ...headers, ...ITALIAN });
    assert.deepStrictEqual({ detail: body['detail'], errors: body['errors'] }, said);
  });
});

interface Wrong {
  readonly about: string;
  readonly send: () => Promise<Answer>;
  readonly code: string;
  readonly field: string;
  readonly reason: string;
}

const register = (changes: Json) => () => inItalian('POST', '/v1/customers', holder(changes));
const quote = (changes: Json) => () =>
  inItalian('POST', '/v1/quotes', { type: 'first_purchase', product: 'fe', years: 1, ...changes });
const input = 'invalid_input';

const WRONG: readonly Wrong[] = [
  { about: 'no e-mail', send: register({ email: undefined }), code: input, field: 'email', reason: 'è mancante.' },
  {
    about: 'an address that is none',
    send: register({ email: 'a@b@c' }),
    code: input,
    field: 'email',
    reason: 'non è un indirizzo e-mail.',
  },
  {
    about: 'an empty company name',
    send: register({ companyName: ' ' }),
    code: input,
    field: 'companyName',
    reason: 'non può essere vuoto.',
  },
  {
    about: 'a name too long',
    send: register({ companyName: 'x'.repeat(81) }),
    code: input,
    field: 'companyName',
    reason: 'deve avere al massimo 80 caratteri.',
  },
  {
    about: 'a control character',
    send: register({ companyName: 'a\u0000b' }),
    code: input,
    field: 'companyName',
    reason: 'non può contenere caratteri di controllo.',
  },
  {
    about: 'a wrong check digit',
    send: register({ vatNumber: '00743110158' }),
    code: input,
    field: 'vatNumber',
    reason: 'ha una cifra di controllo errata: ricopialo.',
  },
  {
    about: 'a postal code of 4 digits',
    send: register({ address: { street: 'Via 1', postalCode: '5210', city: 'Arezzo', province: 'AR' } }),
    code: input,
    field: 'address.postalCode',
    reason: 'deve avere 5 cifre in Italia.',
  },
  {
    about: 'an unknown field',
    send: register({ nickname: 'x' }),
    code: input,
    field: 'nickname',
    reason: 'non è un campo previsto qui.',
  },
  {
    about: 'a number as a text',
    send: quote({ years: '2' }),
    code: input,
    field: 'years',
    reason: 'deve essere un numero, non un testo.',
  },
  {
    about: 'an unknown product',
    send: quote({ product: 'fax' }),
    code: input,
    field: 'product',
    reason: 'deve essere uno tra "fe", "fe-receive-only".',
  },
  {
    about: 'a quantity below one',
    send: quote({ extras: { user: 0 } }),
    code: input,
    field: 'extras.user',
    reason: 'deve essere almeno 1.',
  },
  {
    about: 'a quantity nobody sells',
    send: quote({ extras: { user: 5000 } }),
    code: 'quantity_out_of_range',
    field: 'extras.user',
    reason: 'La quantità di "user" è un numero intero da 0 a 1000.',
  },
  {
    about: 'an agreement nobody made',
    send: quote({ agreementCode: 'NESSUNO' }),
    code: 'agreement_unknown',
    field: 'agreementCode',
    reason: 'Questo codice convenzione non esiste.',
  },
  {
    about: 'an order that does not exist',
    send: () => inItalian('GET', '/v1/orders/1'),
    code: 'order_unknown',
    field: 'number',
    reason: 'non corrisponde a nessun ordine.',
  },
  {
    about: 'a key with a line break',
    send: () => inItalian('POST', '/v1/customers', holder(), { 'idempotency-key': '"' }),
    code: input,
    field: 'Idempotency-Key',
    reason: REASONS.idempotency_key.it,
  },
];

describe('a request that is wrong, in Italian', () => {
  for (const { about, send, code, field, reason } of WRONG) {
    it(`is told so: ${about}`, async () => {
      const { body } = await send();
      assert.equal(body['code'], code);
      const errors = body['errors'] as { field: string; reason: string }[];
      assert.deepStrictEqual(errors, [{ field, reason }]);
      if (code === input) assert.equal(body['detail'], `${field} ${reason}`);
    });
  }

  it('is told so by its subscription too, through Temporal', async () => {
    const { id, order } = await activeService(api);
    const retried = await inItalian('POST', `/v1/subscriptions/${id}/activation`, { action: 'retry' });
    assert.deepStrictEqual(
      [retried.status, retried.body['detail']],
      [409, 'Il servizio non lo consente nel suo stato attuale.'],
    );
    const committed = await inItalian('POST', `/v1/orders/${String(order['number'])}/commitment`, {
      registeredOn: '2026-01-01',
      reference: 'Impegno 1',
    });
    assert.equal(
      committed.body['detail'],
      'Solo una pubblica amministrazione può sbloccare un ordine con un impegno di spesa.',
    );
    assert.equal(committed.body['code'], 'not_allowed_in_state');
  });
});
