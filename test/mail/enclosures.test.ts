import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import jsQrModule from 'jsqr';
import { PNG } from 'pngjs';
import { enclosures } from '../../activities/mail/enclosures.ts';
import { loadInstructions } from '../../config/instructions.ts';
import type { Holder } from '../../db/holders.ts';
import { epcPayload } from '../../domain/epcQr.ts';

const HOLDER: Holder = {
  companyName: 'Esempio S.r.l.',
  address: { street: 'Via Roma 1', postalCode: '20121', city: 'Milano', province: 'MI', country: 'IT' },
  vatNumber: '12345678903',
  phone: '+390212345678',
  email: 'cliente@example.com',
  publicAdministration: false,
};
const instructions = loadInstructions();
const ORDER = { number: '1000000161', dueMinor: 3050 };
/** The package's types describe its module as the function itself. */
const jsQr = jsQrModule as unknown as (
  data: Uint8ClampedArray,
  width: number,
  height: number,
) => { data: string } | null;

describe('what goes with an order to be paid', () => {
  it('by bank transfer is a code that fills the transfer in', async () => {
    const [picture, ...others] = await enclosures(ORDER, { way: 'bank_transfer', holder: HOLDER, instructions });
    assert.deepStrictEqual(others, []);
    assert.deepStrictEqual([picture?.fileName, picture?.contentType], ['bonifico-1000000161.png', 'image/png']);
    const { data, width, height } = PNG.sync.read(picture?.content ?? Buffer.alloc(0));
    const { holder: name, iban, bic } = instructions.bankTransfer;
    assert.equal(
      jsQr(new Uint8ClampedArray(data), width, height)?.data,
      epcPayload({ name, iban, bic, amountMinor: 3050, text: '1000000161' }),
    );
  });

  it('by postal slip is the slip, ready to print', async () => {
    const [slip, ...others] = await enclosures(ORDER, { way: 'postal_slip', holder: HOLDER, instructions });
    assert.deepStrictEqual(others, []);
    assert.deepStrictEqual([slip?.fileName, slip?.contentType], ['bollettino-1000000161.pdf', 'application/pdf']);
    assert.equal(slip?.content.subarray(0, 5).toString(), '%PDF-');
  });

  it('by card is nothing', async () => {
    assert.deepStrictEqual(await enclosures(ORDER, { way: 'card', holder: HOLDER, instructions }), []);
  });
});
