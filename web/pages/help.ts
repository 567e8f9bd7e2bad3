import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Subscription } from '../contract.ts';
import type { Pages, Visit } from '../visit.ts';

/** What a customer asks most, answered in a few lines. */
export function help(pages: Pages): void {
  pages.open('/help', {
    get: ({ words }) => {
      const { page } = words.help;
      const sections = page.sections.map(
        ({ id, title, text }) =>
          html`<section id="${id}">
            <h2>${title}</h2>
            <p>${text}</p>
          </section>`,
      );
      const content = html`<p>${page.intro}</p>
        !${sections}
        <p><a href="/">${page.back}</a></p>`;
      return { title: page.title, content };
    },
  });
}

/** "Do you need help with this service?" [guide: customer area]: a menu that opens without any script. */
export function helpMenu({ id }: Subscription, { words }: Visit): string {
  const { help: say } = words;
  const service = segment(id);
  const links: (readonly [path: string, text: string])[] = [
    [`/services/${service}/explain`, say.explain],
    [`/orders?service=${service}`, say.orders],
    [`/services/${service}/manage`, say.manage],
    ['/help', say.guide],
  ];
  return html`<details class="help">
    <summary>${say.title}</summary>
    <ul>
      !${links.map(([path, text]) => html`<li><a href="${path}">${text}</a></li>`)}
    </ul>
  </details>`;
}
