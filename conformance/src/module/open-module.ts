import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { KeyferryError } from '@keyferry/errors';
import { mechanismName } from '@keyferry/pkcs11';
import type { Subject } from '../suite/subject.js';
import { SubjectCrash } from '../suite/verdict.js';
import { MODULE_CASES } from './cases.js';
import { Holder, type ModuleUnderTest } from './holder-process.js';
import type { Looked } from './protocol.js';

/** Asked once, when the token has shown that it is for tests. `soPin` null: cases of the officer are skipped. */
export type AskPins = (token: Looked['token']) => Promise<{ pin: string | null; soPin: string | null }>;

/** A PKCS#11 module with a token for tests. Errors: MODULE_*, TOKEN_*, TOKEN_NOT_FOR_TESTS, PIN_*, HSM_ERROR. */
export async function openModule(under: ModuleUnderTest, askPins: AskPins): Promise<Subject> {
  try {
    return await opened(under, askPins);
  } catch (error) {
    if (!(error instanceof SubjectCrash)) throw error;
    throw new KeyferryError('HSM_ERROR', { reason: `before the first case ${error.message}` });
  }
}

async function opened(under: ModuleUnderTest, askPins: AskPins): Promise<Subject> {
  const first = await Holder.start(under);
  try {
    const { module, token } = first.looked;
    const pins = await askPins(token);
    await first.enter(pins);
    const before = await first.stock();
    let ready: Holder | null = first;
    const take = async (): Promise<Holder> => {
      const waiting = ready;
      ready = null;
      if (waiting !== null) return waiting;
      const holder = await Holder.start(under);
      try {
        await holder.enter(pins);
        return holder;
      } catch (error) {
        await holder.close();
        throw error;
      }
    };
    return {
      facts: {
        kind: 'module',
        name: [module.manufacturer, module.description].filter((text) => text !== '').join(' '),
        version: module.version,
        sha256: await sha256Of(under.path),
        features: {
          token: `${token.manufacturer} ${token.model}, firmware ${token.firmware}`,
          mechanisms: [...token.mechanisms]
            .sort((a, b) => a - b)
            .map(mechanismName)
            .join(', '),
          'security officer': pins.soPin === null ? 'no' : 'yes',
        },
      },
      cases: MODULE_CASES,
      // Two sessions of one token see each other's objects and logins.
      mostLanes: 1,
      async openLane() {
        const holder = await take();
        let sound = true;
        return {
          async run(id, circumstances) {
            sound = false;
            const verdict = await holder.run(id, circumstances);
            sound = !circumstances.signal.aborted;
            return verdict;
          },
          async close() {
            // After whatever did not end in a verdict nobody knows what state the module is in.
            if (sound && ready === null) ready = holder;
            else await holder.close();
          },
        };
      },
      async close() {
        const last = await take();
        try {
          refuseChange(before, await last.stock());
        } finally {
          await last.close();
        }
      },
    };
  } catch (error) {
    await first.close();
    throw error;
  }
}

/** What was in the token before is there afterwards, and nothing else. HSM_LEFTOVER. */
function refuseChange(before: readonly string[], after: readonly string[]): void {
  const more = after.filter((object) => !before.includes(object)).length;
  const gone = before.filter((object) => !after.includes(object)).length;
  if (more === 0 && gone === 0 && before.length === after.length) return;
  throw new KeyferryError('HSM_LEFTOVER', {
    reason: `of ${before.length} objects of the token ${gone} are gone or changed, and ${more} are new`,
  });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
