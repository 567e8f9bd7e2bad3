/**
 * What the exchange system (SdI) is known to send back beside what is against the schema, by its own codes. The checks
 * read the XML as it leaves, whoever wrote it: not the data it was made of. What only the system itself can know (its
 * registers of codes, tax numbers and documents received) is not here.
 */
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { validate as validatePersonalCode } from 'stdnum/lib/cjs/it/codicefiscale.js';
import type { PlainDate } from '../domain/calendar.ts';
import { hasCheckDigit } from '../domain/taxNumbers.ts';
import { NO_CODE } from './fatturapa.ts';

/** One reason why a document would be refused. */
export interface Fault {
  /** The exchange system's, e.g. `00422`; `schema` for one against the schema. */
  readonly code: string;
  readonly reason: string;
}

type Check = (code: string, holds: boolean, reason: string) => void;

/** In euro: what the system allows for, and less than any difference it counts. */
const CENT = 0.01;
const EURO = 1;
const EXACT = 1e-6;

const ABROAD = 'XXXXXXX';
const ITALY = 'IT';
/** Kinds of documents nobody sends to themselves. */
const TO_OTHERS = [
  'TD01',
  'TD02',
  'TD03',
  'TD06',
  'TD16',
  'TD17',
  'TD18',
  'TD19',
  'TD20',
  'TD24',
  'TD25',
  'TD28',
  'TD29',
];
/** Reasons for no VAT that have had to be told more exactly since 2021. */
const TOO_GENERAL = ['N2', 'N3', 'N6'];

/**
 * @param receivedOn the day on which the document is sent; without one, it may bear any date.
 */
export function exchangeFaults(document: XmlDocument, receivedOn: PlainDate | null = null): Fault[] {
  const faults: Fault[] = [];
  const check: Check = (code, holds, reason) => {
    if (!holds) faults.push({ code, reason });
  };
  const { root } = document;
  checkTransmission(root, check);
  checkParties(root, check);
  for (const body of all(root, 'FatturaElettronicaBody')) {
    checkGeneral(body, receivedOn, check);
    checkLines(body, check);
    checkSummaries(body, check);
  }
  return faults;
}

const all = (node: XmlElement, path: string): XmlElement[] => node.find(path) as XmlElement[];

function textOf(node: XmlElement, path: string): string | null {
  return node.get(path)?.content ?? null;
}

/** What is not there counts as nothing. */
function amountOf(node: XmlElement, path: string): number {
  return Number(textOf(node, path) ?? 0);
}

function checkTransmission(root: XmlElement, check: Check): void {
  const sent = 'FatturaElettronicaHeader/DatiTrasmissione';
  const format = textOf(root, `${sent}/FormatoTrasmissione`);
  const code = textOf(root, `${sent}/CodiceDestinatario`) ?? '';
  const country = textOf(root, `${BUYER}/IdFiscaleIVA/IdPaese`);
  check(
    '00313',
    code !== ABROAD || (country !== null && country !== ITALY),
    `The recipient code ${ABROAD} is for buyers known by another country’s VAT number.`,
  );
  check(
    '00426',
    code === NO_CODE || textOf(root, `${sent}/PECDestinatario`) === null,
    `A certified mailbox goes with the recipient code ${NO_CODE}.`,
  );
  const length = format === 'FPA12' ? 6 : 7;
  check('00427', code.length === length, `The recipient code must have ${length} characters.`);
  check(
    '00428',
    format === root.attr('versione')?.value,
    'The format is not the one that the document says of itself.',
  );
}

const SELLER = 'FatturaElettronicaHeader/CedentePrestatore/DatiAnagrafici';
const BUYER = 'FatturaElettronicaHeader/CessionarioCommittente/DatiAnagrafici';

/** Forms and check digits; which numbers were ever given, and to whom, only the system knows. */
function checkParties(root: XmlElement, check: Check): void {
  for (const [party, who, codes] of [
    [SELLER, 'seller', ['00301', '00302']],
    [BUYER, 'buyer', ['00305', '00306']],
  ] as const) {
    const isOurs = textOf(root, `${party}/IdFiscaleIVA/IdPaese`) === ITALY;
    const vatNumber = textOf(root, `${party}/IdFiscaleIVA/IdCodice`) ?? '';
    check(codes[0], !isOurs || isVatNumber(vatNumber), `The ${who}’s VAT number is none.`);
    const taxCode = textOf(root, `${party}/CodiceFiscale`);
    check(codes[1], taxCode === null || isTaxCode(taxCode), `The ${who}’s tax code is none.`);
  }
  check('00417', identitiesOf(root, BUYER).length > 0, 'The buyer has neither VAT number nor tax code.');
  const sellers = identitiesOf(root, SELLER);
  const isSame = identitiesOf(root, BUYER).some((identity) => sellers.includes(identity));
  const kinds = all(root, 'FatturaElettronicaBody/DatiGenerali/DatiGeneraliDocumento/TipoDocumento');
  check(
    '00471',
    !isSame || !kinds.some(({ content }) => TO_OTHERS.includes(content)),
    'Seller and buyer are the same.',
  );
}

/** VAT number with its country, and tax code. */
function identitiesOf(root: XmlElement, party: string): string[] {
  const vat = [`${party}/IdFiscaleIVA/IdPaese`, `${party}/IdFiscaleIVA/IdCodice`].map(
    (path) => textOf(root, path) ?? '',
  );
  return [vat.join(''), textOf(root, `${party}/CodiceFiscale`) ?? ''].filter((identity) => identity !== '');
}

function isVatNumber(text: string): boolean {
  return /^\d{11}$/.test(text) && hasCheckDigit(text);
}

function isTaxCode(text: string): boolean {
  return isVatNumber(text) || (text.length === 16 && validatePersonalCode(text).isValid);
}

function checkGeneral(body: XmlElement, receivedOn: PlainDate | null, check: Check): void {
  const general = 'DatiGenerali/DatiGeneraliDocumento';
  const date = textOf(body, `${general}/Data`) ?? '';
  check('00403', receivedOn === null || date <= receivedOn, `The document is dated after ${receivedOn}.`);
  const isNote = textOf(body, `${general}/TipoDocumento`) === 'TD04';
  check(
    '00418',
    !isNote || all(body, 'DatiGenerali/DatiFattureCollegate/Data').every(({ content }) => content <= date),
    'The credit note is older than what it credits.',
  );
  check('00425', /\d/.test(textOf(body, `${general}/Numero`) ?? ''), 'The number holds no digit.');
  for (const discount of all(body, `${general}/ScontoMaggiorazione`))
    check('00437', saysHowMuch(discount), 'A discount of the whole does not say how much it is.');
}

const saysHowMuch = (discount: XmlElement): boolean =>
  discount.get('Percentuale') !== null || discount.get('Importo') !== null;

const RATE = 'AliquotaIVA';
const LINES = 'DatiBeniServizi/DettaglioLinee';
const FUNDS = 'DatiGenerali/DatiGeneraliDocumento/DatiCassaPrevidenziale';
const SUMMARIES = 'DatiBeniServizi/DatiRiepilogo';

/** Each line, and each contribution to a professional fund, which no document of ours has. */
function checkLines(body: XmlElement, check: Check): void {
  const lines = all(body, LINES);
  for (const [index, line] of lines.entries()) {
    const name = `Line ${index + 1}`;
    checkReason(line, { missing: '00400', needless: '00401', name }, check);
    const total = amountOf(line, 'PrezzoTotale');
    const isProduct = (['Importo', 'Percentuale'] as const).some(
      (told) => Math.abs(productOf(line, told) - total) <= CENT + EXACT,
    );
    check('00423', isProduct, `${name} is not quantity times price less discount.`);
    for (const discount of all(line, 'ScontoMaggiorazione'))
      check('00438', saysHowMuch(discount), `${name} has a discount that does not say how much it is.`);
  }
  const funds = all(body, FUNDS);
  for (const fund of funds)
    checkReason(fund, { missing: '00413', needless: '00414', name: 'A fund’s contribution' }, check);
  const retains = (node: XmlElement): boolean => textOf(node, 'Ritenuta') === 'SI';
  const isRetained = body.get('DatiGenerali/DatiGeneraliDocumento/DatiRitenuta') !== null;
  check('00411', isRetained || !lines.some(retains), 'A line is subject to a retention that is not told.');
  check(
    '00415',
    isRetained || !funds.some(retains),
    'A fund’s contribution is subject to a retention that is not told.',
  );
}

/** No VAT needs a reason (Natura), any VAT has none, and the rate is in percent. */
function checkReason(
  node: XmlElement,
  { missing, needless, name }: { readonly missing: string; readonly needless: string; readonly name: string },
  check: Check,
): void {
  const rate = amountOf(node, RATE);
  const reason = textOf(node, 'Natura');
  check(missing, rate !== 0 || reason !== null, `${name} without VAT must say by which law (Natura).`);
  check(needless, rate === 0 || reason === null, `${name} with VAT says why it has none.`);
  check('00424', rate === 0 || rate >= 1, `${name} has its VAT rate not in percent.`);
  check('00445', reason === null || !TOO_GENERAL.includes(reason), `${name} must say more exactly why it has no VAT.`);
}

/**
 * Price, each discount taken off what the one before left, times quantity. Of a discount told both as a share and as an
 * amount, `told` is what counts.
 */
function productOf(line: XmlElement, told: 'Importo' | 'Percentuale'): number {
  const price = all(line, 'ScontoMaggiorazione').reduce(
    (before, discount) => {
      const isShare = discount.get('Importo') === null || (told === 'Percentuale' && discount.get(told) !== null);
      const amount = isShare ? (before * amountOf(discount, 'Percentuale')) / 100 : amountOf(discount, 'Importo');
      return textOf(discount, 'Tipo') === 'MG' ? before + amount : before - amount;
    },
    amountOf(line, 'PrezzoUnitario'),
  );
  return price * (line.get('Quantita') === null ? 1 : amountOf(line, 'Quantita'));
}

function checkSummaries(body: XmlElement, check: Check): void {
  const summaries = all(body, SUMMARIES);
  const taxed = [...all(body, LINES), ...all(body, FUNDS)];
  const told = new Set(summaries.map(rateOf));
  check(
    '00419',
    taxed.every((one) => told.has(rateOf(one))),
    'A VAT rate has no summary.',
  );
  const used = new Set(taxed.map(rateOf));
  check(
    '00443',
    summaries.every((one) => used.has(rateOf(one))),
    'A summary is of a VAT rate that nothing has.',
  );
  const reasons = (nodes: readonly XmlElement[]): string =>
    [...new Set(nodes.map((node) => textOf(node, 'Natura') ?? ''))].toSorted().join(' ');
  check('00444', reasons(taxed) === reasons(summaries), 'Lines and summaries give other reasons for no VAT.');
  for (const summary of summaries) {
    checkReason(summary, { missing: '00429', needless: '00430', name: 'A summary' }, check);
    const net = amountOf(summary, 'ImponibileImporto');
    const vat = (net * rateOf(summary)) / 100;
    const isTaxRight = Math.abs(vat - amountOf(summary, 'Imposta')) <= CENT + CENT / 2 + EXACT;
    check('00421', isTaxRight, 'The VAT is not the rate’s share of the net.');
    const sum = taxed.filter((one) => isSummedIn(summary, one)).reduce((total, one) => total + netOf(one), 0);
    const off = Math.abs(sum + amountOf(summary, 'Arrotondamento') - net);
    check('00422', off <= EURO + EXACT, 'The net is not the sum of the lines.');
    const isSplitReversed = textOf(summary, 'EsigibilitaIVA') === 'S' && textOf(summary, 'Natura')?.startsWith('N6');
    check('00420', isSplitReversed !== true, 'Split payment and reverse charge exclude each other.');
  }
}

const rateOf = (node: XmlElement): number => amountOf(node, RATE);

const netOf = (node: XmlElement): number =>
  node.name === 'DettaglioLinee' ? amountOf(node, 'PrezzoTotale') : amountOf(node, 'ImportoContributoCassa');

/** By rate, and where there is no VAT by the reason for it. */
function isSummedIn(summary: XmlElement, node: XmlElement): boolean {
  return rateOf(node) === rateOf(summary) && textOf(node, 'Natura') === textOf(summary, 'Natura');
}
