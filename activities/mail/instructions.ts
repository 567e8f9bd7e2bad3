/** Where money by bank transfer or postal slip goes; the reason for payment is always the order's number. */
export interface PaymentInstructions {
  readonly bankTransfer: { readonly holder: string; readonly iban: string };
  readonly postalSlip: { readonly holder: string; readonly accountNumber: string };
  /** Set on invented details: every message that carries them says that nothing may be paid to them. */
  readonly placeholder?: boolean;
}

/** PLACEHOLDERS, to be replaced by the provider's own. The IBAN is the well-known specimen of the standard's examples. */
export const PLACEHOLDER_INSTRUCTIONS: PaymentInstructions = {
  bankTransfer: { holder: 'Fornitore di Esempio S.p.A.', iban: 'IT60 X054 2811 1010 0000 0123 456' },
  postalSlip: { holder: 'Fornitore di Esempio S.p.A.', accountNumber: '000000000' },
  placeholder: true,
};
