import { paragraph } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { area, date, euro, service } from './words.ts';

export const refunds: Pick<Letters, 'refund'> = {
  refund: ({ number, amountMinor, way, endedOn }, present) => ({
    subject: number === null ? `Refund of ${euro(amountMinor)}` : `Order ${number}: refund of ${euro(amountMinor)}`,
    blocks: [
      paragraph(
        `We are refunding you ${euro(amountMinor)}${number === null ? '' : ` of order ${number}`}: ` +
          (way === 'original'
            ? 'the amount goes back to the card or PayPal account you paid with. It may take some days to show there.'
            : 'the amount reaches you by bank transfer within some working days.'),
      ),
      ...(number === null
        ? []
        : [
            paragraph(
              endedOn === null
                ? 'The refund changes nothing about your service: its state and its expiry stay as they are.'
                : `With the refund your ${service(present)} service ended on ${date(endedOn)}: it can no longer be used ` +
                    'or reactivated. You owe us nothing.',
            ),
          ]),
      area(present),
    ],
  }),
};
