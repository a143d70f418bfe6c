import { arch, cpus, platform, release } from 'node:os';
import type { RanCase } from '../runner/run-suite.js';
import type { Subject } from '../suite/subject.js';
import type { SuiteCase } from '../suite/suite-case.js';
import { TOOL } from '../tool.js';
import { countOutcomes, verdictOf } from './count-outcomes.js';
import type { CaseResult, Results } from './results.js';

/** What came of a case once exceptions were looked at. */
export interface ToldCase {
  readonly ran: RanCase;
  readonly outcome: CaseResult['outcome'];
  readonly exception: CaseResult['exception'];
}

/** The results of a run on this machine. */
export function resultsOfRun(
  subject: Pick<Subject, 'facts' | 'cases'>,
  told: readonly ToldCase[],
  run: Omit<Results['run'], 'suiteCases'>,
  vectorsSha256: string | null,
): Results {
  const places = new Map(subject.cases.map(({ id }, index) => [id, index]));
  const cases = told.map((one) => caseResult(one, places.get(one.ran.case.id) ?? -1));
  const counts = countOutcomes(cases);
  const { kind, name, version, sha256, features } = subject.facts;
  return {
    schema: 'keyferry/results/1',
    suite: { ...TOOL, vectorsSha256 },
    subject: { kind, name, version, sha256, features: { ...features } },
    host: { platform: platform(), arch: arch(), release: release(), node: process.version, cpus: cpus().length },
    run: { ...run, suiteCases: subject.cases.length },
    verdict: verdictOf(counts, run),
    counts,
    cases,
  };
}

function caseResult({ ran, outcome, exception }: ToldCase, index: number): CaseResult {
  const { verdict, reason, seconds } = ran;
  const judged = verdict?.kind === 'judged' ? verdict : null;
  return {
    ...described(ran.case),
    index,
    outcome,
    conclusion: judged?.conclusion ?? null,
    reason,
    seconds,
    findings: [...(judged?.findings ?? [])],
    faults: [...(judged?.faults ?? [])],
    exception,
  };
}

function described({ id, title, level, clause, why, since, cell }: SuiteCase) {
  return { id, title, level, clause, why, since, cell };
}
