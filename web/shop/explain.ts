import { html } from 'ghtml';
import { segment } from '../api.ts';
import type { Page, Pages, SignedVisit } from '../visit.ts';
import type { Explanation, Ground } from './contract.ts';
import { readService } from './manage.ts';

/** "Perché?": the API's sentences by what they answer, each with what it rests on. */
export function explain(pages: Pages): void {
  pages.signed('/services/:id/explain', { get: show });
}

async function show(visit: SignedVisit): Promise<Page> {
  const { api, words, language } = visit;
  const say = words.shop.explain;
  const service = await readService(visit);
  const { sentences } = await api.get<Explanation>(`/subscriptions/${segment(service.id)}/explain`);
  const topics = [...new Set(sentences.map(({ topic }) => topic))];
  const titles: Readonly<Record<string, string>> = say.topics;
  const sections = topics.map((topic) => {
    const items = sentences
      .filter((sentence) => sentence.topic === topic)
      .map((sentence) => {
        const grounds = sentence.restsOn.flatMap((ground) => groundOf(ground, visit));
        return html`<li>
          <p>${sentence[language]}</p>
          !${
            grounds.length === 0
              ? ''
              : html`<ul class="grounds" aria-label="${say.restsOn}">
                  !${grounds}
                </ul>`
          }
        </li>`;
      });
    return html`<section aria-labelledby="topic-${topic}">
      <h2 id="topic-${topic}">${titles[topic] ?? say.other}</h2>
      <ul class="plain sentences">
        !${items}
      </ul>
    </section>`;
  });
  const name = service.username ?? words.products[service.product];
  const content = html`<p>${say.intro(name)}</p>
    !${sections.length === 0 ? html`<p>${say.nothing}</p>` : sections}
    <p><a href="/services/${service.id}/manage">${words.shop.manage.title}</a></p>`;
  return { title: say.title, content };
}

/** What a sentence rests on, as far as it says something to a reader: events without words are left out. */
function groundOf(ground: Ground, { words, language }: SignedVisit): string[] {
  const say = words.shop.explain;
  switch (ground.kind) {
    case 'order':
      return [html`<li><a href="/orders/${ground.number}">${say.order(ground.number)}</a></li>`];
    case 'payment':
      return [html`<li>${say.payment}</li>`];
    case 'event': {
      const events: Readonly<Record<string, string>> = words.events;
      const text = events[ground.type];
      return text === undefined ? [] : [html`<li>${say.event(text)}</li>`];
    }
    case 'rule':
      return [html`<li class="rule">${say.rule} ${ground.text[language]}</li>`];
  }
}
