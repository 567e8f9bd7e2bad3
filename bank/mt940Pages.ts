/** Whether a file holds every page of the statements that it holds in part (`:28C:`, number of the statement / of the page). */

export interface Page {
  readonly account: string | null;
  /** What `:28C:` says; null where there is none. */
  readonly number: string | null;
}

/** A warning for each statement of which a page between its first and its last one is missing. */
export function pageWarnings(pages: readonly Page[]): string[] {
  const statements = new Map<string, { account: string | null; statement: string; numbers: Set<number> }>();
  for (const { account, number } of pages) {
    const [, statement, page] = /^(\d{1,9})\/(\d{1,9})$/.exec(number ?? '') ?? [];
    if (statement === undefined || page === undefined) continue;
    const key = `${account} ${Number(statement)}`;
    const known = statements.get(key) ?? { account, statement, numbers: new Set<number>() };
    known.numbers.add(Number(page));
    statements.set(key, known);
  }
  return [...statements.values()].flatMap(({ account, statement, numbers }) => {
    const missing = gapsIn([...numbers].toSorted((a, b) => a - b));
    if (missing.length === 0) return [];
    const of = account === null ? '' : ` of account ${account}`;
    return [`Statement ${statement}${of} lacks ${missing.join(', ')} of its pages: ask the bank for the file again.`];
  });
}

/** Each run of numbers that is left out, as `4` or `4-7`. */
function gapsIn(numbers: readonly number[]): string[] {
  return numbers.flatMap((number, index) => {
    const next = numbers[index + 1] ?? number + 1;
    if (next === number + 1) return [];
    return next === number + 2 ? [`${number + 1}`] : [`${number + 1}-${next - 1}`];
  });
}
