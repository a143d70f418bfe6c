import { type ErrorCode, KeyferryError } from '@keyferry/errors';
import { codesOf, messageOf, NOT_TRUSTED, oneLine } from './service-errors.js';

interface Remedy {
  readonly pattern: RegExp;
  readonly code?: ErrorCode;
  readonly hint: string;
}

/** What the identity service and the credentials of the SDK say, and what helps; the first that fits. */
const REMEDIES: readonly Remedy[] = [
  {
    pattern: /AADSTS(700024|700027)\b.*(time range|expired|not yet valid)|AADSTS700024/i,
    code: 'CLOCK_SKEW',
    hint: 'set the clock of this machine; if it is right, the assertion or certificate has expired',
  },
  { pattern: /AADSTS7000215/, hint: 'AZURE_CLIENT_SECRET must be the value of the secret, not its id' },
  { pattern: /AADSTS7000222/, hint: 'the client secret has expired: have a new one made for the application' },
  { pattern: /AADSTS700016/, hint: 'AZURE_CLIENT_ID is no application of this tenant: check it and AZURE_TENANT_ID' },
  { pattern: /AADSTS(90002|900023|900021)/, hint: 'AZURE_TENANT_ID is no tenant of this cloud: check it and --cloud' },
  { pattern: /AADSTS700027|AADSTS700030/, hint: 'the certificate is not registered for the application, or not valid' },
  {
    pattern: /AADSTS(70021|700211|700212|700213)/,
    hint: 'no federated credential of the application fits the token: compare its issuer, subject and audience',
  },
  {
    pattern: /AADSTS(50076|50079|50158|53003|53000|530003)/,
    hint: 'a conditional access policy asks for more: log in interactively with az login, then --auth cli',
  },
  {
    pattern: /AADSTS(50173|700082|70043|50078)|refresh token has expired/i,
    hint: 'the session has expired: az login again',
  },
  { pattern: /AADSTS65001/, hint: 'an administrator of the tenant must consent to the application' },
  {
    pattern: /Azure CLI (could not be found|not (found|installed))/i,
    hint: 'install the Azure CLI, or choose another --auth',
  },
  { pattern: /az login/i, hint: 'log in by az login, or choose another --auth' },
  {
    pattern: /managed.?identity|IMDS|169\.254\.169\.254/i,
    hint: 'this works only on a machine of Azure that has a managed identity; elsewhere choose another --auth',
  },
];

/** The error for a login that failed; `tried` says what was tried. TLS_UNTRUSTED, CLOCK_SKEW or LOGIN_FAILED. */
export function errorOfLogin(tried: string, error: unknown): KeyferryError {
  const text = oneLine(messageOf(error), 2000);
  const untrusted = codesOf(error).some((code) => NOT_TRUSTED.test(code));
  if (untrusted || /self.signed certificate|unable to (get|verify)[a-z ]*certificate/i.test(text)) {
    return new KeyferryError('TLS_UNTRUSTED', { reason: `the identity service: ${oneLine(text, 900)}`, cause: error });
  }
  // The chain names all that it tried; what one of them says fits only when it is the one that was chosen.
  const remedy = tried.startsWith('all of') ? undefined : REMEDIES.find(({ pattern }) => pattern.test(text));
  const aadsts = REMEDIES.find(({ pattern }) => /AADSTS/.test(pattern.source) && pattern.test(text));
  const { code = 'LOGIN_FAILED', hint } = remedy ?? aadsts ?? {};
  return new KeyferryError(code, {
    reason: `tried ${tried}: ${inShort(text)}`,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** Of a chain the first sentence of each that was tried; any other text as it is. */
function inShort(text: string): string {
  const [, ...each] = text.split(/\bCredentialUnavailableError: (?:Error: )?/);
  return each.length < 2 ? oneLine(text, 900) : each.map((part) => part.split(/\.(?: |$)/)[0] ?? part).join('; ');
}
