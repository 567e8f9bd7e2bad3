/** Files for spreadsheets: RFC 4180 in UTF-8 with its mark, which they ask for. */
import { stringify, type Stringifier } from 'csv-stringify';

/** Cents, a whole number, or a text; nothing where it is null. */
export type Cell = { readonly amountMinor: number } | number | string | null;

/** A record as the stringifier takes it: amounts as numbers in euro, whole numbers as such. */
export function recordOf(cells: readonly Cell[]): (string | number | bigint)[] {
  return cells.map((cell) => {
    if (cell === null) return '';
    if (typeof cell === 'object') return cell.amountMinor / 100;
    return typeof cell === 'number' ? BigInt(cell) : cell;
  });
}

/** Takes records. Texts that read as formulas are made harmless; numbers stay numbers, below zero too, to be added up. */
export function csvFile(headers: readonly string[]): Stringifier {
  return stringify({
    header: true,
    bom: true,
    record_delimiter: 'windows',
    escape_formulas: true,
    columns: [...headers],
    cast: { number: (euros) => euros.toFixed(2) },
  });
}
