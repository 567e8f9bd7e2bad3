/** XML as a tree of nodes, with the line each begins on: what a bank's message is read from, element by element. */
import { XMLParser, XMLValidator, type ValidationError } from 'fast-xml-parser';
import { UnreadableFileError } from './statement.ts';
import { lineAt } from './text.ts';

/** An element: children by name, text under `#text`, attributes under `@`. */
export type Node = { readonly [name: string]: unknown };

const META = XMLParser.getMetaDataSymbol() as unknown as symbol;

/**
 * The tree of a text, namespace prefixes removed, and the text its lines are counted in; `repeated` elements are always lists.
 * @throws UnreadableFileError with the line, where it is no XML or holds what no bank's message does.
 */
export function treeOf(text: string, repeated: ReadonlySet<string>): { tree: Node; text: string } {
  // No bank file has one, and everything dangerous in XML begins in one.
  const doctype = text.search(/<!DOCTYPE|<!ENTITY/i);
  if (doctype >= 0)
    throw new UnreadableFileError('holds a document type definition, which no bank file has.', lineAt(text, doctype));
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw notWellFormed(text, valid.err);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    // Blanks between a text's parts are its own.
    trimValues: false,
    parseAttributeValue: false,
    captureMetaData: true,
    alwaysCreateTextNode: true,
    isArray: (name) => repeated.has(name),
  });
  try {
    const read = withCharacters(text);
    return { tree: parser.parse(read) as Node, text: read };
  } catch (error) {
    if (error instanceof UnreadableFileError || error instanceof RangeError || !(error instanceof Error)) throw error;
    // E.g. elements within elements without end: the library has bounds of its own.
    throw new UnreadableFileError(`it cannot be read as XML: ${error.message}.`);
  }
}

const MARKUP: Readonly<Record<string, string>> = { '<': '&lt;', '&': '&amp;', '>': '&gt;' };

/** `&#224;` as the character it stands for, which the library leaves to its users. Lines stay where they are. */
function withCharacters(text: string): string {
  if (!text.includes('&#')) return text;
  return text.replaceAll(
    /<!\[CDATA\[[\s\S]*?\]\]>|&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi,
    (all: string, hex: string | undefined, decimal: string | undefined, at: number) => {
      if (hex === undefined && decimal === undefined) return all;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      if (/^[\t\n\r]$/.test(String.fromCharCode(code))) return ' ';
      if (code < 0x20 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
        throw new UnreadableFileError(`holds "${all}", which is no character.`, lineAt(text, at));
      const character = String.fromCodePoint(code);
      return MARKUP[character] ?? character;
    },
  );
}

export function child(node: Node | undefined, name: string): Node | undefined {
  const value = node?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null ? (first as Node) : undefined;
}

/** A node further down, by the names on the way. */
export function below(node: Node | undefined, ...names: readonly string[]): Node | undefined {
  return names.reduce((parent, name) => child(parent, name), node);
}

export function many(node: Node | undefined, name: string): Node[] {
  const value = node?.[name];
  return Array.isArray(value) ? value.filter((item): item is Node => typeof item === 'object' && item !== null) : [];
}

export function ownText(node: Node): string | null {
  const value = node['#text'];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** The text of a child; null where it is not there or says nothing. */
export function words(node: Node | undefined, name: string): string | null {
  const inner = child(node, name);
  return inner === undefined ? null : ownText(inner);
}

export function texts(node: Node | undefined, name: string): string[] {
  return many(node, name)
    .map(ownText)
    .filter((text) => text !== null);
}

/** The line on which a node begins, from 1; null where that is not known. */
export function lineOf(node: Node, text: string): number | null {
  const start = (node as { [META]?: { startIndex?: number } })[META]?.startIndex;
  return start === undefined ? null : lineAt(text, start);
}

/** The validator lists all elements that are open where a text ends, and says line 1: what helps is the last, and where. */
function notWellFormed(text: string, { msg, line }: ValidationError['err']): UnreadableFileError {
  const open = /"([^"]*)"\]' found\.$/.exec(msg)?.[1];
  return open === undefined
    ? new UnreadableFileError(`is not well-formed XML: ${msg}`, line)
    : new UnreadableFileError(
        `is the last one, and not well-formed XML: the file ends inside the element ${open}.`,
        lineAt(text, text.trimEnd().length),
      );
}
