/** The words, dates and paragraphs that the Italian letters share. */
import type { PlainDate } from '../../../domain/calendar.ts';
import type { Sku } from '../../../domain/catalogue.ts';
import { al, dal, il } from '../../../domain/format.ts';
import { ORDER_TYPE_LABELS, SKU_LABELS } from '../../../domain/labels.ts';
import type { StoredMethodKind } from '../../../domain/orders.ts';
import type { OrderType } from '../../../domain/planning.ts';
import { amount, day, iban } from '../format.ts';
import { facts, link, paragraph, type Block } from '../letter.ts';
import type { OrderStanding, Present } from '../letters.ts';
import { creditorReferenceFor, slipCodeFor } from '../../../domain/remittance.ts';

export const euro = (amountMinor: number): string => amount('it', amountMinor);
export const data = (date: PlainDate): string => day('it', date);

export { al, dal, il };
export const entro = (date: PlainDate): string => `entro ${il(date)}`;

export const nameOf = (sku: Sku): string => SKU_LABELS[sku].it;
export const orderName = (type: OrderType): string => ORDER_TYPE_LABELS[type].it;

export const service = ({ product }: Present): string => nameOf(product);
export const anni = (years: number): string => (years === 1 ? '1 anno' : `${years} anni`);
export const mesi = (months: number): string => (months === 1 ? '1 mese' : `${months} mesi`);

export function sulMetodo(method: StoredMethodKind | null): string {
  if (method === 'card') return 'sulla carta di credito registrata';
  return method === 'paypal' ? 'sul conto PayPal registrato' : 'sul metodo di pagamento registrato';
}

export function ilMetodo(method: StoredMethodKind | null): string {
  if (method === 'card') return 'la carta di credito';
  return method === 'paypal' ? 'il conto PayPal' : 'il metodo di pagamento';
}

export function area(present: Present): Block {
  return link("Vai all'area clienti", present.areaUrl);
}

/** How to pay what an order still asks for; nothing once it is paid or being charged. */
export function payment(order: OrderStanding | null, { instructions }: Present): Block[] {
  if (order === null || order.payment !== 'unpaid') return [];
  const { bankTransfer, postalSlip, placeholder } = instructions;
  const due: [string, string][] = [
    ['Causale', order.number],
    ['Importo', euro(order.dueMinor)],
  ];
  const blocks = [
    paragraph(
      "Puoi pagare con carta o PayPal dall'area clienti, oppure con bonifico o bollettino postale. In questi due casi " +
        "indica come causale soltanto il numero dell'ordine: ci permette di riconoscere subito il pagamento.",
    ),
    paragraph(
      'Carta e PayPal sono registrati subito; un bonifico o un bollettino dopo qualche giorno lavorativo, quando ' +
        "l'importo ci viene accreditato. Conta la data di registrazione.",
    ),
    facts('Bonifico bancario', [
      ['Intestatario', bankTransfer.holder],
      ['IBAN', iban(bankTransfer.iban)],
      ...(bankTransfer.bic === undefined ? [] : [['BIC', bankTransfer.bic] as [string, string]]),
      ['Riferimento creditore (facoltativo)', creditorReferenceFor(order.number)],
      ...due,
    ]),
    facts('Bollettino postale', [
      ['Intestatario', postalSlip.holder],
      ['Conto corrente postale', postalSlip.accountNumber],
      ['Codice bollettino', slipCodeFor(order.number)],
      ...due,
    ]),
  ];
  if (placeholder)
    blocks.push(paragraph('ATTENZIONE: le coordinate qui sopra sono di esempio. Non eseguire pagamenti.'));
  return blocks;
}

export function waiting(order: OrderStanding | null, present: Present): Block[] {
  if (order === null) return [];
  const { number, dueMinor } = order;
  if (order.payment === 'processing')
    return [paragraph(`L'ordine ${number} è in corso di pagamento: ti scriveremo appena avremo l'esito.`)];
  return [
    paragraph(`L'ordine ${number} è già pronto e attende il pagamento di ${euro(dueMinor)}.`),
    ...payment(order, present),
  ];
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
