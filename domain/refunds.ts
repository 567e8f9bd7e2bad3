/** Money that goes back for an order, and what that means for the service. */

/** `original`: to the card or PayPal account it came from. `transfer`: to a bank account. */
export type RefundWay = 'original' | 'transfer';

/** What a refund means for the service, as an operator chose: it goes on, or it ends with the refund. */
export type RefundEffect = 'keep' | 'end';

/** A refund as the order's life is told of it, when the ledger has it already. */
export interface RefundNote {
  /** `ref_…`: told again, it is known by it. */
  readonly id: string;
  readonly number: string;
  readonly amountMinor: number;
  readonly way: RefundWay;
  /** What each payment gives, by the key the life knows it by. */
  readonly parts: readonly { readonly key: string; readonly amountMinor: number }[];
}
