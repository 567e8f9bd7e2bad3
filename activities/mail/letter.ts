/** A letter in parts, put into plain text and HTML by the same code, so that both say the same and HTML is always escaped. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | {
      readonly kind: 'facts';
      readonly title: string;
      readonly rows: readonly (readonly [label: string, value: string])[];
    }
  | { readonly kind: 'link'; readonly label: string; readonly url: string };

export interface Letter {
  readonly subject: string;
  readonly blocks: readonly Block[];
}

export const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
export const facts = (title: string, rows: readonly (readonly [string, string])[]): Block => ({
  kind: 'facts',
  title,
  rows,
});

/** @throws TypeError unless the address is http or https: a link never runs anything. */
export function link(label: string, url: string): Block {
  if (!['http:', 'https:'].includes(new URL(url).protocol))
    throw new TypeError('A link in a message is http or https.');
  return { kind: 'link', label, url };
}

export interface Frame {
  readonly language: string;
  readonly greeting: { readonly before: string; readonly name: string; readonly after: string };
  readonly closing: string;
  readonly footer: string;
}

export function asText({ blocks }: Letter, { greeting, closing, footer }: Frame): string {
  const body = blocks.map((block) => {
    switch (block.kind) {
      case 'paragraph':
        return block.text;
      case 'facts':
        return [block.title, ...block.rows.map(([label, value]) => `  ${label}: ${value}`)].join('\n');
      case 'link':
        return `${block.label}:\n${block.url}`;
    }
  });
  return `${[greeting.before + greeting.name + greeting.after, ...body, closing, `-- \n${footer}`].join('\n\n')}\n`;
}

export function asHtml({ subject, blocks }: Letter, { language, greeting, closing, footer }: Frame): string {
  const hello = `${escape(greeting.before)}<bdi>${escape(greeting.name)}</bdi>${escape(greeting.after)}`;
  return `<!doctype html>
<html lang="${escape(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(subject)}</title></head>
<body style="margin:0;background:#f4f5f7;color:#1c2430;font:16px/1.5 system-ui,Arial,sans-serif">
<div style="max-width:600px;margin:0 auto;padding:24px;background:#fff">
<p>${hello}</p>
${blocks.map(blockAsHtml).join('\n')}
<p>${escape(closing).replaceAll('\n', '<br>')}</p>
<p style="color:#5c6675;font-size:13px">${escape(footer)}</p>
</div>
</body>
</html>
`;
}

function blockAsHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escape(block.text)}</p>`;
    case 'facts':
      return `<table role="presentation" style="width:100%;border-collapse:collapse;margin:16px 0">
<caption style="text-align:left;font-weight:bold">${escape(block.title)}</caption>
${block.rows.map(rowAsHtml).join('\n')}
</table>`;
    case 'link':
      return `<p><a href="${escape(block.url)}" style="color:#0b57d0">${escape(block.label)}</a></p>`;
  }
}

/** Short enough for a telephone's screen, long enough for an IBAN. */
const LONGEST_UNBROKEN = 34;

function rowAsHtml([label, value]: readonly [string, string]): string {
  const cell = 'padding:4px 0;border-top:1px solid #e3e6ea;vertical-align:top';
  const own = value.length > LONGEST_UNBROKEN ? '' : ';white-space:nowrap';
  return `<tr><td style="${cell}">${escape(label)}</td><td style="${cell};padding-left:16px;text-align:right${own}">${escape(value)}</td></tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Also keeps an amount and its sign on one line. */
function escape(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(/(?<=\d) (?=[€%])/g, '&nbsp;');
}
