import type { Request, Response, Router } from 'express';
import { queueAccountMessage } from '../db/accountMessages.ts';
import { createCustomerAccount, UsernameTakenError } from '../db/accounts.ts';
import {
  createCustomer,
  findCustomer,
  newCustomerId,
  updateCustomer,
  type Customer,
  type NewCustomer,
} from '../db/customers.ts';
import { owedBy } from '../db/credit.ts';
import { creditOf } from '../db/ledger.ts';
import { euros } from '../domain/money.ts';
import { demandOwn, operatorsOnly } from './access.ts';
import { invitedCustomer, usernameTaken } from './accountsSchema.ts';
import type { Context } from './context.ts';
import { newCustomer } from './customersSchema.ts';
import { answerOnce } from './idempotency.ts';
import { ID, parse } from './parsing.ts';
import { instantText } from './present.ts';
import { invalid, ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

export function customers(router: Router, context: Context): void {
  resource(router, '/customers', {
    post: operatorsOnly(async (request, response) => {
      const { username, ...given } = bodyOf(request, invitedCustomer);
      await answerOnce(context, request, response, async ({ keep }) => {
        const { id } = await keep({ id: newCustomerId() });
        const customer = await createInvited(context, given, { id, username });
        return { status: 201, body: presentCustomer(customer), location: `/v1/customers/${customer.id}` };
      });
    }),
  });

  resource(router, '/customers/:id', {
    get: async (request, response) => {
      response.json(await presentStanding(context, await ownCustomer(context, request, response)));
    },
    put: async (request, response) => {
      const current = await ownCustomer(context, request, response);
      const wanted = changeOf(request.body, current);
      response.json(await presentStanding(context, await updateCustomer(context.db, current.id, wanted)));
    },
  });
}

/** With a username: an account without a password, and a mailed link by which the customer chooses one. */
async function createInvited(
  { db }: Context,
  given: NewCustomer,
  { id, username }: { readonly id: string; readonly username: string | undefined },
): Promise<Customer> {
  if (username === undefined) return createCustomer(db, given, id);
  try {
    return await db.transaction(async (trx) => {
      const customer = await createCustomer(trx, given, id);
      const account = await createCustomerAccount(trx, { customerId: id, username, passwordHash: null });
      await queueAccountMessage(trx, account.id, 'invitation');
      return customer;
    });
  } catch (error) {
    throw error instanceof UsernameTakenError ? usernameTaken() : error;
  }
}

/** The customer of a path, or 404: where there is none, and where it is another than the caller. */
export async function ownCustomer(context: Context, request: Request, response: Response): Promise<Customer> {
  const id = pathOf(request, 'id');
  demandOwn(response, { customerId: id, subscriptionId: null }, customerUnknown);
  const customer = ID.test(id) ? await findCustomer(context.db, id) : null;
  if (customer === null) throw customerUnknown();
  return customer;
}

export function customerUnknown(): ProblemError {
  return new ProblemError('customer_unknown', { errors: [{ field: 'id', reason: REASONS.customer_unknown }] });
}

/** What no change may touch: services are live, and invoiced, on these. They may be repeated or left out. */
const FIXED = ['taxCode', 'vatNumber', 'publicAdministration'] as const;

function changeOf(body: unknown, current: Customer): NewCustomer {
  const kept = Object.fromEntries(
    [...FIXED, 'language' as const].flatMap((name) => (current[name] === undefined ? [] : [[name, current[name]]])),
  );
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const wanted = parse(newCustomer, body === undefined ? kept : isObject ? { ...kept, ...body } : body);
  const changed = FIXED.find((name) => wanted[name] !== current[name]);
  if (changed !== undefined) throw invalid(changed, REASONS.fixed_at_registration);
  return wanted;
}

/** With the money that is theirs to use on orders or have back, and what they owe for credit that was taken back. */
async function presentStanding({ db }: Context, customer: Customer): Promise<Record<string, unknown>> {
  const credit = euros(await creditOf(db, customer.id));
  return { ...presentCustomer(customer), credit, owed: euros(await owedBy(db, customer.id)) };
}

export function presentCustomer({ createdAt, ...customer }: Customer): Record<string, unknown> {
  return { ...customer, createdAt: instantText(createdAt) };
}
