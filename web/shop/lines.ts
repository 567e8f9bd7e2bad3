/** What an order holds and costs, line by line, and what it does to each service's own end. Every function answers HTML. */
import { html } from 'ghtml';
import { notice } from '../layout.ts';
import type { Visit } from '../visit.ts';
import type { End, Priced } from './contract.ts';
import { table } from './table.ts';

type Reader = Pick<Visit, 'words' | 'format' | 'language'>;

/** Product, quantity, months, unit price, amount, why; then net, VAT or split payment, and what is to be paid. */
export function linesTable(priced: Priced, { words, format, language }: Reader): string {
  const say = words.shop.lines;
  const rows = priced.lines.map(({ label, quantity, months, annualUnitPrice, discountPercent, amount, ...line }) => {
    const period =
      line.from === null || line.until === null
        ? ''
        : html` <small>!${say.period(format.date(line.from), format.date(line.until))}</small>`;
    const discount =
      discountPercent === 0 ? '' : html` <small>${say.discount(format.percent(discountPercent))}</small>`;
    return html`<tr>
      <th scope="row">${label[language]}</th>
      <td data-label="${say.quantity}" class="amount">${format.number(quantity)}</td>
      <td data-label="${say.months}" class="amount">${format.number(months)}</td>
      <td data-label="${say.unitPrice}" class="amount">${format.money(annualUnitPrice)}</td>
      <td data-label="${say.amount}" class="amount">${format.money(amount)}!${discount}</td>
      <td data-label="${say.why}">${line.explanation[language]}!${period}</td>
    </tr>`;
  });
  const shown = table({
    name: say.caption,
    kind: 'lines',
    columns: [
      { title: say.product },
      { title: say.quantity, isAmount: true },
      { title: say.months, isAmount: true },
      { title: say.unitPrice, isAmount: true },
      { title: say.amount, isAmount: true },
      { title: say.why },
    ],
    rows,
  });
  return shown + totals(priced, { words, format, language });
}

function totals(priced: Priced, { words, format, language }: Reader): string {
  const say = words.shop.lines;
  const { net, vat, vatPercent, total, payable, splitPayment, agreement, promotion } = priced;
  const facts: [string, string][] = [
    [say.net, format.money(net)],
    [say.vat(format.percent(vatPercent)), format.money(vat)],
    [say.total, format.money(total)],
  ];
  if (splitPayment) facts.push([say.payable, format.money(payable)]);
  const items = facts.map(
    ([term, value], index) =>
      html`<div class="!${index === facts.length - 1 ? 'last' : ''}">
        <dt>${term}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  const notes = [
    agreement === null ? '' : html`<p>${say.agreement(agreement.code, format.percent(agreement.percent))}</p>`,
    promotion === null
      ? ''
      : html`<p>${say.promotion(promotion.name?.[language] ?? null, format.percent(promotion.percent))}</p>`,
    splitPayment ? html`<p>${say.splitPayment}</p>` : '',
  ];
  return html`<dl class="totals">!${items}</dl>
    !${notes}`;
}

/** What the API advises about a quote; that there is nothing to extend is told where extending is chosen. */
export function advice({ words, language }: Reader, { warnings }: Priced): string {
  return warnings
    .filter(({ code }) => code !== 'co_term_not_offered')
    .map((warning) => notice('warning', html`${warning[language]}`, words))
    .join('');
}

/** Each service's own end before and after; under `caption`, which tells which choice it shows. */
export function endsTable(ends: readonly End[], caption: string, { words, format, language }: Reader): string {
  const say = words.shop.ends;
  const rows = ends.map(
    ({ label, quantity, endsOn, newEndsOn, lapses }) =>
      html`<tr>
        <th scope="row">${label[language]}!${quantity === 1 ? '' : html` × ${format.number(quantity)}`}</th>
        <td data-label="${say.before}">!${endsOn === null ? html`${say.new}` : format.date(endsOn)}</td>
        <td data-label="${say.after}">
          !${format.date(newEndsOn)} !${lapses ? html`<small class="badge warn">${say.lapses}</small>` : ''}
          !${endsOn === newEndsOn && !lapses ? html`<small>${say.unchanged}</small>` : ''}
        </td>
      </tr>`,
  );
  const columns = [{ title: say.service }, { title: say.before }, { title: say.after }];
  return table({ name: caption, isCaptioned: true, kind: 'ends', columns, rows });
}
