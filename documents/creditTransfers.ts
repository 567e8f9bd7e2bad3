/** A list of transfers for the bank (pain.001.001.09): refunds to be paid out, one message, one debit for each. */
import { XMLBuilder } from 'fast-xml-parser';
import type { PlainDate } from '../domain/calendar.ts';
import { decimal } from './fatturapa.ts';
import { latin } from './latin.ts';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';

export interface CreditTransfer {
  /** Ours, at most 35 characters; comes back with the bank's entry. */
  readonly endToEndId: string;
  readonly name: string;
  readonly iban: string;
  readonly amountMinor: number;
  /** What the receiver reads, at most 140 characters. */
  readonly reason: string;
}

export interface TransferList {
  /** Ours, at most 35 characters: the bank refuses a list whose id it has seen. */
  readonly id: string;
  /** ISO 8601 without offset, e.g. `2027-03-04T09:00:00`. */
  readonly createdAt: string;
  readonly executeOn: PlainDate;
  readonly payer: { readonly name: string; readonly iban: string; readonly bic?: string | undefined };
  readonly transfers: readonly CreditTransfer[];
}

/** The list's XML. Throws a RangeError on an empty one: there would be nothing to pay. */
export function transferListXml({ id, createdAt, executeOn, payer, transfers }: TransferList): string {
  if (transfers.length === 0) throw new RangeError('A list of transfers needs one at least.');
  const sum = decimal(transfers.reduce((total, { amountMinor }) => total + amountMinor, 0));
  const counted = { NbOfTxs: transfers.length, CtrlSum: sum };
  const name = sepaText(payer.name, 70);
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    format: true,
    suppressEmptyNode: true,
  });
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    Document: {
      '@xmlns': NAMESPACE,
      CstmrCdtTrfInitn: {
        GrpHdr: { MsgId: id, CreDtTm: createdAt, ...counted, InitgPty: { Nm: name } },
        PmtInf: {
          PmtInfId: id,
          PmtMtd: 'TRF',
          BtchBookg: 'false',
          ...counted,
          PmtTpInf: { SvcLvl: { Cd: 'SEPA' } },
          ReqdExctnDt: { Dt: executeOn },
          Dbtr: { Nm: name },
          DbtrAcct: { Id: { IBAN: payer.iban } },
          DbtrAgt: { FinInstnId: payer.bic === undefined ? { Othr: { Id: 'NOTPROVIDED' } } : { BICFI: payer.bic } },
          ChrgBr: 'SLEV',
          CdtTrfTxInf: transfers.map(transfer),
        },
      },
    },
  });
}

function transfer({ endToEndId, name, iban, amountMinor, reason }: CreditTransfer) {
  return {
    PmtId: { EndToEndId: endToEndId },
    Amt: { InstdAmt: { '@Ccy': 'EUR', '#text': decimal(amountMinor) } },
    Cdtr: { Nm: sepaText(name, 70) },
    CdtrAcct: { Id: { IBAN: iban } },
    RmtInf: { Ustrd: sepaText(reason, 140) },
  };
}

/** The characters every SEPA bank takes; letters lose their accents, other signs become a dot. */
export function sepaText(text: string, length: number): string {
  const bare = latin(text, length * 2)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('&', '+');
  return bare
    .replaceAll(/[^A-Za-z0-9 /?:().,'+-]/g, '.')
    .slice(0, length)
    .trim();
}
