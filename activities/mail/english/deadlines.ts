import { chargeReason } from '../../../domain/chargeReasons.ts';
import { paragraph } from '../letter.ts';
import type { Letters } from '../letters.ts';
import { area, date, euro, method, service, waiting, years } from './words.ts';

export const deadlines: Pick<
  Letters,
  'renewal_due' | 'auto_renewal_announced' | 'expired' | 'last_call' | 'terminated' | 'notice_confirmed'
> = {
  renewal_due: ({ daysBefore, expiresOn }, present) => ({
    subject: `${service(present)}: your service expires on ${date(expiresOn)}`,
    blocks: [
      paragraph(`Your ${service(present)} service expires on ${date(expiresOn)}, and auto-renewal is off.`),
      ...(present.order === null
        ? [
            paragraph(
              daysBefore >= 15
                ? 'You can renew it at any time from your customer area. If you pay by bank transfer or postal slip, ' +
                    'the payment must be registered before the expiry: please pay at least 15 days earlier.'
                : 'Renew it from your customer area: by card or PayPal the renewal is immediate, while a bank transfer ' +
                    'or a postal slip might be registered after the expiry.',
            ),
          ]
        : waiting(present.order, present)),
      area(present),
    ],
  }),
  auto_renewal_announced: ({ chargeOn, expiresOn, years: term, method: kind, refusedFor }, present) => ({
    subject: `${service(present)}: auto-renewal on ${date(chargeOn)}`,
    blocks: [
      paragraph(
        `Your ${service(present)} service expires on ${date(expiresOn)}. ` +
          (present.order === null
            ? `On ${date(chargeOn)} we will renew it for ${years(term)} at that day's list price, charging your stored ${method(kind)}.`
            : `On ${date(chargeOn)} we will charge your stored ${method(kind)} for order ${present.order.number}, on which ${euro(present.order.dueMinor)} are still to be paid.`),
      ),
      paragraph(
        refusedFor === undefined
          ? 'There is nothing to do. If you prefer another payment method, or want to switch auto-renewal off, you can do so at any time in your customer area.'
          : `That payment method can no longer be used, however. ${chargeReason(refusedFor).en} Please register another one in your customer area before that day, or switch auto-renewal off and renew by yourself.`,
      ),
      area(present),
    ],
  }),
  expired: ({ expiredOn, lastDayToReactivate }, present) => ({
    subject: `${service(present)}: your service has expired`,
    blocks: [
      paragraph(
        `Your ${service(present)} service expired on ${date(expiredOn)}. You can reactivate it from your customer ` +
          `area: the payment must be registered by ${date(lastDayToReactivate)}.`,
      ),
      paragraph(
        'Meanwhile you can read and download your documents, and you still receive invoices from your suppliers. ' +
          'After that day the service will be closed and can no longer be reactivated.',
      ),
      ...waiting(present.order, present),
      area(present),
    ],
  }),
  last_call: ({ lastDayToReactivate }, present) => ({
    subject: `${service(present)}: last days to reactivate your service`,
    blocks: [
      paragraph(
        `Your ${service(present)} service has expired and can be reactivated only until ${date(lastDayToReactivate)}: ` +
          'the payment must be registered by that day. Then it will be closed for good.',
      ),
      paragraph('A bank transfer or postal slip might arrive too late: we suggest a card or PayPal.'),
      ...waiting(present.order, present),
      area(present),
    ],
  }),
  terminated: ({ endedOn, why }, present) => ({
    subject: `${service(present)}: your service is closed`,
    blocks: [
      paragraph(
        why === 'notice'
          ? `Following your notice of termination, your ${service(present)} service was closed on ${date(endedOn)}.`
          : `Your ${service(present)} service was not reactivated in time and was closed on ${date(endedOn)}.`,
      ),
      paragraph(
        'It can no longer be reactivated: to use it again, please make a new purchase. Thank you for being with us.',
      ),
    ],
  }),
  notice_confirmed: ({ endsOn }, present) => ({
    subject: `${service(present)}: notice of termination received`,
    blocks: [
      paragraph(
        `We have registered your notice of termination. Your ${service(present)} service stays active until its expiry ` +
          `on ${date(endsOn)}; then it will be closed and cannot be reactivated.`,
      ),
      paragraph('Auto-renewal is off and unpaid orders are cancelled. You will not be charged again.'),
      area(present),
    ],
  }),
};
