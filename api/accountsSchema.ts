import { z } from 'zod';
import { DRAWN_USERNAME } from '../db/accounts.ts';
import { newCustomer } from './customersSchema.ts';
import { formed, text } from './parsing.ts';
import { ProblemError } from './problem.ts';
import { because, REASONS } from './reasons.ts';

const LONGEST_NAME = 254;
const SHORTEST_PASSWORD = 10;
const LONGEST_PASSWORD = 200;
/** Before a password is looked at: longer than any that was ever taken, short enough to be hashed. */
const LONGEST_SECRET = 1000;

/** A username that is chosen; those drawn for services have a form of their own. */
export const newUsername = formed(/^[\w.@-]{3,64}$/, REASONS.username).refine(
  (username) => !DRAWN_USERNAME.test(username),
  because(REASONS.username_reserved),
);

/** A password that is chosen: characters of any kind, none of them trimmed; what counts is length. */
export const newPassword = z.string().refine((password) => {
  const { length } = Array.from(password);
  return length >= SHORTEST_PASSWORD && length <= LONGEST_PASSWORD;
}, because(REASONS.password_length));

const secret = z.string().min(1).max(LONGEST_SECRET);

export const login = z.strictObject({ username: text(LONGEST_NAME), password: secret });

export const passwordChange = z.strictObject({ currentPassword: secret, newPassword });

export const registration = z.strictObject({ username: newUsername, password: newPassword, customer: newCustomer });

/** As operators make customers: with a username, they are invited by mail to choose a password. */
export const invitedCustomer = newCustomer.safeExtend({ username: newUsername.exactOptional() });

export const resetRequest = z.strictObject({ username: text(LONGEST_NAME) });

export const chosenPassword = z.strictObject({ password: newPassword });

export const reminderRequest = z.strictObject({ email: text(LONGEST_NAME).pipe(z.email()) });

export function usernameTaken(): ProblemError {
  return new ProblemError('username_taken', { errors: [{ field: 'username', reason: REASONS.username_taken }] });
}
