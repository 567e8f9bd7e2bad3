import express, { Router, type Express } from 'express';
import helmet from 'helmet';
import { apiFor } from './api.ts';
import { serveAssets } from './assets.ts';
import type { Context } from './context.ts';
import type { Gateway } from './contract.ts';
import { cookiesFor } from './cookies.ts';
import { answerFailure } from './failures.ts';
import { chargeConfirmations } from './pages/chargeConfirmations.ts';
import { clock } from './pages/clock.ts';
import { confirmations } from './pages/confirmations.ts';
import { forgotten } from './pages/forgotten.ts';
import { help } from './pages/help.ts';
import { languages } from './pages/languages.ts';
import { login } from './pages/login.ts';
import { password } from './pages/password.ts';
import { registration } from './pages/registration.ts';
import { services } from './pages/services.ts';
import { sameOrigin } from './session.ts';
import { shop } from './shop/shop.ts';
import { PageUnknown } from './visit.ts';
import { pagesOn } from './visits.ts';

export interface WebOptions {
  /** Where the API is, e.g. `http://127.0.0.1:3000`. */
  readonly apiUrl: string;
  /** Where customers find this area, e.g. `https://area.example.it`. */
  readonly publicUrl: string;
  /** Proxies whose X-Forwarded-For is believed, as express's "trust proxy" has it; without it, this machine's. */
  readonly trustedProxies?: string | undefined;
  readonly log?: Context['log'];
}

/** Larger than any form of ours, also where each letter is sent as nine; the API has its own limit. */
const FORM_LIMIT = '256kb';

/** The whole customer area as one request handler; it listens nowhere by itself. */
export function createWeb(options: WebOptions): Express {
  const { apiUrl, publicUrl, trustedProxies = 'loopback', log = () => undefined } = options;
  const context: Context = { apiUrl, publicUrl, cookies: cookiesFor(publicUrl), gateway: gatewayOf(apiUrl), log };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustedProxies);
  app.use(helmet(headersFor(publicUrl)));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  const router = Router();
  serveAssets(router);
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.use(sameOrigin(publicUrl));
  router.use(express.text({ type: 'application/x-www-form-urlencoded', limit: FORM_LIMIT }));
  const pages = pagesOn(router, context);
  const parts = [
    languages,
    login,
    password,
    forgotten,
    registration,
    services,
    clock,
    help,
    confirmations,
    chargeConfirmations,
    shop,
  ];
  for (const part of parts) part(pages);
  app.use(router);
  app.use(() => {
    throw new PageUnknown();
  });
  app.use(answerFailure(context));
  return app;
}

/** Nothing but our own style and script, none of it inline; no page of ours in another's frame. */
function headersFor(publicUrl: string): Parameters<typeof helmet>[0] {
  const isHttps = publicUrl.startsWith('https:');
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // Pico draws its arrows and ticks as data images.
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    ...(isHttps ? {} : { strictTransportSecurity: false }),
    referrerPolicy: { policy: 'same-origin' },
  };
}

const GATEWAY_KNOWN_MS = 60_000;

/** Asked now and then: whether this is a sandbox does not change while a page is read. */
function gatewayOf(apiUrl: string): Context['gateway'] {
  let known: { gateway: Gateway | null; until: number } | null = null;
  return async () => {
    if (known !== null && known.until > Date.now()) return known.gateway;
    const gateway = await apiFor(apiUrl, { language: 'it', token: null, address: undefined })
      .get<Gateway>('/gateway')
      .catch(() => null);
    known = { gateway, until: Date.now() + (gateway === null ? 0 : GATEWAY_KNOWN_MS) };
    return gateway;
  };
}
