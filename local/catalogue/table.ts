/** The outcome of a dry run, as a table for a terminal. */
interface Money {
  readonly amountMinor: number;
}

interface Forecast {
  readonly subscriptionId: string;
  readonly product: string;
  readonly notRenewable: string | null;
  readonly on?: string;
  readonly way?: string;
  readonly extras?: Readonly<Record<string, number>>;
  readonly years?: { readonly now: number; readonly proposed: number };
  readonly now?: Money;
  readonly proposed?: Money;
  readonly difference?: Money;
}

export interface DryRun {
  readonly basedOn: number;
  readonly today: string;
  readonly subscriptions: readonly Forecast[];
  readonly totals: {
    readonly subscriptions: number;
    readonly up: number;
    readonly down: number;
    readonly unchanged: number;
    readonly notRenewable: Readonly<Record<string, number>>;
    readonly now: Money;
    readonly proposed: Money;
    readonly difference: Money;
  };
}

/** A terminal is no place for ten thousand lines: the file is. */
const MOST_LINES = 40;
const HEADER = ['on', 'how', 'composition', 'years', 'now', 'then', 'difference', 'subscription'];
/** Columns of numbers, set to the right. */
const RIGHT = [4, 5, 6];

/** The changes, the soonest first; what stays as it is has no line. */
export function forecastTable({ subscriptions }: DryRun): string[] {
  const changes = subscriptions
    .filter(({ difference }) => difference !== undefined && difference.amountMinor !== 0)
    .toSorted((a, b) => ((a.on ?? '') < (b.on ?? '') ? -1 : 1));
  if (changes.length === 0) return ['No renewal changes its price.'];
  const rows = [HEADER, ...changes.slice(0, MOST_LINES).map(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        RIGHT.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const more = changes.length - MOST_LINES;
  return more > 0 ? [...lines, `… and ${more} more: --csv writes them all.`] : lines;
}

function cellsOf(forecast: Forecast): string[] {
  const { on = '', way = '', product, extras = {}, years, now, proposed, difference, subscriptionId } = forecast;
  const parts = [product, ...Object.entries(extras).map(([sku, quantity]) => `${quantity} ${sku}`)];
  const term =
    years === undefined ? '' : years.now === years.proposed ? `${years.now}` : `${years.now} → ${years.proposed}`;
  return [on, way, parts.join(' + '), term, euro(now), euro(proposed), signed(difference), subscriptionId];
}

export function totalsLines({ basedOn, today, totals }: DryRun): string[] {
  const { subscriptions, up, down, unchanged, notRenewable, now, proposed, difference } = totals;
  const left = Object.entries(notRenewable).map(([why, count]) => `${count} ${why}`);
  return [
    '',
    `Against revision ${basedOn}, on ${today}: ${subscriptions} living ${subscriptions === 1 ? 'subscription' : 'subscriptions'}, ${up} up, ${down} down, ${unchanged} unchanged` +
      (left.length === 0 ? '.' : `; no renewal to price: ${left.join(', ')}.`),
    `Their next renewals: EUR ${euro(now)} now, EUR ${euro(proposed)} then, EUR ${signed(difference)}.`,
  ];
}

function euro(money: Money | undefined): string {
  return money === undefined ? '' : (money.amountMinor / 100).toFixed(2);
}

function signed(money: Money | undefined): string {
  return money !== undefined && money.amountMinor > 0 ? `+${euro(money)}` : euro(money);
}
