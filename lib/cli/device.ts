import { systemClock } from '../base/index.js';
import { TiRtcError } from '../errors/index.js';
import { generateMedia, MediaError, type MediaSource, openMedia, SimulatedDevice } from '../sim/index.js';
import type { StreamArgument } from './argument_values.js';
import { CliError } from './cli_error.js';
import { readCommandFile } from './command_file.js';
import { type CliContext, untilStopped } from './context.js';
import { reportDevice } from './device_news.js';
import { findEndpoint } from './endpoint.js';
import { ExitCode, exitCodeOf } from './exit_code.js';
import type { DeviceArguments } from './peer_arguments.js';
import { type Environment, neededVariable, readConfig } from './secrets.js';

/** `tirtc device`: a simulated device until the person stops it. */
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
  reportDevice(device, args.json === true, context);
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

/** Who the device is: the option, else the environment. */
export function findDeviceId(given: string | undefined, env: Environment): string {
  const id = given ?? env.TIRTC_DEVICE_ID;
  if (id !== undefined && id !== '') return id;
  throw new CliError(ExitCode.Usage, 'no device id: use --id ID or set TIRTC_DEVICE_ID to who the device is');
}

/** Its secret key: from the file of --config, else the environment. */
export function deviceSecret(id: string, config: string | undefined, env: Environment): string {
  const listed = config === undefined ? undefined : readConfig(config).devices[id];
  return listed ?? neededVariable(env, 'TIRTC_DEVICE_SECRET_KEY', `the secret key of the device ${JSON.stringify(id)}`);
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
