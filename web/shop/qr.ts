import bwip from 'bwip-js/node';
import { html } from 'ghtml';

/** Light modules around a code, as its standard demands. */
const QUIET_MODULES = 4;
/** CSS pixels of a module: a phone's camera reads it from a screen. */
const MODULE_PX = 4;

/**
 * A QR code as inline SVG with a text alternative; its own white ground and quiet zone keep it readable on a dark page.
 * Error correction M, as transfers demand (EPC069-12).
 */
export function qrCode(content: string, alternative: string): string {
  const { pixs, pixx } = modulesOf(content);
  const size = pixx + 2 * QUIET_MODULES;
  const rows = Array.from({ length: pixx }, (_, row) => pixs.slice(row * pixx, (row + 1) * pixx));
  const path = rows.flatMap((row, y) => runsOf(row).map(([x, length]) => run(x, y, length))).join('');
  return html`<svg
    class="qr"
    role="img"
    aria-label="${alternative}"
    xmlns="http://www.w3.org/2000/svg"
    width="!${size * MODULE_PX}"
    height="!${size * MODULE_PX}"
    viewBox="0 0 !${size} !${size}"
    shape-rendering="crispEdges"
  >
    <rect width="!${size}" height="!${size}" fill="#fff" />
    <path d="!${path}" fill="#000" />
  </svg>`;
}

function run(x: number, y: number, length: number): string {
  return `M${x + QUIET_MODULES} ${y + QUIET_MODULES}h${length}v1h-${length}z`;
}

/** Dark modules beside each other, as [first, how many]. */
function runsOf(row: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (dark === 0) return;
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  });
  return runs;
}

interface Modules {
  /** Row by row, 1 dark. */
  readonly pixs: readonly number[];
  readonly pixx: number;
}

/** The types that come with the package know only of pictures; `raw` answers the modules themselves. */
const symbolsOf = bwip.raw as unknown as (options: { bcid: string; text: string; eclevel: string }) => [Modules];

function modulesOf(text: string): Modules {
  return symbolsOf({ bcid: 'qrcode', text, eclevel: 'M' })[0];
}
