import {
  notCheckedLines,
  notCheckedSchema,
  parseThumbprint,
  readByok,
  thumbprintLines,
  thumbprintOf,
} from '@keyferry/blob';
import { defineCommand } from '@keyferry/terminal';
import { z } from 'zod';
import { azureCrv, azureKty } from '../azure-names.js';
import { CHECKED, CHECKED_IDS, whatWasChecked } from '../checked.js';
import { importFiles } from '../import-files.js';
import { planImport } from '../import-plan.js';
import { modeLines } from '../mode.js';
import { keyName, SERVICE_OPTIONS, vaultOf } from '../options.js';
import { checkService } from '../run-import.js';
import { refuseTargetContradictions, sourcesOf, TARGET_OPTIONS, targetChoices } from '../target-options.js';

const resultSchema = z.strictObject({
  /** Without the vault nobody can say that an import would work. */
  offline: z.boolean(),
  emulator: z.boolean().nullable(),
  mode: z.enum(['production', 'practice']).nullable(),
  blob: z.strictObject({ file: z.string(), sha256: z.string(), size: z.int(), generator: z.string() }),
  kek: z.strictObject({ kid: z.string(), thumbprint: z.string().nullable(), exp: z.int().nullable() }),
  target: z.strictObject({
    type: z.enum(['RSA', 'EC', 'oct']),
    crv: z.string().nullable(),
    bits: z.int().nullable(),
    thumbprint: z.string().nullable(),
    kcv: z.string().nullable(),
  }),
  /** What an import would send, in the words of the service. */
  sends: z.strictObject({
    vault: z.string(),
    kty: z.string(),
    crv: z.string().nullable(),
    keyOps: z.array(z.string()),
  }),
  confirmedBy: z.enum(['thumbprint', 'public-key', 'signed-manifest', 'unsigned-manifest', 'nothing']),
  manifestSignedBy: z.array(z.string()),
  warnings: z.array(z.string()),
  checked: z.array(z.enum(CHECKED_IDS)),
  notChecked: notCheckedSchema,
});
type Result = z.output<typeof resultSchema>;

const { 'vault-url': vaultUrl, name, ...others } = SERVICE_OPTIONS;

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'check a blob, its manifest and its KEK in the vault, and send nothing',
  details:
    'What an import checks first, without the import. The first fault ends it, with the exit status of its kind; when there is ' +
    'none, it lists what was checked and what was not.',
  positionals: {
    file: { type: 'string', demandOption: true, describe: 'the blob: NAME.byok' },
  },
  options: {
    ...others,
    ...TARGET_OPTIONS,
    'vault-url': {
      ...vaultUrl,
      demandOption: false,
      describe: 'the vault that you mean; that of the kid unless given',
    },
    name: { ...name, demandOption: false, describe: 'name that the key shall get; then it is checked that it is free' },
    'new-version': { type: 'boolean', default: false, describe: 'the name may exist' },
    offline: { type: 'boolean', default: false, describe: 'do not ask the vault' },
  },
  examples: [
    ['keyferry-import check payroll.byok --offline', 'where no vault can be reached'],
    [
      'keyferry-import check payroll.byok --vault-url https://prod.vault.azure.net --name payroll',
      'all that an import would check',
    ],
  ],
  result: resultSchema,
  text: describeCheck,
  async run(args, terminal, signal) {
    refuseTargetContradictions(args);
    const files = importFiles({ ...args, receipt: undefined });
    const sources = await sourcesOf(files, args);
    const url = args.vaultUrl ?? readByok(sources.blob).kid.vault.url;
    const plan = planImport(sources, {
      ...targetChoices(args),
      vaultUrl: url,
      name: args.name === undefined ? '' : keyName(args.name),
      ...{ tags: {}, notBefore: null, expiresOn: null, exportable: false, release: null },
    });
    const vault = args.offline ? null : await vaultOf({ ...args, vaultUrl: url }, terminal, signal);
    const kek = vault === null ? null : (await checkService({ vault, plan, options: args })).kek;
    const { expected, request, byok, manifest } = plan;
    const result: Result = {
      offline: args.offline,
      emulator: vault?.emulator ?? null,
      mode: manifest?.mode ?? null,
      blob: { ...plan.blob, generator: byok.generator },
      kek: {
        kid: byok.kid.text,
        thumbprint: kek?.thumbprint ?? manifest?.kek.thumbprint ?? null,
        exp: kek?.attributes?.exp ?? null,
      },
      target: {
        ...{ type: expected.type, crv: expected.crv, bits: expected.bits, kcv: expected.kcv },
        thumbprint: expected.publicKey === null ? expected.thumbprint : thumbprintOf(expected.publicKey),
      },
      sends: {
        vault: plan.vault.url,
        kty: azureKty(request.type),
        crv: request.crv === null ? null : azureCrv(request.crv),
        keyOps: [...request.keyOps],
      },
      confirmedBy: plan.confirmedBy,
      manifestSignedBy: [...plan.signedBy],
      warnings: byok.findings.map(({ text }) => text),
      ...whatWasChecked(plan, kek, args.name !== undefined),
    };
    return { result };
  },
});

function describeCheck(result: Result): string {
  const { mode, emulator, blob, kek, target, sends, checked, notChecked, warnings } = result;
  const thumbprint = target.thumbprint === null ? null : parseThumbprint(target.thumbprint);
  return [
    ...modeLines({ mode, emulator: emulator === true }),
    `blob        ${blob.file}, ${blob.size} bytes, SHA-256 ${blob.sha256}`,
    `made by     ${blob.generator}`,
    `KEK         ${kek.kid}`,
    ...(kek.exp === null ? [] : [`            expires ${new Date(kek.exp * 1000).toISOString()}`]),
    `key         ${target.type} ${target.crv ?? target.bits ?? ''}`.trimEnd(),
    ...(thumbprint === null ? [] : [`thumbprint  ${thumbprint}`, ...thumbprintLines(thumbprint)]),
    ...(target.kcv === null ? [] : [`KCV         ${target.kcv}`]),
    `would send  kty ${sends.kty}${sends.crv === null ? '' : `, crv ${sends.crv}`}, key_ops ${sends.keyOps.join(', ')}`,
    `to          ${sends.vault}`,
    ...warnings.map((text) => `warning     ${text}`),
    'CHECKED',
    ...checked.map((id) => `  - ${CHECKED[id]}`),
    ...notCheckedLines(notChecked),
  ].join('\n');
}
