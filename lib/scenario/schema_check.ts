import { Ajv, type ErrorObject } from 'ajv';
import { suggest } from '../errors/index.js';
import { checkFault } from '../service/index.js';
import { SCENARIO_SCHEMA } from './schema.js';
import type { Path, Problem } from './source.js';

type Params = Readonly<Record<string, unknown>>;

let compiled: ReturnType<Ajv['compile']> | undefined;

/** Returns where a value departs from the schema, in words for people. */
export function checkShape(value: unknown): readonly Problem[] {
  // Compiled on first use, because most programs never read a scenario.
  compiled ??= new Ajv({ allErrors: true, verbose: true, discriminator: true, allowUnionTypes: true }).compile(
    SCENARIO_SCHEMA,
  );
  if (compiled(value)) return [];
  const problems = (compiled.errors ?? []).flatMap((error) => problemOf(error, value) ?? []);
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

const NAME_RULE = 'use 1 to 40 letters, digits, dots, dashes and underscores, starting with a letter or digit';

function problemOf(error: ErrorObject, root: unknown): Problem | undefined {
  if (error.propertyName !== undefined) return undefined; // reported as `propertyNames`
  const { keyword, data } = error;
  const { additionalProperty, missingProperty, propertyName, type, allowedValues } = error.params as Params;
  const path = pathOf(error.instancePath, root);
  const schema = (error.parentSchema ?? {}) as { readonly properties?: object; readonly description?: string };
  const known = Object.keys(schema.properties ?? {});
  const help = schema.description === undefined ? '' : ` (${schema.description})`;
  const at = (message: string): Problem => ({ path, message });
  const atKey = (key: unknown, message: string): Problem => ({ path: [...path, String(key)], atKey: true, message });
  switch (keyword) {
    case 'additionalProperties':
      return atKey(
        additionalProperty,
        `unknown key ${show(additionalProperty)}: ${suggest(String(additionalProperty), known)}`,
      );
    case 'propertyNames':
      return atKey(propertyName, `${show(propertyName)} is not a valid name: ${NAME_RULE}`);
    case 'required':
      return at(`${show(missingProperty)} is missing; the keys are ${known.join(', ')}`);
    case 'type':
      return at(`${show(data)} is not ${typesText(type)}${help}`);
    case 'enum':
      return at(`${show(data)} is not allowed: ${suggest(plain(data), allowedValues as readonly string[])}`);
    case 'discriminator':
      return { path: [...path, 'kind'], message: whyNotAFault(data) };
    case 'minProperties':
    case 'maxProperties':
      return at(`a step has exactly one action of ${known.join(', ')}`);
    case 'minItems':
      return at(`the list is empty${help}`);
    case 'pattern':
      return at(`${show(data)} is not allowed${help}`);
    case 'minLength':
      return at(`the text is empty${help}`);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      return at(`${show(data)} is out of range: it ${error.message}${help}`);
    default:
      return at(`${error.message}${help}`);
  }
}

function whyNotAFault(fault: unknown): string {
  try {
    checkFault(fault);
    return 'this fault is not valid';
  } catch (error) {
    return (error as Error).message;
  }
}

function pathOf(pointer: string, root: unknown): Path {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
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
  const texts = [types].flat().map((type) => TYPE_TEXTS[String(type)] ?? String(type));
  return texts.join(' or ');
}

/** Not String(): a mapping in a file may have the key `toString`. */
function plain(value: unknown): string {
  return typeof value === 'string' ? value : show(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
