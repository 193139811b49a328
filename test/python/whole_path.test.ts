import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { issueConnectToken } from '../../lib/token/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const library = join(root, 'build/c/libTiRTC.so');
const program = join(root, 'test/python/whole_path.py');

const DEVICE = { id: 'python-device', secret: 'the secret of python-device' };
const APP = { accessId: 'app', secretKey: 'the secret of app' };

/** A child process whose lines are kept; the end of the test kills it. */
class Child {
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #check = () => {};

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.out.push(line);
      this.#check();
    });
    createInterface({ input: child.stderr }).on('line', (line) => this.err.push(line));
    this.#process = child;
    this.#ended = once(child, 'close');
  }

  /** Resolves with the first line that contains `text`. */
  async line(text: string): Promise<string> {
    const find = () => this.out.find((line) => line.includes(text));
    const seen = new Promise<void>((resolve) => {
      this.#check = () => find() !== undefined && resolve();
      this.#check();
    });
    await Promise.race([seen, this.#ended]);
    const found = find();
    if (found === undefined) throw new Error(`no line with ${text}:\n${[...this.out, ...this.err].join('\n')}`);
    return found;
  }

  async end(): Promise<unknown> {
    const [code, signal] = await this.#ended;
    return code ?? signal;
  }

  stop(): Promise<unknown> {
    this.#process.kill('SIGTERM');
    return this.end();
  }
}

/** Starts `tirtc serve` as a program of its own. */
async function serve(): Promise<{ readonly service: Child; readonly endpoint: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-ctypes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'service.json');
  writeFileSync(
    config,
    JSON.stringify({ devices: { [DEVICE.id]: DEVICE.secret }, apps: { [APP.accessId]: APP.secretKey } }),
    { mode: 0o600 },
  );
  const args = ['--import', 'tsx', 'lib/cli/main.ts', 'serve', '--port', '0', '--config', config, '--json'];
  const service = new Child(process.execPath, args);
  const { endpoint } = JSON.parse(await service.line('listening')) as { readonly endpoint: string };
  return { service, endpoint };
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)(
  'a program that loads libTiRTC.so with 13 callback slots works on the whole path, and no 14th slot is read',
  { timeout: 60_000 },
  async () => {
    const { service, endpoint } = await serve();
    const shared = { TIRTC_ENDPOINT: endpoint, TIRTC_DEVICE_ID: DEVICE.id };
    const device = new Child('python3', [program, library, 'device'], {
      ...shared,
      TIRTC_DEVICE_SECRET_KEY: DEVICE.secret,
    });
    await device.line('event 0');
    const token = issueConnectToken({ ...APP, remoteId: DEVICE.id, deviceSecretKey: DEVICE.secret, subject: 'python' });
    const client = new Child('python3', [program, library, 'client'], { ...shared, TIRTC_TOKEN: token });
    expect({ code: await client.end(), err: client.err }).toEqual({ code: 0, err: [] });
    expect({ code: await device.end(), err: device.err }).toEqual({ code: 0, err: [] });
    expect([client.out.at(-1), device.out.at(-1)]).toEqual(['done', 'done']);
    await service.line('"connectionClosed"');
    expect(await service.stop()).toBe(0);
    const output = [...service.out, ...service.err].join('\n');
    expect(output).not.toContain(DEVICE.secret);
    expect(output).not.toContain(token);
  },
);
