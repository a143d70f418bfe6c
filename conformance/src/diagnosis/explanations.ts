import type { CheckId, Level } from '../oracle/index.js';
import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';
import { explainBase64 } from './explain-base64.js';
import * as ec from './explain-ec.js';
import { explainJson, explainUtf8 } from './explain-file.js';
import { explainForm } from './explain-form.js';
import * as halves from './explain-halves.js';
import * as kid from './explain-kid.js';
import * as members from './explain-members.js';
import * as pkcs8 from './explain-pkcs8.js';
import * as rsa from './explain-rsa.js';

/** Names the fault behind a check that failed or warned. */
export type Explanation = (evidence: Evidence, level: Level) => DiagnosisId;

const always =
  (id: DiagnosisId): Explanation =>
  () =>
    id;

/** How each check is explained. What it finds when the blob is right needs no word. */
export const EXPLANATIONS: Readonly<Record<Exclude<CheckId, 'blob/key-consistency/rsa/primes'>, Explanation>> = {
  'blob/envelope/size': ({ file }) => (file.length === 0 ? 'file/empty' : 'file/too-large'),
  'blob/envelope/utf8': explainUtf8,
  'blob/envelope/bom': always('file/bom'),
  'blob/envelope/json': explainJson,
  'blob/envelope/duplicate-members': always('members/duplicate'),
  'blob/envelope/members': members.explainMembers,
  'blob/envelope/unknown-members': members.explainUnknownMembers,
  'blob/envelope/schema-version': members.explainSchemaVersion,
  'blob/envelope/alg': members.explainAlg,
  'blob/envelope/enc': members.explainEnc,
  'blob/envelope/generator': always('members/generator'),
  'blob/envelope/base64url': explainBase64,
  'blob/envelope/base64-padding': (_, level) => (level === 'fail' ? 'base64/too-much-padding' : 'base64/padding'),
  'blob/kid/form': kid.explainKidForm,
  'blob/kid/host': kid.explainKidHost,
  'blob/kid/version': kid.explainKidVersion,
  'blob/length/halves': (evidence) => members.structuralFault(evidence) ?? halves.explainLength(evidence),
  'blob/length/wrapped-target': halves.explainOpening,
  'blob/oaep/padding': halves.explainOpening,
  'blob/aes-size/bits': halves.explainAesKey,
  'blob/kwp/aiv': halves.explainAiv,
  'blob/kwp/length-field': halves.explainLengthField,
  'blob/kwp/padding': halves.explainPadding,
  'blob/encoding/form': explainForm,
  'blob/encoding/trailing': pkcs8.explainTrailing,
  'blob/encoding/der': pkcs8.explainDer,
  'blob/encoding/version': pkcs8.explainVersion,
  'blob/encoding/attributes': always('pkcs8/attributes'),
  'blob/encoding/algorithm': pkcs8.explainAlgorithm,
  'blob/encoding/rsa/parameters': rsa.explainRsaParameters,
  'blob/encoding/rsa/structure': rsa.explainRsaStructure,
  'blob/encoding/rsa/two-prime': rsa.explainTwoPrime,
  'blob/encoding/rsa/crt-values': always('rsa/zero-crt'),
  'blob/key-consistency/rsa/modulus': always('rsa/modulus'),
  'blob/key-consistency/rsa/private-exponent': rsa.explainPrivateExponent,
  'blob/key-consistency/rsa/crt': rsa.explainCrt,
  'blob/policy/rsa/size': rsa.explainRsaSize,
  'blob/policy/rsa/exponent': rsa.explainExponent,
  'blob/encoding/ec/named-curve': ec.explainNamedCurve,
  'blob/policy/ec/curve': ec.explainCurve,
  'blob/encoding/ec/structure': ec.explainEcStructure,
  'blob/encoding/ec/parameters': ec.explainEcParameters,
  'blob/encoding/ec/scalar-length': ec.explainScalarLength,
  'blob/key-consistency/ec/scalar': ec.explainScalar,
  'blob/key-consistency/ec/public-key': ec.explainEcPublicKey,
  'blob/policy/oct/managed-hsm': always('purpose/aes-for-key-vault'),
  'blob/expect/file': always('expect/other-file'),
  'blob/expect/kid': always('expect/other-kid'),
  'blob/expect/target': always('expect/other-type'),
  'blob/expect/public-key': always('expect/other-key'),
  'blob/expect/kcv': always('expect/other-aes-key'),
};
