/**
 * The ways back in for who forgot. Asking is answered alike whether there is such an account or not; the mail goes to
 * the address the customer gave.
 */
import type { Request, Router } from 'express';
import { queuePasswordReset, queueUsernameReminder } from '../db/accountMessages.ts';
import { findLink, useLink, type PasswordLink } from '../db/passwordLinks.ts';
import { hashPassword, verifyPassword } from '../db/passwords.ts';
import { chosenPassword, reminderRequest, resetRequest } from './accountsSchema.ts';
import { Attempts } from './attempts.ts';
import type { Context } from './context.ts';
import { invalid, ProblemError } from './problem.ts';
import { REASONS } from './reasons.ts';
import { bodyOf, pathOf, resource } from './routing.ts';
import { demandOtherThan, replacePassword } from './sessions.ts';

export function passwordLinks(router: Router, context: Context): void {
  const { db } = context;
  const attempts = new Attempts(context);
  resource(router, '/password-resets', {
    post: async (request, response) => {
      const { username } = bodyOf(request, resetRequest);
      await attempts.ofMail(request, username);
      await queuePasswordReset(db, username);
      response.status(202).json({});
    },
  });

  resource(router, '/username-reminders', {
    post: async (request, response) => {
      const { email } = bodyOf(request, reminderRequest);
      await attempts.ofMail(request, email);
      await queueUsernameReminder(db, email);
      response.status(202).json({});
    },
  });

  resource(router, '/password-resets/:token', {
    get: async (request, response) => {
      const { username, purpose } = await linkOf(context, request);
      response.json({ username, purpose });
    },
    put: async (request, response) => {
      const { password } = bodyOf(request, chosenPassword);
      const link = await linkOf(context, request);
      await setByLink(context, pathOf(request, 'token'), link, password);
      await attempts.forget(link.username);
      response.json({ username: link.username });
    },
  });
}

async function linkOf({ db, now }: Context, request: Request): Promise<PasswordLink> {
  const token = pathOf(request, 'token');
  const link = /^[\w-]{1,128}$/.test(token) ? await findLink(db, token, now()) : null;
  if (link === null) throw new ProblemError('link_unknown');
  return link;
}

async function setByLink({ db, now }: Context, token: string, link: PasswordLink, password: string): Promise<void> {
  demandOtherThan(link.username, password, 'password');
  if (await verifyPassword(password, link.passwordHash)) throw invalid('password', REASONS.password_same);
  // Before the transaction: it takes a while.
  const hash = await hashPassword(password);
  await db.transaction(async (trx) => {
    if (!(await useLink(trx, token, now()))) throw new ProblemError('link_unknown');
    await replacePassword(trx, link, hash);
  });
}
