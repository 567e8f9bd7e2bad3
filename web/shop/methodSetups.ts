/** A card or PayPal account is registered on the gateway's own page: from the wallet there, and back to where it was needed. */
import { html } from 'ghtml';
import { segment } from '../api.ts';
import { hidden, submit } from '../fields.ts';
import { notice } from '../layout.ts';
import { onward } from '../onward.ts';
import { localPath } from '../session.ts';
import type { Answer, Pages, SignedVisit } from '../visit.ts';

interface Setup {
  readonly setupId: string;
  readonly status: 'open' | 'complete' | 'processing' | 'failed' | 'registered';
  /** The page of this area it was begun on. */
  readonly returnTo: string;
  readonly methodId: string | null;
  /** The gateway's page, while it is open. */
  readonly continueAt: string | null;
}

const WALLET = '/methods';
export function methodSetups(pages: Pages): void {
  pages.signed('/methods/setups', { get: () => ({ redirect: WALLET }), post: begin });
  pages.signed('/methods/setups/:setupId', { get: show });
}

function pathOf({ account }: SignedVisit): string {
  return `/customers/${segment(account.customerId)}/payment-method-setups`;
}

/** Where a page that offers to register a method leads for it. */
export function setupsFor({ url }: SignedVisit): string {
  return `${WALLET}?${new URLSearchParams({ back: url }).toString()}`;
}

/** Buttons that lead to the gateway's page, one for each kind; '' where it has none. */
export async function setupForms(visit: SignedVisit): Promise<string> {
  const say = visit.words.shop.methods;
  const types = (await visit.gateway())?.types ?? [];
  if (types.length === 0) return '';
  const back = visit.query.get('back') ?? WALLET;
  const forms = types.map(
    (type) =>
      html`<form method="post" action="/methods/setups">!${hidden({ type, back })} !${submit(say.add[type])}</form>`,
  );
  return html`<p>${say.elsewhere}</p>
    <div class="actions">!${forms}</div>`;
}

async function begin(visit: SignedVisit): Promise<Answer> {
  const { api, form } = visit;
  const type = form.get('type') === 'paypal' ? 'paypal' : 'card';
  const { pathname, search } = new URL(localPath(form.get('back')), 'http://here');
  const returnTo = pathname === '/' ? WALLET : pathname + search;
  const { setupId } = await api.post<Pick<Setup, 'setupId'>>(pathOf(visit), { type, returnTo });
  return { redirect: `/methods/setups/${segment(setupId)}` };
}

/** Asked for before and after the gateway's page: what it is now says what follows. */
async function show(visit: SignedVisit): Promise<Answer> {
  const { api, params, words, url } = visit;
  const say = words.shop.methods;
  const path = `${pathOf(visit)}/${segment(params['setupId'] ?? '')}`;
  const found = await api.get<Setup>(path);
  // The gateway leads back by a link, so this is where it is taken; a second time changes nothing.
  const setup = found.status === 'complete' ? await api.post<Setup>(`${path}/completion`, {}) : found;
  const { status, methodId, continueAt, returnTo } = setup;
  if (status === 'registered' && methodId !== null)
    return { redirect: chosenOn(returnTo, methodId), flash: { kind: 'success', text: say.registered } };
  const back = html`<p><a href="${returnTo}">${say.backThere}</a></p>`;
  if (status === 'open') {
    const link = onward(continueAt, say.goOn) ?? '';
    return {
      title: say.register,
      content: html`<p>${say.atTheGateway}</p>
        !${link} !${back}`,
      narrow: true,
    };
  }
  const isComing = status === 'processing' || status === 'complete';
  const told = isComing
    ? html`!${notice('info', html`${say.processing}`, words)}
        <p><a href="${url}" role="button">${say.lookAgain}</a></p>`
    : notice('error', html`${say.setupFailed}`, words);
  return { title: say.register, content: html`!${told} !${back}`, narrow: true };
}

/** That page again, with the method chosen on it. */
function chosenOn(returnTo: string, methodId: string): string {
  const [path = WALLET, query = ''] = returnTo.split('?', 2);
  if (path === WALLET) return WALLET;
  const named = new URLSearchParams(query);
  named.set('method', methodId);
  return `${path}?${named.toString()}`;
}
