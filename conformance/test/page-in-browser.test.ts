import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { privateFolder, wholeFile } from '../../test/support/folder.js';
import { pageOf } from '../src/report/page/page.js';
import { OUTCOMES, type Results } from '../src/report/results.js';
import { launchChromium, testInChromium } from './support/chromium.js';
import { faintTexts, narrowest, widest } from './support/in-page.js';
import { moduleResults, producerResults } from './support/practice-results.js';
import { HOSTILE, resultsOf } from './support/results.js';

const folder = privateFolder(wholeFile);
let browser: Promise<Browser> | null = null;
test.after.always(async () => (await browser)?.close());

/** A page of results from a file: what it asked for beyond itself, and what it complained of, is kept. */
async function show(t: ExecutionContext, results: Results, options: BrowserContextOptions = {}) {
  browser ??= launchChromium();
  const context = await (await browser).newContext({ viewport: { width: 1100, height: 900 }, ...options });
  t.teardown(() => context.close());
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  const file = join(folder, `${t.title.replaceAll(/\W+/g, '-')}.html`);
  writeFileSync(file, pageOf(results));
  const url = pathToFileURL(file).href;
  await page.goto(url);
  return { page, url, requests, complaints };
}

const shownCases = (page: Page) => page.locator('.case:visible').count();
/** Such as `checkbox outcome pass`. */
const focused = async (page: Page) => {
  const words = await page.evaluate<string[]>(
    '(({ type, name, id, value }) => [type, name || id, value])(document.activeElement)',
  );
  return words.filter(Boolean).join(' ');
};

/** Presses Tab until the wanted element has the focus. */
async function tabTo(page: Page, wanted: RegExp) {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press('Tab');
    if (wanted.test(await focused(page))) return;
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

testInChromium('it loads from a file, asks for nothing else, and complains of nothing', async (t) => {
  const { page, url, requests, complaints } = await show(t, producerResults());
  t.is(await page.locator('#count').textContent(), 'All 31 cases are shown');
  await page.getByRole('link', { name: 'refuses a KEK that has expired' }).first().click();
  await page.getByRole('searchbox', { name: 'Text' }).fill('expired');
  await page.emulateMedia({ media: 'print' });
  t.deepEqual(requests, [url]);
  t.deepEqual(complaints, []);
});

testInChromium('hostile texts are shown as texts, and run nothing', async (t) => {
  const { cases, ...facts } = producerResults();
  const hostile = cases.map((one) => ({
    ...one,
    id: `${one.id}/${HOSTILE}`,
    title: HOSTILE,
    reason: HOSTILE,
    why: HOSTILE,
    cell: one.cell === null ? null : { kek: one.cell.kek, target: `${one.cell.target}${HOSTILE}` },
  }));
  const results = resultsOf({ ...facts, subject: { ...facts.subject, name: HOSTILE }, cases: hostile });
  const { page, requests, complaints } = await show(t, results);
  t.is(await page.locator('.case').count(), 31);
  t.is(await page.locator('img, b, body script ~ *').count(), 0);
  t.regex((await page.locator('h1').textContent()) ?? '', /<img src=x onerror=alert\(1\)>/);
  await page.locator('.matrix td a').first().click();
  await page.getByRole('combobox', { name: 'Group' }).selectOption({ index: 1 });
  t.is(requests.length, 1);
  t.deepEqual(complaints, []);
});

testInChromium('the filters work by the keyboard alone, and their count is told', async (t) => {
  const { page } = await show(t, producerResults());
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  t.is(await page.evaluate('document.activeElement.id'), 'cases');
  t.true(await page.evaluate('document.querySelector("#cases").getBoundingClientRect().top < innerHeight'));

  await tabTo(page, /^checkbox outcome crash$/);
  await page.keyboard.press('Space');
  t.is(await shownCases(page), 30);
  await tabTo(page, /^checkbox outcome pass$/);
  await page.keyboard.press('Space');
  t.is(await page.locator('#count').textContent(), '11 of 31 cases are shown');
  t.is(await page.locator('.part:visible').count(), 4);

  await tabTo(page, /^select-one level/);
  await page.keyboard.press('m');
  t.is(await shownCases(page), 3);
  await tabTo(page, /^search text/);
  await page.keyboard.type('EXPIRED kek');
  t.is(await shownCases(page), 1);
  t.is(await page.locator('.case:visible .title').textContent(), 'refuses a KEK that has expired');

  await tabTo(page, /^button fold/);
  await page.keyboard.press('Enter');
  t.is(await page.locator('.case:visible details[open]').count(), 0);
  await tabTo(page, /^button all/);
  await page.keyboard.press('Enter');
  t.is(await page.locator('#count').textContent(), 'All 31 cases are shown');
  t.is(await page.locator('#count').getAttribute('aria-live'), 'polite');
});

testInChromium('what has the focus shows it', async (t) => {
  const { page } = await show(t, moduleResults());
  const seen = new Set<string>();
  for (let presses = 0; presses < 45; presses += 1) {
    await page.keyboard.press('Tab');
    const [name, outline] = await page.evaluate<[string, string]>(
      '[document.activeElement.localName, getComputedStyle(document.activeElement).outlineStyle]',
    );
    if (name === 'body') break;
    seen.add(name);
    t.not(outline, 'none', name);
  }
  t.deepEqual([...seen].sort(), ['a', 'button', 'input', 'select', 'summary']);
});

testInChromium('a field of the matrix leads to its case and unfolds it, also when a filter hides it', async (t) => {
  const { page } = await show(t, producerResults());
  const item = page.locator('.case', { has: page.locator('[id="case/producer/wrap/kek-3072/ec-p384"]') });
  await page.getByRole('searchbox', { name: 'Text' }).fill('xyzzy');
  t.is(await shownCases(page), 0);
  const row = page.getByRole('row', { name: 'EC P-384' });
  await row.getByRole('link').nth(1).click();
  t.true(await item.locator('[id="case/producer/wrap/kek-3072/ec-p384"]').isVisible());
  t.is(await shownCases(page), 31);
  await item.locator('summary').and(page.locator(':focus')).waitFor();
  const { y = -1 } = (await item.boundingBox()) ?? {};
  t.true(y >= 0 && y < 900);
});

testInChromium('without script every case can be read, and a link still unfolds its case', async (t) => {
  const { page } = await show(t, producerResults(), { javaScriptEnabled: false });
  t.is(await shownCases(page), 31);
  t.false(await page.getByRole('search').isVisible());
  t.true(await page.getByText('at least one check failed').isVisible());
  const inside = page.locator('[id="case/producer/wrap/kek-2048/rsa-2048"]');
  t.false(await inside.isVisible());
  await page.getByRole('row', { name: 'RSA-2048' }).last().getByRole('link').first().click();
  t.true(await inside.isVisible());
});

for (const colorScheme of ['light', 'dark'] as const) {
  testInChromium(`every text stands out from its ground by 4.5 or more, ${colorScheme}`, async (t) => {
    const all = resultsOf({
      ...producerResults(),
      cases: producerResults().cases.map((one, index) => ({ ...one, outcome: OUTCOMES[index % 10] ?? 'pass' })),
    });
    const { page } = await show(t, all, { colorScheme });
    await page.locator('#unfold').click();
    const { measured, faint } = await faintTexts(page, 4.5);
    t.true(measured > 400);
    t.deepEqual(faint, []);
    const { faint: none } = await faintTexts(page, 22);
    t.is(none.length, measured);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    t.is(ground, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(18, 22, 27)');
  });
}

testInChromium('on paper the failures are unfolded, all cases are there, and the filters are not', async (t) => {
  const { page } = await show(t, producerResults(), { colorScheme: 'dark' });
  await page.locator('#fold').click();
  await page.getByRole('searchbox', { name: 'Text' }).fill('secp256k1');
  const before = await shownCases(page);
  await page.emulateMedia({ media: 'print' });
  t.true(before < 10);
  t.is(await shownCases(page), 31);
  t.false(await page.getByRole('search').isVisible());
  t.is(await page.locator('.bad-edge[open]').count(), 6);
  t.is(await page.locator('.good-edge[open]').count(), 0);
  t.is(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
  const pdf = await page.pdf({ format: 'A4', printBackground: true });
  t.is(pdf.subarray(0, 5).toString(), '%PDF-');
});

testInChromium('a screen reader finds landmarks, headings and names', async (t) => {
  const { page } = await show(t, producerResults());
  const tree = await page.locator('body').ariaSnapshot();
  for (const role of ['banner', 'main', 'contentinfo', 'search "Filter the cases"']) {
    t.true(
      tree.split('\n').some((line) => line.trim().replace(/:$/, '') === `- ${role}`),
      role,
    );
  }
  const headings = await page.evaluate<string[]>(
    '[...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.checkVisibility()).map((one) => one.localName)',
  );
  t.deepEqual(headings.slice(0, 2), ['h1', 'h2']);
  headings.reduce((last, next) => {
    t.true(Number(next[1]) <= Number(last[1]) + 1, `${next} after ${last}`);
    return next;
  });
  t.is(await page.getByRole('region', { name: 'Does not conform' }).count(), 1);
  t.is(await page.getByRole('table').count(), 2);
  t.is(await page.getByRole('rowheader').count(), 9);
  t.is(await page.getByRole('columnheader').count(), 7);
  t.is(await page.getByRole('img', { name: /19 pass/ }).count(), 1);
  t.is(await page.getByRole('group', { name: 'Outcome' }).getByRole('checkbox', { checked: true }).count(), 10);
  t.is(await page.getByRole('link', { name: 'crash: refuses a KEK of 8192 bits', exact: true }).count(), 1);
  t.is(await page.getByRole('status').textContent(), 'All 31 cases are shown');
  t.is(await page.evaluate('document.documentElement.lang'), 'en');
});

testInChromium('a thousand cases are shown and filtered', async (t) => {
  const results = producerResults({ repeat: 42 });
  t.true(results.cases.length > 1000);
  const { page } = await show(t, results);
  t.is(await shownCases(page), results.cases.length);
  await page.getByRole('searchbox', { name: 'Text' }).fill('kek-3072/ec-p384');
  t.is(await shownCases(page), 42);
  await page.locator('#unfold').click();
  t.is(await page.locator('.case:visible details[open]').count(), 42);
});

testInChromium(
  'on a screen of 360 pixels nothing is wider, and no title is squeezed, whatever the texts are',
  async (t) => {
    const { cases, ...facts } = producerResults();
    const long = cases.map(({ cell, ...one }) => ({
      ...one,
      title: 'long'.repeat(60),
      id: `${one.id}/${'x'.repeat(120)}`,
      cell: cell === null ? null : { kek: cell.kek.repeat(9), target: cell.target.repeat(9) },
    }));
    const { page } = await show(t, producerResults(), { viewport: { width: 360, height: 740 } });
    for (const results of [moduleResults(), resultsOf({ ...facts, cases: long })]) {
      await page.locator('#unfold').click();
      t.true((await widest(page)) <= 360);
      t.true((await narrowest(page, '.case .title')) >= 200);
      const file = join(folder, 'next.html');
      writeFileSync(file, pageOf(results));
      await page.goto(pathToFileURL(file).href);
    }
    t.true((await widest(page)) <= 360);
    t.true((await narrowest(page, '.case .title')) >= 200);
  },
);
