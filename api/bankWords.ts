/** What operators read of the entries of bank files. */
import type { CandidateWhy, Difference, UnmatchedWhy } from '../domain/bankMatching.ts';
import type { IgnoredWhy } from '../bank/identity.ts';
import type { RefundSight } from '../db/seenRefunds.ts';
import type { Words } from '../domain/words.ts';

type RefundWhy = RefundSight | 'refund_paid_twice' | 'refund_other_amount' | 'refund_not_sent';

type WaitingWhy =
  | 'amount_out_of_range'
  | 'registered_in_future'
  | 'reversal_unknown'
  | 'reversal_ambiguous'
  | 'called_back_maybe'
  | 'told_before'
  | 'double_suspected'
  | 'told_in_parts'
  | 'batch_without_parts'
  | 'part_of_booked';

/** Why an entry waits that an operator may book all the same. */
export const REGISTRABLE: readonly string[] = ['double_suspected', 'batch_without_parts', 'part_of_booked'];

/** Why an entry became what it became. */
const WHY: Readonly<Record<IgnoredWhy | UnmatchedWhy | Difference | RefundWhy | WaitingWhy, Words>> = {
  debit: { it: 'È un’uscita.', en: 'It is money going out.' },
  other_currency: { it: 'Non è in euro: non è registrata.', en: 'It is not in euro: it is not booked.' },
  not_booked: { it: 'La banca la annuncia soltanto.', en: 'The bank only announces it.' },
  another_account: { it: 'È di un conto che non è nostro.', en: 'It is of an account that is not ours.' },
  nothing: { it: 'Il suo importo è zero.', en: 'Its amount is nothing.' },
  no_order_named: { it: 'Non indica alcun ordine.', en: 'It names no order.' },
  names_several: {
    it: 'Indica più ordini, e l’importo non è né di uno né la loro somma.',
    en: 'It names several orders, and the amount is neither that of one nor their sum.',
  },
  amount_of_one: {
    it: 'Indica più ordini, e l’importo è quello di uno soltanto.',
    en: 'It names several orders, and the amount is that of one of them alone.',
  },
  inside_longer_number: {
    it: 'Un numero d’ordine sta dentro un numero più lungo, e l’importo è un altro: può essere un caso.',
    en: 'An order’s number stands inside a longer one, and the amount is another: that may be chance.',
  },
  debit_returned: {
    it: 'È denaro nostro che ritorna: un’uscita respinta.',
    en: 'It is money of ours that comes back: a payment out that was returned.',
  },
  refund_paid: { it: 'È un nostro rimborso, pagato.', en: 'It is a refund of ours, paid.' },
  refund_returned: {
    it: 'È un nostro rimborso, tornato indietro: va inviato di nuovo, o ritirato.',
    en: 'It is a refund of ours that came back: it is to be sent again, or withdrawn.',
  },
  refund_twice_returned: {
    it: 'È un nostro rimborso pagato due volte: il secondo è tornato indietro.',
    en: 'It is a refund of ours that was paid twice: the second came back.',
  },
  refund_paid_twice: {
    it: 'È un nostro rimborso, ma la banca lo aveva già pagato: il secondo pagamento va richiesto indietro.',
    en: 'It is a refund of ours, but the bank had paid it before: the second payment is to be asked back.',
  },
  refund_other_amount: {
    it: 'Indica un nostro rimborso, ma di un altro importo.',
    en: 'It names a refund of ours, but one of another amount.',
  },
  refund_not_sent: {
    it: 'Indica un nostro rimborso che non andava pagato con bonifico, o era stato ritirato.',
    en: 'It names a refund of ours that was not to be paid by transfer, or was withdrawn.',
  },
  under: { it: 'L’importo è meno di quanto dovuto.', en: 'The amount is less than what is due.' },
  over: { it: 'L’importo è più di quanto dovuto.', en: 'The amount is more than what is due.' },
  needless: {
    it: 'L’ordine indicato non attende denaro: diventa credito, o attende un operatore.',
    en: 'The order it names asks for nothing: the money becomes credit, or waits for an operator.',
  },
  amount_out_of_range: {
    it: 'L’importo non si può registrare: è troppo grande o ha frazioni di centesimo.',
    en: 'The amount cannot be booked: it is too large, or has fractions of a cent.',
  },
  registered_in_future: {
    it: 'La sua data non è ancora arrivata: sarà registrata da sé quando arriva.',
    en: 'Its date has not come yet: it is booked by itself once it has.',
  },
  reversal_unknown: {
    it: 'Riprende un incasso che non si trova.',
    en: 'It takes back a payment that is not found.',
  },
  reversal_ambiguous: {
    it: 'Riprende un incasso, e potrebbe essere l’uno o l’altro.',
    en: 'It takes back a payment, and may be of one or another.',
  },
  told_before: {
    it: 'È già arrivato con un altro file, sotto un altro nome.',
    en: 'It came before with another file, under another name.',
  },
  double_suspected: {
    it: 'Può essere un movimento già arrivato con un altro file: se non lo è, va registrato.',
    en: 'It may be a movement that came before with another file: if it is not, register it.',
  },
  told_in_parts: {
    it: 'È una somma di più operazioni, arrivate una per una con un altro file.',
    en: 'It is one sum of several transactions, which came one by one with another file.',
  },
  batch_without_parts: {
    it: 'È una somma di più operazioni, e attende quelle: arrivano di solito con un altro file. Va registrata solo se non arriveranno.',
    en: 'It is one sum of several transactions, and waits for these: another file mostly brings them. Register it only if none will.',
  },
  part_of_booked: {
    it: 'Può essere parte di una somma già registrata per intero, o vista da un operatore: se non lo è, va registrato.',
    en: 'It may be part of a sum that is booked whole, or that an operator put aside: if it is not, register it.',
  },
  called_back_maybe: {
    it: 'Sembra riprendere un incasso, ma la banca non lo dice.',
    en: 'It seems to take a payment back, but the bank does not say so.',
  },
};

/** A code kept with an entry, in words. */
export function entryReason(code: string): Words {
  return WHY[code as keyof typeof WHY] ?? { it: code, en: code };
}

/** Why an order, or a customer who owes, is shown beside money that may be meant for it. */
export const CANDIDATE_REASON: Readonly<Record<CandidateWhy | 'owes', Words>> = {
  named: { it: 'È indicato.', en: 'It is named.' },
  damaged_number: {
    it: 'Un numero indicato è il suo con una svista, e l’importo è quello dovuto.',
    en: 'A number given is its own with one slip of the pen, and the amount is what is due.',
  },
  damaged_number_other_amount: {
    it: 'Un numero indicato è il suo con una svista; l’importo è un altro.',
    en: 'A number given is its own with one slip of the pen; the amount is another.',
  },
  same_customer_and_amount: {
    it: 'È dello stesso cliente, e l’importo è quello dovuto.',
    en: 'It is of the same customer, and the amount is what is due.',
  },
  same_customer: { it: 'È dello stesso cliente.', en: 'It is of the same customer.' },
  only_amount: { it: 'È il solo a cui si deve questo importo.', en: 'It is the only one on which this amount is due.' },
  owes: { it: 'Il cliente deve una somma per credito ripreso.', en: 'The customer owes money for credit taken back.' },
  payer_and_amount: {
    it: 'L’importo è quello dovuto e chi paga ha lo stesso nome.',
    en: 'The amount is what is due, and the payer has the same name.',
  },
};
