import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SimulatedService, SqliteStore } from '../../lib/service/index.js';
import { loadSqlite } from '../../lib/service/store/sqlite_library.js';
import { tirtc } from '../cli/support.js';
import {
  ACCESS_ID,
  connect,
  connectByTicket,
  connectedPair,
  DEVICE_SECRET,
  proveDevice,
  SECRET_KEY,
  startService,
  TestDevice,
  token,
} from '../service/support/index.js';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tirtc-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'store.db');
}

/** Opens a store until the end of the test. */
function opened(file: string): SqliteStore {
  const store = new SqliteStore(file);
  onTestFinished(() => store.close());
  return store;
}

const TICKET = { deviceId: 'd', issuer: 'i', subject: 's', expiresAtMs: 5000 };

describe('a service with a file', () => {
  test('refuses a used token, accepts a ticket and knows what was registered, after a restart', async () => {
    const store = newFile();
    const first = await startService({ store });
    const used = token();
    expect(await (await connect(first.endpoint, used)).nextBye()).toBe('offline');
    const { clientReady } = await connectedPair(first.endpoint);
    first.service.setDevice('camera-9', 'nine');
    first.service.removeDevice('camera-2');
    await first.service.close();
    const { endpoint } = await startService({ store });
    expect(await (await connect(endpoint, used)).nextBye()).toBe('token_used');
    const device = await TestDevice.start(endpoint);
    await connectByTicket(endpoint, clientReady.ticket ?? new Uint8Array());
    await device.nextIncoming();
    await TestDevice.start(endpoint, { deviceId: 'camera-9', secret: 'nine' });
    const removed = await proveDevice(endpoint, { deviceId: 'camera-2', secret: 'second-secret' });
    expect(await removed.link.nextBye()).toBe('refused');
  });

  test('keeps its secrets to itself: mode 600, no secret of the configuration, no ticket', async () => {
    const store = newFile();
    const { service, endpoint } = await startService({ store });
    const { clientReady } = await connectedPair(endpoint);
    service.setDevice('camera-1', DEVICE_SECRET);
    service.setApp(ACCESS_ID, SECRET_KEY);
    for (const file of [store, `${store}-wal`]) expect(statSync(file).mode & 0o777, file).toBe(0o600);
    await service.close();
    expect(existsSync(`${store}-wal`)).toBe(false);
    const content = readFileSync(store);
    const ticket = Buffer.from(clientReady.ticket ?? new Uint8Array());
    for (const secret of [DEVICE_SECRET, SECRET_KEY, ticket, ticket.toString('base64')]) {
      expect(content.includes(secret)).toBe(false);
    }
    expect(content.includes('camera-1')).toBe(true);
  });

  test('that cannot be made leaves its file free for the next one', () => {
    const store = newFile();
    expect(() => new SimulatedService({ store, tls: { key: '-', cert: '-' } })).toThrow('the option tls');
    opened(store);
  });
});

describe('a store in a file', () => {
  test('says fresh once, forgets nothing that may be used again, and continues after it was closed', () => {
    const file = newFile();
    const first = new SqliteStore(file);
    expect(first.use('ak', '1', 100, 0)).toBe('fresh');
    expect(first.use('a', 'k1', 100, 0)).toBe('fresh');
    expect(first.use('ak', '1', 100, 50)).toBe('used');
    expect(first.use('ak', '1', 200, 100)).toBe('fresh');
    expect(first.use('ak', '2', 100_500, 100_000)).toBe('fresh'); // forgets what expired more than a day before
    expect(first.use('ak', '1', 200, 50)).toBe('used');
    first.close();
    const second = opened(file);
    expect(second.use('ak', '1', 200, 50)).toBe('used');
    expect(second.use('ak', '3', 200, 50)).toBe('used');
    expect(second.use('ak', '3', 201, 50)).toBe('fresh');
    expect(second.use('ak', '2', 100_500, 50)).toBe('used');
  });

  test('has tickets until they expire, also when the clock was set back while it was closed', () => {
    const file = newFile();
    const first = new SqliteStore(file);
    first.addTicket('a', TICKET, 4000);
    expect(first.findTicket('a', 4999)).toEqual(TICKET);
    expect(first.findTicket('a', 5000)).toBeUndefined();
    first.addTicket('b', { ...TICKET, expiresAtMs: 9000 }, 6000);
    first.close();
    const second = opened(file);
    expect(second.findTicket('a', 1000)).toBeUndefined();
    expect(second.findTicket('b', 1000)).toMatchObject({ expiresAtMs: 4000 });
    second.addTicket('c', TICKET, 1000);
    expect(second.findTicket('c', 1500)).toEqual(TICKET);
    expect(second.findTicket('c', 5000)).toBeUndefined();
  });

  test('removes the tickets of a device, of an app, or all', () => {
    const store = opened(newFile());
    store.addTicket('a', TICKET, 0);
    store.addTicket('b', { ...TICKET, deviceId: 'e' }, 0);
    store.addTicket('c', { ...TICKET, issuer: 'j' }, 0);
    const found = () => ['a', 'b', 'c'].filter((hash) => store.findTicket(hash, 0) !== undefined);
    store.removeTickets({ deviceId: 'e' });
    expect(found()).toEqual(['a', 'c']);
    store.removeTickets({ issuer: 'j' });
    expect(found()).toEqual(['a']);
    store.removeTickets({});
    expect(found()).toEqual([]);
  });
});

describe('a file that cannot be used is refused, and not changed:', () => {
  const refusal = (file: string): { readonly code: string; readonly message: string } => {
    try {
      new SqliteStore(file).close();
    } catch (error) {
      return error as never;
    }
    throw new Error('the file was accepted');
  };

  test('one that is not a database', () => {
    const file = newFile();
    writeFileSync(file, 'my important notes\n'.repeat(100), { mode: 0o600 });
    expect(refusal(file)).toMatchObject({
      code: 'STORE_FORM',
      message: expect.stringContaining(`"${file}" is not a store`),
    });
    expect(readFileSync(file, 'utf8')).toContain('my important notes');
  });

  test('the database of another program', () => {
    const file = newFile();
    writeFileSync(file, '', { mode: 0o600 });
    const other = loadSqlite()(file);
    other.exec('CREATE TABLE songs (name TEXT)');
    other.close();
    const before = readFileSync(file);
    expect(refusal(file)).toMatchObject({ code: 'STORE_FORM', message: expect.stringContaining('of another program') });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('one of a newer format', () => {
    const file = newFile();
    new SqliteStore(file).close();
    const newer = loadSqlite()(file);
    newer.exec('PRAGMA user_version = 2');
    newer.close();
    const error = refusal(file);
    expect(error.code).toBe('STORE_VERSION');
    expect(error.message).toContain('has format 2, and this version of tirtc-emulator reads formats up to 1');
    expect(error.message).toContain('update tirtc-emulator');
  });

  test('one that other users can read', () => {
    const file = newFile();
    new SqliteStore(file).close();
    chmodSync(file, 0o640);
    const error = refusal(file);
    expect(error.code).toBe('STORE_MODE');
    expect(error.message).toContain(`mode 640`);
    expect(error.message).toContain(`run: chmod 600 ${file}`);
    chmodSync(file, 0o600);
    opened(file);
  });

  test('one that another service uses, in this process or another', async () => {
    const file = newFile();
    const program = fileURLToPath(new URL('./holder.ts', import.meta.url));
    const child = fork(program, [file], { execArgv: ['--import', 'tsx'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(await once(child, 'message')).toContain('open');
    expect(refusal(file)).toMatchObject({ code: 'STORE_LOCKED', retryable: true });
    expect(refusal(file).message).toContain('is in use by another service');
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const store = opened(file);
    expect(store.findSecret('device', 'camera-1')).toBe('secret');
    expect(refusal(file).code).toBe('STORE_LOCKED');
  });

  test.each([
    ['a folder', (file: string) => mkdirSync(file), 'cannot be opened (EISDIR)'],
    ['one in a folder that does not exist', () => {}, 'cannot be opened (ENOENT)'],
  ])('%s', (name, make, message) => {
    const file = name === 'a folder' ? newFile() : join(newFile(), 'x.db');
    make(file);
    expect(refusal(file)).toMatchObject({ code: 'STORE_FILE', message: expect.stringContaining(message) });
  });
});

test('a full disk refuses uses and registrations with a clear error, and nothing that was stored is lost', () => {
  const file = newFile();
  const first = new SqliteStore(file);
  expect(first.use('ak', 'kept', 1000, 0)).toBe('fresh');
  first.setSecret('device', 'camera-1', 'kept');
  first.close();
  const limited = loadSqlite();
  const store = new SqliteStore(file, (path) => {
    const database = limited(path);
    database.exec('PRAGMA max_page_count = 1');
    return database;
  });
  const fill = (call: (i: number) => void): Error => {
    for (let i = 0; i < 10_000; i++) {
      try {
        call(i);
      } catch (error) {
        return error as Error;
      }
    }
    throw new Error('the disk was never full');
  };
  const use = fill((i) => store.use('ak', `nonce ${i}`, 1000, 0));
  expect(use).toMatchObject({ code: 'STORE_FULL', retryable: true });
  expect(use.message).toContain('the disk is full');
  expect(fill((i) => store.setSecret('device', `camera ${i}`, 'x'.repeat(60)))).toMatchObject({ code: 'STORE_FULL' });
  store.close();
  const again = opened(file);
  expect(again.use('ak', 'kept', 1000, 0)).toBe('used');
  expect(again.findSecret('device', 'camera-1')).toBe('kept');
  expect(again.use('ak', 'new', 1000, 0)).toBe('fresh');
});

test('tirtc serve --store names the file that cannot be used, and what to do', async () => {
  const file = newFile();
  writeFileSync(file, 'text', { mode: 0o644 });
  const { exit, err } = await tirtc(['serve', '--port', '0', '--store', file]);
  expect(exit).toBe(2);
  expect(err).toContain(`run: chmod 600 ${file}`);
});

test('the warning of Node that SQLite is experimental is not shown, and others are', () => {
  const code = `
    import { SqliteStore } from './lib/service/index.ts';
    new SqliteStore(process.argv[1]).close();
    process.emitWarning('something else');`;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['--import', 'tsx', '--input-type=module', '-e', code, newFile()];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stderr).not.toContain('SQLite');
  expect(stderr).toContain('something else');
});
