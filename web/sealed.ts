/**
 * Personal data that a page has to carry in an address, sealed: neither history nor a proxy's log can read them, and only
 * the session that wrote them opens them. So the area itself keeps nothing, and every tab has its own.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface Seal {
  /** Any JSON value as a short text that is fit for an address. */
  close(value: unknown): string;
  /** The value again; null where this session did not write the text. */
  open(text: string): unknown;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param token the session's; without one there is nobody to keep anything for, and a key of the moment is used. */
export function sealOf(token: string | null): Seal {
  let made: Buffer | null = null;
  const key = (): Buffer => {
    made ??= Buffer.from(hkdfSync('sha256', token ?? randomBytes(KEY_BYTES), '', 'rinnovo address', KEY_BYTES));
    return made;
  };
  return {
    close(value) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key(), nonce);
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(text) {
      try {
        const bytes = Buffer.from(text, 'base64url');
        const decipher = createDecipheriv(CIPHER, key(), bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return JSON.parse(Buffer.concat([body, decipher.final()]).toString('utf8')) as unknown;
      } catch {
        return null;
      }
    },
  };
}
