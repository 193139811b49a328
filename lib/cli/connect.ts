import { systemClock } from '../base/index.js';
import { connect as openConnection } from '../client/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { SimulatedClient } from '../sim/index.js';
import type { Connection } from '../types/index.js';
import { bareRemoteId } from '../wire/index.js';
import { CliError, ExitCode, exitCodeOf, usageError } from './cli_error.js';
import { type CliContext, type Report, reporter } from './context.js';
import { findEndpoint, trustedAuthorities } from './environment.js';
import { dataFacts, dataText, liveText, printable, quoted, statisticsText } from './output_text.js';
import type { ConnectArguments } from './peer_arguments.js';
import { findToken } from './token_keys.js';
import { Viewing, type ViewingEnd } from './viewing.js';

const STATISTICS_INTERVAL_MS = 1000;

/** `tirtc connect`: receives streams of a device and sends it a command. The exit code tells whether everything that was
 *  asked for arrived. */
export async function connectDevice(args: ConnectArguments, context: CliContext): Promise<ExitCode> {
  checkTogether(args);
  const remoteId = bareRemoteId(args.deviceId);
  const endpoint = findEndpoint(args.endpoint, context.env);
  const token = await findToken(args, remoteId, context);
  const timeoutMs = args.timeout * 1000;
  const { stop: signal } = context;
  const options = { endpoint, remoteId: args.deviceId, token, timeoutMs, signal, ...trustedAuthorities(context.env) };
  const connection = await openConnection(options).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw withExitCode(error);
  });
  if (connection === undefined) return ExitCode.Incomplete;
  const report = reporter(args.json, context);
  const client = new SimulatedClient(connection, args.out === undefined ? {} : { recordTo: args.out });
  client.on('error', (error) => report('error', { message: String(error) }, String(error)));
  try {
    report('connected', { remoteId }, `connected to ${quoted(remoteId)}`);
    const end = await use(client, args, context, report);
    return finish(client, end, args, context, report);
  } finally {
    context.live?.(undefined);
    await client.close();
  }
}

function withExitCode(error: unknown): unknown {
  return error instanceof TiRtcError ? new CliError(exitCodeOf(error), error.message) : error;
}

/** Refuses options without those that they belong to. */
function checkTogether({ command, data, hex, keyFrame, frames, video, audio }: ConnectArguments): void {
  if (command === undefined && (data ?? hex) !== undefined) throw usageError('--data and --hex need --command');
  if (keyFrame === true && video.length === 0) throw usageError('--key-frame needs --video');
  if (frames !== undefined && video.length + audio.length === 0) {
    throw usageError('--frames needs --video or --audio');
  }
}

/** Does what the arguments say; resolves when it has ended. */
async function use(
  client: SimulatedClient,
  args: ConnectArguments,
  context: CliContext,
  report: Report,
): Promise<ViewingEnd> {
  const { connection } = client;
  const options = { timeoutMs: args.timeout * 1000, signal: context.stop };
  const viewing = new Viewing(client, { ...args, stop: context.stop, clock: systemClock });
  try {
    if (args.command !== undefined) await request(connection, args, context);
    for (const stream of args.video) await client.subscribe('video', stream, options);
    for (const stream of args.audio) await client.subscribe('audio', stream, options);
  } catch (error) {
    viewing.giveUp();
    if (context.stop.aborted) return { why: 'stopped', missing: ['everything that was asked for'] };
    if (error instanceof TiRtcError && error.number === ErrorCode.TIMEOUTED) {
      throw new CliError(ExitCode.Incomplete, error.message);
    }
    if (connection.error !== undefined) throw new CliError(ExitCode.Incomplete, connection.error.message);
    throw withExitCode(error);
  }
  const stopStatistics = repeat(() => {
    const streams = client.report();
    const { commandRttMs } = connection.stats();
    if (args.json === true) report('statistics', { rttMs: commandRttMs, streams });
    else context.live?.(liveText(streams, commandRttMs));
  });
  try {
    return await viewing.end;
  } finally {
    stopStatistics();
  }
}

/** Sends the command of the arguments and prints its answer. */
async function request(connection: Connection, args: ConnectArguments, context: CliContext): Promise<void> {
  const { command = 0, data, hex, timeout, json } = args;
  const answer = await connection.request(command, hex ?? data, { timeoutMs: timeout * 1000, signal: context.stop });
  if (json === true) context.out(JSON.stringify({ event: 'answer', command, ...dataFacts(answer.data) }));
  else context.out(printable(dataText(answer.data)));
}

function finish(
  client: SimulatedClient,
  { why, missing, failure }: ViewingEnd,
  args: ConnectArguments,
  context: CliContext,
  report: Report,
): ExitCode {
  const exitCode = failure !== undefined ? ExitCode.Failed : missing.length > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  const streams = client.report();
  const rttMs = client.connection.stats().commandRttMs;
  context.live?.(undefined);
  if (failure !== undefined) report('recordFailed', { message: failure }, `recording stopped: ${failure}`);
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'end', why, missing, exitCode, rttMs, streams }));
    return exitCode;
  }
  for (const report of streams) context.out(statisticsText(report));
  if (why === 'closed') context.err(client.connection.error?.message ?? 'the connection ended');
  if (missing.length > 0) context.err(`tirtc: some of what was asked for did not arrive: ${missing.join('; ')}`);
  return exitCode;
}

function repeat(call: () => void): () => void {
  let timer = systemClock.startTimer(STATISTICS_INTERVAL_MS, again);
  function again(): void {
    call();
    timer = systemClock.startTimer(STATISTICS_INTERVAL_MS, again);
  }
  return () => timer.cancel();
}
