import { facts, link, paragraph } from '../letter.ts';
import type { AccountLetters } from '../letters.ts';

export const accountLetters: AccountLetters = {
  registration_confirmed: ({ username, url }) => ({
    subject: 'Registration confirmed',
    blocks: [
      paragraph('Your registration is complete: thank you! With these details you can log in to your customer area.'),
      facts('Your account', [['Username', username]]),
      paragraph('Your password is the one you chose: we do not know it, and never ask for it.'),
      link('Go to your customer area', url),
    ],
  }),
  password_reset: ({ username, url }) => ({
    subject: 'Choose a new password',
    blocks: [
      paragraph(`A new password was asked for the account ${username}. To choose it, please follow this link:`),
      link('Choose a new password', url),
      paragraph('The link is valid for one hour and works once; it replaces those we sent you before.'),
      paragraph('If it was not you who asked, you need not do anything: your password stays as it is.'),
    ],
  }),
  invitation: ({ username, url }) => ({
    subject: 'Your customer area is ready',
    blocks: [
      paragraph('We have made an account for you. Please choose your password to log in for the first time.'),
      facts('Your account', [['Username', username]]),
      link('Choose your password', url),
      paragraph(
        'The link is valid for 7 days and works once. Should it be too late, ask for a new one with "forgotten password".',
      ),
    ],
  }),
  username_reminder: ({ usernames, url }) => ({
    subject: 'Your usernames',
    blocks: [
      paragraph('We were asked which usernames belong to this e-mail address. Here they are.'),
      facts(
        'Your accounts',
        usernames.map((username) => ['Username', username]),
      ),
      paragraph('If it was not you who asked, you need not do anything: only you receive this message.'),
      link('Go to your customer area', url),
    ],
  }),
  password_changed: ({ username, url }) => ({
    subject: 'Your password was changed',
    blocks: [
      paragraph(
        `The password of the account ${username} was changed. Where you were logged in before, you are no longer.`,
      ),
      paragraph('If it was not you, choose a new one at once with "forgotten password" in the customer area.'),
      link('Go to your customer area', url),
    ],
  }),
};
