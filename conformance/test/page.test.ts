import { createHash } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { escapeMarkup } from '../src/report/markup.js';
import { pageOf } from '../src/report/page/page.js';
import type { Results } from '../src/report/results.js';
import { moduleResults, producerResults } from './support/practice-results.js';
import { anyResults, HOSTILE, resultsOf } from './support/results.js';

const ELEMENTS =
  'html head meta title style body script a header p h1 h2 h3 h4 main section div span svg rect figure figcaption ul li code ' +
  'strong details summary dl dt dd time table caption thead tbody tr th td form fieldset legend label input select option output button footer';
const ATTRIBUTES =
  'lang charset http-equiv content name class href id aria-labelledby aria-hidden aria-label aria-live role tabindex scope title ' +
  'viewBox preserveAspectRatio x y width height datetime data-outcome data-level data-group type value checked open hidden autocomplete spellcheck';
const VOID = ['meta', 'input'];

/** Reads a page as strictly as XML: every tag is known, every attribute quoted, every element closed in its place. Gives the ids and links. */
function readStrictly(page: string): { ids: string[]; links: string[] } {
  const elements = new Set(ELEMENTS.split(' '));
  const attributes = new Set(ATTRIBUTES.split(' '));
  const open: string[] = [];
  const ids: string[] = [];
  const links: string[] = [];
  const token = /<(style|script)>[^<]*<\/\1>|<(\/?)([a-z][a-z0-9]*)((?: [A-Za-z-]+(?:="[^"<>]*")?)*)>|[^<>]+/gy;
  token.lastIndex = '<!doctype html>'.length;
  while (token.lastIndex < page.length) {
    const at = token.lastIndex;
    const found = token.exec(page);
    if (found === null) throw new Error(`no markup of ours: ${page.slice(at, at + 80)}`);
    const [, , slash, name, given] = found;
    if (name === undefined) continue;
    if (!elements.has(name)) throw new Error(`unknown element ${name}`);
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) throw new Error(`${name} is closed where ${last} is open`);
    } else if (!VOID.includes(name)) open.push(name);
    for (const [, attribute = '', value = ''] of given?.matchAll(/ ([A-Za-z-]+)(?:="([^"]*)")?/g) ?? []) {
      if (!attributes.has(attribute)) throw new Error(`unknown attribute ${attribute}`);
      if (attribute === 'id') ids.push(value);
      if (attribute === 'href') links.push(value);
    }
  }
  if (open.length > 0) throw new Error(`not closed: ${open}`);
  return { ids, links };
}

test('whatever the texts of the results are, the page holds nothing but its own elements, and each link leads to one of them', (t) => {
  fc.assert(
    fc.property(anyResults, (results) => {
      const { ids, links } = readStrictly(pageOf(results));
      t.is(new Set(ids).size, ids.length);
      const missing = links.filter((link) => !link.startsWith('#') || !ids.includes(link.slice(1)));
      t.deepEqual(missing, []);
    }),
    { numRuns: 300 },
  );
  t.throws(() => readStrictly('<!doctype html><p><img src="x"></p>'));
  t.throws(() => readStrictly('<!doctype html><p onclick="x"></p>'));
  t.throws(() => readStrictly('<!doctype html><p><b</p>'));
});

test('every text of the results stands in the page', (t) => {
  fc.assert(
    fc.property(anyResults, (results) => {
      const page = pageOf(results);
      const { subject, suite, host, run, cases } = results;
      const grave = (level: string) => level === 'fail' || level === 'warn';
      const texts = [
        ...[subject.name, subject.version, subject.sha256, ...Object.entries(subject.features).flat()],
        ...[suite.name, suite.version, suite.vectorsSha256, ...run.selected, ...run.troubles, String(run.seed)],
        ...[host.platform, host.arch, host.release, host.node, String(host.cpus), String(run.suiteCases)],
        ...cases.flatMap((one) => [one.id, one.title, one.clause, one.why, one.since, one.reason, one.conclusion]),
        ...cases.flatMap(({ exception }) => [exception?.reason, exception?.issue, exception?.expires]),
        ...cases.flatMap(({ cell }) => [cell?.kek, cell?.target]),
        ...cases.flatMap(({ faults }) => faults.flatMap(({ id, title, cause, mend }) => [id, title, cause, mend])),
        ...cases.flatMap(({ findings }) =>
          findings.flatMap((one) => [one.id, one.actual, ...(grave(one.level) ? [one.expected, one.clause] : [])]),
        ),
      ].filter((text) => text !== null && text !== undefined);
      t.deepEqual(
        texts.filter((text) => !page.includes(escapeMarkup(text))),
        [],
      );
    }),
    { numRuns: 100 },
  );
});

test('its policy lets nothing in but its own style and script, by their hashes, and nothing in it names another place', (t) => {
  const page = pageOf(producerResults());
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const hash = (element: string) => {
    const [, text = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page) ?? [];
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  t.is(
    policy,
    `default-src 'none'; style-src ${hash('style')}; script-src ${hash('script')}; base-uri 'none'; form-action 'none'`,
  );
  t.notRegex(page, /url\(|@import|https?:|src=|import\(|fetch\(/);
});

/** What stands first in the page, as text. */
function headline(results: Results): string {
  const [, text = ''] = /<h2 id="verdict">(.*?)<\/h2>/s.exec(pageOf(results)) ?? [];
  return text.replaceAll(/<[^>]*>/g, '').replace(/^\S+ /, '');
}

test('the verdict promises no more than was seen', (t) => {
  const right = producerResults({ allRight: true });
  const part = { ...right, run: { ...right.run, suiteCases: 40 } };
  const [first, ...others] = right.cases;
  if (first === undefined) return t.fail();
  const excused = resultsOf({ ...right, cases: [{ ...first, outcome: 'xfail' }, ...others] });
  t.is(headline(right), 'Conforms');
  t.is(headline(part), 'Conforms in what was run');
  t.regex(pageOf(part), /Of the 40 cases of the suite 31 ran/);
  t.regex(pageOf(part), /9 cases of the 40 of the suite were not run/);
  t.is(headline(excused), 'Conforms, with 1 exception');
  t.is(headline(producerResults()), 'Does not conform');
  t.is(headline(resultsOf({ ...right, cases: [] })), 'Nothing was judged');
  t.is(headline(resultsOf({ ...right, run: { ...right.run, interrupted: true } })), 'Incomplete');
  t.regex(
    pageOf(resultsOf({ ...right, run: { ...right.run, troubles: [HOSTILE] } })),
    /What went wrong outside the cases/,
  );
});

test('each failure is unfolded with what was expected and found, likely cause and mend; passes are folded', (t) => {
  const page = pageOf(producerResults());
  const items = page.split('<li class="case"').slice(1);
  const folded = items.filter((item) => !/^[^>]*>\n<details class="[a-z-]+" open>/.test(item));
  const outcomes = (some: string[]) => new Set(some.map((item) => /data-outcome="([^"]*)"/.exec(item)?.[1]));
  t.deepEqual(outcomes(folded), new Set(['warn', 'xfail', 'not-applicable', 'skipped', 'pass']));
  t.is(items.length - folded.length, 6);
  const failed = items.filter((item) => item.includes('data-outcome="fail"'));
  t.is(failed.length, 2);
  for (const item of failed) {
    const words = ['Expected', 'Actual', 'Clause', 'Likely cause', 'Mend'].map((word) =>
      item.includes(`<dt>${word}</dt>`),
    );
    t.deepEqual(words, [true, true, true, true, true]);
  }
});

function cellsOf(t: ExecutionContext, page: string): string[][] {
  const [, body] = /<table class="matrix">.*?<tbody>(.*?)<\/tbody>/s.exec(page) ?? [];
  if (body === undefined) t.fail();
  return (body ?? '')
    .split('</tr>')
    .map((row) => [...row.matchAll(/<span class="word">([^<]*)/g)].map(([, word = '']) => word));
}

test('the matrix shows the outcome of each target under each KEK; cases without a cell stand by group', (t) => {
  const page = pageOf(producerResults());
  const rows = cellsOf(t, page);
  t.deepEqual(rows[2], ['warn', 'timeout', 'pass']);
  t.deepEqual(rows[5], ['fail', 'pass', 'xfail']);
  t.regex(page, /<th scope="row"><code>refuse<\/code><\/th>/);
  const module = pageOf(moduleResults());
  t.false(module.includes('class="matrix"'));
  const groups = [...module.matchAll(/<th scope="row"><code>([^<]*)<\/code>/g)].map(([, group]) => group);
  t.deepEqual(groups, ['attribute/extractable', 'attribute/sensitive', 'mechanism/oaep', 'attack']);
});

test('what was not checked is told with its reason and where', (t) => {
  const [, told = ''] = /What was not checked<\/h3>(.*?)<\/section>/s.exec(pageOf(producerResults())) ?? [];
  t.regex(told, /1 case could not be put to it: the tool was given no key to sign the KEK with/);
  t.regex(told, /3 cases not applicable: the tool says that it wraps no oct keys/);
  t.regex(told, /<code>blob\/manifest\/signature<\/code> in 24 cases: there is no manifest beside the blob/);
  t.regex(told, /href="#case\/producer\/refuse\/kek-modulus"/);
});
