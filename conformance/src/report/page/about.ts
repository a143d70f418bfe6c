import type { Results } from '../results.js';
import { type Markup, markup } from './markup.js';
import { counted } from './outcomes.js';

const NONE = markup`<span class="soft">not stated</span>`;

/** What was judged, by what, where and when: all that is needed to repeat the run. */
export function aboutSection({ subject, suite, host, run, cases }: Results): Markup {
  const features = Object.entries(subject.features);
  return markup`<section aria-labelledby="about">
<h2 id="about">What was judged, and by what</h2>
<div class="columns">
<dl class="facts">
${[
  fact('Subject', markup`${subject.name} <span class="soft">(${subject.kind})</span>`),
  fact('Version', subject.version === null ? NONE : markup`${subject.version}`),
  fact(
    'SHA-256',
    subject.sha256 === null
      ? markup`<span class="soft">there is no one file to take it of</span>`
      : code(subject.sha256),
  ),
  ...features.map(([name, value]) => fact(name, markup`${value}`)),
  ...(features.length === 0 ? [fact('Features', NONE)] : []),
]}
</dl>
<dl class="facts">
${[
  fact('Suite', markup`${suite.name} ${suite.version}`),
  fact(
    'Vectors',
    suite.vectorsSha256 === null ? markup`<span class="soft">not at hand</span>` : code(suite.vectorsSha256),
  ),
  fact(
    'Host',
    markup`${host.platform} ${host.release} ${host.arch}, ${counted(host.cpus, 'processor')}, Node ${host.node}`,
  ),
  fact('Start', timeOf(run.startedAt)),
  fact(
    'Duration',
    markup`${run.seconds.toFixed(1)} s, ${counted(run.jobs, 'case')} at once, at most ${run.timeoutSeconds} s each`,
  ),
  fact('Seed', markup`<code>${run.seed}</code> <span class="soft">(<code>--seed</code> repeats the choices)</span>`),
  fact(
    'Parts',
    markup`${run.shards === null ? 'the whole in one run' : `${run.shards.indexes.join(', ')} of ${run.shards.of}`}`,
  ),
  fact('Selected', run.selected.length === 0 ? markup`all cases` : markup`${run.selected.map(code)}`),
  fact('Cases', markup`${cases.length} of the suite's ${run.suiteCases}`),
]}
</dl>
</div>
</section>`;
}

function fact(name: string, value: Markup): Markup {
  return markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function code(text: string): Markup {
  return markup`<code>${text}</code>`;
}

/** RFC 3339 in UTC, for people. */
export function timeOf(at: string): Markup {
  return markup`<time datetime="${at}">${at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}</time>`;
}
