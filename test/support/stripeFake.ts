/**
 * A Stripe that remembers, for what the official mock cannot do: declines by code, confirmations, delays, lost answers,
 * replays of a key. Its answers have the shape of Stripe's own, cut down to what is read; all it knows is in its fields.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

/** What a card or account does when it is charged. */
export type Behaviour =
  | 'approved'
  | 'authentication'
  | 'processing'
  /** Charged, and the connection breaks before the answer. */
  | 'lost_after'
  /** The connection breaks before anything is done. */
  | 'lost_before'
  /** Charged, and the answer is an error of theirs, which is also what a replay of the key gets. */
  | 'error_after'
  /** An error of theirs before anything is done; a replay of the key gets it too. */
  | 'error_before'
  /** The same, but the charge was made, and no bank was asked. */
  | 'untried'
  /** Another request with the same key is under way. */
  | 'in_use'
  | 'rate_limited'
  | 'locked'
  | { readonly decline: string; readonly code?: string };

export interface FakeIntent {
  readonly id: string;
  amount: number;
  currency: string;
  readonly customer: string;
  readonly created: number;
  readonly metadata: Record<string, string>;
  readonly paymentMethod: string;
  status: 'succeeded' | 'requires_payment_method' | 'requires_action' | 'processing' | 'canceled';
  error: Record<string, unknown> | null;
  returnUrl: string | null;
  charge: { readonly id: string; readonly created: number } | null;
}

interface FakeMethod {
  readonly id: string;
  readonly type: 'card' | 'paypal';
  readonly customer: string | null;
  readonly behaviour: Behaviour;
}

/** A registration on Stripe's own page. */
export interface FakeSession {
  readonly id: string;
  readonly customer: string;
  readonly type: 'card' | 'paypal';
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly metadata: Record<string, string>;
  status: 'open' | 'complete' | 'expired';
  paymentMethod: string | null;
}

export interface FakeRefund {
  readonly id: string;
  readonly payment_intent: string;
  readonly amount: number;
  metadata: Record<string, string>;
  currency?: string;
  status: 'succeeded' | 'pending' | 'failed';
}

interface Reply {
  /** 0: the connection breaks, also when the same is asked again. */
  readonly status: number;
  readonly body: Record<string, unknown>;
}

type Form = { readonly [name: string]: string | Form };

const BROKEN: Reply = { status: 0, body: {} };

export class StripeFake {
  readonly intents: FakeIntent[] = [];
  readonly refunds: FakeRefund[] = [];
  readonly customers: string[] = [];
  readonly sessions: FakeSession[] = [];
  readonly methods = new Map<string, FakeMethod>();
  /** `POST /v1/payment_intents`, in order. */
  readonly requests: string[] = [];
  /** Seconds of Stripe's own clock, which is nobody else's. */
  now = Math.floor(Date.UTC(2026, 2, 10, 9) / 1000);
  /** While it is set, nothing is answered. */
  isAway = false;
  /** Where banks ask their customers; `<url>/bank` is a page of this one's own. */
  bank = 'https://hooks.stripe.test/redirect';
  /** What cards do that are registered on Stripe's page. */
  registers: Behaviour = 'approved';
  refundStatus: FakeRefund['status'] = 'succeeded';
  /** What Stripe keeps of each charge; null where it does not tell yet. */
  fee: number | null = null;
  /** What it tells by `GET /v1/events`, in order. */
  readonly events: { readonly id: string; readonly type: string; readonly created: number }[] = [];
  /** Ids of what it will do nothing with (400), today and tomorrow. */
  readonly refused = new Set<string>();
  /** Of disputes: what is not as with the whole charge. */
  readonly disputes = new Map<string, { readonly amount?: number; readonly currency?: string }>();
  readonly #answers = new Map<string, { params: string; reply: Reply }>();
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  #count = 0;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A customer, and a method of theirs. */
  register(behaviour: Behaviour, { customer = this.#id('cus'), type = 'card' as FakeMethod['type'] } = {}) {
    if (!this.customers.includes(customer)) this.customers.push(customer);
    const id = this.#id('pm');
    this.methods.set(id, { id, type, customer, behaviour });
    return { customer, paymentMethod: id, token: `${customer}:${id}` };
  }

  /** From now on it does something else when it is charged. */
  behave(paymentMethod: string, behaviour: Behaviour): void {
    const method = this.methods.get(paymentMethod);
    if (method === undefined) throw new Error(`There is no ${paymentMethod}.`);
    this.methods.set(paymentMethod, { ...method, behaviour });
  }

  /** The customer did at the bank what it asked for; or what was processing is through. */
  succeed(intent: FakeIntent): void {
    intent.status = 'succeeded';
    intent.error = null;
    intent.charge = { id: this.#id('ch'), created: this.now };
  }

  /** A message as Stripe sends it: bytes and their signature. */
  message(
    type: string,
    object: Record<string, unknown>,
    { secret, at, id = this.#id('evt') }: { secret: string; at: number; id?: string },
  ): { body: string; headers: Record<string, string>; id: string } {
    const created = Math.floor(at / 1000);
    const event = { id, object: 'event', type, created, livemode: false, data: { object } };
    // Stripe tells of it by its list too, whether or not the message arrives.
    if (!this.events.some((each) => each.id === id)) this.events.push(event);
    const body = JSON.stringify(event);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: created });
    return { id, body, headers: { 'stripe-signature': signature, 'content-type': 'application/json' } };
  }

  /** An intent as it is told. */
  told(intent: FakeIntent, { expand = '' } = {}): Record<string, unknown> {
    const { id, amount, currency, customer, created, metadata, status, error, charge } = intent;
    const redirect = { url: `${this.bank}/${id}`, return_url: intent.returnUrl };
    return {
      id,
      object: 'payment_intent',
      amount,
      amount_received: status === 'succeeded' ? amount : 0,
      currency,
      customer,
      created,
      metadata,
      status,
      payment_method: status === 'requires_payment_method' ? null : intent.paymentMethod,
      last_payment_error: error,
      latest_charge: charge === null ? null : expand.includes('latest_charge') ? this.#toldCharge(charge) : charge.id,
      next_action: status === 'requires_action' ? { type: 'redirect_to_url', redirect_to_url: redirect } : null,
    };
  }

  #toldCharge(charge: { readonly id: string; readonly created: number }): Record<string, unknown> {
    const balance = this.fee === null ? null : { object: 'balance_transaction', currency: 'eur', fee: this.fee };
    return { object: 'charge', ...charge, balance_transaction: balance };
  }

  /** Given back in the dashboard, by hand. */
  refundByHand(intent: FakeIntent, amount: number): FakeRefund {
    const refund: FakeRefund = {
      id: this.#id('re'),
      payment_intent: intent.id,
      amount,
      metadata: {},
      status: 'succeeded',
    };
    this.refunds.push(refund);
    return refund;
  }

  #id(prefix: string): string {
    return `${prefix}_fake${++this.#count}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = request.method === 'POST' ? Buffer.concat(chunks).toString() : url.search.slice(1);
    this.requests.push(`${request.method} ${url.pathname}`);
    if (this.isAway) return void response.destroy();
    if (url.pathname.startsWith('/bank/')) return this.#bankPage(request, url, response);
    if (url.pathname.startsWith('/pay/')) return this.#page(request, url, response);
    const { status, body } = this.#once(request, url.pathname, text);
    if (status === 0) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': this.#id('req') });
    response.end(JSON.stringify(body));
  }

  /** The first answer to a key stands, as long as it is asked for the same. */
  #once(request: IncomingMessage, path: string, text: string): Reply {
    const key = request.headers['idempotency-key'] as string | undefined;
    const answer = () => this.#answer(`${request.method} ${path}`, formOf(text));
    if (key === undefined || request.method !== 'POST') return answer();
    const known = this.#answers.get(key);
    if (known === undefined) {
      const reply = answer();
      if (reply.status !== 429 && reply.status !== 409) this.#answers.set(key, { params: text, reply });
      return reply;
    }
    return known.params === text ? known.reply : failure(400, { type: 'idempotency_error' });
  }

  /** A day later, Stripe has forgotten its keys. */
  forgetKeys(): void {
    this.#answers.clear();
  }

  #answer(request: string, form: Form): Reply {
    const [, id = ''] = /\/v1\/(?:checkout\/sessions|(?!checkout)\w+)\/(\w+)/.exec(request) ?? [];
    const expand = JSON.stringify(form['expand'] ?? '');
    if (this.refused.has(id)) return failure(400, { type: 'invalid_request_error', code: 'parameter_invalid_empty' });
    const intent = this.intents.find((each) => each.id === id);
    const missing = (param: string) => failure(404, { type: 'invalid_request_error', code: 'resource_missing', param });
    switch (request.replace(id === '' ? /$/ : `/${id}`, id === '' ? '' : '/:id')) {
      case 'POST /v1/customers':
        this.customers.push(this.#id('cus'));
        return good({ id: this.customers.at(-1), object: 'customer' });
      case 'POST /v1/setup_intents':
        return good({ id: this.#id('seti'), object: 'setup_intent', client_secret: 'seti_fake_secret_1', ...form });
      case 'POST /v1/checkout/sessions':
        return this.#checkout(form);
      case 'GET /v1/checkout/sessions/:id': {
        const session = this.sessions.find((each) => each.id === id);
        return session === undefined ? missing('session') : good(this.toldSession(session));
      }
      case 'GET /v1/payment_methods/:id':
        return this.methods.has(id) ? good(methodTold(this.methods.get(id) as FakeMethod)) : missing('payment_method');
      case 'POST /v1/payment_intents':
        return this.#charge(form, expand);
      case 'GET /v1/payment_intents':
        if (form['customer'] !== undefined && !this.customers.includes(String(form['customer'])))
          return missing('customer');
        return this.#list(
          this.intents.filter(
            (each) => (form['customer'] === undefined || each.customer === form['customer']) && isWithin(each, form),
          ),
          form,
          (each) => this.told(each, { expand }),
        );
      case 'GET /v1/payment_intents/:id':
        if (id === 'search') return this.#search(form, expand);
        return intent === undefined ? missing('intent') : good(this.told(intent, { expand }));
      case 'POST /v1/payment_intents/:id/confirm':
        return intent === undefined ? missing('intent') : this.#confirm(intent, form, expand);
      case 'POST /v1/refunds':
        return this.#refund(form);
      case 'GET /v1/refunds/:id':
      case 'POST /v1/refunds/:id': {
        const refund = this.refunds.find((each) => each.id === id);
        if (refund === undefined) return missing('refund');
        if (request.startsWith('POST')) Object.assign(refund.metadata, form['metadata']);
        const about = this.intents.find((each) => each.id === refund.payment_intent);
        const isExpanded = about !== undefined && expand.includes('payment_intent');
        return good({ ...refundTold(refund), ...(isExpanded ? { payment_intent: this.told(about) } : {}) });
      }
      case 'GET /v1/events/:id': {
        const event = this.events.find((each) => each.id === id);
        return event === undefined ? missing('id') : good({ ...event });
      }
      case 'GET /v1/events': {
        const types = Object.values((form['types'] ?? {}) as Record<string, string>);
        const listed = this.events.filter((each) => types.includes(each.type) && isWithin(each, form)).toReversed();
        return this.#list(listed, form, (each) => ({ ...each }));
      }
      case 'GET /v1/disputes':
        return this.#list([], form, (each: { id: string }) => ({ ...each }));
      case 'GET /v1/refunds':
        return this.#list(
          this.refunds.filter(
            ({ payment_intent: of }) => form['payment_intent'] === undefined || of === form['payment_intent'],
          ),
          form,
          refundTold,
        );
      case 'GET /v1/disputes/:id':
        return this.#dispute(id, expand);
      default:
        return failure(404, { type: 'invalid_request_error', message: `Unrecognized request URL (${request}).` });
    }
  }

  #checkout(form: Form): Reply {
    if (form['mode'] !== 'setup') throw new Error('Only methods are registered there.');
    const [type] = Object.values(form['allowed_payment_method_types'] as Record<string, string>);
    const session: FakeSession = {
      id: this.#id('cs'),
      customer: String(form['customer']),
      type: type as FakeSession['type'],
      successUrl: String(form['success_url']),
      cancelUrl: String(form['cancel_url']),
      metadata: form['metadata'] as Record<string, string>,
      status: 'open',
      paymentMethod: null,
    };
    this.sessions.push(session);
    return good(this.toldSession(session));
  }

  /** The customer filled in Stripe's page. */
  complete(session: FakeSession, behaviour: Behaviour = this.registers): void {
    session.paymentMethod = this.register(behaviour, session).paymentMethod;
    session.status = 'complete';
  }

  toldSession({ id, customer, metadata, status, paymentMethod }: FakeSession): Record<string, unknown> {
    const method = paymentMethod === null ? null : this.methods.get(paymentMethod);
    const setup = { id: `seti_${id}`, object: 'setup_intent', status: 'succeeded' };
    return {
      id,
      object: 'checkout.session',
      mode: 'setup',
      customer,
      metadata,
      status,
      url: status === 'open' ? `${this.url}/pay/${id}` : null,
      setup_intent: method == null ? null : { ...setup, payment_method: methodTold(method) },
    };
  }

  /** Stripe's own page, in the least that leads on and back. */
  #page(request: IncomingMessage, url: URL, response: ServerResponse): void {
    const session = this.sessions.find(({ id }) => url.pathname === `/pay/${id}`);
    if (session?.status !== 'open') return void response.writeHead(404).end();
    if (request.method === 'POST') {
      this.complete(session);
      const location = session.successUrl.replace('{CHECKOUT_SESSION_ID}', session.id);
      return void response.writeHead(303, { location }).end();
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><title>Stripe</title><form method="post"><button>Salva ${session.type}</button></form>` +
        `<a href="${session.cancelUrl}">Indietro</a>`,
    );
  }

  #bankPage(request: IncomingMessage, url: URL, response: ServerResponse): void {
    const intent = this.intents.find(({ id }) => url.pathname === `/bank/${id}`);
    if (intent?.status !== 'requires_action') return void response.writeHead(404).end();
    if (request.method === 'POST') {
      this.succeed(intent);
      return void response.writeHead(303, { location: intent.returnUrl ?? '' }).end();
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end('<!doctype html><title>Banca</title><form method="post"><button>Autorizza</button></form>');
  }

  #charge(form: Form, expand: string): Reply {
    const method = this.methods.get(String(form['payment_method']));
    if (method === undefined || method.customer !== form['customer'])
      return failure(400, { type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' });
    if (form['off_session'] !== 'true' || form['confirm'] !== 'true')
      throw new Error('A charge has to be off-session.');
    const { behaviour } = method;
    if (behaviour === 'lost_before') return BROKEN;
    if (behaviour === 'rate_limited') return failure(429, { type: 'invalid_request_error', code: 'rate_limit' });
    if (behaviour === 'locked') return failure(429, { type: 'invalid_request_error', code: 'lock_timeout' });
    if (behaviour === 'in_use') return failure(409, { type: 'idempotency_error', code: 'idempotency_key_in_use' });
    if (behaviour === 'error_before') return failure(500, { type: 'api_error' });
    const intent: FakeIntent = {
      id: this.#id('pi'),
      amount: Number(form['amount']),
      currency: String(form['currency']),
      customer: String(form['customer']),
      created: this.now,
      metadata: form['metadata'] as Record<string, string>,
      paymentMethod: method.id,
      status: 'processing',
      error: null,
      returnUrl: null,
      charge: null,
    };
    this.intents.unshift(intent);
    if (behaviour === 'untried') {
      intent.status = 'requires_payment_method';
      return failure(500, { type: 'api_error' });
    }
    if (behaviour === 'processing') return good(this.told(intent, { expand }));
    if (typeof behaviour === 'object' || behaviour === 'authentication') {
      const required = 'authentication_required';
      const { decline, code = 'card_declined' } =
        behaviour === 'authentication' ? { decline: required, code: required } : behaviour;
      return this.#decline(intent, { type: 'card_error', code, decline_code: decline });
    }
    this.succeed(intent);
    if (behaviour === 'lost_after') return BROKEN;
    return behaviour === 'error_after' ? failure(500, { type: 'api_error' }) : good(this.told(intent, { expand }));
  }

  /** Stripe's search sees new things only minutes later. */
  #search(form: Form, expand: string): Reply {
    const [, key] = /^metadata\["attemptId"\]:"([^"]+)"$/.exec(String(form['query'])) ?? [];
    const seen = this.intents.filter(
      ({ metadata, created }) => metadata['attemptId'] === key && created < this.now - 60,
    );
    return good({
      object: 'search_result',
      data: seen.map((each) => this.told(each, { expand })),
      has_more: false,
      url: '/v1/payment_intents/search',
    });
  }

  #decline(intent: FakeIntent, error: Record<string, unknown>): Reply {
    intent.status = 'requires_payment_method';
    intent.error = error;
    return failure(402, { ...error, message: 'Your card was declined.', payment_intent: this.told(intent) });
  }

  #confirm(intent: FakeIntent, form: Form, expand: string): Reply {
    const method = this.methods.get(String(form['payment_method']));
    if (intent.status !== 'requires_payment_method' || method === undefined)
      return failure(400, { type: 'invalid_request_error', code: 'payment_intent_unexpected_state' });
    if (typeof method.behaviour === 'object')
      return this.#decline(intent, {
        type: 'card_error',
        code: 'card_declined',
        decline_code: method.behaviour.decline,
      });
    intent.status = 'requires_action';
    intent.returnUrl = String(form['return_url']);
    return good(this.told(intent, { expand }));
  }

  #refund(form: Form): Reply {
    const intent = this.intents.find(({ id }) => id === form['payment_intent']);
    if (intent === undefined)
      return failure(404, { type: 'invalid_request_error', code: 'resource_missing', param: 'payment_intent' });
    const amount = Number(form['amount']);
    const before = this.refunds.filter((each) => each.payment_intent === intent.id && each.status !== 'failed');
    const left = intent.amount - before.reduce((sum, each) => sum + each.amount, 0);
    if (left === 0) return failure(400, { type: 'invalid_request_error', code: 'charge_already_refunded' });
    if (amount > left) return failure(400, { type: 'invalid_request_error', param: 'amount' });
    const metadata = form['metadata'] as Record<string, string>;
    const refund: FakeRefund = {
      id: this.#id('re'),
      payment_intent: intent.id,
      amount,
      metadata,
      status: this.refundStatus,
    };
    this.refunds.push(refund);
    return good(refundTold(refund));
  }

  #dispute(id: string, expand: string): Reply {
    // A dispute is named after the charge it is about.
    const intent = this.intents.find((each) => each.charge?.id === id.replace('du_', 'ch_'));
    if (intent === undefined) return failure(404, { type: 'invalid_request_error', code: 'resource_missing' });
    const about = expand.includes('payment_intent') ? this.told(intent) : intent.id;
    const { amount = intent.amount, currency = intent.currency } = this.disputes.get(id) ?? {};
    return good({ id, object: 'dispute', amount, currency, payment_intent: about });
  }

  #list<T extends { readonly id: string }>(
    all: readonly T[],
    form: Form,
    tell: (each: T) => Record<string, unknown>,
  ): Reply {
    const from = all.findIndex(({ id }) => id === form['starting_after']) + 1;
    const page = all.slice(from, from + Number(form['limit'] ?? 10));
    return good({ object: 'list', data: page.map(tell), has_more: from + page.length < all.length, url: '/v1/list' });
  }
}

/** `created[gte]=…&created[lt]=…` */
function isWithin({ created }: { readonly created: number }, form: Form): boolean {
  const { gte = '0', lt = '99999999999' } = (form['created'] ?? {}) as Record<string, string>;
  return created >= Number(gte) && created < Number(lt);
}

function methodTold({ id, type, customer }: FakeMethod): Record<string, unknown> {
  const card = { brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2042 };
  const paypal = { payer_email: 'mario.rossi@example.com', payer_id: 'PAYER' };
  return { id, object: 'payment_method', type, customer, ...(type === 'card' ? { card } : { paypal }) };
}

function refundTold(refund: FakeRefund): Record<string, unknown> {
  return { object: 'refund', currency: 'eur', created: 1_773_136_800, ...refund };
}

function good(body: Record<string, unknown>): Reply {
  return { status: 200, body };
}

function failure(status: number, error: Record<string, unknown>): Reply {
  return { status, body: { error: { message: 'As Stripe would say it.', ...error } } };
}

/** `metadata[orderNumber]=1&expand[0]=latest_charge`, as Stripe's libraries write it. */
function formOf(text: string): Form {
  const form: Record<string, string | Record<string, string>> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [, outer = name, inner] = /^(\w+)\[(\w*)\]$/.exec(name) ?? [];
    if (inner === undefined) form[outer] = value;
    else form[outer] = { ...(form[outer] as Record<string, string> | undefined), [inner]: value };
  }
  return form;
}
