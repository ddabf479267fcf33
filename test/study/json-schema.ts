/** Checks values by a JSON Schema, as far as that of studies goes. A keyword that is not known throws. */

type Schema = Readonly<Record<string, unknown>>;
type Check = (schema: unknown, value: unknown) => boolean;

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
const isType = (type: unknown, value: unknown): boolean =>
  type === "integer" ? Number.isInteger(value) : typeOf(value) === type;
const object = (value: unknown): Schema | null => (typeOf(value) === "object" ? (value as Schema) : null);
const array = (value: unknown): readonly unknown[] | null =>
  Array.isArray(value) ? (value as readonly unknown[]) : null;
const matching = (schemas: unknown, value: unknown): number =>
  (schemas as Schema[]).filter((each) => fits(each, value)).length;

const KEYWORDS: Readonly<Record<string, (rule: unknown, value: unknown, schema: Schema) => boolean>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  type: (rule, value) => [rule].flat().some((type) => isType(type, value)),
  enum: (rule, value) => (rule as unknown[]).includes(value),
  pattern: (rule, value) => typeof value !== "string" || new RegExp(rule as string, "u").test(value),
  minimum: (rule, value) => typeof value !== "number" || value >= Number(rule),
  maximum: (rule, value) => typeof value !== "number" || value <= Number(rule),
  minItems: (rule, value) => (array(value)?.length ?? Number(rule)) >= Number(rule),
  maxItems: (rule, value) => (array(value)?.length ?? 0) <= Number(rule),
  minProperties: (rule, value) => Object.keys(object(value) ?? {}).length >= Number(rule),
  items: (rule, value) => (array(value) ?? []).every((each) => fits(rule, each)),
  required: (rule, value) => (rule as string[]).every((key) => key in (object(value) ?? {})),
  properties: (rule, value) =>
    Object.entries(object(value) ?? {}).every(([key, each]) => fits((rule as Schema)[key] ?? {}, each)),
  additionalProperties: (rule, value, { properties = {} }) =>
    Object.entries(object(value) ?? {}).every(
      ([key, each]) => key in (properties as Schema) || (rule !== false && fits(rule, each)),
    ),
  anyOf: (rule, value) => matching(rule, value) > 0,
  oneOf: (rule, value) => matching(rule, value) === 1,
  allOf: (rule, value) => matching(rule, value) === (rule as unknown[]).length,
};

/** Whether a value fits a schema. @throws for a keyword that is not known here. */
export const fits: Check = (schema, value) =>
  Object.entries(schema as Schema).every(([keyword, rule]) => {
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`JSON Schema: expected a known keyword, got ${keyword}`);
    return check(rule, value, schema as Schema);
  });
