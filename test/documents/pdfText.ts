/** What our PDFs say and where, read from their drawing instructions: Latin-1 texts with their size, and pictures. */
import { inflateSync } from 'node:zlib';

export interface Drawn {
  readonly page: number;
  readonly text: string;
  readonly size: number;
  /** From the bottom of the page. */
  readonly y: number;
}

export interface Picture {
  readonly top: number;
  readonly width: number;
}

export function readPdf(pdf: Buffer): { readonly texts: Drawn[]; readonly pictures: Picture[] } {
  const texts: Drawn[] = [];
  const pictures: Picture[] = [];
  for (const [page, content] of contentsOf(pdf).entries()) {
    const height = Number(/^1 0 0 -1 0 ([\d.]+) cm/.exec(content)?.[1]);
    for (const [, y, size, pieces = ''] of content.matchAll(/1 0 0 1 \S+ (\S+) Tm\n\/F\d+ (\S+) Tf\n\[(.*?)\] TJ/g))
      texts.push({ page, text: textOf(pieces), size: Number(size), y: Number(y) });
    for (const [, width, y] of content.matchAll(/([\d.]+) 0 0 -[\d.]+ [\d.]+ ([\d.]+) cm\n\/I\d+ Do/g))
      pictures.push({ top: height - Number(y) + Number(width), width: Number(width) });
  }
  return { texts, pictures };
}

function contentsOf(pdf: Buffer): string[] {
  const source = pdf.toString('latin1');
  return [...source.matchAll(/\/Filter \/FlateDecode\s*>>\s*stream\n/g)]
    .map((found) => inflateSync(pdf.subarray(found.index + found[0].length)).toString('latin1'))
    .filter((content) => content.startsWith('1 0 0 -1'));
}

/** Pieces in hexadecimal, with the space between them. */
function textOf(pieces: string): string {
  return [...pieces.matchAll(/<([0-9a-f]*)>/g)]
    .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
    .join('');
}
