/** The real Chromium the pages are tested in: the one `npm test` has found or installed. */
import { chromium, type Browser } from 'playwright-core';

export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env['RINNOVO_CHROMIUM'];
  if (!executablePath) throw new Error('RINNOVO_CHROMIUM is not set: run the tests with npm test, also a single file.');
  // Chromium's own sandbox refuses to run as root, as in a container.
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    headless: true,
    args: ['--disable-dev-shm-usage', '--disable-gpu', ...(isRoot ? ['--no-sandbox'] : [])],
  });
}
