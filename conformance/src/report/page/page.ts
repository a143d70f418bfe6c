import type { Results } from '../results.js';
import { aboutSection, timeOf } from './about.js';
import { BASE_STYLE } from './base-style.js';
import { casesSection } from './case-list.js';
import { pageIn } from './frame.js';
import { markup } from './markup.js';
import { outcomesSection } from './outcomes.js';
import { pictureSections } from './picture.js';
import { SCRIPT } from './script.js';
import { RESULTS_STYLE } from './style.js';
import { verdictSection } from './verdict.js';

/** Results as one page of HTML that needs nothing else and asks nothing of any network; every text of theirs stands in it as text. */
export function pageOf(results: Results): string {
  const { subject, suite, run, verdict } = results;
  const name = subject.version === null ? subject.name : `${subject.name} ${subject.version}`;
  return pageIn({
    title: `${name}: ${verdict}`,
    style: BASE_STYLE + RESULTS_STYLE,
    script: SCRIPT,
    body: markup`<a class="skip" href="#cases">To the cases</a>
<header>
<p class="soft">Conformance report</p>
<h1>${name}</h1>
<p class="soft">Judged by ${suite.name} ${suite.version}, ${timeOf(run.startedAt)}</p>
</header>
<main>
${[verdictSection(results), aboutSection(results), ...pictureSections(results.cases), casesSection(results), outcomesSection()]}
</main>
<footer class="soft">
<p>The report speaks of the cases in it, run once on this host, and of nothing else.</p>
</footer>`,
  });
}
