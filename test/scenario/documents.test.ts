import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EVENTS, TEMPLATES } from '../../lib/cast/index.js';
import { ACTION_NAMES } from '../../lib/scenario/schema.js';
import { checkFault, FAULT_KINDS, FAULT_RULES } from '../../lib/service/index.js';
import { parseScenario, runScenario } from '../../lib/sim/index.js';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const scenarios = read('scenarios.md');
const faults = read('faults.md');

describe('docs/scenarios.md', () => {
  test('has every step, event, detail and variable', () => {
    const missing = [
      ...ACTION_NAMES.filter((name) => !scenarios.includes(`| \`${name}: `)),
      ...Object.entries(EVENTS).flatMap(([kind, events]) => {
        const row = scenarios.split('\n').find((line) => line.startsWith(`| ${kind} |`)) ?? '';
        return Object.entries(events).flatMap(([event, values]) => [
          ...(row.includes(`\`${event}\``) ? [] : [`${kind} ${event}`]),
          ...values.filter((value) => !row.includes(value)),
        ]);
      }),
      ...TEMPLATES.filter((name) => !scenarios.includes(`{{${name}}}`)),
    ];
    expect(missing).toEqual([]);
  });

  test('shows a valid scenario', () => {
    const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(scenarios) ?? [];
    expect(parseScenario(text, 'docs.yaml').scenario.steps).toHaveLength(7);
  });

  test('shows a scenario in TypeScript that passes', async () => {
    const [, text = ''] = /```ts\nimport .*\n([\s\S]*?)```/.exec(scenarios) ?? [];
    const printed: unknown[] = [];
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const body = new AsyncFunction('runScenario', 'timelineText', 'console', text);
    await body(runScenario, () => '', { log: (...values: unknown[]) => printed.push(...values) });
    expect(printed.at(-1)).toBe('passed');
  });
});

describe('docs/faults.md', () => {
  test.each(FAULT_KINDS)('has %s with its required fields', (kind) => {
    const row = faults.split('\n').find((line) => line.startsWith(`| \`${kind}\` |`)) ?? '';
    for (const name of Object.keys(FAULT_RULES[kind].needed)) expect(row).toContain(`\`${name}\``);
  });

  test('explains why some faults are impossible', () => {
    for (const kind of ['reorder', 'duplicate', 'loss']) expect(() => checkFault({ kind })).toThrow('TCP ');
    expect(faults).toContain('**Reorder, duplicate, loss** are refused');
  });
});
