/**
 * Where in a text the messages of a bank stand: alone, in the Italian CBI's own wrapping, in an envelope of EBICS or SWIFT, or
 * several in one file, under whatever namespace prefix.
 */
import { UnreadableFileError } from './statement.ts';
import { many, type Node } from './xmlNodes.ts';

type Kind = '052' | '053' | '054';

/** By the element that holds them: of which kind its statements are, and what each is called. */
const MESSAGES: Readonly<Record<string, readonly [kind: Kind, statement: string]>> = {
  BkToCstmrAcctRpt: ['052', 'Rpt'],
  BkToCstmrStmt: ['053', 'Stmt'],
  BkToCstmrDbtCdtNtfctn: ['054', 'Ntfctn'],
  // The CBI's statements, of a day and of a longer time: the elements within are those of camt.053.001.02.
  CBIDlyStmtReqLogMsg: ['053', 'Stmt'],
  CBIPrdcStmtReqLogMsg: ['053', 'Stmt'],
};

const FIRST_VERSION = 2;
const LAST_VERSION = 10;
/** Deeper than any envelope. */
const DEEPEST = 12;

/** What a statement's elements say which kind they are. */
const CAMT = /xmlns(?::[\w.-]+)?\s*=\s*["'][^"'<>]{0,200}?camt\.(\d{3})\.\d{3}\.(\d{2})\b/g;
const CBI = /urn:CBI:xsd:CBI(?:Dly|Prdc)StmtReqLogMsg\.([\d.]{1,20})/;

/** Whether the text looks like such a message at all. */
export function isCamt(text: string): boolean {
  return (
    /^\s*(<\?xml|<!--|<([\w.-]+:)?Document[\s>])/.test(text) ||
    (/^\s*<[\w.:-]+[\s>]/.test(text) && /camt\.05\d|urn:CBI:/.test(text))
  );
}

/** Messages that follow one another, each a document of its own, as one document; lines stay where they are. */
export function asOneDocument(text: string): string {
  const declarations = [...text.matchAll(/<\?xml\s[^>]{0,200}\?>/g)];
  const [first] = declarations;
  const roots = /<\/(?:[\w.-]+:)?Document>\s*<(?:[\w.-]+:)?Document[\s>]/.test(text);
  if (declarations.length < 2 && !(roots && isCamt(text))) return text;
  const start = first === undefined || text.slice(0, first.index).trim() !== '' ? 0 : first.index + first[0].length;
  const body = text.slice(start).replaceAll(/<\?xml\s[^>]{0,200}\?>/g, (all) => all.replaceAll(/[^\n]/g, ' '));
  return `${text.slice(0, start)}<Documents>${body}</Documents>`;
}

export interface Messages {
  readonly format: 'camt.053' | 'camt.054';
  readonly version: string;
  /** Each with what it is called in its file, for people: `Stmt 1`. */
  readonly statements: readonly { readonly node: Node; readonly place: string }[];
}

/** @throws UnreadableFileError where there is none, or not one kind of those that can be read. */
export function messagesIn(tree: Node, text: string): Messages {
  const found = heldIn(tree, DEEPEST);
  const declared = [...text.matchAll(CAMT)].map(([, kind = '', version = '']) => ({ kind, version }));
  const kinds = new Set([...found.map(({ kind }) => kind), ...declared.map(({ kind }) => kind)]);
  if (kinds.has('052'))
    throw new UnreadableFileError(
      'it is a report of the day (camt.052), whose entries are provisional and not final: send the statement (camt.053).',
    );
  const other = declared.find(({ kind }) => kind !== '053' && kind !== '054');
  if (other !== undefined && declared.every(({ kind }) => kind !== '053' && kind !== '054'))
    throw new UnreadableFileError(`messages of the kind camt.${other.kind} are not read.`);
  if (kinds.has('053') && kinds.has('054'))
    throw new UnreadableFileError(
      'it holds statements and notifications (camt.053 and camt.054): send them as two files.',
    );
  const kind = kinds.has('053') ? '053' : '054';
  const cbi = CBI.exec(text)?.[1];
  const versions = declared.filter((one) => one.kind === kind).map(({ version }) => version);
  if (versions.length === 0 && cbi === undefined)
    throw new UnreadableFileError('it is XML, but no CAMT message: its namespace names none.');
  const unread = versions.find((version) => Number(version) < FIRST_VERSION || Number(version) > LAST_VERSION);
  if (unread !== undefined)
    throw new UnreadableFileError(`camt.${kind} is read in versions 02 to 10, and this is ${unread}.`);
  const statements = found.flatMap(({ node, statement }) =>
    many(node, statement).map((one) => ({ node: one, statement })),
  );
  if (statements.length === 0)
    throw new UnreadableFileError(`it holds no ${kind === '053' ? 'Stmt' : 'Ntfctn'}: there is nothing to import.`);
  return {
    format: `camt.${kind}`,
    version: versions[0] ?? `CBI ${cbi}`,
    statements: statements.map(({ node, statement }, index) => ({ node, place: `${statement} ${index + 1}` })),
  };
}

interface Held {
  readonly kind: Kind;
  readonly statement: string;
  readonly node: Node;
}

/** The messages in a node, wherever they stand, in the order of their names. */
function heldIn(node: Node, depth: number): Held[] {
  if (depth === 0) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    const inner: unknown[] = Array.isArray(value) ? value : [value];
    const [kind, statement] = MESSAGES[name] ?? [];
    return inner.flatMap((one) => {
      if (typeof one !== 'object' || one === null) return [];
      if (kind === undefined || statement === undefined) return heldIn(one as Node, depth - 1);
      return [{ kind, statement, node: one as Node }];
    });
  });
}
