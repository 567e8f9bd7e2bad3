/** What has to have been seen, from how many sequences on: it then comes about some fifteen times. */
export const EXPECTED: readonly (readonly [number, readonly string[]])[] = [
  [
    50,
    [
      ...['bank entry: in matched', 'bank entry: in matched needless', 'bank entry: in matched under'],
      ...['bank entry: in several files', 'bank entry: out reversal', 'charge: raced by its message'],
      ...['charge: succeeded', 'charge: unknown', 'event: ChargeResumed', 'event: PaymentCredited paid_twice'],
      ...['event: PaymentReversed', 'event: PaymentUnmatched', 'event: RefundMade', 'event: ServiceExtended'],
      ...['file: by several at once', 'file: killed', 'file: notice: new', 'file: statement: known'],
      ...['refund: of order decided', 'refund: of part of an order'],
      ...['register: killed', 'reserve: by several at once', 'reserve: killed', 'reversal: called_back in full'],
      ...['reversal: correction in full', 'stripe event: payment_intent.succeeded booked'],
    ],
  ],
  [
    400,
    [
      ...['age: until close_unpaid', 'age: until terminate', 'bank entry: in matched over', 'bank: a third'],
      ...['bank entry: in unmatched inside_longer_number', 'bank entry: in unmatched names_several'],
      ...['bank entry: in unmatched no_order_named', 'charge: needs_customer', 'dispute: of one not told of'],
      ...['event: Expired', 'event: OrderReversed', 'event: PaymentCredited overpaid', 'event: Terminated refunded'],
      ...['event: PaymentUnmatched heard_after_end', 'event: PaymentUnmatched order_cancelled'],
      ...['file: again: known', 'forged webhook: changed signature_wrong', 'forged webhook: old signature_too_old'],
      ...['list: executed', 'list: killed', 'order: renewal completed', 'order: upgrade completed'],
      ...[
        'refund: of credit by transfer paid',
        'refund: of credit refund_exceeds',
        'refund: of order by original paid',
      ],
      ...['refund: of order by transfer paid ending', 'refund: of order payment_being_reversed'],
      ...['refund: of order refund_exceeds', 'refund: of payment by transfer paid', 'reversal: after a refund'],
      ...['reversal: after credit was used', 'reversal: chargeback in full', 'use credit: used', 'webhook: killed'],
      ...['refund: of all of an order', 'take back: killed'],
      ...['stripe event: charge.dispute.funds_withdrawn booked', 'webhook: by several at once'],
    ],
  ],
  [
    2_000,
    [
      ...['assign: assigned', 'assign: killed', 'bank answers: succeeded', 'bank entry: for several orders'],
      ...['bank: paid out', 'dispute: of a charge told of', 'event: PaymentUnmatched registered_after_last_day'],
      ...['forged webhook: another secret signature_wrong', 'list: by several at once', 'list: cancelled'],
      ...['order: paid by three transfers', 'order: reactivation completed', 'refund: of order by original failed'],
      ...['refund: of order by transfer withdrawn', 'reversal: before its payment', 'use credit: by several at once'],
      ...[
        'stripe event: charge.refunded noted',
        'stripe event: refund.failed kept refund_failed',
        'use credit: killed',
      ],
      ...['withdraw: withdrawn'],
    ],
  ],
];
