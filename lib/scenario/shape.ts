import { Ajv, type ErrorObject } from 'ajv';
import { suggest } from '../errors/index.js';
import { checkFault } from '../service/index.js';
import { SCENARIO_SCHEMA } from './schema.js';
import type { Path, Problem } from './source.js';

type Validator = ReturnType<Ajv['compile']>;

/** What ajv says about an error, by keyword. */
interface Params {
  readonly additionalProperty?: string;
  readonly missingProperty?: string;
  readonly propertyName?: string;
  readonly type?: string | readonly string[];
  readonly allowedValues?: readonly string[];
}

let compiled: Validator | undefined;

/** Made on first use: most programs never read a scenario. */
function validator(): Validator {
  compiled ??= new Ajv({ allErrors: true, verbose: true, discriminator: true, allowUnionTypes: true }).compile(
    SCENARIO_SCHEMA,
  );
  return compiled;
}

/** Where a value departs from the schema, in the words of a person. */
export function checkShape(value: unknown): readonly Problem[] {
  const validate = validator();
  if (validate(value)) return [];
  const problems = (validate.errors ?? []).flatMap((error) => explain(error, value) ?? []);
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const text = JSON.stringify([path, message]);
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

function explain(error: ErrorObject, root: unknown): Problem | undefined {
  const path = pathOf(error.instancePath, root);
  if (error.propertyName !== undefined) return undefined; // told as `propertyNames`
  const params = error.params as Params;
  const schema = (error.parentSchema ?? {}) as { properties?: object; type?: unknown; description?: string };
  const known = Object.keys(schema.properties ?? {});
  const help = schema.description === undefined ? '' : ` (${schema.description})`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      return {
        path: [...path, key],
        atKey: true,
        message: `${show(key)} means nothing here: ${suggest(key, known)}`,
      };
    }
    case 'required':
      return { path, message: `${show(params.missingProperty)} is missing here; it takes ${known.join(', ')}` };
    case 'type':
      return { path, message: `${show(error.data)} is not ${typesText(params.type)}${help}` };
    case 'enum':
      return {
        path,
        message: `${show(error.data)} is not legal: ${suggest(String(error.data), params.allowedValues ?? [])}`,
      };
    case 'discriminator':
      return { path: [...path, 'kind'], message: whyNoFault(error.data) };
    case 'minProperties':
    case 'maxProperties':
      return { path, message: `a step has exactly one action of ${known.join(', ')}` };
    case 'minItems':
      return { path, message: `this is empty${help}` };
    case 'pattern':
      return { path, message: `${show(error.data)} is not legal${help}` };
    case 'propertyNames':
      return {
        path: [...path, String(params.propertyName)],
        atKey: true,
        message: `${show(params.propertyName)} is no name: ${NAME_RULE}`,
      };
    case 'minLength':
      return { path, message: `the text is empty${help}` };
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      return { path, message: `${show(error.data)} is out of range: it ${error.message}${help}` };
    default:
      return { path, message: `${error.message}${help}` };
  }
}

const NAME_RULE = 'use 1 to 40 letters, digits, dots, dashes and underscores, first a letter or digit';

function whyNoFault(fault: unknown): string {
  try {
    checkFault(fault);
    return 'this fault is not legal';
  } catch (error) {
    return (error as { readonly message: string }).message;
  }
}

function pathOf(pointer: string, root: unknown): Path {
  const parts = pointer.split('/').slice(1);
  let value = root;
  return parts.map((part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(value) ? Number(key) : key;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
    return step;
  });
}

const TYPE_TEXTS: Readonly<Record<string, string>> = {
  object: 'a mapping of keys to values',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function typesText(types: unknown): string {
  return [types]
    .flat()
    .map((type) => TYPE_TEXTS[String(type)] ?? String(type))
    .join(' or ');
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
