import { html } from 'ghtml';

/** A term, and its value as HTML. */
export type Fact = readonly [term: string, value: string];

/** What is to be known of a thing, each under its term. Answers HTML. */
export function factList(facts: readonly Fact[]): string {
  return html`<dl class="facts">
    !${facts.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>!${value}</dd>
        </div>`,
    )}
  </dl>`;
}
