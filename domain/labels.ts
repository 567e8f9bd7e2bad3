/** What products and orders are called: the one place, for pages, answers and e-mails alike. */
import type { Sku } from './catalogue.ts';
import type { OrderType } from './planning.ts';
import type { Words } from './words.ts';

export const SKU_LABELS: Readonly<Record<Sku, Words>> = {
  fe: { it: 'Fatturazione Elettronica', en: 'Electronic Invoicing' },
  'fe-receive-only': {
    it: 'Fatturazione Elettronica solo ricezione',
    en: 'Electronic Invoicing (receive only)',
  },
  user: { it: 'Utente aggiuntivo', en: 'Additional user' },
  space: { it: 'Spazio aggiuntivo (1 GB)', en: 'Additional space (1 GB)' },
  documents: { it: 'Modulo Documenti', en: 'Documents module' },
  payments: { it: 'Modulo Incassi e pagamenti', en: 'Collections and payments module' },
  nso: { it: 'Modulo Ordini elettronici (NSO)', en: 'Electronic orders module (NSO)' },
};

/** Types of orders [guide: customer area, "Tipo di ordine"]. */
export const ORDER_TYPE_LABELS: Readonly<Record<OrderType, Words>> = {
  first_purchase: { it: 'Primo acquisto', en: 'First purchase' },
  renewal: { it: 'Rinnovo', en: 'Renewal' },
  upgrade: { it: 'Upgrade', en: 'Upgrade' },
  reactivation: { it: 'Riattivazione', en: 'Reactivation' },
};
