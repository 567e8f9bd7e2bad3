/** What a refund means, and how it leaves the API. */
import type { RefundRow, RefundStatus } from '../db/refunds.ts';
import type { TransferListRow, TransferListStatus } from '../db/transferLists.ts';
import { euros } from '../domain/money.ts';
import type { Words } from '../domain/words.ts';
import { instantText } from './present.ts';

const ENDS: Words = {
  it: 'Il servizio termina oggi, per sempre: rinnovo automatico disattivato, ordini non pagati annullati, codice fiscale e partita IVA di nuovo liberi. Il cliente è avvisato per e-mail.',
  en: 'The service ends today, for good: auto-renewal is switched off, unpaid orders fall, tax code and VAT number are free again. The customer is told by e-mail.',
};
const KEPT: Words = {
  it: 'Per il servizio non cambia nulla: stato e scadenza restano come sono. Il cliente è avvisato per e-mail.',
  en: 'Nothing changes for the service: its state and its expiry stay as they are. The customer is told by e-mail.',
};
const NO_SERVICE: Words = {
  it: 'Nessun servizio è toccato: la somma non pagava nessun ordine.',
  en: 'No service is touched: the money paid for no order.',
};

const STATUS: Readonly<Record<RefundStatus, Words>> = {
  due: { it: 'Da pagare', en: 'To be paid' },
  sent: { it: 'In pagamento', en: 'Being paid' },
  paid: { it: 'Pagato', en: 'Paid' },
  failed: { it: 'Non riuscito: va pagato con bonifico', en: 'Failed: to be paid by transfer' },
  withdrawn: { it: 'Ritirato', en: 'Withdrawn' },
};

const LIST_STATUS: Readonly<Record<TransferListStatus, Words>> = {
  made: { it: 'Da consegnare alla banca', en: 'To be handed to the bank' },
  executed: { it: 'Eseguita dalla banca', en: 'Carried out by the bank' },
  cancelled: { it: 'Annullata', en: 'Cancelled' },
};

function meaningOf({ source, effect }: RefundRow): Words {
  if (source !== 'order') return NO_SERVICE;
  return effect === 'end' ? ENDS : KEPT;
}

export function presentRefund(row: RefundRow): Record<string, unknown> {
  const { netMinor, vatMinor } = row;
  return {
    id: row.id,
    source: row.source,
    orderNumber: row.orderNumber,
    paymentKey: row.paymentKey,
    customerId: row.customerId,
    subscriptionId: row.subscriptionId,
    amount: euros(row.amountMinor),
    /** What the credit note of an order's refund takes off it. */
    net: netMinor === null ? null : euros(netMinor),
    vat: vatMinor === null ? null : euros(vatMinor),
    way: row.way,
    iban: row.iban,
    holder: row.holder,
    effect: row.effect,
    means: meaningOf(row),
    reason: row.reason,
    status: row.status,
    statusLabel: STATUS[row.status],
    failure: row.failure,
    transferListId: row.listId,
    gatewayRefundId: row.gatewayRefundId,
    /** False until the order's service has heard of it: only then is it paid out. */
    told: row.told,
    requestedAt: instantText(row.requestedAt),
    requestedBy: row.operatorId,
    recordedAt: instantText(row.recordedAt),
    settledAt: row.settledAt === null ? null : instantText(row.settledAt),
  };
}

export function presentTransferList(row: TransferListRow): Record<string, unknown> {
  return {
    id: row.id,
    status: row.status,
    statusLabel: LIST_STATUS[row.status],
    transfers: row.transfers,
    sum: euros(row.sumMinor),
    href: `/v1/refunds/transfer-lists/${row.id}/xml`,
    createdAt: instantText(row.createdAt),
    createdBy: row.operatorId,
    downloadedAt: row.downloadedAt === null ? null : instantText(row.downloadedAt),
    settledAt: row.settledAt === null ? null : instantText(row.settledAt),
  };
}
