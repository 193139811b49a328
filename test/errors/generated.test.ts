import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BYE_REASONS } from '../../lib/errors/index.js';
import { REFUSALS } from '../../lib/native/index.js';
import { PEER_REQUESTS } from '../../lib/wire/index.js';
import {
  parseErrorHeader,
  parseEventHeader,
  renderErrorCodes,
  renderErrorPage,
  renderEventKinds,
} from '../../scripts/generate.js';

const readHeader = (name: string) => readFileSync(new URL(`../../include/${name}`, import.meta.url), 'utf8');
const header = readHeader('tirtc_errors.h');

const REASONS = Object.keys(BYE_REASONS).map((name) => name.toUpperCase());
/** Codes of lib that are neither the name of a number nor a reason. */
const OWN_CODES = [
  'ACCESS_HIJACKING',
  'SUBSCRIBE_REFUSED',
  'CONNECTION_CLOSED',
  'DEVICE_STOPPED',
  'DEVICE_CLOSED',
  'PROTOCOL',
  'LOOKUP_FAILED',
  'STORE_FAILED',
  'STORE_FILE',
  'STORE_FORM',
  'STORE_FULL',
  'STORE_LOCKED',
  'STORE_MODE',
  'STORE_VERSION',
  'STORE_DATABASE_MISSING',
];

describe('the generated error codes', () => {
  test('every X() row of the header is read', () => {
    expect(parseErrorHeader(header)).toHaveLength(header.match(/^ *X\(/gm)?.length ?? -1);
  });

  test('the committed file is what the header makes', async () => {
    const text = renderErrorCodes(parseErrorHeader(header));
    await expect(text).toMatchFileSnapshot('../../lib/errors/error_codes.generated.ts');
  });

  test('the tables of docs/errors.md are what the header and the reasons make', async () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    await expect(renderErrorPage(page, parseErrorHeader(header))).toMatchFileSnapshot('../../docs/errors.md');
  });

  test('docs/errors.md names only errors and codes that exist', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    const numbers = new Set(parseErrorHeader(header).map(({ value }) => value));
    const unknownNumbers = [...page.matchAll(/(?<![\w-])-\d+\b/g)].filter(([number]) => !numbers.has(Number(number)));
    expect(unknownNumbers.map(([number]) => number)).toEqual([]);
    const codes = new Set([...parseErrorHeader(header).map(({ name }) => name), ...OWN_CODES, ...REASONS]);
    const names = [...page.matchAll(/`(?:TIRTC_E_)?([A-Z]+(?:_[A-Z]+)*)`/g)].map(([, name = '']) => name);
    const unknown = names.filter((name) => !codes.has(name) && !/^TIRTC_(ERRORS|ENDPOINT|OPT|EVENT)/.test(name));
    expect(unknown.filter((name) => name !== 'MAX_CONNECTIONS')).toEqual([]);
  });
});

describe('the generated event kinds', () => {
  const events = readHeader('tirtc_events.h');

  test('every X() row of the header is read', () => {
    expect(parseEventHeader(events)).toHaveLength(events.match(/^ *X\(/gm)?.length ?? -1);
  });

  test('the committed file is what the header makes', async () => {
    const text = renderEventKinds(parseEventHeader(events));
    await expect(text).toMatchFileSnapshot('../../lib/native/event_kinds.generated.ts');
  });
});

test('the requests between peers are those of tirtc_device.h', () => {
  const rows = [...readHeader('tirtc_device.h').matchAll(/TIRTC_REQUEST_(\w+) = (0x[0-9a-f]+)/g)];
  const named = rows.map(([, name = '', value]) => [name.replaceAll('_', ''), Number(value)]);
  expect(named).toEqual(Object.entries(PEER_REQUESTS).map(([name, value]) => [name.toUpperCase(), value]));
});

test('the refusals of a send are those of tirtc_device.h', () => {
  const names = [...readHeader('tirtc_device.h').matchAll(/^ +TIRTC_REFUSAL_(\w+)/gm)].map(([, name = '']) => name);
  const known = Object.keys(REFUSALS).map((value) => names[Number(value)]?.replaceAll('_', ''));
  expect(known).toEqual(Object.values(REFUSALS).map((name) => name.toUpperCase()));
});
