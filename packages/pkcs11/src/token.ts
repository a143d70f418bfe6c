import type { Cryptoki } from './cryptoki.js';
import { decodeMechanismFlags, type MechanismInfo } from './mechanism-info.js';
import { OpenSession } from './open-session.js';
import type { Session } from './session.js';
import { decodeTokenFlags, type TokenFlags } from './token-flags.js';

/** A token in a slot of a module. Texts are without the blanks that PKCS#11 pads them with. */
export interface Token {
  readonly slotId: number;
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  /** Firmware version, for example `2.6`. */
  readonly firmware: string;
  /** Read from the token each time. */
  readonly flags: TokenFlags;
  /** Mechanism numbers (CKM_*); asked of the token once. */
  mechanisms(): ReadonlySet<number>;
  /** What the token says about one mechanism; null when it does not offer it. */
  mechanismInfo(type: number): MechanismInfo | null;
  /** Read-only unless `writable`: only a writable session can make or change objects of the token. */
  openSession(options?: { writable?: boolean }): Session;
}

/** The token in a slot. Its sessions are added to `sessions` while they are open. */
export function readToken(cryptoki: Cryptoki, slot: bigint, sessions: Set<OpenSession>): Token {
  const info = cryptoki.tokenInfo(slot);
  let mechanisms: ReadonlySet<number> | null = null;
  return {
    slotId: Number(slot),
    label: info.label,
    manufacturer: info.manufacturerID,
    model: info.model,
    serial: info.serialNumber,
    firmware: `${info.firmwareVersion.major}.${info.firmwareVersion.minor}`,
    get flags() {
      return decodeTokenFlags(cryptoki.tokenInfo(slot).flags);
    },
    mechanisms() {
      mechanisms ??= new Set(cryptoki.mechanisms(slot));
      return mechanisms;
    },
    mechanismInfo(type) {
      const found = cryptoki.mechanismInfo(slot, type);
      return found === null ? null : { ...found, flags: decodeMechanismFlags(found.flags) };
    },
    openSession({ writable = false } = {}) {
      const session: OpenSession = new OpenSession(cryptoki, slot, cryptoki.openSession(slot, writable), () =>
        sessions.delete(session),
      );
      sessions.add(session);
      return session;
    },
  };
}
