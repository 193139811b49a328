import { readFileSync } from 'node:fs';
import { checkMeaning } from './check.js';
import type { Scenario } from './schema.js';
import { checkShape } from './schema_check.js';
import { type CheckedScenario, type Problem, pathText, ScenarioError, ScenarioSource } from './source.js';

const MAX_PROBLEMS = 20;

/** Read and check a file. Throws a ScenarioError with a line `file:line:column: problem, and what is allowed` for each problem. */
export function readScenario(file: string): CheckedScenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ScenarioError(`${file} cannot be read (${code}): use the path of a scenario, a YAML or JSON file`);
  }
  return parseScenario(text, file);
}

export function parseScenario(text: string, file: string): CheckedScenario {
  const source = new ScenarioSource(text, file);
  refuse(problemsOf(source.value), (problem) => source.describe(problem));
  return { scenario: source.value as Scenario, file, place: (path) => source.lineOf(path) };
}

/** Check a scenario made in TypeScript. */
export function checkScenario(scenario: Scenario): CheckedScenario {
  refuse(problemsOf(scenario), ({ path, message }) => `${pathText(path) || 'the scenario'}: ${message}`);
  return { scenario, file: undefined, place: pathText };
}

function problemsOf(value: unknown): readonly Problem[] {
  const ofShape = checkShape(withoutFunctions(value));
  return ofShape.length > 0 ? ofShape : checkMeaning(value as Scenario);
}

/** The schema does not cover functions, so each is replaced by a step that does nothing. */
function withoutFunctions(value: unknown): unknown {
  if (typeof value === 'function') return { wait: 0 };
  if (Array.isArray(value)) return value.map(withoutFunctions);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutFunctions(one)]));
}

function refuse(problems: readonly Problem[], describe: (problem: Problem) => string): void {
  if (problems.length === 0) return;
  const lines = problems.slice(0, MAX_PROBLEMS).map(describe);
  const more = problems.length - lines.length;
  throw new ScenarioError([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
}
