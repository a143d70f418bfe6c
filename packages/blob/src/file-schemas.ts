import { z } from 'zod';
import { byokSchema } from './byok-schema.js';
import { importPlanSchema } from './import-plan.js';
import { kekFileSchema } from './kek-schema.js';
import { manifestSchema } from './manifest.js';
import { planSchema } from './plan.js';
import { receiptSchema } from './receipt.js';

/**
 * The published formats as JSON Schema (draft 2020-12), by name: kek-1, byok, manifest-1, receipt-1, plan-1, import-plan-1. They state
 * shapes; the readers check more, such as that a point lies on its curve.
 */
export function fileSchemas(): Record<string, object> {
  return {
    'kek-1': schemaOf(kekFileSchema, 'NAME.kek.json', 'A key exchange key, on its way to the source HSM.'),
    byok: schemaOf(byokSchema, 'NAME.byok', 'A wrapped key, as Azure Key Vault and Managed HSM import it.'),
    'manifest-1': schemaOf(manifestSchema, 'NAME.manifest.json', 'What the side of the source HSM says about a blob.'),
    'receipt-1': schemaOf(receiptSchema, 'NAME.receipt.json', 'What arrived where, and how it was verified.'),
    'plan-1': schemaOf(planSchema, 'PLAN.json', 'Which keys a batch shall wrap, under which KEKs, into which files.'),
    'import-plan-1': schemaOf(
      importPlanSchema,
      'PLAN.json',
      'Which blobs a batch shall import, and under which names.',
    ),
  };
}

function schemaOf(schema: z.ZodType, title: string, description: string): object {
  return z.toJSONSchema(schema.meta({ title, description }));
}
