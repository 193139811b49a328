/* The whole system on one machine: a service, a device that streams, a backend that issues tokens, and two clients that
 * compare every byte. Run it with `npm run demo`. */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { Device, issueConnectToken } from 'tirtc-emulator';
import { SimulatedService } from 'tirtc-emulator/service';
import { runCClient } from './c_client.js';
import { serveClient } from './camera.js';
import type { ClientJob, ClientResult } from './client_result.js';
import { type Clip, loadClip } from './clip.js';
import { Report } from './report.js';
import { summarize } from './summary.js';
import { runTypeScriptClient } from './typescript_client.js';

const DEADLINE_MS = 60_000;
const CLEAN_UP_MS = 5000;
const SPEED = 4;
const REMOTE_ID = 'demo-camera';
const ACCESS_ID = 'demo-app';

interface Secrets {
  readonly deviceSecretKey: string;
  readonly secretKey: string;
}

type RunClient = (job: ClientJob, clip: Clip, report: Report) => Promise<ClientResult>;

/** Returns a signal that aborts when the demo must end: at its deadline, or on Ctrl-C. */
function endSignal(): AbortSignal {
  const end = new AbortController();
  setTimeout(() => end.abort(new Error(`the demo took longer than ${DEADLINE_MS / 1000} s`)), DEADLINE_MS).unref();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      end.abort(new Error(`interrupted by ${name}`));
      setTimeout(() => process.exit(1), CLEAN_UP_MS).unref();
    });
  }
  process.stdout.once('error', () => process.exit(1)); // the reader of the output is gone
  setTimeout(() => process.exit(1), DEADLINE_MS + CLEAN_UP_MS).unref();
  return end.signal;
}

async function startService(secrets: Secrets, report: Report) {
  const service = new SimulatedService({
    devices: { [REMOTE_ID]: secrets.deviceSecretKey },
    apps: { [ACCESS_ID]: secrets.secretKey },
  });
  const { endpoint } = await service.listen();
  report.tick('service', `listening on ${endpoint}`);
  return { service, endpoint };
}

async function startDevice(device: Device, clip: Clip, report: Report, signal: AbortSignal): Promise<void> {
  device.on('connection', (connection, { subject }) => {
    report.step('device', `${subject} connected`);
    serveClient(connection, {
      clip,
      speed: SPEED,
      onSubscribed: (kind, stream) =>
        report.step('device', `${subject} subscribed to ${kind} stream ${stream}: playing the clip`),
      onProgress: (fraction) => report.progress(`${(fraction * clip.seconds).toFixed(1)} s of the clip`, fraction),
    });
  });
  device.on('startFailed', ({ error }) => report.step('device', error.message));
  report.step('device', `${REMOTE_ID} starts, with the C library in this process`);
  const begin = performance.now();
  await device.start({ signal });
  const ms = (performance.now() - begin).toFixed(0);
  report.tick('device', `online in ${ms} ms, after both sides proved their identity`);
}

function issueToken(secrets: Secrets, subject: string, report: Report): string {
  const token = issueConnectToken({ accessId: ACCESS_ID, ...secrets, remoteId: REMOTE_ID, subject });
  report.tick('backend', `issued a token: ${subject} may connect once, within 5 minutes`);
  return token;
}

/** Runs the whole demo. Closes everything that it opened, also after an error. */
async function runDemo(report: Report, signal: AbortSignal): Promise<void> {
  const clip = loadClip();
  report.title(
    `A device streams ${clip.seconds} seconds of video and audio to two clients, at ${SPEED} times the speed`,
  );
  report.blank();
  const secrets = { deviceSecretKey: randomBytes(16).toString('hex'), secretKey: randomBytes(16).toString('hex') };
  const { service, endpoint } = await startService(secrets, report);
  try {
    const device = new Device({ deviceId: REMOTE_ID, deviceSecretKey: secrets.deviceSecretKey, endpoint });
    try {
      await startDevice(device, clip, report, signal);
      const runClient = async (run: RunClient, subject: string) => {
        const token = issueToken(secrets, subject, report);
        return await run({ endpoint, remoteId: REMOTE_ID, token, signal }, clip, report);
      };
      const typescript = await runClient(runTypeScriptClient, 'Ada');
      const c = await runClient(runCClient, 'Grace');
      await device.close();
      report.step('device', 'stopped');
      await service.close();
      report.step('service', 'stopped');
      summarize({ TypeScript: typescript, C: c }, clip, report);
    } finally {
      await device.close();
    }
  } finally {
    await service.close();
  }
}

async function main(): Promise<number> {
  const { NO_COLOR } = process.env;
  const report = new Report(process.stdout, NO_COLOR !== undefined && NO_COLOR !== '');
  const signal = endSignal();
  try {
    await runDemo(report, signal);
    return 0;
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    report.failure(cause instanceof Error ? cause.message : String(cause));
    return 1;
  }
}

process.exitCode = await main();
