import { z } from 'zod';
import { byokSchema } from './byok-schema.js';
import { kekFileSchema } from './kek-schema.js';
import { manifestSchema } from './manifest.js';
import { receiptSchema } from './receipt.js';

/**
 * The published formats as JSON Schema (draft 2020-12), by name: kek-1, byok, manifest-1, receipt-1. They state shapes;
 * the readers check more, such as that a point lies on its curve.
 */
export function fileSchemas(): Record<string, object> {
  return {
    'kek-1': z.toJSONSchema(kekFileSchema),
    byok: z.toJSONSchema(byokSchema),
    'manifest-1': z.toJSONSchema(manifestSchema),
    'receipt-1': z.toJSONSchema(receiptSchema),
  };
}
