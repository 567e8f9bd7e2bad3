/** What every page must pass: axe's WCAG 2.2 AA rules, no sideways scrolling, no jumps while it loads. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** Of the browser, in which the functions given to `evaluate` run. */
declare function requestAnimationFrame(then: () => void): number;

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTHS = [360, 1280];
const HEIGHT = 900;

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Axe on the page as it stands. */
export async function assertAccessible(page: Page): Promise<void> {
  // Evaluated by the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (values): Promise<Violation[]> => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> };
    };
    return (await axe.run({ runOnly: { type: 'tag', values } })).violations;
  }, RULES);
  const told = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`,
  );
  assert.deepStrictEqual(told, [], `${page.url()} at ${page.viewportSize()?.width} px`);
}

/**
 * Axe, no sideways scrolling and no jumps, at both widths and in both languages; the page must answer GET. It is left in
 * Italian, at the greater width.
 */
export async function assertGoodPage(page: Page, path: string): Promise<void> {
  for (const language of ['en', 'it']) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT });
      await page.goto(`/language?to=${language}&back=${encodeURIComponent(path)}`);
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      await assertAccessible(page);
      await assertNoSidewaysScroll(page);
      assert.equal(await layoutShift(page), 0, `${path} jumps at ${width} px`);
    }
  }
}

export async function assertNoSidewaysScroll(page: Page): Promise<void> {
  const { scroll, client } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = (globalThis as unknown as { document: { documentElement: Sizes } }).document
      .documentElement;
    return { scroll: scrollWidth, client: clientWidth };
  });
  assert.ok(scroll <= client, `${page.url()} is ${scroll} px wide in ${client} px`);
}

interface Sizes {
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

/** The cumulative layout shift since the page began to load. */
export async function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let total = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) total += (entry as unknown as { value: number }).value;
        });
        observer.observe({ type: 'layout-shift', buffered: true } as unknown as { type: 'mark' });
        // What was buffered is told before the frame after the next one.
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(total))));
      }),
  );
}
