import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyferryError } from '@keyferry/errors';
import { sha256OfFile } from '@keyferry/files';
import type { Subject } from '../suite/subject.js';
import { SubjectCrash } from '../suite/verdict.js';
import { type Adapter, lastLines } from './adapter.js';
import { commandAdapter } from './command-adapter.js';
import {
  type Capabilities,
  CONTRACT,
  capabilitiesSchema,
  type Features,
  featuresSchema,
  type KekSize,
} from './contract.js';
import { cleanEnvironment } from './environment.js';
import { readFeatures } from './features.js';
import { openPlace } from './place.js';
import type { RunKeks } from './run-keks.js';
import type { Scene } from './scene.js';
import { serveAdapter } from './serve-adapter.js';
import type { Targets } from './targets.js';
import { makeTokenCount } from './token-count.js';
import type { OpenWitness } from './witness.js';
import { splitWords } from './words.js';
import { makeFolder } from './work-folders.js';

export interface ProducerOptions {
  /** The command of the adapter, as one text. */
  readonly adapter: string;
  /** Names of variables that the tool gets besides. */
  readonly env: readonly string[];
  readonly features: string | undefined;
  readonly targets: string | undefined;
  /** What looks at the tool from outside; null for nothing. */
  readonly openWitness: OpenWitness | null;
  /** Made afresh unless given. */
  readonly keks?: RunKeks;
}

/** How long a command may take outside of a case, in milliseconds. */
const SETUP_MS = 60_000;
/** For a tool without a limit of its own: keeps a slip with --jobs from starting hundreds. */
const MOST_LANES = 64;

/**
 * Starts to judge a BYOK tool behind its adapter. Errors: USAGE, FILE_*, FEATURES_INVALID, TARGETS_INVALID,
 * PUBLIC_KEY_INVALID, ADAPTER_UNUSABLE.
 */
export async function openProducer(options: ProducerOptions): Promise<Subject> {
  const command = splitWords(options.adapter);
  const features = options.features === undefined ? featuresSchema.parse({}) : await readFeatures(options.features);
  const listed = options.targets === undefined ? null : await (await judging()).readTargets(options.targets);
  const folder = await mkdtemp(join(tmpdir(), 'keyferry-conformance-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const environment = {
      ...cleanEnvironment(options.env),
      KEYFERRY_ADAPTER_CONTRACT: CONTRACT,
      KEYFERRY_ADAPTER_STATE: await makeFolder(join(folder, 'state')),
    };
    const adapter = commandAdapter(await openPlace(await makeFolder(join(folder, 'setup')), { command, environment }));
    const [capabilities, { openLane, makeRunKeks, provisionedTargets, PRODUCER_CASES }] = await Promise.all([
      capabilitiesOf(adapter),
      judging(),
    ]);
    if (listed === null && !capabilities.provision) {
      throw new KeyferryError('USAGE', {
        reason: 'the tool takes no practice keys, so --targets must say which keys it has',
        hint: 'add --targets targets.json; docs/adapter-contract.md shows one',
      });
    }
    const count = makeTokenCount();
    const keys = await makeFolder(join(folder, 'keys'));
    const targets = listed ?? provisionedTargets(keys, capabilities, count);
    const scene: Scene = {
      capabilities,
      features,
      keks: options.keks ?? makeRunKeks(kekSizesOf(capabilities, features)),
      targets,
      count,
    };
    // In a process that goes on, sessions stay open and objects stay alive: what a witness sees of one case would be no whole.
    const start = { command, environment, serve: capabilities.serve === true && options.openWitness === null };
    let kept: Adapter | null = null;
    const keep = (adapter: Adapter) => {
      if (kept !== null || listed !== null) return false;
      kept = adapter;
      return true;
    };
    const parting = async () => {
      if (kept !== null) return kept;
      const place = await openPlace(await makeFolder(join(folder, 'parting')), start);
      return start.serve ? serveAdapter(place) : commandAdapter(place);
    };
    return {
      facts: await factsOf(capabilities),
      cases: PRODUCER_CASES,
      mostLanes: Math.min(MOST_LANES, capabilities.lanes ?? MOST_LANES),
      openLane: () => openLane(folder, scene, start, options.openWitness, keep),
      async close() {
        try {
          if (listed === null) await removeAll(targets, await parting());
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What judges, and takes long to load: meanwhile the tool says what it can. */
async function judging() {
  const [{ PRODUCER_CASES }, { openLane }, { makeRunKeks }, { provisionedTargets, readTargets }] = await Promise.all([
    import('./cases.js'),
    import('./lane.js'),
    import('./run-keks.js'),
    import('./targets.js'),
  ]);
  return { PRODUCER_CASES, openLane, makeRunKeks, provisionedTargets, readTargets };
}

async function removeAll(targets: Targets, adapter: Adapter): Promise<void> {
  try {
    await targets.remove(adapter, AbortSignal.timeout(SETUP_MS));
  } finally {
    await adapter.close();
  }
}

function kekSizesOf(capabilities: Capabilities, features: Features): KekSize[] {
  return capabilities.kekSizes.filter((size) => features.kekSizes?.includes(size) !== false);
}

async function capabilitiesOf(adapter: Adapter): Promise<Capabilities> {
  const { exit, stdout, stderr } = await ended(adapter.run(['capabilities'], AbortSignal.timeout(SETUP_MS)));
  if (exit !== 0) throw unusable(`capabilities ended with ${exit}: ${lastLines(stderr, [])}`);
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    throw unusable('capabilities printed no JSON');
  }
  const parsed = capabilitiesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(`capabilities, ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}

async function ended<T>(run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (error instanceof SubjectCrash) throw unusable(error.message);
    if (error instanceof Error && error.name === 'TimeoutError') throw unusable('capabilities did not end in a minute');
    throw error;
  }
}

function unusable(reason: string): KeyferryError {
  return new KeyferryError('ADAPTER_UNUSABLE', { reason });
}

async function factsOf(capabilities: Capabilities): Promise<Subject['facts']> {
  const { name, version, program, keyTypes, kekSizes, mechanisms, contract, lanes } = capabilities;
  const yes = (['kekAttributes', 'thumbprint', 'provision', 'objects', 'serve'] as const).filter(
    (ability) => capabilities[ability] === true,
  );
  return {
    kind: 'producer',
    name,
    version,
    sha256: program === undefined ? null : await sha256OfFile(program),
    features: {
      contract,
      keyTypes: keyTypes.join(', '),
      kekSizes: kekSizes.join(', '),
      mechanisms: mechanisms.join(', '),
      abilities: yes.join(', '),
      ...(lanes === undefined ? {} : { lanes: `${lanes}` }),
    },
  };
}
