import type { PlainDate } from '../../../domain/calendar.ts';
import { chargeReason } from '../../../domain/chargeReasons.ts';
import type { ReversalReason } from '../../../domain/reversals.ts';
import { link, paragraph, type Block } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { area, date, euro, method, payment, service } from './words.ts';

const NOT_YOU = 'If you did not ask for this change, please contact our customer service at once.';

export const charges: Pick<
  Letters,
  | 'charged'
  | 'declined'
  | 'confirmation_needed'
  | 'auto_renewal_switched'
  | 'method_changed'
  | 'card_expiring'
  | 'payment_returned'
> = {
  charged: ({ number, amountMinor, expiresOn }, present) => ({
    subject: `Order ${number}: ${euro(amountMinor)} charged`,
    blocks: [
      paragraph(`We have charged ${euro(amountMinor)} to your stored payment method for order ${number}.`),
      paragraph(
        expiresOn === null
          ? 'Your service had already ended, however: we are looking into it and will contact you to return the amount.'
          : `Your ${service(present)} service is valid until ${date(expiresOn)}.`,
      ),
      area(present),
    ],
  }),
  declined: ({ number, occasion, amountMinor, nextTryOn, expiresOn, refusedFor }, present) => ({
    subject: `Order ${number}: charge declined, please update your payment data`,
    blocks: [
      paragraph(`We could not charge ${euro(amountMinor)} for order ${number}: the payment was declined.`),
      ...refused(refusedFor),
      paragraph(
        nextTryOn !== null && refusedFor === undefined
          ? `Please update your payment data in your customer area. We will try again on ${date(nextTryOn)}.`
          : refusedFor !== undefined && occasion === 'auto_renewal'
            ? nextTryOn === null
              ? 'Please register another payment method in your customer area: it is charged at once if the expiry is near. Or pay the order.'
              : `We will try again on ${date(nextTryOn)} with the new payment method you registered.`
            : occasion === 'auto_renewal'
              ? 'Please update your payment data in your customer area: we will not try again by ourselves.'
              : 'The order stays unpaid: please update your payment data in your customer area and try again, or pay another way.',
      ),
      ...(occasion === 'auto_renewal' && expiresOn !== null
        ? [paragraph(`Your service stays active until its expiry on ${date(expiresOn)}.`)]
        : []),
      ...payment(present.order, present),
      area(present),
    ],
  }),
  confirmation_needed: ({ number, amountMinor, confirmationUrl, expiresOn }, present) => ({
    subject: `Order ${number}: please confirm your payment`,
    blocks: [
      paragraph(`Your bank asks you to confirm the charge of ${euro(amountMinor)} for order ${number}.`),
      link('Confirm the payment', confirmationUrl),
      paragraph(
        'Until you confirm it, the order stays unpaid and we will not try again.' +
          (expiresOn !== null ? ` Your service expires on ${date(expiresOn)}.` : ''),
      ),
      area(present),
    ],
  }),
  auto_renewal_switched: ({ on, why, method: kind, chargesNow, expiresOn }, present) => ({
    subject: `${service(present)}: auto-renewal switched ${on ? 'on' : 'off'}`,
    blocks: [
      paragraph(
        on
          ? why === 'order_paid'
            ? `With the payment of your order, auto-renewal of your ${service(present)} service is now on: we will use the ${method(kind)} you paid with.`
            : `Auto-renewal of your ${service(present)} service is on: we will charge your stored ${method(kind)}.`
          : `Auto-renewal of your ${service(present)} service is off: we will not charge anything by ourselves.`,
      ),
      ...switchedNote(on, chargesNow, expiresOn),
      paragraph(why === 'order_paid' ? 'You can switch it off at any time in your customer area.' : NOT_YOU),
      area(present),
    ],
  }),
  method_changed: ({ method: kind, autoRenewal, expiresOn }, present) => ({
    subject: kind === null ? 'Payment method removed' : 'Payment method updated',
    blocks: [
      paragraph(
        kind === null
          ? `We have removed the payment method from your ${service(present)} service. Auto-renewal is off.`
          : autoRenewal
            ? `From now on, auto-renewals of your ${service(present)} service will use the ${method(kind)} you gave us.`
            : `We have stored your ${method(kind)} for your ${service(present)} service. Auto-renewal is off.`,
      ),
      ...(autoRenewal || expiresOn === null ? [] : [paragraph(`Your service expires on ${date(expiresOn)}.`)]),
      paragraph(NOT_YOU),
      area(present),
    ],
  }),
  card_expiring: ({ validThrough, expiresOn }, present) => ({
    subject: `${service(present)}: the card for auto-renewal is about to expire`,
    blocks: [
      paragraph(
        `The credit card stored for the auto-renewal of your ${service(present)} service is valid until ${date(validThrough)}.`,
      ),
      paragraph(
        `So that the service is renewed before its expiry on ${date(expiresOn)}, please register another card or a PayPal ` +
          'account in your customer area. If your bank has already replaced the card, register the new one there.',
      ),
      area(present),
    ],
  }),
  payment_returned: ({ number, amountMinor, reason, dueMinor, completed, creditMinor }, present) => ({
    subject:
      number === null
        ? `Payment of ${euro(amountMinor)} taken back`
        : `Order ${number}: payment taken back, ${euro(dueMinor)} to pay`,
    blocks: [
      paragraph(`${RETURNED[reason]}: ${euro(amountMinor)} no longer count as paid.`),
      ...(number === null
        ? []
        : [
            paragraph(
              completed
                ? `On order ${number}, which is complete, ${euro(dueMinor)} are due again. What you bought with it stays yours: please pay as soon as you can.`
                : `On order ${number} ${euro(dueMinor)} are to be paid: we will complete it once they have arrived.`,
            ),
          ]),
      ...(creditMinor === 0
        ? []
        : [
            paragraph(
              `Your credit shrinks by ${euro(creditMinor)}. If you have used part of it already, we will contact you about that.`,
            ),
          ]),
      ...payment(present.order, present),
      area(present),
    ],
  }),
};

const RETURNED: Readonly<Record<ReversalReason, string>> = {
  called_back: 'Your bank has called back a transfer of yours',
  chargeback: 'A payment of yours by card or PayPal was disputed and taken back',
  correction: 'A payment of yours had been registered by mistake, and we corrected that',
};

function refused(code: string | undefined): Block[] {
  if (code === undefined) return [];
  return [
    paragraph(`This payment method can no longer be used, and we will not charge it again. ${chargeReason(code).en}`),
  ];
}

function switchedNote(on: boolean, chargesNow: boolean, expiresOn: PlainDate | null): Block[] {
  if (chargesNow) return [paragraph('The expiry is near, so the first charge follows at once.')];
  if (expiresOn === null) return [];
  return [
    paragraph(
      on
        ? `Your service expires on ${date(expiresOn)}: we will renew it some days earlier.`
        : `Your service expires on ${date(expiresOn)}: to go on using it you will have to renew it yourself.`,
    ),
  ];
}
