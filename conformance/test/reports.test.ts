import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { privateFolder } from '../../test/support/folder.js';
import { runProgram } from '../../test/support/programs.js';
import { diagnoseBlob } from '../src/diagnosis/diagnose.js';
import { type BlobResult, blobResultSchema, judgedBlob } from '../src/report/blob-result.js';
import { htmlOf } from '../src/report/html.js';
import { junitOf } from '../src/report/junit.js';
import { escapeMarkup } from '../src/report/markup.js';
import { blobByNode, envelope, oaep } from './support/by-node.js';
import { plaintextOf, testKek } from './support/keys.js';

const KEK = fileURLToPath(new URL('../../fixtures/practice/kek-2048.pem', import.meta.url));
const kek = testKek(2048);
const HOSTILE = '</td><script>alert(1)</script><img src=x onerror=alert(1)> & \u001b[2J \u202e " \' ]]> \u0000\ud800';

/** A right blob, a wrong one, and one whose every text is hostile. */
function result(): BlobResult {
  const blobs = {
    'right.byok': blobByNode(plaintextOf('ec-p256')),
    'wrong.byok': blobByNode(plaintextOf('ec-p256'), { wrapAesKey: oaep('sha256') }),
    [`${HOSTILE}.byok`]: envelope({
      generator: HOSTILE,
      [HOSTILE]: HOSTILE,
      header: { kid: HOSTILE, alg: HOSTILE, enc: HOSTILE },
    }),
  };
  return blobResultSchema.parse({
    engine: 'node-forge',
    kek: { bits: kek.bits, thumbprint: kek.thumbprint },
    blobs: Object.entries(blobs).map(([file, bytes]) => judgedBlob(file, bytes.length, diagnoseBlob(bytes, kek))),
  });
}

test('JUnit XML is well formed whatever the blobs hold, and its counts are those of the findings', (t) => {
  const folder = privateFolder(t);
  const found = result();
  writeFileSync(join(folder, 'report.xml'), junitOf(found));
  const script = `
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
print(root.tag, len(root.findall('testsuite')), len(root.findall('.//testcase')), len(root.findall('.//failure')), len(root.findall('.//skipped')))
print(root.attrib['tests'], root.attrib['failures'], root.attrib['skipped'])
print(root.findall('testsuite')[1].find('.//failure').text.replace(chr(10), ' | '))`;
  const [counted, said, failure] = execFileSync('python3', ['-c', script, join(folder, 'report.xml')], {
    encoding: 'utf8',
  }).split('\n');
  const findings = found.blobs.flatMap((blob) => blob.findings);
  const count = (level: string) => findings.filter((finding) => finding.level === level).length;
  t.is(counted, `testsuites 3 ${findings.length} ${count('fail')} ${count('not-checked')}`);
  t.is(said, `${findings.length} ${count('fail')} ${count('not-checked')}`);
  t.regex(failure ?? '', /expected: RSA-OAEP with SHA-1.*diagnosis: oaep\/sha-256: .*likely cause: .*mend: /);
});

test('the page needs nothing else, runs nothing, and shows hostile text as text', (t) => {
  const page = htmlOf(result());
  const tags = page.match(/<[^>]*>/g) ?? [];
  t.true(tags.length > 500);
  const harmless =
    /^<(!doctype html|\/?(html|head|meta|title|style|body|main|h[12]|p|code|b|section|div|table|thead|tbody|tr|t[hd])( (lang|charset|name|content|http-equiv|class)="[^"]*")*)>$/;
  t.deepEqual(
    tags.filter((tag) => !harmless.test(tag)),
    [],
  );
  t.notRegex(/<style>.*<\/style>/s.exec(page)?.[0] ?? 'url(', /url\(|@import/);
  t.notRegex(page, /[^\t\n\x20-\x7e]/);
  t.regex(page, /&lt;\/td&gt;&lt;script&gt;/);
  t.regex(page, /default-src 'none'/);
  t.is(page.match(/<section class="wrong">/g)?.length, 2);
  t.is(page.match(/<section class="right">/g)?.length, 1);
});

test('what cannot stand in XML is spelt out, and what can is kept', (t) => {
  t.is(escapeMarkup('a\tb\nc'), 'a\tb\nc');
  t.is(escapeMarkup('\u0000\u001b\u202e\ufffe\ud800'), '\\u{0}\\u{1b}\\u{202e}\\u{fffe}\\u{d800}');
  t.is(escapeMarkup(`<&>"'`), '&lt;&amp;&gt;&quot;&#39;');
  t.is(escapeMarkup('\u00e9\u{1f511}'), '\u00e9\u{1f511}');
});

test('--junit and --html write files beside what is printed, and replace none without --force', async (t) => {
  const folder = privateFolder(t);
  const [blob, junit, html] = ['target.byok', 'report.xml', 'report.html'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const bytes = blobByNode(plaintextOf('ec-p256'));
  writeFileSync(blob, bytes);
  const run = (...args: string[]) => runProgram('keyferry-conformance', ['blob', blob, '--kek', KEK, ...args]);
  const first = await run('--junit', junit, '--html', html);
  t.is(first.code, 0);
  t.regex(first.stdout, /^right: /m);
  t.regex(readFileSync(junit, 'utf8'), /^<\?xml .*failures="0"/s);
  t.regex(readFileSync(html, 'utf8'), /^<!doctype html>/);
  const second = await run('--junit', junit, '--json');
  t.is(JSON.parse(second.stdout).error.code, 'OUTPUT_EXISTS');
  t.is((await run('--junit', junit, '--force')).code, 0);
  for (const args of [
    ['--junit', blob],
    ['--html', KEK],
    ['--junit', junit, '--html', junit],
  ]) {
    const { code, stderr } = await run(...args, '--force');
    t.is(code, 2);
    t.regex(stderr, /over another file of this run/);
  }
  t.deepEqual(readFileSync(blob), bytes);
});
