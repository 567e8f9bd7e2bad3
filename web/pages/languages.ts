import { isLanguage } from '../language.ts';
import { localPath } from '../session.ts';
import { PageUnknown, type Pages } from '../visit.ts';

/** The language switch: keeps the choice, and goes back to where the reader was. */
export function languages(pages: Pages): void {
  pages.open('/language', {
    get: ({ query }) => {
      const language = query.get('to');
      if (!isLanguage(language)) throw new PageUnknown();
      return { redirect: localPath(query.get('back')), language };
    },
  });
}
