import type { DiagnosisId } from './diagnoses.js';
import type { Evidence } from './evidence.js';

export function explainKidForm({ header }: Evidence): DiagnosisId {
  const kid = String(header.kid);
  if (!/^[a-z]+:\/\//i.test(kid)) return 'kid/name-only';
  if (/^http:/i.test(kid)) return 'kid/http';
  if (/[?#]/.test(kid)) return 'kid/query';
  if (/^https:\/\/[^/]*:\d+\//i.test(kid)) return 'kid/port';
  return /^https:\/\/[^/]*\/(secrets|certificates)\//i.test(kid) ? 'kid/other-collection' : 'kid/form';
}

export function explainKidHost({ header }: Evidence): DiagnosisId {
  return /^https:\/\/[^/]*[A-Z]/.test(String(header.kid)) ? 'kid/host-in-capitals' : 'kid/host';
}

export function explainKidVersion({ header }: Evidence): DiagnosisId {
  const kid = String(header.kid);
  if (kid.endsWith('/')) return 'kid/empty-version';
  return /\/keys\/[^/]+$/.test(kid) ? 'kid/unversioned' : 'kid/version';
}
