/** Asks something of each, one after the other: the connection of a transaction answers one query at a time. */
export async function inTurn<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [index, item] of items.entries()) answers.push(await ask(item, index));
  return answers;
}
