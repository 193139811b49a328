import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { onTestFinished } from 'vitest';
import type { Logger } from '../../lib/types/index.js';

export interface Facts {
  readonly event?: unknown;
  readonly deviceId?: unknown;
  readonly err?: unknown;
}

export interface Line {
  readonly level: string;
  readonly facts: Facts;
  readonly text: string;
}

/** Make a logger like pino that records its lines. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const make = (bound: object): Logger => {
    const at = (level: string) => (facts: object, text: string) => {
      lines.push({ level, facts: { ...bound, ...facts }, text });
    };
    const child = (facts: object) => make({ ...bound, ...facts });
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child };
  };
  return { logger: make({}), lines };
}

/** The channels of docs/guide/watching.md, by scope. */
export const CHANNELS = {
  device: [
    'state',
    'started',
    'stopped',
    'startFailed',
    'serviceLost',
    'reconnectFailed',
    'serviceBack',
    'hijacked',
    'handlerFailed',
  ],
  connection: ['opened', 'refused', 'dropped', 'handlerFailed', 'closed'],
  service: [
    'deviceOnline',
    'deviceOffline',
    'startRefused',
    'connectRefused',
    'requestRefused',
    'connectionOpened',
    'connectionClosed',
    'fault',
    'handlerFailed',
  ],
} as const;

export interface Published {
  readonly channel: string;
  readonly message: Facts & {
    readonly device?: unknown;
    readonly connection?: unknown;
    readonly droppedFrames?: unknown;
  };
}

/** Record the messages of all channels until the test ends. */
export function recordChannels(): Published[] {
  const published: Published[] = [];
  const listen = (message: unknown, channel: string | symbol): void => {
    published.push({ channel: String(channel), message: message as Published['message'] });
  };
  const names = Object.entries(CHANNELS).flatMap(([scope, events]) => events.map((event) => `tirtc:${scope}:${event}`));
  for (const name of names) subscribe(name, listen);
  onTestFinished(() => {
    for (const name of names) unsubscribe(name, listen);
  });
  return published;
}

/** Returns the numbers of a metrics text by name and labels. */
export function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\w+(?:\{[^}]*\})?) (-?[\d.]+)$/.exec(line) ?? [];
      if (name === '') throw new Error(`this line is not a sample: ${line}`);
      return [name, Number(value)];
    }),
  );
}
