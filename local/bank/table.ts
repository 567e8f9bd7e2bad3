/** The report on a bank file, as a table for a terminal. */
interface Amount {
  readonly amountMinor?: number;
  /** Where it is not in whole cents of euro: as the bank wrote it. */
  readonly text?: string;
  readonly currency: string;
}

interface Entry {
  readonly place: string;
  readonly amount: Amount;
  readonly direction: 'in' | 'out';
  readonly date: string | null;
  readonly payer: string | null;
  readonly text: string;
  readonly outcome: string;
  readonly knownFrom: string | null;
  readonly orderNumbers: readonly string[];
  readonly candidates: readonly { readonly orderNumber: string }[];
  readonly reason: { readonly code: string; readonly en: string } | null;
}

export interface Report {
  readonly dryRun: boolean;
  readonly file: { readonly id: string | null; readonly finishedAt?: string | null };
  readonly format: string;
  readonly version: string | null;
  readonly statements: number;
  readonly warnings: readonly string[];
  readonly counts: Readonly<Record<string, number>> & { readonly ignoredBecause: Readonly<Record<string, number>> };
  readonly entries: readonly Entry[];
}

/** A terminal is no place for ten thousand lines: the API tells of all of them. */
const MOST_LINES = 200;
const LONGEST_TEXT = 44;
const HEADER = ['where', 'date', 'amount', 'outcome', 'orders', 'payer and text'];
const AMOUNT = 2;

/** What was taken, or waits, entry by entry; what is ignored is only counted. */
export function entryTable({ entries, file }: Report): string[] {
  const told = entries.filter(({ outcome }) => outcome !== 'ignored');
  if (told.length === 0) return ['Nothing in this file is for us.'];
  const rows = [HEADER, ...told.slice(0, MOST_LINES).map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === AMOUNT ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const more = told.length - MOST_LINES;
  return more > 0 ? [...lines, `… and ${more} more: GET /v1/bank-files/${file.id ?? '…'} tells all.`] : lines;
}

function cellsOf(entry: Entry): string[] {
  const { place, date, outcome, knownFrom, orderNumbers, candidates, payer, text, reason } = entry;
  const maybe = candidates.map(({ orderNumber }) => `${orderNumber}?`);
  const said = [payer, text].filter((part) => part !== null && part !== '').join(': ');
  return [
    place,
    date ?? '',
    signed(entry),
    [outcome, reason === null ? '' : ` (${reason.code})`, knownFrom === null ? '' : ', known'].join(''),
    [...orderNumbers, ...maybe].join(' '),
    said.length > LONGEST_TEXT ? `${said.slice(0, LONGEST_TEXT - 1)}…` : said,
  ];
}

function signed({ amount, direction }: Entry): string {
  const { amountMinor, text = '', currency } = amount;
  const value = amountMinor === undefined ? `${text} ${currency}` : (amountMinor / 100).toFixed(2);
  return direction === 'in' ? value : `-${value}`;
}

export function countLines(report: Report): string[] {
  const { counts, format, version, statements, warnings, dryRun, file } = report;
  const ignored = Object.entries(counts.ignoredBecause).map(([why, count]) => `${count} ${why}`);
  const kinds = ['matched', 'unmatched', 'reversal', 'refund', 'waiting', 'pending', 'known'];
  const found = kinds.filter((kind) => (counts[kind] ?? 0) > 0).map((kind) => `${counts[kind]} ${kind}`);
  if (ignored.length > 0) found.push(`${counts['ignored']} ignored (${ignored.join(', ')})`);
  return [
    '',
    `${format}${version === null ? '' : ` version ${version}`}, ${statements} ${statements === 1 ? 'statement' : 'statements'}: ` +
      `${found.join(', ') || 'no entries'}.`,
    ...warnings,
    ...(dryRun ? ['Nothing was booked: this was a dry run.'] : []),
    ...(file.finishedAt === null ? ['Not all of it has been dealt with: send the file again.'] : []),
  ];
}
