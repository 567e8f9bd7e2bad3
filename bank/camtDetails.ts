/** What one transaction of a CAMT entry says: who paid, why, by which names it is known, and whether it is money returned. */
import type { BankEntry } from './statement.ts';
import { below, child, many, texts, words, type Node } from './xmlNodes.ts';

type Details = Pick<
  BankEntry,
  | 'bankReference'
  | 'endToEndId'
  | 'counterparty'
  | 'remittance'
  | 'references'
  | 'description'
  | 'onBehalfOf'
  | 'names'
  | 'returned'
>;

/** @param whole the entry it belongs to: what it says counts where the transaction says nothing of its own. */
export function detailOf(
  detail: Node,
  whole: Pick<BankEntry, 'isCredit' | 'isReversal' | 'bankReference' | 'description' | 'names' | 'returned'>,
): Details {
  const references = child(detail, 'Refs');
  const parties = child(detail, 'RltdPties');
  const remittance = child(detail, 'RmtInf');
  const structured = many(remittance, 'Strd');
  const returned = returnedBy(detail, whole.returned);
  // Who stands on the other side: the debtor of money in, the creditor of money out. What goes back keeps its parties.
  const goesBack = whole.isReversal || returned !== undefined;
  const role = whole.isCredit === goesBack ? 'Cdtr' : 'Dbtr';
  const id = below(parties, `${role}Acct`, 'Id');
  const onBehalfOf = nameOf(child(parties, `Ultmt${role}`));
  const transactionId = words(references, 'TxId');
  return {
    bankReference: words(references, 'AcctSvcrRef') ?? transactionId ?? whole.bankReference,
    endToEndId: words(references, 'EndToEndId'),
    counterparty: {
      name: nameOf(child(parties, role)) ?? onBehalfOf,
      account: words(id, 'IBAN') ?? words(child(id, 'Othr'), 'Id'),
    },
    remittance: [
      ...texts(remittance, 'Ustrd'),
      ...structured.flatMap((block) => texts(block, 'AddtlRmtInf')),
      ...structured
        .flatMap((block) => many(block, 'RfrdDocInf').map((document) => words(document, 'Nb')))
        .filter(isGiven),
    ],
    references: structured.map((block) => words(child(block, 'CdtrRefInf'), 'Ref')).filter(isGiven),
    description: words(detail, 'AddtlTxInf') ?? whole.description,
    ...(onBehalfOf === null ? {} : { onBehalfOf }),
    ...withNames({
      ...whole.names,
      transactionId,
      uetr: words(references, 'UETR'),
      instructionId: words(references, 'InstrId'),
      mandateId: words(references, 'MndtId'),
    }),
    ...(returned === undefined ? {} : { returned }),
  };
}

/** From version 08 on a party may be one of two things. */
function nameOf(party: Node | undefined): string | null {
  return words(party, 'Nm') ?? words(child(party, 'Pty'), 'Nm');
}

/** Names that say something; nothing at all where there is none. */
export function withNames(
  names: Readonly<Record<string, string | null | undefined>>,
): { readonly names: NonNullable<BankEntry['names']> } | Record<string, never> {
  const said = Object.entries(names).filter(([, name]) => typeof name === 'string' && !/^not ?provided$/i.test(name));
  return said.length === 0 ? {} : { names: Object.fromEntries(said) as NonNullable<BankEntry['names']> };
}

/** Subfamilies of ISO 20022 that are money going back: returned, unpaid, or called back. */
const RETURNS = /\/(RRTN|RRCT|RPCR|RIMB|UPCT|UPDD|UPCQ|ARPD|PRDD)$/;

/** The reason's code where a transaction or an entry is money that goes back, else `before`. */
export function returnedBy(node: Node, before?: string): string | undefined {
  const reason = below(node, 'RtrInf', 'Rsn');
  if (child(node, 'RtrInf') !== undefined) return words(reason, 'Cd') ?? words(reason, 'Prtry') ?? '';
  const family = below(node, 'BkTxCd', 'Domn', 'Fmly');
  const code = `${words(family, 'Cd')}/${words(family, 'SubFmlyCd')}`;
  return RETURNS.test(code) ? code : before;
}

function isGiven(text: string | null): text is string {
  return text !== null;
}
