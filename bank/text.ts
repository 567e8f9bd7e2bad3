/** Bytes of a bank file as text. Banks write UTF-8, Latin-1 or Windows-1252, with and without saying so. */
import { UnreadableFileError } from './statement.ts';

const DECLARED = /^<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/;

const NUL = '\u0000';
/** What a decoder puts where the bytes are none of its encoding. */
const REPLACED = '\ufffd';

/**
 * The file's text. A byte-order mark counts first, then what an XML declaration says, then whether the bytes are valid
 * UTF-8; anything else is read as Windows-1252, of which Latin-1 is a part.
 * @throws UnreadableFileError where the bytes are not what they say, or no text at all.
 */
export function textOf(bytes: Uint8Array): string {
  const text = unchecked(bytes);
  const nul = text.indexOf(NUL);
  if (nul >= 0) throw new UnreadableFileError('holds characters of no text (NUL).', lineAt(text, nul));
  return text;
}

function unchecked(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decoded(bytes, 'utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decoded(bytes, 'utf-16be');
  if (bytes[0] === 0x3c && bytes[1] === 0) return decoded(bytes, 'utf-16le');
  if (bytes[0] === 0 && bytes[1] === 0x3c) return decoded(bytes, 'utf-16be');
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const declared = DECLARED.exec(head.replace(/^\xef\xbb\xbf/, ''))?.[1];
  if (!hasMark && declared !== undefined && !/^utf-?8$/i.test(declared)) return decoded(bytes, declared);
  if (hasMark || declared !== undefined) return decoded(bytes, 'utf-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decoded(bytes, 'windows-1252');
  }
}

function decoded(bytes: Uint8Array, encoding: string): string {
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new UnreadableFileError(`its encoding "${encoding}" is not known.`, 1);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    // Read once more, to say where.
    const withMarks = new TextDecoder(encoding).decode(bytes);
    const line = lineAt(withMarks, withMarks.indexOf(REPLACED));
    throw new UnreadableFileError(`is not written in ${encoding}, though it says so.`, line);
  }
}

/** The line, from 1, on which a place of the text is. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split(/\r\n|\n|\r/).length;
}

/** Its lines without their ends; the empty text after a last line break is none. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
