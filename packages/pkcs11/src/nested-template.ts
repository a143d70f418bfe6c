import { type Attributes, encodeTemplate } from './attributes.js';
import { addressesOfBooleans } from './foreign-calls.js';
import { encodeUlong } from './ulong.js';

/** The attributes that are true or false. */
export type BooleanAttributes = {
  [Name in keyof Attributes as boolean extends Attributes[Name] ? Name : never]: boolean;
};

/**
 * A template as the value of CKA_WRAP_TEMPLATE or CKA_UNWRAP_TEMPLATE: an array of CK_ATTRIBUTE, which point to values in the
 * memory of this process and mean nothing elsewhere.
 */
export async function nestedTemplate(template: BooleanAttributes): Promise<Buffer> {
  const { yes, no } = await addressesOfBooleans();
  return Buffer.concat(
    encodeTemplate(template).flatMap(({ type, value }) => [
      encodeUlong(type),
      encodeUlong(value === true ? yes : no),
      encodeUlong(1),
    ]),
  );
}
