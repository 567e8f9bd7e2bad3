import type { Item, LineSummary } from '../../../domain/messagePayloads.ts';
import { facts, paragraph } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { area, date, euro, months, nameOf, orderName, payment, service, years } from './words.ts';

function line(summary: LineSummary): [string, string] {
  const { sku, quantity, from, until, netMinor } = summary;
  const term = months(summary.months);
  const period = from === null || until === null ? term : `${term}, ${date(from)} to ${date(until)}`;
  return [`${quantity} × ${nameOf(sku)} (${period})`, euro(netMinor)];
}

function items(list: readonly Item[]): [string, string][] {
  return list.map(({ sku, quantity, from, until }) => [
    `${quantity} × ${nameOf(sku)}`,
    `${date(from)} to ${date(until)}`,
  ]);
}

export const orders: Pick<
  Letters,
  | 'order_confirmed'
  | 'payment_received'
  | 'part_payment'
  | 'activation'
  | 'renewed'
  | 'upgrade_active'
  | 'closed'
  | 'activation_abandoned'
> = {
  order_confirmed(order, present) {
    const { number, orderType, splitPayment, vatPercent, payableMinor } = order;
    const standing = present.order;
    const unpaid = standing?.payment === 'unpaid';
    const status = unpaid
      ? `The order will be completed once we have registered your payment of ${euro(standing.dueMinor)}.`
      : standing?.payment === 'processing'
        ? 'Your payment is under way: we will write to you as soon as it is registered.'
        : payableMinor === 0
          ? 'There is nothing to pay.'
          : 'Your payment is already registered: there is nothing more to do.';
    return {
      subject: unpaid ? `Order ${number}: confirmation and how to pay` : `Order ${number}: confirmation`,
      blocks: [
        paragraph(`We have received your order for ${service(present)}. Thank you for choosing us!`),
        facts('Your order', [
          ['Number', number],
          ['Type', orderName(orderType)],
          ['Date', date(order.placedOn)],
          ...(order.years === null ? [] : [['Term', years(order.years)] as const]),
          ...order.lines.map(line),
          ['Net total', euro(order.netMinor)],
          [splitPayment ? `VAT ${vatPercent}% (split payment)` : `VAT ${vatPercent}%`, euro(order.vatMinor)],
          ['Total to pay', euro(payableMinor)],
        ]),
        paragraph(status),
        ...(unpaid && order.late
          ? [
              paragraph(
                'Your service expires soon: a bank transfer or postal slip might be registered too late. ' +
                  'We suggest paying by card or PayPal.',
              ),
            ]
          : []),
        ...payment(standing, present),
        area(present),
      ],
    };
  },
  payment_received: ({ number, amountMinor, creditedMinor }, present) => ({
    subject: `Order ${number}: payment received`,
    blocks: [
      paragraph(`We have registered your payment of ${euro(amountMinor)} for order ${number}. Thank you!`),
      ...(creditedMinor === 0
        ? []
        : [
            paragraph(
              creditedMinor === amountMinor
                ? `The order had already been paid: ${euro(creditedMinor)} remain yours as credit.`
                : `This is more than was due: ${euro(creditedMinor)} remain yours as credit.`,
            ),
            paragraph('You can use your credit for a future order, or ask customer service for a refund.'),
          ]),
      area(present),
    ],
  }),
  part_payment: ({ number, amountMinor, dueMinor }, present) => ({
    subject: `Order ${number}: part payment received, ${euro(dueMinor)} to pay`,
    blocks: [
      paragraph(
        `We have registered your payment of ${euro(amountMinor)} for order ${number}. It does not cover the whole ` +
          `order: ${euro(dueMinor)} are still to be paid.`,
      ),
      ...(present.order?.released === true
        ? []
        : [paragraph('What you have paid is kept: we will complete the order as soon as the rest arrives.')]),
      ...payment(present.order, present),
      area(present),
    ],
  }),
  activation: ({ username, items: granted, expiresOn }, present) => ({
    subject: `${service(present)}: your service is active`,
    blocks: [
      paragraph(`Your ${service(present)} service is active. Welcome! Here is how to sign in.`),
      facts('Your credentials', [
        ['Username', username],
        ['Temporary password', present.temporaryPassword ?? ''],
      ]),
      paragraph('You will be asked to change the password when you first sign in. Do not share it with anyone.'),
      facts('Your service', [...items(granted), ['Expiry date', date(expiresOn)]]),
      area(present),
    ],
  }),
  renewed: ({ number, orderType, expiresOn, revived }, present) => {
    const back = revived || orderType === 'reactivation';
    return {
      subject: `${service(present)}: ${back ? 'reactivated' : 'renewed'} until ${date(expiresOn)}`,
      blocks: [
        paragraph(
          `Your ${service(present)} service ${back ? 'is active again' : 'has been renewed'}. ` +
            `The new expiry date is ${date(expiresOn)}.`,
        ),
        paragraph(`Order ${number} is complete: there is nothing more to do.`),
        area(present),
      ],
    };
  },
  upgrade_active: ({ number, items: granted, expiresOn, usable }, present) => ({
    subject: `Order ${number}: your upgrade is active`,
    blocks: [
      paragraph(`Order ${number} is complete. This is what it adds to ${service(present)}.`),
      facts('Your upgrade', [
        ...items(granted),
        ...(expiresOn === null ? [] : [['Expiry date of the service', date(expiresOn)] as const]),
      ]),
      ...(usable ? [] : [paragraph('Your service has expired: you can use what you bought once you reactivate it.')]),
      area(present),
    ],
  }),
  activation_abandoned: ({ number, creditedMinor, closedOn }, present) => ({
    subject: `${service(present)}: your service could not be activated`,
    blocks: [
      paragraph(
        `We are sorry: the ${service(present)} service of your order ${number} could not be activated. ` +
          `On ${date(closedOn)} we cancelled the order: you owe us nothing.`,
      ),
      ...(creditedMinor === 0
        ? []
        : [
            paragraph(
              `What you paid, ${euro(creditedMinor)}, is now yours as credit: you can ask customer service for a refund.`,
            ),
          ]),
      area(present),
    ],
  }),
  closed: ({ endedOn, number }, present) => ({
    subject: number === null ? 'Order cancelled' : `Order ${number}: cancelled, no payment received`,
    blocks: [
      paragraph(
        `As we did not receive the payment in time, on ${date(endedOn)} we cancelled ` +
          `${number === null ? 'your order' : `order ${number}`} for ${service(present)}. You owe us nothing.`,
      ),
      paragraph(
        'If you have already sent a payment, we will look into it and contact you. You are welcome to order again.',
      ),
      area(present),
    ],
  }),
};
