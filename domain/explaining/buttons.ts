/** Why is this button missing: one sentence for each that is, with the rule and how to get it back. */
import { allowedActions, whyNot } from '../actions.ts';
import type { PlainDate } from '../calendar.ts';
import { renewalOrder } from '../deadlines.ts';
import { isUnpaid } from '../orders.ts';
import { expiresOn, noticeGiven, type Subscription } from '../subscription.ts';
import type { RuleId } from '../rules.ts';
import type { Words } from '../words.ts';
import { latest, type History } from './history.ts';
import { sentence, theEvent, theOrder, theRule, type Ground, type Sentence, type Topic } from './sentence.ts';
import { al, day, il } from './words.ts';

type ButtonAction = 'renewal' | 'upgrade' | 'reactivation' | 'give_notice';

const BUTTONS: Readonly<Record<ButtonAction, { topic: Topic; name: Words }>> = {
  renewal: { topic: 'button_renew', name: { it: 'Rinnova', en: 'Renew' } },
  upgrade: { topic: 'button_upgrade', name: { it: 'Upgrade', en: 'Upgrade' } },
  reactivation: { topic: 'button_reactivate', name: { it: 'Riattiva', en: 'Reactivate' } },
  give_notice: { topic: 'button_give_notice', name: { it: 'Disdetta', en: 'Give notice' } },
};

/** A reason as it follows `Il pulsante … non compare: `. */
interface Reason {
  readonly words: Words;
  readonly grounds: readonly (Ground | null)[];
}

export function whyButtonsAreMissing(state: Subscription, history: History): Sentence[] {
  const actions = Object.keys(BUTTONS) as ButtonAction[];
  return [
    ...actions
      .filter((action) => whyNot(state, action) !== null)
      .map((action) => {
        const { topic, name } = BUTTONS[action];
        const { words, grounds } = reasonFor(state, action, history);
        const it = `Il pulsante ${name.it} non compare: ${words.it}`;
        const en = `The ${name.en} button is missing: ${words.en}`;
        return sentence(topic, { it, en }, ...grounds);
      }),
    ...orderButtons(state, history),
  ];
}

function reasonFor(state: Subscription, action: ButtonAction, history: History): Reason {
  switch (whyNot(state, action)) {
    case 'subscription_ended':
      return ended(state, history);
    case 'notice_given':
      return afterNotice(state, history);
    case 'unpaid_order_exists':
      return unpaidOrder(state, action);
    case 'auto_renewal_on':
      return autoRenewalOn(state, history);
    case 'charge_in_progress':
      return chargeUnderWay(state, history);
    default:
      return byState(state, action, history);
  }
}

function reason(it: string, en: string, ...grounds: readonly (Ground | null)[]): Reason {
  return { words: { it, en }, grounds };
}

function ended({ phase }: Subscription, { events }: History): Reason {
  const end = latest(events, 'Terminated', 'Closed');
  const on = phase.status === 'terminated' || phase.status === 'closed' ? phase.endedOn : null;
  const [it, en] = on === null ? ['', ''] : [` ${il(on)}`, ` on ${day('en', on)}`];
  if (phase.status === 'closed') {
    return reason(
      `il servizio è stato chiuso${it} prima di essere attivato; per averlo serve un nuovo acquisto.`,
      `the service was closed${en} before it was activated; to have it, make a new purchase.`,
      end && theEvent(end),
      theRule('ended_is_final'),
    );
  }
  return reason(
    `il servizio è terminato${it} e non si può più cambiare; per averlo di nuovo serve un nuovo acquisto.`,
    `the service ended${en} and cannot be changed any more; to have it again, make a new purchase.`,
    end && theEvent(end),
    theRule('ended_is_final'),
  );
}

function afterNotice({ phase }: Subscription, { events }: History): Reason {
  const given = latest(events, 'NoticeGiven');
  const on = phase.status === 'active' ? phase.noticeGivenOn : null;
  const [it, en] = on === null ? ['', ''] : [` ${il(on)}`, ` on ${day('en', on)}`];
  return reason(
    `hai dato disdetta${it}, che è definitiva; quando il servizio sarà terminato potrai acquistarne uno nuovo.`,
    `you gave notice of termination${en}, which is final; once the service has ended you can buy a new one.`,
    given && theEvent(given),
    theRule('notice_is_final'),
  );
}

function unpaidOrder(state: Subscription, action: ButtonAction): Reason {
  const order =
    action === 'upgrade'
      ? state.orders.find((one) => isUnpaid(one) && one.priced.content.type === 'upgrade')
      : renewalOrder(state);
  const number = order?.number ?? '';
  const back = paidOrCancelled(action);
  const isReactivation = action === 'reactivation';
  const fromBefore = isReactivation && order?.priced.content.type === 'renewal';
  const what: Words = fromBefore
    ? {
        it: `l'ordine di rinnovo ${number}, fatto prima della scadenza, attende il pagamento`,
        en: `the renewal order ${number}, made before the expiry, awaits payment`,
      }
    : { it: `l'ordine ${number} attende il pagamento`, en: `order ${number} awaits payment` };
  return reason(`${what.it}; ${back.it}.`, `${what.en}; ${back.en}.`, theOrder(number), theRule('one_unpaid_order'));
}

/** How a button comes back that an unpaid order hides. */
function paidOrCancelled(action: ButtonAction): Words {
  if (action === 'reactivation') {
    return {
      it: 'se lo paghi il servizio torna attivo, se lo annulli il pulsante ricompare',
      en: 'if you pay it the service is active again, if you cancel it the button comes back',
    };
  }
  if (action === 'renewal') {
    return {
      it: 'il pulsante ricompare quando è pagato o annullato, se il rinnovo automatico è disattivato',
      en: 'the button comes back once it is paid or cancelled, if auto-renewal is off',
    };
  }
  return {
    it: 'il pulsante ricompare quando è pagato o annullato',
    en: 'the button comes back once it is paid or cancelled',
  };
}

function autoRenewalOn({ cycle }: Subscription, { events }: History): Reason {
  const switched = latest(events, 'AutoRenewalSwitched');
  const cancelled = cycle.orderCancelled;
  return reason(
    cancelled
      ? "il rinnovo automatico è attivo, ma hai annullato il suo ordine; disattivalo e il pulsante ricompare, oppure disattivalo e riattivalo per far ripartire l'addebito."
      : 'il rinnovo automatico è attivo; disattivalo e il pulsante ricompare.',
    cancelled
      ? 'auto-renewal is on, but you cancelled its order; switch it off and the button comes back, or switch it off and on again to be charged.'
      : 'auto-renewal is on; switch it off and the button comes back.',
    switched && theEvent(switched),
    theRule('renew_needs_auto_renewal_off'),
  );
}

function chargeUnderWay({ attempt }: Subscription, { events }: History): Reason {
  const started = latest(events, 'ChargeStarted');
  return reason(
    "è in corso un addebito; ricompare appena se ne conosce l'esito.",
    'a charge is under way; it comes back once its outcome is known.',
    attempt === null ? null : theOrder(attempt.orderNumber),
    started && theEvent(started),
    theRule('one_charge_at_a_time'),
  );
}

function byState(state: Subscription, action: ButtonAction, history: History): Reason {
  const { status } = state.phase;
  const expiry = expiresOn(state);
  if (status === 'active') return onlyWhenExpired(state, expiry, history);
  if (status === 'expired') return whileExpired(state, expiry, action, history);
  return beforeActivation(state, action, history);
}

function onlyWhenExpired(state: Subscription, expiry: PlainDate | null, history: History): Reason {
  const { steps, events } = history;
  const step = steps.at(-1)?.event ?? latest(events, 'Activated');
  if (noticeGiven(state)) return afterNotice(state, history);
  const [it, en] = expiry === null ? ['', ''] : [` fino ${al(expiry)}`, ` until ${day('en', expiry)}`];
  return reason(
    `serve solo a un servizio scaduto, e il tuo è attivo${it}; comparirà alla scadenza, se non avrai rinnovato.`,
    `it is only for an expired service, and yours is active${en}; it will show at expiry unless you have renewed.`,
    step && theEvent(step),
    theRule('expired_is_reactivated'),
  );
}

function whileExpired(
  state: Subscription,
  expiry: PlainDate | null,
  action: ButtonAction,
  { events }: History,
): Reason {
  const expired = latest(events, 'Expired');
  const [it, en] = expiry === null ? ['', ''] : [` ${il(expiry)}`, ` on ${day('en', expiry)}`];
  const unpaid = renewalOrder(state);
  // Paying by card or PayPal switches auto-renewal on, which hides Renew.
  const only: Words =
    action === 'renewal'
      ? { it: ', se il rinnovo automatico è disattivato', en: ', if auto-renewal is off' }
      : { it: '', en: '' };
  const back: Words =
    unpaid === undefined
      ? { it: 'usa Riattiva', en: 'use Reactivate' }
      : { it: `paga l'ordine ${unpaid.number}`, en: `pay order ${unpaid.number}` };
  const grounds = [
    unpaid === undefined ? null : theOrder(unpaid.number),
    expired && theEvent(expired),
    theRule('expired_is_reactivated'),
  ];
  return action === 'give_notice'
    ? reason(
        `il servizio è scaduto${it} e termina da sé se non lo riattivi; ricompare quando il servizio torna attivo.`,
        `the service expired${en} and ends by itself unless you reactivate it; it comes back when the service is active again.`,
        ...grounds,
      )
    : reason(
        `il servizio è scaduto${it}; ${back.it} e ricompare quando il servizio torna attivo${only.it}.`,
        `the service expired${en}; ${back.en} and it comes back when the service is active again${only.en}.`,
        ...grounds,
      );
}

function beforeActivation(state: Subscription, action: ButtonAction, { events }: History): Reason {
  const { status } = state.phase;
  const first = state.orders[0];
  const why: Words =
    status === 'awaiting_payment'
      ? {
          it: `il primo ordine${first === undefined ? '' : ` ${first.number}`} attende il pagamento`,
          en: `the first order${first === undefined ? '' : ` ${first.number}`} awaits payment`,
        }
      : status === 'activation_failed'
        ? {
            it: 'l’attivazione non è riuscita e un operatore se ne sta occupando',
            en: 'the activation failed and an operator is seeing to it',
          }
        : { it: 'l’attivazione è in corso', en: 'the activation is under way' };
  const last = latest(events, 'ActivationFailed', 'ActivationRequested', 'OrderPlaced');
  const rule: RuleId = action === 'reactivation' ? 'expired_is_reactivated' : 'orders_after_activation';
  const then: Words =
    action === 'reactivation'
      ? {
          it: 'comparirà solo se un giorno il servizio sarà scaduto',
          en: 'it will show only if the service has expired one day',
        }
      : action === 'renewal'
        ? {
            it: 'comparirà dopo l’attivazione, se il rinnovo automatico è disattivato',
            en: 'it will show after the activation, if auto-renewal is off',
          }
        : { it: 'comparirà dopo l’attivazione', en: 'it will show after the activation' };
  return reason(
    `il servizio non è ancora attivo, perché ${why.it}; ${then.it}.`,
    `the service is not active yet, because ${why.en}; ${then.en}.`,
    first === undefined ? null : theOrder(first.number),
    last && theEvent(last),
    theRule(rule),
  );
}

const ORDER_BUTTONS = [
  { action: 'pay', topic: 'button_pay', name: { it: 'Paga', en: 'Pay' } },
  { action: 'cancel', topic: 'button_cancel', name: { it: 'Annulla', en: 'Cancel' } },
] as const;

/** Pay and Cancel belong to an order: one sentence for each order without, or one for all where none is unpaid. */
function orderButtons(state: Subscription, history: History): Sentence[] {
  const { orders } = allowedActions(state);
  const last = latest(history.events, 'OrderCancelled', 'OrderCompleted', 'OrderPlaced');
  if (orders.length === 0) {
    return ORDER_BUTTONS.map(({ topic, name }) => {
      const it = `Il pulsante ${name.it} non compare: nessun ordine attende il pagamento; tornerà con il prossimo ordine da pagare.`;
      const en = `The ${name.en} button is missing: no order awaits payment; it comes with the next order to be paid.`;
      return sentence(topic, afterEnd(state, { it, en }), last && theEvent(last), theRule('pay_and_cancel_unpaid'));
    });
  }
  return ORDER_BUTTONS.flatMap(({ action, topic, name }) =>
    orders
      .filter((order) => !order[action])
      .map(({ number }) => {
        const { words, grounds } = chargeUnderWay(state, history);
        const it = `Il pulsante ${name.it} non compare sull'ordine ${number}: ${words.it}`;
        const en = `The ${name.en} button is missing on order ${number}: ${words.en}`;
        return sentence(topic, { it, en }, theOrder(number), ...grounds);
      }),
  );
}

/** Nothing more will be ordered of a service that is ending or has ended. */
function afterEnd(state: Subscription, words: Words): Words {
  const isEnding = whyNot(state, 'set_payment_method') === 'subscription_ended' || noticeGiven(state);
  if (!isEnding) return words;
  return {
    it: words.it.replace('; tornerà con il prossimo ordine da pagare', ', e questo servizio non ne prende più'),
    en: words.en.replace('; it comes with the next order to be paid', ', and this service takes no more of them'),
  };
}
