/** The words, dates and paragraphs that the Italian letters share. */
import type { PlainDate } from '../../../domain/calendar.ts';
import type { Sku } from '../../../domain/catalogue.ts';
import type { StoredMethodKind } from '../../../domain/orders.ts';
import type { OrderType } from '../../../domain/planning.ts';
import { amount, day } from '../format.ts';
import { facts, link, paragraph, type Block } from '../letter.ts';
import type { OrderStanding, Present } from '../letters.ts';

export const euro = (amountMinor: number): string => amount('it', amountMinor);
export const data = (date: PlainDate): string => day('it', date);

/** Eight and eleven begin with a vowel: l'8 marzo, dall'11 aprile. */
const elides = (date: PlainDate): boolean => ['08', '11'].includes(date.slice(8));
export const il = (date: PlainDate): string => (elides(date) ? `l'${data(date)}` : `il ${data(date)}`);
export const al = (date: PlainDate): string => (elides(date) ? `all'${data(date)}` : `al ${data(date)}`);
export const dal = (date: PlainDate): string => (elides(date) ? `dall'${data(date)}` : `dal ${data(date)}`);
export const entro = (date: PlainDate): string => `entro ${il(date)}`;

export const SKUS: Readonly<Record<Sku, string>> = {
  fe: 'Fatturazione Elettronica',
  'fe-receive-only': 'Fatturazione Elettronica solo ricezione',
  user: 'Utente aggiuntivo',
  space: 'Spazio aggiuntivo (1 GB)',
  documents: 'Modulo Documenti',
  payments: 'Modulo Incassi e pagamenti',
  nso: 'Modulo Ordini elettronici (NSO)',
};
export const ORDERS: Readonly<Record<OrderType, string>> = {
  first_purchase: 'Primo acquisto',
  renewal: 'Rinnovo',
  upgrade: 'Upgrade',
  reactivation: 'Riattivazione',
};

export const service = ({ product }: Present): string => SKUS[product];
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
    facts('Bonifico bancario', [['Intestatario', bankTransfer.holder], ['IBAN', bankTransfer.iban], ...due]),
    facts('Bollettino postale', [
      ['Intestatario', postalSlip.holder],
      ['Conto corrente postale', postalSlip.accountNumber],
      ...due,
    ]),
  ];
  if (placeholder === true)
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
