/** A page that arrives in pieces, as on a slow line or a busy machine, is shown once it is whole. */
import assert from 'node:assert/strict';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { layoutShift } from './support/accessibility.ts';
import { registeredCustomer, signIn, startArea, type Area } from './support/area.ts';
import { activeService, ordersOf } from './support/shop.ts';

const PIECE_BYTES = 512;
const PAUSE_MS = 25;

let area: Area;
before(async () => {
  area = await startArea();
});
after(async () => area?.stop());

describe('a page that arrives in pieces', () => {
  it('does not move while its table grows', async () => {
    const customer = await registeredCustomer(area, { recipientCode: 'ABC1234' });
    await activeService(area, customer);
    const [order] = await ordersOf(area, customer);
    const line = await slowLine(area.url);
    try {
      const page = await area.reader({ more: { baseURL: line.url } });
      await signIn(page, customer);
      await page.goto(`/orders/${String(order?.['number'])}`);
      assert.equal(await page.locator('table.lines').count(), 1);
      assert.equal(await layoutShift(page), 0);
    } finally {
      await line.stop();
    }
  });
});

/** Passes requests on, and the pages that are answered in pieces. */
async function slowLine(target: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const onward = ask(`${target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (!String(answer.headers['content-type']).startsWith('text/html')) return void answer.pipe(response);
      const received: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => received.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(received);
        let sent = 0;
        const timer = setInterval(() => {
          response.write(body.subarray(sent, (sent += PIECE_BYTES)));
          if (sent < body.length) return;
          clearInterval(timer);
          response.end();
        }, PAUSE_MS);
      });
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
