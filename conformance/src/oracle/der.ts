import forge from 'node-forge';
import { type Binary, fromBinary, toBinary } from './bytes.js';

export type Node = forge.asn1.Asn1;

const { Class, Type } = forge.asn1;

/** What the published types do not know of forge.asn1.fromDer. */
const parseOne = forge.asn1.fromDer as unknown as (
  bytes: forge.util.ByteBuffer,
  options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean; maxDepth: number },
) => Node;

export interface Parsed {
  readonly node: Node;
  /** What stands after the value. */
  readonly rest: Uint8Array;
  /** Whether the value, encoded again, gives the same bytes: DER and not merely BER. */
  readonly canonical: boolean;
}

/** Reads one BER value at the start of the bytes. Null where there is none. */
export function parseDer(bytes: Uint8Array): Parsed | null {
  const buffer = forge.util.createBuffer(toBinary(bytes));
  let node: Node;
  try {
    node = parseOne(buffer, { strict: true, parseAllBytes: false, decodeBitStrings: false, maxDepth: 16 });
  } catch {
    return null;
  }
  const used = bytes.length - buffer.length();
  const again = fromBinary(forge.asn1.toDer(node).getBytes());
  return { node, rest: bytes.subarray(used), canonical: again.equals(bytes.subarray(0, used)) };
}

export function isSequence(node: Node | undefined): node is Node & { value: Node[] } {
  return isUniversal(node, Type.SEQUENCE) && Array.isArray(node.value);
}

/** The content of a primitive value of that type; null for any other. */
export function integerOf(node: Node | undefined): Binary | null {
  const content = primitive(node, Type.INTEGER);
  return content === '' ? null : content;
}

export function octetsOf(node: Node | undefined): Binary | null {
  return primitive(node, Type.OCTETSTRING);
}

/** The bytes of a BIT STRING without unused bits. */
export function bitsOf(node: Node | undefined): Binary | null {
  const content = primitive(node, Type.BITSTRING);
  return content?.charCodeAt(0) === 0 ? content.slice(1) : null;
}

/** The content of an OBJECT IDENTIFIER. */
export function oidOf(node: Node | undefined): Binary | null {
  return primitive(node, Type.OID);
}

export function isNull(node: Node | undefined): boolean {
  return primitive(node, Type.NULL) === '';
}

/** The field with the constructed tag [number]. */
export function tagged(fields: readonly Node[], number: number): Node | undefined {
  return fields.find((field) => isContext(field) && field.constructed && field.type === number);
}

/** The context-specific tags of the fields, such as `0,1`; a primitive one shows as `p1`, other fields as `?`. */
export function tagsOf(fields: readonly Node[]): string {
  return fields.map((field) => (isContext(field) ? `${field.constructed ? '' : 'p'}${field.type}` : '?')).join();
}

/** The only value inside a constructed one. */
export function contentOf(node: Node): Node | undefined {
  return Array.isArray(node.value) && node.value.length === 1 ? node.value[0] : undefined;
}

/** The content of an OBJECT IDENTIFIER for a dotted text. */
export function oid(dotted: string): Binary {
  return forge.asn1.oidToDer(dotted).getBytes();
}

function primitive(node: Node | undefined, type: forge.asn1.Type): Binary | null {
  return isUniversal(node, type) && !node.constructed && typeof node.value === 'string' ? node.value : null;
}

function isContext(node: Node): boolean {
  return node.tagClass === Class.CONTEXT_SPECIFIC;
}

function isUniversal(node: Node | undefined, type: forge.asn1.Type): node is Node {
  return node?.tagClass === Class.UNIVERSAL && node.type === type;
}
