import { vaultOfHost } from '@keyferry/blob';
import type { ErrorCode } from '@keyferry/errors';

/** An error answer of a vault, taken apart. */
export interface Refusal {
  readonly host: string;
  /** HTTP status, 300 or more. */
  readonly status: number;
  /** error.code and the codes of innererror, from the outside in. */
  readonly codes: readonly string[];
  /** error.message, on one line. */
  readonly message: string;
  /** The Date header, or null. */
  readonly date: string | null;
}

/** Which of our errors it is, with what to do where that depends on the vault. */
export interface Classified {
  readonly code: ErrorCode;
  readonly hint?: string;
  /** How far the clocks are apart, for the reason. */
  readonly skew?: string;
}

/** Milliseconds between two clocks that a token still survives: identity services allow five minutes. */
const MOST_SKEW = 5 * 60 * 1000;

/**
 * Tells apart what hides behind one HTTP status. The service publishes some inner codes and texts and not others: what
 * is not recognised keeps the general code of its status, with the words of the service in the reason.
 */
export function classify(refusal: Refusal): Classified {
  const { status } = refusal;
  switch (status) {
    case 401:
      return unauthorized(refusal);
    case 403:
      return forbidden(refusal);
    case 404:
      return { code: 'SERVICE_NOT_FOUND' };
    case 408:
      return { code: 'SERVICE_NO_ANSWER' };
    case 409:
      return conflict(refusal);
    case 429:
      return { code: 'SERVICE_BUSY' };
    default:
      return { code: status >= 500 ? 'SERVICE_FAILED' : 'SERVICE_REFUSED' };
  }
}

function unauthorized({ message, date }: Refusal): Classified {
  if (/AKV10032|invalid issuer/i.test(message)) {
    const [tenant] = tenantsIn(message);
    return tenant === undefined
      ? { code: 'SERVICE_WRONG_TENANT' }
      : {
          code: 'SERVICE_WRONG_TENANT',
          hint: `log in to the tenant of the vault: az login --tenant ${tenant}, or AZURE_TENANT_ID=${tenant}`,
        };
  }
  const ahead = date === null ? Number.NaN : Date.now() - Date.parse(date);
  if (Math.abs(ahead) > MOST_SKEW) {
    const minutes = Math.round(Math.abs(ahead) / 60_000);
    const skew = `; the clock of this machine is ${minutes} minutes ${ahead > 0 ? 'ahead of' : 'behind'} that of the vault`;
    return { code: 'CLOCK_SKEW', skew };
  }
  return { code: 'SERVICE_UNAUTHORIZED' };
}

/** Issuers of the service end in the tenant: those that are expected come before the one that was found. */
function tenantsIn(message: string): string[] {
  const expected = message.split(/found/i)[0] ?? '';
  return [...expected.matchAll(/sts\.windows\.net\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g)].map(
    ([, tenant]) => tenant ?? '',
  );
}

function forbidden({ host, codes, message }: Refusal): Classified {
  const vault = vaultOfHost(host);
  const name = vault?.name ?? 'NAME';
  const known = (...wanted: readonly string[]) => has(codes, ...wanted);
  // Inner codes first: a text may hold the name of a vault, which can be any word.
  if (known('AccessDenied')) {
    const grant = `az keyvault set-policy --name ${name} --key-permissions get list create import update`;
    return { code: 'SERVICE_FORBIDDEN', hint: `let the administrator of the vault grant it: ${grant}` };
  }
  if (known('ForbiddenByRbac') || /not authorized to perform action/i.test(message)) {
    const grant =
      vault?.kind === 'managed-hsm'
        ? `az keyvault role assignment create --hsm-name ${name} --role "Managed HSM Crypto Officer" --scope /keys --assignee ID`
        : 'az role assignment create --role "Key Vault Crypto Officer" --scope ID-OF-THE-VAULT --assignee ID';
    return { code: 'SERVICE_FORBIDDEN', hint: `let the administrator grant a role, which takes minutes: ${grant}` };
  }
  if (known('KeyDisabled') || /disabled key/i.test(message)) {
    return { code: 'SERVICE_FORBIDDEN', hint: 'the key is disabled: enable it, if it is the right one' };
  }
  if (
    known('ForbiddenByFirewall', 'ForbiddenByConnection') ||
    /address is not authorized|public network access is disabled|approved private link/i.test(message)
  ) {
    const add = `az keyvault network-rule add --name ${name} --ip-address ADDRESS`;
    return {
      code: 'SERVICE_FIREWALL',
      hint: `work from a network that is allowed, or let its administrator add this one: ${add}`,
    };
  }
  if (
    known('VaultDisabled', 'VaultNotEnabled', 'SubscriptionDisabled', 'SubscriptionNotRegistered') ||
    /\b(vault|subscription)\b[^.]*\b(disabled|suspended|deleted)\b/i.test(message)
  ) {
    return { code: 'SERVICE_VAULT_DISABLED' };
  }
  return { code: 'SERVICE_FORBIDDEN' };
}

function conflict({ host, codes, message }: Refusal): Classified {
  const deleted = ['ObjectIsDeletedButRecoverable', 'ObjectIsBeingDeleted', 'ObjectIsBeingRecovered'];
  if (has(codes, ...deleted) || /deleted but recoverable/i.test(message)) {
    const vault = vaultOfHost(host);
    const where = vault?.kind === 'managed-hsm' ? `--hsm-name ${vault.name}` : `--vault-name ${vault?.name ?? 'NAME'}`;
    return {
      code: 'SERVICE_NAME_DELETED',
      hint: `choose another name; or az keyvault key recover ${where} --name KEY, or purge in place of recover`,
    };
  }
  return { code: 'SERVICE_CONFLICT' };
}

function has(codes: readonly string[], ...wanted: readonly string[]): boolean {
  return codes.some((code) => wanted.includes(code));
}
