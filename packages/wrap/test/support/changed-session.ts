import type { Session } from '@keyferry/pkcs11';

/** The same session, but for these methods: plays a token that does something else than it was asked to. */
export function changedSession(session: Session, methods: Partial<Session>): Session {
  return new Proxy(session, {
    get(target, name: keyof Session) {
      const method = methods[name] ?? target[name];
      return methods[name] === undefined ? (method as () => unknown).bind(target) : method;
    },
  });
}
