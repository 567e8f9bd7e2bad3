import { html } from 'ghtml';

interface Column {
  readonly title: string;
  readonly isAmount?: boolean;
}

interface Table {
  /** What is read out of it as a whole; where `isCaptioned`, it is shown too. */
  readonly name: string;
  readonly isCaptioned?: boolean;
  /** The style sheet's name of it: on a phone each row of these stands alone. */
  readonly kind: 'lines' | 'ends' | 'orders' | 'composition';
  readonly columns: readonly Column[];
  /** Each a `<tr>`. */
  readonly rows: readonly string[];
}

/** A table that scrolls by itself where it is wider than the page. Answers HTML. */
export function table({ name, isCaptioned = false, kind, columns, rows }: Table): string {
  const heads = columns.map(
    ({ title, isAmount = false }) => html`<th scope="col" class="!${isAmount ? 'amount' : ''}">${title}</th>`,
  );
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${name}">
    <table class="!${kind}">
      !${
        isCaptioned
          ? html`<caption>
              ${name}
            </caption>`
          : ''
      }
      <thead>
        <tr>
          !${heads}
        </tr>
      </thead>
      <tbody>
        !${rows}
      </tbody>
    </table>
  </div>`;
}
