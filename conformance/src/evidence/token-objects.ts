import type { SpyAttribute, SpyCall } from './spy-call.js';

/** How a program came by an object. */
export type Origin = 'found' | 'generated' | 'created' | 'unwrapped' | 'derived' | 'copied';

/** An object as far as the calls of one program show it. */
export interface TokenObject {
  readonly handle: string;
  /** `found` is all that stood in the token before, or was made by another program. */
  readonly origin: Origin;
  /** The call that made it; null for what was found. */
  readonly made: SpyCall | null;
  /** What its template gave it, and what was read of it later. */
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Every call that came back with CKR_OK and named it, in their order; not those that made or destroyed it. */
  readonly uses: readonly SpyCall[];
  /** The call with which it ceased to be: C_DestroyObject, or for a session object the end of its session. */
  readonly ended: SpyCall | null;
}

type AttributeValue = NonNullable<SpyAttribute['value']>;

/** A made object without CKA_TOKEN is a session object (PKCS #11 v3.1 section 4.4); what was found is taken for a token object. */
export function isSessionObject({ origin, attributes }: TokenObject): boolean {
  return origin !== 'found' && attributes.get('CKA_TOKEN') !== true;
}

interface Kept extends TokenObject {
  readonly attributes: Map<string, AttributeValue>;
  readonly uses: SpyCall[];
  ended: SpyCall | null;
  /** The session that made it. */
  readonly session: string;
}

/** Inputs that are handles of objects. */
const NAMING = ['hObject', 'hKey', 'hWrappingKey', 'hUnwrappingKey', 'hBaseKey'];

interface Making {
  readonly origin: Origin;
  /** Where a new handle stands, and the template of its object; the class where the call says it. */
  readonly made: readonly (readonly [output: string, template: string, type?: string])[];
}

const MAKING: Readonly<Record<string, Making>> = {
  C_GenerateKey: { origin: 'generated', made: [['hKey', 'pTemplate', 'CKO_SECRET_KEY']] },
  C_GenerateKeyPair: {
    origin: 'generated',
    made: [
      ['hPublicKey', 'pPublicKeyTemplate', 'CKO_PUBLIC_KEY'],
      ['hPrivateKey', 'pPrivateKeyTemplate', 'CKO_PRIVATE_KEY'],
    ],
  },
  C_CreateObject: { origin: 'created', made: [['*phObject', 'pTemplate']] },
  C_CopyObject: { origin: 'copied', made: [['*phNewObject', 'pTemplate']] },
  C_UnwrapKey: { origin: 'unwrapped', made: [['hKey', 'pTemplate']] },
  C_DeriveKey: { origin: 'derived', made: [['hKey', 'pTemplate']] },
};

/**
 * The objects of all tokens, as one call after the other shows them (PKCS #11 v3.1 section 5.7). `token` and `session` are
 * names of a token and of a session that no other program has.
 */
export class TokenObjects {
  readonly all: Kept[] = [];
  readonly #living = new Map<string, Kept>();
  readonly #named = new Map<SpyCall, ReadonlyMap<string, Kept>>();
  readonly #searched = new Map<string, readonly SpyAttribute[]>();

  /** What a parameter of a call names, as it was then. */
  objectOf(call: SpyCall, parameter: string): TokenObject | null {
    return this.#named.get(call)?.get(parameter) ?? null;
  }

  take(call: SpyCall, token: string, session: string): void {
    const named = new Map<string, Kept>();
    for (const parameter of NAMING) {
      const handle = call.inputs[parameter];
      if (handle !== undefined) named.set(parameter, this.#known(`${token}/${handle}`, handle, session));
    }
    this.#named.set(call, named);
    const object = named.get('hObject');
    if (object !== undefined && call.name === 'C_GetAttributeValue') teach(object, call.answered);
    if (call.returned !== 0) return;
    if (object !== undefined && call.name === 'C_DestroyObject') {
      this.#end(object, call);
      return;
    }
    for (const one of new Set(named.values())) one.uses.push(call);
    if (object !== undefined && call.name === 'C_SetAttributeValue') teach(object, call.given.pTemplate ?? []);
    if (call.name === 'C_FindObjectsInit') this.#searched.set(session, call.given.pTemplate ?? []);
    for (const handle of call.found) {
      teach(this.#known(`${token}/${handle}`, handle, session), this.#searched.get(session) ?? []);
    }
    this.#make(call, token, session, object);
  }

  /** A session ends, and with it its objects. */
  endSession(call: SpyCall, session: string): void {
    const own = this.all.filter((object) => object.session === session && object.ended === null);
    for (const object of own.filter(isSessionObject)) this.#end(object, call);
  }

  #make(call: SpyCall, token: string, session: string, original: Kept | undefined): void {
    const making = MAKING[call.name];
    if (making === undefined) return;
    for (const [output, template, type] of making.made) {
      const handle = call.outputs[output];
      if (handle === undefined) continue;
      const object = this.#add(`${token}/${handle}`, { handle, origin: making.origin, made: call, session });
      if (call.name === 'C_CopyObject')
        for (const [name, value] of original?.attributes ?? []) object.attributes.set(name, value);
      if (type !== undefined) object.attributes.set('CKA_CLASS', type);
      teach(object, call.given[template] ?? []);
    }
  }

  #known(place: string, handle: string, session: string): Kept {
    return this.#living.get(place) ?? this.#add(place, { handle, origin: 'found', made: null, session });
  }

  #add(place: string, object: Pick<Kept, 'handle' | 'origin' | 'made' | 'session'>): Kept {
    const kept: Kept = { ...object, attributes: new Map(), uses: [], ended: null };
    this.all.push(kept);
    this.#living.set(place, kept);
    return kept;
  }

  #end(object: Kept, call: SpyCall): void {
    object.ended = call;
    for (const [place, one] of this.#living) if (one === object) this.#living.delete(place);
  }
}

function teach(object: Kept, attributes: readonly SpyAttribute[]): void {
  for (const { name, value } of attributes) if (value !== null) object.attributes.set(name, value);
}
