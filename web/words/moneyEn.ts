import type { moneyIt } from './moneyIt.ts';

export const moneyEn: typeof moneyIt = {
  credit: {
    title: 'Your credit',
    have: (amount) => `You have a credit of ${amount}.`,
    means: 'You can pay an order with it, whenever you choose to: it is never used by itself.',
    owe: (amount) => `You owe us ${amount}: a payment was taken back after the credit it had become was used.`,
    legend: 'Credit',
    choose: (used, rest) =>
      rest === null
        ? `Use ${used} of my credit: nothing is left to pay`
        : `Use ${used} of my credit: ${rest} is left to pay`,
    chooseHint: 'Unless you choose it, your credit stays as it is.',
    coversHint:
      'Unless you choose it, your credit stays as it is. If you use it, nothing is charged and you need not choose how to pay.',
    toPay: 'To pay, using the credit:',
    moved:
      'Your credit, or what is to be paid, has changed meanwhile: look again and, if you agree, confirm once more.',
    offer: (amount) => `Use the credit (${amount})`,
    pageTitle: 'Use the credit',
    question: (name, due) => `${name}: ${due} to pay.`,
    useIt: (used) => `We will use ${used} of your credit.`,
    restAfter: (rest) => `${rest} will be left to pay.`,
    nothingAfter: 'Nothing will be left to pay.',
    left: (amount) => `${amount} of your credit will be left.`,
    submit: 'Use the credit',
    back: 'Back to the order, without using it',
    notNow: 'The credit cannot be used for this order at this moment: this is how it stands now.',
    done: 'The credit was used for this order.',
    underWay: 'The use of your credit is being registered: reload the page in a moment.',
    method: 'Credit',
  },
  returns: {
    title: 'Refunds and payments taken back',
    byCredit: 'Paid with credit',
    net: 'Received, less what went back',
    refunded: 'Refunded',
    refund: (amount, day) => `Refund of ${amount}, decided on ${day}`,
    original: 'to the card or PayPal account you paid with',
    transfer: (ending) =>
      ending === null ? 'by bank transfer' : `by bank transfer, to the account ending in ${ending}`,
    status: 'State of the refund',
    statuses: {
      due: 'Being prepared',
      sent: 'Under way',
      paid: 'Made',
      failed: 'Not made: we will contact you',
      withdrawn: 'Withdrawn',
    },
    settledOn: (day) => `on ${day}`,
    reversal: (amount, day) => `Payment taken back: ${amount}, on ${day}`,
    reasons: {
      called_back: 'called back by the bank',
      chargeback: 'disputed by the card’s holder',
      correction: 'it had been registered by mistake',
    },
    dueAgain: (amount) => `A payment of yours was taken back: ${amount} is due again.`,
    stillValid: 'What you bought with this order stays yours.',
  },
};
