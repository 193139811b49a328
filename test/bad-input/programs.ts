import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expectNoSecret } from './support.js';

const BUILD = new URL('../../build/c/', import.meta.url);
const MEDIA = fileURLToPath(new URL('../../examples/media/', import.meta.url));
const MAX_MS = 15_000;

export interface Ended {
  /** The exit code; null if a signal ended the program. */
  readonly code: number | null;
  /** Both outputs, in the order of arrival. */
  readonly output: string;
}

/** A running C program. */
export class Program {
  readonly #child;
  readonly ended: Promise<Ended>;
  readonly #waiting: { readonly pattern: RegExp; readonly found: () => void }[] = [];
  #output = '';

  /** `path` is relative to build/c. The environment is exactly `env`. */
  constructor(path: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const file = fileURLToPath(new URL(path, BUILD));
    if (!existsSync(file))
      throw new Error(`${file} does not exist; build it with: node scripts/build-native.mjs library`);
    this.#child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: MAX_MS, killSignal: 'SIGKILL' });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    }
    this.ended = once(this.#child, 'close').then(([code]) => {
      expectNoSecret(this.#output);
      return { code: code as number | null, output: this.#output };
    });
  }

  /** Resolves when the output matches; rejects when the program ends without that. */
  async says(pattern: RegExp): Promise<void> {
    const found = new Promise<void>((resolve) => {
      this.#waiting.push({ pattern, found: resolve });
      this.#read('');
    });
    const without = this.ended.then(({ output }) => {
      throw new Error(`the program ended without ${pattern}:\n${output}`);
    });
    await Promise.race([found, without]);
    without.catch(() => {});
  }

  /** Interrupt the program, as Ctrl-C does. */
  interrupt(): Promise<Ended> {
    this.#child.kill('SIGINT');
    return this.ended;
  }

  #read(text: string): void {
    this.#output += text;
    for (const { pattern, found } of this.#waiting) if (pattern.test(this.#output)) found();
  }
}

export interface DeviceProgram {
  readonly endpoint?: string;
  readonly deviceId: string;
  readonly secret: string;
  readonly args?: readonly string[];
  /** Use the library with short timeouts. */
  readonly impatient?: boolean;
}

/** examples/c/start_device.c */
export function startDevice({
  endpoint,
  deviceId,
  secret,
  args = ['--once'],
  impatient = false,
}: DeviceProgram): Program {
  return new Program(impatient ? 'test/c/impatient_start_device' : 'examples/c/start_device', args, {
    ...(endpoint === undefined ? {} : { TIRTC_ENDPOINT: endpoint }),
    TIRTC_DEVICE_ID: deviceId,
    TIRTC_DEVICE_SECRET_KEY: secret,
  });
}

/** examples/c/connect_client.c */
export function connectClient(endpoint: string, deviceId: string, token: string, impatient = false): Program {
  const files = [`${MEDIA}testsrc2-320x240-15fps.h264`, `${MEDIA}sine-440hz-8khz.alaw`];
  const path = impatient ? 'test/c/impatient_connect_client' : 'examples/c/connect_client';
  return new Program(path, [deviceId, ...files], { TIRTC_ENDPOINT: endpoint, TIRTC_TOKEN: token });
}
