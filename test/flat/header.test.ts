import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as flat from '../../lib/flat/index.js';

const header = readFileSync(new URL('../../include/tiRTC.h', import.meta.url), 'utf8');

/** What is done otherwise in Node, and why (docs/node.md). */
const WITHOUT = ['TiRtcPoll'];

function valuesOf(pattern: RegExp): Readonly<Record<string, number>> {
  return Object.fromEntries([...header.matchAll(pattern)].map(([, name = '', value]) => [name, Number(value)]));
}

const config = readFileSync(new URL('../../include/tirtc_config.h', import.meta.url), 'utf8');
/** They count from 1. */
const logLevels = [...config.matchAll(/^ +TIRTC_LOG_(\w+)/gm)].map(([, name]) => name);

describe('tirtc-emulator/flat', () => {
  it('the functions are those of tiRTC.h', () => {
    const functions = [...header.matchAll(/^(?:int|void|size_t|const char \*|void \*)\s*(TiRtc\w+)\(/gm)];
    const names = functions.map(([, name = '']) => name).filter((name) => !WITHOUT.includes(name));
    expect(names.length).toBeGreaterThan(30);
    const expected = names.map((name) => name.replace(/^TiRtc(.)/, (_, first: string) => first.toLowerCase()));
    const missing = [...expected, 'atomicGetCmdSn'].filter((name) => !Object.hasOwn(flat, name));
    expect(missing).toEqual([]);
  });

  it('the options, link modes, log levels and events are those of the headers', () => {
    const { DEVICE_SECRET_KEY: _, SERVICE_ENTRY: __, ...options } = valuesOf(/\bTIRTC_OPT_(\w+) = (\d+),?/g);
    expect(flat.Option).toEqual(options);
    expect(flat.LinkMode).toEqual(valuesOf(/\bTIRTC_CONNECT_LINK_MODE_(\w+) = (\d+),?/g));
    expect(Object.keys(flat.LogLevel)).toEqual(logLevels);
    const events = { ...valuesOf(/\bTiEVENT_(\w+) = (\d+),?/g), ...valuesOf(/\bTIRTC_EVENT_(\w+) = (0x\d+),?/g) };
    expect(flat.Event).toEqual(events);
  });

  it('the version is that of tiRTC.h, and every error has a text', () => {
    const version = valuesOf(/^#define TIRTC_VERSION_(\w+) (\d+)$/gm) as {
      MAJOR: number;
      MINOR: number;
      PATCH: number;
    };
    expect(flat.getVersion()).toBe(`v${version.MAJOR}.${version.MINOR}.${version.PATCH}`);
    expect(JSON.parse(flat.getBuildInfo())).toMatchObject({ name: 'tirtc-emulator', version: flat.getVersion() });
    expect(flat.getErrorStr(0)).toBe('OK');
    expect(flat.getErrorStr(-40006)).toMatch(/^TIRTC_E_BUSY \(.+\)$/);
    expect(flat.getErrorStr(-1)).toMatch(/unknown/);
  });
});
