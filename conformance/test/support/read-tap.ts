import { parse } from 'yaml';

export interface TestPoint {
  readonly ok: boolean;
  readonly description: string;
  readonly directive: { readonly kind: 'SKIP' | 'TODO'; readonly reason: string } | null;
  /** The YAML block below it, read. */
  readonly diagnostics: Readonly<Record<string, unknown>> | null;
}

export interface Tap {
  readonly plan: number;
  readonly points: readonly TestPoint[];
  /** Its reason; null where the run did not bail out. */
  readonly bailOut: string | null;
  /** As a harness sees it: all points are there, and each is ok or to do. */
  readonly passed: boolean;
}

/** Reads TAP version 14 and refuses what is no line of it, a plan that is not first and numbers that do not count. */
export function readTap(text: string): Tap {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.shift() !== 'TAP version 14') throw new Error('no TAP version 14');
  let plan: number | null = null;
  let bailOut: string | null = null;
  const points: TestPoint[] = [];
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (bailOut !== null) throw new Error(`after Bail out!: ${line}`);
    if (line.startsWith('#')) continue;
    const planned = /^1\.\.(\d+)(?: # SKIP.*)?$/.exec(line)?.[1];
    if (planned !== undefined) {
      if (plan !== null || points.length > 0) throw new Error('the plan is not first');
      plan = Number(planned);
      continue;
    }
    bailOut = /^Bail out! (.*)$/.exec(line)?.[1] ?? null;
    if (bailOut !== null) continue;
    const [, not, number, rest = ''] = /^(not )?ok (\d+) - (.*)$/.exec(line) ?? [];
    if (Number(number) !== points.length + 1) throw new Error(`no test point ${points.length + 1}: ${line}`);
    points.push({ ok: not === undefined, ...described(rest), diagnostics: diagnostics(lines) });
  }
  const complete = plan === points.length && bailOut === null;
  return {
    plan: plan ?? -1,
    points,
    bailOut,
    passed: complete && points.every(({ ok, directive }) => ok || directive?.kind === 'TODO'),
  };
}

/** A directive begins with an unescaped # behind a space. */
function described(text: string): Pick<TestPoint, 'description' | 'directive'> {
  const [, description = '', after] = /^((?:[^\\#]|\\[\\#])*)(#.*)?$/.exec(text) ?? [];
  const [, kind, reason = ''] = /^# (SKIP|TODO)(?: (.*))?$/.exec(after ?? '') ?? [];
  if (after !== undefined && kind === undefined) throw new Error(`no directive: ${after}`);
  const plain = (escaped: string) => escaped.replaceAll(/\\([\\#])/g, '$1');
  return {
    description: plain(description).trimEnd(),
    directive: kind === 'SKIP' || kind === 'TODO' ? { kind, reason: plain(reason) } : null,
  };
}

function diagnostics(lines: string[]): TestPoint['diagnostics'] {
  if (lines[0] !== '  ---') return null;
  const end = lines.indexOf('  ...');
  const block = lines.splice(0, end + 1).slice(1, -1);
  if (end === -1 || block.some((line) => !line.startsWith('  '))) throw new Error('a YAML block without end');
  return parse(block.map((line) => line.slice(2)).join('\n'), { uniqueKeys: true });
}
