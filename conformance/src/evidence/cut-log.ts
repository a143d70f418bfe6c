import type { SpyLog } from './read-spy-log.js';
import type { SpyAttribute, SpyCall } from './spy-call.js';

/**
 * A log without its secrets, for people: written from what the reader lets out, not by cutting lines out of the original,
 * so that what nobody thought of is left out too. Null where calls overlap: there a line need not be what it looks like.
 */
export function cutLog({ calls, disorder }: SpyLog): string | null {
  if (disorder.includes('the calls of several threads or processes overlap')) return null;
  return calls.map((call) => `${linesOfCall(call).join('\n')}\n`).join('');
}

function linesOfCall(call: SpyCall): string[] {
  const { mechanism, wrapped } = call;
  return [
    `${call.program}.${call.number} ${call.name}: ${call.returned === 0 ? 'CKR_OK' : `0x${call.returned.toString(16)}`}`,
    ...Object.entries(call.inputs).map(([name, value]) => `  in   ${name} ${value}`),
    ...(mechanism === null ? [] : [`  in   mechanism ${mechanism.type}`]),
    ...(mechanism?.oaep
      ? [`  in   ${mechanism.oaep.hash}, ${mechanism.oaep.mgf}, a label of ${mechanism.oaep.labelBytes} bytes`]
      : []),
    ...Object.entries(call.given).flatMap(([name, template]) => template.map((one) => `  in   ${name} ${textOf(one)}`)),
    ...call.answered.map((one) => `  out  ${textOf(one)}`),
    ...Object.entries(call.outputs).map(([name, value]) => `  out  ${name} ${value}`),
    ...call.found.map((handle) => `  out  object ${handle}`),
    ...(wrapped === null ? [] : [`  out  ${wrapped.bytes} bytes of SHA-256 ${wrapped.sha256}`]),
  ];
}

function textOf({ name, value, bytes, place }: SpyAttribute): string {
  if (value !== null) return `${name} ${value}`;
  if (bytes === null) return `${name} (no value)`;
  return `${name} (${place ? `${bytes} bytes, cut` : `${bytes} bytes`})`;
}
