import type { Message } from './inboxStore.ts';

/** No scripts and nothing from elsewhere, in the pages and in the mails shown on them. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'self'; form-action 'none'";

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { width: 100%; border-collapse: collapse; }
  th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd; }
  pre { white-space: pre-wrap; background: #f6f6f6; padding: 1rem; }
  iframe { width: 100%; height: 30rem; border: 1px solid #ddd; }`;

export function listPage(messages: readonly Message[]): string {
  const rows = messages.map(
    ({ id, to, subject, date }) =>
      `<tr><td>${escape(to)}</td><td><a href="/messages/${id}">${escape(subject || '(no subject)')}</a></td>` +
      `<td>${shown(date)}</td></tr>`,
  );
  const table = `<table><tr><th>To</th><th>Subject</th><th>Arrived</th></tr>${rows.join('')}</table>`;
  const body = messages.length === 0 ? '<p>No mail yet.</p>' : table;
  return page('Inbox', `<h1>Inbox</h1>${body}`, '<meta http-equiv="refresh" content="5">');
}

export function messagePage({ to, subject, date, text, html }: Message): string {
  // The links of a mail open in a new tab; nothing else of it gets out of the frame.
  const framed = `<base target="_blank">${html}`;
  const rich =
    html === null
      ? ''
      : '<h2>As shown by a mail program</h2>' +
        `<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="Mail" srcdoc="${escape(framed)}"></iframe>`;
  return page(
    subject,
    `<p><a href="/">← Inbox</a></p><h1>${escape(subject)}</h1><p>To ${escape(to)}, ${shown(date)}</p>` +
      `<pre>${escape(text)}</pre>${rich}`,
  );
}

function page(title: string, body: string, head = ''): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>${head}` +
    `<style>${STYLE}</style></head><body>${body}</body></html>`
  );
}

/** 2027-03-28T09:30:00.000Z → 2027-03-28 09:30:00 UTC */
function shown(date: string): string {
  return `${escape(date.slice(0, 19).replace('T', ' '))} UTC`;
}

function escape(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
