/** Where a bank transfer or postal slip goes, with a code a bank's app reads [guide: purchase]. Answers HTML. */
import { html } from 'ghtml';
import { factList, type Fact } from '../facts.ts';
import { notice } from '../layout.ts';
import type { SignedVisit } from '../visit.ts';
import type { Instructions } from './contract.ts';
import { qrCode } from './qr.ts';

/** `way`: only this one; both without it. */
export function instructionsFor(
  instructions: Instructions,
  { words, format }: SignedVisit,
  way?: 'bank_transfer' | 'postal_slip',
): string {
  const say = words.shop.instructions;
  const { due, reason, bankTransfer, postalSlip, placeholder } = instructions;
  const amount = format.money(due);
  const toBank: Fact[] = [
    [say.holder, shown(bankTransfer.holder)],
    ['IBAN', shown(inFours(bankTransfer.iban), 'copy')],
    ...(bankTransfer.bic === null ? [] : [['BIC', shown(bankTransfer.bic, 'copy')] as const]),
    [say.amount, shown(amount)],
    [say.reason, shown(reason, 'copy')],
  ];
  const transfer = html`<section class="card" aria-labelledby="transfer">
    <h3 id="transfer">${words.shop.pay.bankTransfer}</h3>
    <div class="transfer">
      !${factList(toBank)}
      <figure>
        !${qrCode(bankTransfer.epcQr, say.qrAlternative(bankTransfer.holder, amount, reason))}
        <figcaption>${say.qrHint}</figcaption>
      </figure>
    </div>
  </section>`;
  const toPost: Fact[] = [
    [say.holder, shown(postalSlip.holder)],
    [say.account, shown(postalSlip.accountNumber, 'copy')],
    [say.amount, shown(amount)],
    [say.reason, shown(reason, 'copy')],
    [say.slipCode, shown(postalSlip.code, 'copy')],
  ];
  const slip = html`<section class="card" aria-labelledby="slip">
    <h3 id="slip">${words.shop.pay.postalSlip}</h3>
    !${factList(toPost)}
    <p><a href="/orders/${instructions.orderNumber}/slip">${say.slip}</a></p>
  </section>`;
  return html`<section aria-labelledby="instructions">
    <h2 id="instructions">${say.title}</h2>
    !${placeholder ? notice('warning', html`${say.placeholder}`, words) : ''}
    <p>${say.intro}</p>
    !${way === 'postal_slip' ? '' : transfer} !${way === 'bank_transfer' ? '' : slip}
  </section>`;
}

/** What is to be copied is selected whole by one click (the style sheet's `user-select: all`). */
function shown(value: string, kind: 'copy' | 'text' = 'text'): string {
  return html`<span class="value !${kind}">${value}</span>`;
}

function inFours(iban: string): string {
  return iban.replaceAll(/(.{4})(?=.)/g, '$1 ');
}
