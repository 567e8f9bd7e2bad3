import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import Stripe from 'stripe';
import { signatureFault } from '../../config/webhookSignature.ts';
import type { Instant } from '../../domain/calendar.ts';

const SECRET = 'whsec_one';
const TIME = 1_773_136_800;
const BODY = Buffer.from('{"id":"evt_1","note":"Società 😀 � è già così"}');

const hmac = (body: Uint8Array, { time = String(TIME), secret = SECRET } = {}): string =>
  createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
const RIGHT = hmac(BODY);
const WRONG = 'a'.repeat(64);

const faultOf = (
  header: string,
  { body = BODY as Uint8Array, secrets = [SECRET], at = TIME * 1000 } = {},
): string | null => signatureFault({ body, header, secrets, receivedAt: at as Instant });

describe('a signature of Stripe', () => {
  it('is right as Stripe’s own package makes it', () => {
    const header = Stripe.webhooks.generateTestHeaderString({
      payload: BODY.toString(),
      secret: SECRET,
      timestamp: TIME,
    });
    assert.equal(faultOf(header), null);
    assert.equal(header, `t=${TIME},v1=${RIGHT}`);
  });

  it('is right among others, in any order, beside schemes nobody knows', () => {
    for (const header of [
      `t=${TIME},v1=${WRONG},v1=${RIGHT}`,
      `t=${TIME},v1=${RIGHT},v1=${WRONG}`,
      `v1=${RIGHT},t=${TIME}`,
      `t=${TIME},v0=${WRONG},v1=${RIGHT},v2=${WRONG},nonsense,=,x=y=z`,
      `t=${TIME},v1=short,v1=${RIGHT}`,
    ])
      assert.equal(faultOf(header), null, header);
  });

  it('is wrong where it only has another scheme, is cut, in other letters, or padded', () => {
    for (const header of [
      '',
      ',',
      '=',
      't=',
      'v1=',
      `t=${TIME}`,
      `v1=${RIGHT}`,
      `t=${TIME},v0=${RIGHT}`,
      `t=${TIME},V1=${RIGHT}`,
      `t=${TIME},v1=${RIGHT.slice(1)}`,
      `t=${TIME},v1=${RIGHT}0`,
      `t=${TIME},v1=${RIGHT.toUpperCase()}`,
      `t=${TIME},v1= ${RIGHT}`,
      `t=${TIME}, v1=${RIGHT}`,
      `t=${TIME};v1=${RIGHT}`,
      `t=${TIME} v1=${RIGHT}`,
      `t=${TIME},v1=${Buffer.from(RIGHT, 'hex').toString('base64')}`,
      `t=${TIME},t=${TIME},v1=${RIGHT}`,
      `t=${TIME + 1},v1=${RIGHT}`,
      `t=0${TIME},v1=${RIGHT}`,
      `t=${TIME}.0,v1=${RIGHT}`,
      `t=-${TIME},v1=${RIGHT}`,
      `t=1e9,v1=${hmac(BODY, { time: '1e9' })}`,
      `t=NaN,v1=${hmac(BODY, { time: 'NaN' })}`,
      `t=,v1=${hmac(BODY, { time: '' })}`,
      `t=${TIME},${`v1=${WRONG},`.repeat(20)}v1=${RIGHT}`,
      'x'.repeat(100_000),
    ])
      assert.equal(faultOf(header), 'signature_wrong', header.slice(0, 200));
  });

  it('is of the bytes: no other bytes that read alike, no byte more or less', () => {
    const header = `t=${TIME},v1=${RIGHT}`;
    const at = BODY.indexOf(Buffer.from('�'));
    const unreadable = Buffer.concat([BODY.subarray(0, at), Buffer.from([0xff]), BODY.subarray(at + 3)]);
    assert.equal(unreadable.toString(), BODY.toString());
    for (const body of [
      unreadable,
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), BODY]),
      Buffer.concat([BODY, Buffer.from('\n')]),
      BODY.subarray(1),
      Buffer.alloc(0),
      Buffer.from(JSON.stringify(JSON.parse(BODY.toString()), null, 1)),
      Buffer.from(BODY.toString().normalize('NFD')),
    ])
      assert.equal(faultOf(header, { body }), 'signature_wrong');
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    assert.equal(faultOf(`t=${TIME},v1=${hmac(bytes)}`, { body: bytes }), null);
    assert.equal(faultOf(`t=${TIME},v1=${hmac(Buffer.alloc(0))}`, { body: Buffer.alloc(0) }), null);
  });

  it('counts for five minutes, before and after, and its age is only told where it is right', () => {
    const header = `t=${TIME},v1=${RIGHT}`;
    const after = (seconds: number) => faultOf(header, { at: (TIME + seconds) * 1000 });
    assert.deepEqual([-301, -300, 0, 300, 301].map(after), [
      'signature_too_early',
      null,
      null,
      null,
      'signature_too_old',
    ]);
    // A part of a second is not older than the second it is in.
    assert.equal(faultOf(header, { at: (TIME + 300) * 1000 + 999 }), null);
    assert.equal(faultOf(`t=${TIME},v1=${WRONG}`, { at: (TIME + 9999) * 1000 }), 'signature_wrong');
  });

  it('may be of either of two secrets while one replaces the other, and of no third', () => {
    const secrets = ['whsec_new', SECRET];
    const by = (secret: string) => `t=${TIME},v1=${hmac(BODY, { secret })}`;
    assert.equal(faultOf(by(SECRET), { secrets }), null);
    assert.equal(faultOf(by('whsec_new'), { secrets }), null);
    assert.equal(faultOf(by('whsec_third'), { secrets }), 'signature_wrong');
    assert.equal(faultOf(by(secrets.join(',')), { secrets }), 'signature_wrong');
    assert.equal(faultOf(by(SECRET), { secrets: [] }), 'signature_wrong');
  });
});
