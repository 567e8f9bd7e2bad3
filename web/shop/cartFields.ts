/** What of a cart can be changed: product, years, units, modules, agreement code. Every function answers HTML. */
import { html } from 'ghtml';
import type { Extra, Product, Subscription } from '../contract.ts';
import { field, hidden, radios, select, type FormState } from '../fields.ts';
import type { SignedVisit } from '../visit.ts';
import { COUNTED, EXTRAS, MODULES, type Cart } from './cartState.ts';
import type { Catalogue, Party } from './contract.ts';
import { nameOf } from './party.ts';

export interface CartContext {
  readonly cart: Cart;
  readonly catalogue: Catalogue;
  /** What it changes; null on a first purchase. */
  readonly subscription: Subscription | null;
  readonly holder: Party | null;
}

export function cartFields(context: CartContext, form: FormState, visit: SignedVisit): string {
  const { cart, subscription } = context;
  const { words } = visit;
  const say = words.shop.cart;
  const fixed = { type: cart.type, ...(cart.service === null ? {} : { service: cart.service }) };
  const shown: FormState = { ...form, values: withPresent(context, form) };
  return html`!${hidden({ ...fixed, ...(cart.holder === null ? {} : { holder: cart.holder }) })}
    <button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true">${say.update}</button>
    !${subscription === null ? holderNote(context, visit) : present(subscription, visit)}
    !${cart.type === 'first_purchase' ? productField(context, shown, visit) : ''}
    !${cart.type === 'upgrade' ? '' : yearsField(context, shown, visit)}
    <fieldset class="group">
      <legend>${cart.type === 'upgrade' ? say.addNow : say.inCart}</legend>
      !${cart.type === 'upgrade' ? html`<p class="hint">${say.upgradeLasts}</p>` : ''}
      <ul class="plain items">
        !${COUNTED.map((sku) => countedItem(sku, context, shown, visit))}
        !${MODULES.filter((sku) => offered(context, sku) !== null).map((sku) => moduleItem(sku, context, shown, visit))}
      </ul>
      !${productOf(context) === 'fe-receive-only' ? html`<p class="hint">${say.noModules}</p>` : ''}
      <button type="submit" class="secondary update">${say.update}</button>
    </fieldset>
    <div class="code">
      !${field({ name: 'code', label: say.code, hint: say.codeHint, maxlength: 32 }, shown, words)}
      <button type="submit" class="secondary">${say.confirmCode}</button>
    </div>`;
}

function productOf({ cart, subscription }: CartContext): Product {
  return subscription?.product ?? cart.product;
}

/** The price list's entry for an extra of this product, or null where it is not sold with it. */
function offered(context: CartContext, sku: Extra) {
  const product = context.catalogue.products.find((one) => one.sku === productOf(context));
  return product?.extras.find((extra) => extra.sku === sku) ?? null;
}

/** How many of an extra the next period begins with where nothing else is chosen. */
function presentCount({ subscription }: CartContext, sku: Extra): number {
  const groups = subscription?.composition.extras ?? [];
  return groups
    .filter((group) => group.sku === sku && group.carriedOn)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/** The values to show: a renewal's quantities begin with what there is. */
function withPresent(context: CartContext, { values }: FormState): URLSearchParams {
  const shown = new URLSearchParams(values);
  const carriesOn = context.cart.type === 'renewal' || context.cart.type === 'reactivation';
  for (const sku of EXTRAS) {
    if (!shown.has(sku)) shown.set(sku, String(carriesOn ? presentCount(context, sku) : 0));
  }
  return shown;
}

/** What there is until now: "si visualizzano i servizi attivi fino a quel momento" [guide: renewal]. */
function present(subscription: Subscription, { words, format }: SignedVisit): string {
  const say = words.shop.cart;
  const { composition, expiresOn, product, username } = subscription;
  const base =
    expiresOn === null ? html`${words.products[product]}` : say.until(words.products[product], format.date(expiresOn));
  const extras = composition.extras.map(({ sku, quantity, endsOn, carriedOn }) => {
    const lapses = carriedOn ? '' : html` <small class="badge warn">${words.shop.ends.lapses}</small>`;
    return html`<li>!${say.until(`${quantity} × ${words.extras[sku]}`, format.date(endsOn))}!${lapses}</li>`;
  });
  return html`<section class="card present" aria-labelledby="present">
    <h2 id="present">${say.present}</h2>
    !${username === null ? '' : html`<p>${words.services.username}: <strong>${username}</strong></p>`}
    <ul>
      <li>!${base}</li>
      <li>${say.included(format.number(composition.includedGb))}</li>
      !${extras}
    </ul>
  </section>`;
}

function holderNote({ holder }: CartContext, { words }: SignedVisit): string {
  if (holder === null) return '';
  return html`<p>
    ${words.shop.cart.holder}: <strong dir="auto">${nameOf(holder)}</strong>
    <button type="submit" name="go" value="holder" class="quiet">${words.shop.cart.changeHolder}</button>
  </p>`;
}

function productField({ catalogue }: CartContext, form: FormState, { words, format }: SignedVisit): string {
  const { retired = [] } = catalogue;
  const choices = catalogue.products
    .filter(({ sku }) => !retired.includes(sku))
    .map(({ sku, annualPrice }) => ({
      value: sku,
      label: words.products[sku],
      hint: words.shop.cart.perYear(format.money(annualPrice)),
    }));
  return radios({ name: 'product', label: words.shop.cart.product, choices }, form);
}

function yearsField(context: CartContext, form: FormState, { words, language, format }: SignedVisit): string {
  const { cart, catalogue } = context;
  const say = words.shop.cart;
  const product = productOf(context);
  const { least, most } = catalogue.products.find(({ sku }) => sku === product)?.years ?? { least: 1, most: 1 };
  const promotions = (catalogue.promotions ?? []).filter(
    ({ products, orderTypes }) => products.includes(product) && orderTypes.includes(cart.type),
  );
  const longest = Math.min(most, ...promotions.map(({ mostYears }) => mostYears));
  const choices = Array.from({ length: Math.max(1, longest - least + 1) }, (_, index) => least + index).map(
    (years) => ({
      value: String(years),
      label: say.yearsOf(years),
    }),
  );
  const hint = promotions
    .map(({ name, percent, mostYears }) => say.promotion(name?.[language] ?? null, format.percent(percent), mostYears))
    .join(' ');
  const options = { name: 'years', label: say.years, choices, required: true };
  return select(hint === '' ? options : { ...options, hint }, form, words);
}

/** A number with − and +: each a button of its own, so that it works wherever forms do. */
function countedItem(sku: Extra, context: CartContext, form: FormState, { words, format }: SignedVisit): string {
  const say = words.shop.cart;
  const price = offered(context, sku);
  const count = form.values.get(sku) ?? '0';
  const name = words.extras[sku];
  const error = form.errors[sku];
  return html`<li id="line-!${sku}" class="item">
    <label for="field-!${sku}">${name}</label>
    !${price === null ? '' : html`<small>${say.perUnit(format.money(price.annualPrice))}</small>`}
    <span class="stepper">
      <button
        type="submit"
        name="less"
        value="!${sku}"
        class="secondary"
        aria-label="${say.less(name)}"
        !${count === '0' ? 'disabled' : ''}
      >
        −
      </button>
      <input
        type="number"
        inputmode="numeric"
        min="0"
        max="1000"
        id="field-!${sku}"
        name="!${sku}"
        value="${count}"
        !${error === undefined ? '' : html`aria-invalid="true" aria-describedby="error-!${sku}"`}
      />
      <button type="submit" name="more" value="!${sku}" class="secondary" aria-label="${say.more(name)}">+</button>
    </span>
    !${error === undefined ? '' : html`<strong class="error" id="error-!${sku}">${error}</strong>`}
  </li>`;
}

/** In the cart with "Elimina dal carrello", or on offer with "Aggiungi al carrello" [guide: purchase]. */
function moduleItem(sku: Extra, context: CartContext, form: FormState, { words, format }: SignedVisit): string {
  const say = words.shop.cart;
  const name = words.extras[sku];
  const price = offered(context, sku);
  const isIn = (form.values.get(sku) ?? '0') !== '0';
  const isOwned = context.cart.type === 'upgrade' && presentCount(context, sku) > 0;
  const error = form.errors[sku];
  const button = isIn
    ? html`<button type="submit" name="remove" value="!${sku}" class="outline" aria-label="${say.removeNamed(name)}">
        ${say.remove}
      </button>`
    : html`<button type="submit" name="add" value="!${sku}" class="secondary" aria-label="${say.addNamed(name)}">
        ${say.add}
      </button>`;
  return html`<li id="line-!${sku}" class="item">
    <span id="field-!${sku}">${name} !${isIn ? html`<small class="badge ok">${say.chosen}</small>` : ''}</span>
    !${price === null ? '' : html`<small>${say.perYear(format.money(price.annualPrice))}</small>`}
    <input type="hidden" name="!${sku}" value="${form.values.get(sku) ?? '0'}" />
    !${isOwned && !isIn ? html`<small class="badge muted">${say.owned}</small>` : button}
    !${error === undefined ? '' : html`<strong class="error">${error}</strong>`}
  </li>`;
}
