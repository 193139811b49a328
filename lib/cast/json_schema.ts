declare const value: unique symbol;

/** A JSON schema, draft 7. `Value` is the type of the values that it accepts: schema and type have one source. */
export interface Schema<Value = unknown> {
  readonly [keyword: string]: unknown;
  readonly [value]?: Value;
}

/** The values that a schema accepts. */
export type ValueOf<S> = S extends Schema<infer Value> ? Value : never;

type Fields = Readonly<Record<string, Schema>>;
type Flat<T> = { [Key in keyof T]: T[Key] };
type ObjectOf<Needed, Optional> = Flat<
  { readonly [Key in keyof Needed]: ValueOf<Needed[Key]> } & {
    readonly [Key in keyof Optional]?: ValueOf<Optional[Key]> | undefined;
  }
>;

/** A whole or decimal number and its unit. */
export const DURATION_PATTERN = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$';
/** The same with an optional sign. */
export const SHIFT_PATTERN = '^([+-]?[0-9]+(\\.[0-9]+)?)(ms|s|m|h)$';

/** Milliseconds, or text: "250ms", "5s", "2m", "1h". */
export type Duration = number | string;

export const text = (description: string): Schema<string> => ({ type: 'string', minLength: 1, description });

export const flag = (description: string): Schema<boolean> => ({ type: 'boolean', description });

export const whole = (description: string, minimum: number, maximum: number): Schema<number> => ({
  ...{ type: 'integer', minimum, maximum, description },
});

export const choice = <const Value extends string>(
  description: string,
  ...values: readonly Value[]
): Schema<Value> => ({ enum: values, description });

export const duration = (description: string): Schema<Duration> => ({
  type: ['number', 'string'],
  minimum: 0,
  pattern: DURATION_PATTERN,
  description: `${description} Milliseconds, or text as in "250ms", "5s", "2m", "1h".`,
});

export const list = <Item>(description: string, items: Schema<Item>, minItems = 0): Schema<readonly Item[]> => ({
  type: 'array',
  description,
  items,
  ...(minItems === 0 ? {} : { minItems }),
});

/** An object with any keys. */
export const map = <Value>(description: string, values?: Schema<Value>): Schema<Readonly<Record<string, Value>>> => ({
  type: 'object',
  description,
  ...(values === undefined ? {} : { additionalProperties: values }),
});

export function object<const Needed extends Fields, const Optional extends Fields>(
  description: string,
  needed: Needed,
  optional: Optional,
): Schema<ObjectOf<Needed, Optional>> {
  const required = Object.keys(needed);
  return {
    type: 'object',
    description,
    properties: { ...needed, ...optional },
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
}
