/**
 * What Stripe signs (`Stripe-Signature: t=…,v1=…`): the time, and the body's bytes as they came. Held against the bytes
 * themselves, where Stripe's package decodes them first (so that a changed one may pass for another) and lets signatures
 * of the future pass.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../domain/calendar.ts';

/** Further off, and a signature counts no more: who listened in once must not say it again later. */
const TOLERANCE_SECONDS = 300;
/** One for each secret that is valid; more is nobody's who means well. */
const MOST_SIGNATURES = 20;

export type SignatureFault = 'signature_wrong' | 'signature_too_old' | 'signature_too_early';

interface Signed {
  readonly body: Uint8Array;
  readonly header: string;
  /** All that are valid now: while one is replaced there are two. */
  readonly secrets: readonly string[];
  readonly receivedAt: Instant;
}

/** What is wrong with a signature; null where nothing is. Its age is only told of one that is right. */
export function signatureFault({ body, header, secrets, receivedAt }: Signed): SignatureFault | null {
  const read = partsOf(header);
  if (read === null) return 'signature_wrong';
  const { time, signatures } = read;
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(`${time}.`).update(body).digest());
  if (!signatures.some((one) => expected.some((each) => timingSafeEqual(one, each)))) return 'signature_wrong';
  return ageFault(time, receivedAt);
}

/** Of a right signature: whether it was made too far from now, by its own seconds. */
function ageFault(time: string, receivedAt: Instant): SignatureFault | null {
  const age = Math.floor(receivedAt / 1000) - Number(time);
  if (age > TOLERANCE_SECONDS) return 'signature_too_old';
  return age < -TOLERANCE_SECONDS ? 'signature_too_early' : null;
}

/** One time, and any number of signatures; schemes other than v1 are not ours to judge, and count for nothing. */
function partsOf(header: string): { time: string; signatures: readonly Buffer[] } | null {
  const parts = header.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]);
  const [time, ...times] = parts.filter(([name]) => name === 't').map(([, value = '']) => value);
  if (time === undefined || times.length > 0 || !/^\d{1,12}$/.test(time)) return null;
  const given = parts.filter(([name]) => name === 'v1').map(([, value = '']) => value);
  if (given.length > MOST_SIGNATURES) return null;
  const signatures = given.filter((each) => /^[0-9a-f]{64}$/.test(each)).map((each) => Buffer.from(each, 'hex'));
  return { time, signatures };
}
