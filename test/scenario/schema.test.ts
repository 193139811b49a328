import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { EVENTS } from '../../lib/cast/index.js';
import { ACTIONS } from '../../lib/scenario/actions.js';
import { ACTION_NAMES } from '../../lib/scenario/schema.js';
import { FAULT_KINDS, SimulatedService } from '../../lib/service/index.js';
import { SCENARIO_SCHEMA } from '../../lib/sim/index.js';

describe('the published schema', () => {
  test('is the schema that scenarios are checked against', async () => {
    const text = `${JSON.stringify(SCENARIO_SCHEMA, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/scenario.schema.json');
  });

  test('is valid for any reader of draft 7 without our extension', () => {
    const { definitions, ...rest } = JSON.parse(
      JSON.stringify(SCENARIO_SCHEMA).replace(/"discriminator":\{[^}]*\},/, ''),
    );
    const validate = new Ajv({ allowUnionTypes: true }).compile({ ...rest, definitions });
    expect(validate({ steps: [{ wait: '5s' }, { fault: { kind: 'down', forMs: 5 } }] })).toBe(true);
    expect(validate({ steps: [{ fault: { kind: 'delay' } }] })).toBe(false);
    expect(validate({ steps: [{ wait: 1, start: 'service' }] })).toBe(false);
  });

  test('has every action and every fault', () => {
    expect([...Object.keys(ACTIONS), 'repeat', 'parallel'].sort()).toEqual([...ACTION_NAMES].sort());
    const text = JSON.stringify(SCENARIO_SCHEMA);
    expect(FAULT_KINDS.filter((kind) => !text.includes(`"const":"${kind}"`))).toEqual([]);
  });
});

test('the events of the service in scenarios are those that it emits', async () => {
  const told = new Set<string>();
  const service = new SimulatedService({ devices: { cam: 'secret' } });
  for (const name of Object.keys(EVENTS.service)) service.on(name as 'fault', () => told.add(name));
  service.fault({ kind: 'expireTickets' });
  await service.close();
  expect([...told]).toEqual(['fault']);
});
