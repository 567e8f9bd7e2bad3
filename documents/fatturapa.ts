/** FatturaPA 1.2.3: an invoice as the XML that the exchange system (SdI) takes. Elements stand in the schema's own order. */
import { XMLBuilder } from 'fast-xml-parser';
import { addDays } from '../domain/calendar.ts';
import {
  payableMinor,
  progressiveText,
  totalMinor,
  type Buyer,
  type Invoice,
  type InvoiceLine,
  type Name,
  type PaidBy,
  type PostalAddress,
  type Seller,
} from './invoice.ts';
import { latin } from './latin.ts';

const NAMESPACE = 'http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2';
/** To private recipients, and to public administrations. */
const FORMATS = { private: 'FPR12', administration: 'FPA12' } as const;
/** Where a certified mailbox is given, or nothing at all: the tax authority's own site keeps the invoice then. */
export const NO_CODE = '0000000';
const PAYMENT_CODES: Readonly<Record<PaidBy, string>> = {
  bank_transfer: 'MP05',
  postal_slip: 'MP18',
  card: 'MP08',
  paypal: 'MP08',
  // Kept back of what was paid before.
  credit: 'MP22',
  commitment: 'MP05',
};

type Element = { readonly [name: string]: unknown };

/** The document's XML, in UTF-8. Not yet checked: see `faultsOf` and `schemaFaults`. */
export function fatturaXml(invoice: Invoice): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
  });
  const format = formatOf(invoice.buyer);
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    'p:FatturaElettronica': {
      '@versione': format,
      '@xmlns:p': NAMESPACE,
      FatturaElettronicaHeader: {
        DatiTrasmissione: transmission(invoice, format),
        CedentePrestatore: { DatiAnagrafici: sellerData(invoice.seller), Sede: addressOf(invoice.seller.address) },
        CessionarioCommittente: { DatiAnagrafici: buyerData(invoice.buyer), Sede: addressOf(invoice.buyer.address) },
      },
      FatturaElettronicaBody: {
        DatiGenerali: general(invoice),
        DatiBeniServizi: {
          DettaglioLinee: invoice.lines.map((line, index) => lineOf(line, index + 1, invoice)),
          DatiRiepilogo: summary(invoice),
        },
        DatiPagamento: payment(invoice),
      },
    },
  });
}

function formatOf(buyer: Buyer): string {
  return buyer.publicAdministration ? FORMATS.administration : FORMATS.private;
}

/** Also of one who lives abroad: every buyer has an Italian tax code or VAT number, and gets invoices as Italians do. */
function recipientOf({ recipientCode }: Buyer): string {
  return recipientCode ?? NO_CODE;
}

function transmission({ seller, buyer, progressive }: Invoice, format: string): Element {
  const code = recipientOf(buyer);
  return {
    IdTrasmittente: { IdPaese: 'IT', IdCodice: seller.taxCode ?? seller.vatNumber },
    ProgressivoInvio: progressiveText(progressive),
    FormatoTrasmissione: format,
    CodiceDestinatario: code,
    ...(code === NO_CODE && buyer.certifiedEmail !== undefined ? { PECDestinatario: buyer.certifiedEmail } : {}),
  };
}

function sellerData({ vatNumber, taxCode, taxRegime, ...name }: Seller): Element {
  return {
    IdFiscaleIVA: { IdPaese: 'IT', IdCodice: vatNumber },
    ...(taxCode === undefined ? {} : { CodiceFiscale: taxCode }),
    Anagrafica: nameOf(name),
    RegimeFiscale: taxRegime,
  };
}

function buyerData({ vatNumber, taxCode, ...name }: Buyer): Element {
  return {
    ...(vatNumber === undefined ? {} : { IdFiscaleIVA: { IdPaese: 'IT', IdCodice: vatNumber } }),
    ...(taxCode === undefined ? {} : { CodiceFiscale: taxCode }),
    Anagrafica: nameOf(name),
  };
}

function nameOf({ companyName, firstName, lastName }: Name): Element {
  if (companyName !== undefined) return { Denominazione: latin(companyName, 80) };
  return { Nome: latin(firstName ?? '', 60), Cognome: latin(lastName ?? '', 60) };
}

function addressOf({ street, postalCode, city, province, country }: PostalAddress): Element {
  const isItalian = country === 'IT';
  return {
    Indirizzo: latin(street, 60),
    CAP: isItalian ? postalCode : '00000',
    Comune: latin(city, 60),
    ...(isItalian ? { Provincia: province } : {}),
    Nazione: country,
  };
}

function general(invoice: Invoice): Element {
  const { kind, date, number, orderNumber, tenderCode, projectCode, remarks, credits } = invoice;
  return {
    DatiGeneraliDocumento: {
      TipoDocumento: kind === 'invoice' ? 'TD01' : 'TD04',
      Divisa: 'EUR',
      Data: date,
      Numero: number,
      ImportoTotaleDocumento: decimal(totalMinor(invoice)),
      ...(remarks === undefined ? {} : { Causale: remarks.map((remark) => latin(remark, 200)) }),
    },
    DatiOrdineAcquisto: {
      IdDocumento: orderNumber,
      ...(projectCode === undefined ? {} : { CodiceCUP: projectCode }),
      ...(tenderCode === undefined ? {} : { CodiceCIG: tenderCode }),
    },
    ...(credits === null ? {} : { DatiFattureCollegate: { IdDocumento: credits.number, Data: credits.date } }),
  };
}

function lineOf(line: InvoiceLine, number: number, { vatPercent }: Invoice): Element {
  return {
    NumeroLinea: number,
    Descrizione: latin(line.description, 1000),
    Quantita: `${line.quantity}.00`,
    ...(line.from === null || line.until === null
      ? {}
      : { DataInizioPeriodo: line.from, DataFinePeriodo: addDays(line.until, -1) }),
    PrezzoUnitario: unitPrice(line),
    ...(line.discountPercent === 0
      ? {}
      : { ScontoMaggiorazione: { Tipo: 'SC', Percentuale: `${line.discountPercent}.00` } }),
    PrezzoTotale: decimal(line.netMinor),
    AliquotaIVA: `${vatPercent}.00`,
  };
}

const EIGHT_DECIMALS = 100_000_000n;

/**
 * One unit for the line's own months, to eight decimals: the exchange system multiplies it out and allows for one cent.
 * Negative on a line that takes off.
 */
export function unitPrice({ annualPriceMinor, months }: Pick<InvoiceLine, 'annualPriceMinor' | 'months'>): string {
  if (annualPriceMinor < 0) return `-${unitPrice({ annualPriceMinor: -annualPriceMinor, months })}`;
  const scaled = (BigInt(annualPriceMinor) * BigInt(months) * EIGHT_DECIMALS * 2n + 1200n) / 2400n;
  const text = scaled.toString().padStart(9, '0');
  const [whole, fraction] = [text.slice(0, -8), text.slice(-8)];
  return `${whole}.${fraction.replace(/0{1,6}$/, '')}`;
}

function summary({ vatPercent, netMinor, vatMinor, splitPayment }: Invoice): Element {
  return {
    AliquotaIVA: `${vatPercent}.00`,
    ImponibileImporto: decimal(netMinor),
    Imposta: decimal(vatMinor),
    EsigibilitaIVA: splitPayment ? 'S' : 'I',
    ...(splitPayment ? { RiferimentoNormativo: 'Scissione dei pagamenti, art. 17-ter D.P.R. 633/1972' } : {}),
  };
}

function payment(invoice: Invoice): Element {
  const { kind, paidBy, seller } = invoice;
  const code = PAYMENT_CODES[paidBy];
  return {
    CondizioniPagamento: 'TP02',
    DettaglioPagamento: {
      ModalitaPagamento: code,
      ImportoPagamento: decimal(payableMinor(invoice)),
      // What is paid back does not come to our account.
      ...(kind === 'invoice' && code === 'MP05' && seller.iban !== undefined ? { IBAN: seller.iban } : {}),
    },
  };
}

/** Cents as a decimal with a point. */
export function decimal(minor: number): string {
  const text = Math.abs(minor).toString().padStart(3, '0');
  return `${minor < 0 ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`;
}
