import { extname, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../base/index.js';
import { TiRtcError } from '../errors/index.js';
import { generateMedia } from '../media/index.js';
import {
  type CommandRule,
  type CommandScript,
  MediaError,
  type MediaSource,
  openMedia,
  readCommandTable,
  SimulatedDevice,
} from '../sim/index.js';
import { CliError, ExitCode, exitCodeOf, usageError } from './cli_error.js';
import { type CliContext, reporter, untilStopped } from './context.js';
import { reportDeviceEvents } from './device_events.js';
import { findDeviceId, findEndpoint } from './environment.js';
import { readJsonFile } from './files.js';
import type { StreamArgument } from './options.js';
import type { DeviceArguments } from './peer_arguments.js';
import { deviceSecret } from './secrets.js';

/** `tirtc device`: runs a simulated device until the user stops it. */
export async function runDevice(args: DeviceArguments, context: CliContext): Promise<ExitCode> {
  const deviceId = findDeviceId(args.id, context.env);
  const device = new SimulatedDevice({
    deviceId,
    deviceSecretKey: deviceSecret(deviceId, args.config, context.env),
    endpoint: findEndpoint(args.endpoint, context.env),
    streams: [
      ...args.video.map((one) => stream('video', one, args)),
      ...args.audio.map((one) => stream('audio', one, args)),
    ],
    ...(args.commands === undefined ? {} : { commands: await readCommandFile(args.commands) }),
    ...(args.record === undefined ? {} : { recordTo: args.record }),
  });
  const failed = new Promise<TiRtcError>((resolve) => {
    device.device.on('startFailed', ({ error, retryInMs }) => retryInMs === undefined && resolve(error));
  });
  reportDeviceEvents(device, reporter(args.json, context));
  device.device.ref();
  try {
    await device.start({ signal: context.stop });
    context.out(args.json === true ? JSON.stringify({ event: 'started', deviceId }) : `started=${deviceId}`);
    const error = await Promise.race([failed, untilStopped(context.stop)]);
    if (error instanceof TiRtcError) throw new CliError(ExitCode.Failed, error.message);
    return ExitCode.Ok;
  } catch (error) {
    if (context.stop.aborted) return ExitCode.Ok;
    if (!(error instanceof TiRtcError)) throw error;
    throw new CliError(exitCodeOf(error), error.message);
  } finally {
    await device.close();
  }
}

/** Reads the file of `--commands`: a table, or a script. */
async function readCommandFile(path: string): Promise<CommandRule> {
  return /^\.[cm]?js$/.test(extname(path)) ? await loadScript(path) : readJsonFile(path, readCommandTable);
}

async function loadScript(path: string): Promise<CommandScript> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolvePath(path)).href);
  } catch (error) {
    throw usageError(`${path} cannot be loaded: ${(error as Error).message}`);
  }
  if (typeof loaded.default === 'function') return loaded.default as CommandScript;
  throw usageError(`${path} has no default export that is a function: write export default (command) => …`);
}

function stream(kind: MediaSource['kind'], { stream: number, from }: StreamArgument, args: DeviceArguments) {
  const generated = generateMedia(from, systemClock.wallMs);
  const source = generated ?? openMedia(from, args.fps === undefined ? {} : { framesPerSecond: args.fps });
  if (source.kind !== kind) {
    const option = `--${kind} ${number}:${from}`;
    throw new MediaError('MEDIA_FORMAT', `${option} is ${source.kind}`, `use --${source.kind} ${number}:${from}`);
  }
  return { stream: number, source, loop: generated !== undefined || args.loop === true };
}
