import type { Router } from 'express';
import { createCustomer, findCustomer, newCustomerId, type Customer } from '../db/customers.ts';
import type { Context } from './context.ts';
import { newCustomer } from './customersSchema.ts';
import { answerOnce } from './idempotency.ts';
import { ID } from './parsing.ts';
import { instantText } from './present.ts';
import { ProblemError } from './problem.ts';
import { bodyOf, pathOf, resource } from './routing.ts';

export function customers(router: Router, context: Context): void {
  resource(router, '/customers', {
    post: async (request, response) => {
      const holder = bodyOf(request, newCustomer);
      await answerOnce(context, request, response, async ({ keep }) => {
        const { id } = await keep({ id: newCustomerId() });
        const customer = await createCustomer(context.db, holder, id);
        return { status: 201, body: presentCustomer(customer), location: `/v1/customers/${customer.id}` };
      });
    },
  });

  resource(router, '/customers/:id', {
    get: async (request, response) => {
      const id = pathOf(request, 'id');
      const customer = ID.test(id) ? await findCustomer(context.db, id) : null;
      if (customer === null) {
        throw new ProblemError('customer_unknown', { errors: [{ field: 'id', reason: 'names no customer.' }] });
      }
      response.json(presentCustomer(customer));
    },
  });
}

function presentCustomer({ createdAt, ...customer }: Customer): Record<string, unknown> {
  return { ...customer, createdAt: instantText(createdAt) };
}
