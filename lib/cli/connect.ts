import { systemClock } from '../base/index.js';
import { connect as openConnection } from '../client/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { SimulatedClient } from '../sim/index.js';
import type { Connection } from '../types/index.js';
import { bareRemoteId } from '../wire/index.js';
import { CliError } from './cli_error.js';
import { findToken } from './connect_token.js';
import type { CliContext } from './context.js';
import { dataFacts } from './device_news.js';
import { findEndpoint } from './endpoint.js';
import { ExitCode, exitCodeOf } from './exit_code.js';
import type { ConnectArguments } from './peer_arguments.js';
import { trustedAuthorities } from './pem_file.js';
import { printable, quoted } from './printable.js';
import { liveText, statisticsText } from './statistics_text.js';
import { Viewing, type ViewingEnd } from './viewing.js';

const NEWS_INTERVAL_MS = 1000;

/** `tirtc connect`: watch a device, send it a command, and say by the exit code whether all that was asked for came. */
export async function connectDevice(args: ConnectArguments, context: CliContext): Promise<ExitCode> {
  checkTogether(args);
  const remoteId = bareRemoteId(args.deviceId);
  const endpoint = findEndpoint(args.endpoint, context.env);
  const token = await findToken(args, remoteId, context);
  const timeoutMs = args.timeout * 1000;
  const { stop: signal } = context;
  const options = { endpoint, remoteId, token, timeoutMs, signal, ...trustedAuthorities(context.env) };
  const connection = await openConnection(options).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw withExitCode(error);
  });
  if (connection === undefined) return ExitCode.Incomplete;
  const tell = teller(args, context);
  const client = new SimulatedClient(connection, args.out === undefined ? {} : { recordTo: args.out });
  client.on('error', (error) => tell('error', { message: String(error) }, String(error)));
  try {
    tell('connected', { remoteId }, `connected to ${quoted(remoteId)}`);
    const end = await use(client, args, context, tell);
    return finish(client, end, args, context, tell);
  } finally {
    context.live?.(undefined);
    await client.close();
  }
}

function withExitCode(error: unknown): unknown {
  return error instanceof TiRtcError ? new CliError(exitCodeOf(error), error.message) : error;
}

/** Options that mean nothing alone. */
function checkTogether({ command, data, hex, keyFrame, frames, video, audio }: ConnectArguments): void {
  const fail = (message: string): never => {
    throw new CliError(ExitCode.Usage, message);
  };
  if (command === undefined && (data ?? hex) !== undefined) fail('--data and --hex need --command');
  if (keyFrame === true && video.length === 0) fail('--key-frame needs --video');
  if (frames !== undefined && video.length + audio.length === 0) fail('--frames needs --video or --audio');
}

type Tell = (event: string, facts: object, text: string) => void;

function teller(args: ConnectArguments, context: CliContext): Tell {
  return (event, facts, text) => {
    if (args.json === true) context.out(JSON.stringify({ event, ...facts }));
    else context.err(printable(text));
  };
}

/** Do what the arguments say; resolves when it is over. */
async function use(
  client: SimulatedClient,
  args: ConnectArguments,
  context: CliContext,
  tell: Tell,
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
    if (context.stop.aborted) return { why: 'stopped', missing: ['all that was asked for'] };
    if (error instanceof TiRtcError && error.number === ErrorCode.TIMEOUTED) {
      throw new CliError(ExitCode.Incomplete, error.message);
    }
    if (connection.error !== undefined) throw new CliError(ExitCode.Incomplete, connection.error.message);
    throw withExitCode(error);
  }
  const stopNews = repeat(() => {
    const streams = client.report();
    const { commandRttMs } = connection.stats();
    if (args.json === true) tell('statistics', { rttMs: commandRttMs, streams }, '');
    else context.live?.(liveText(streams, commandRttMs));
  });
  try {
    return await viewing.end;
  } finally {
    stopNews();
  }
}

/** Send the command of the arguments and print its answer. */
async function request(connection: Connection, args: ConnectArguments, context: CliContext): Promise<void> {
  const { command = 0, data, hex, timeout, json } = args;
  const answer = await connection.request(command, hex ?? data, { timeoutMs: timeout * 1000, signal: context.stop });
  const facts = dataFacts(answer.data);
  if (json === true) context.out(JSON.stringify({ event: 'answer', command, ...facts }));
  else context.out(printable('text' in facts ? facts.text : facts.hex));
}

function finish(
  client: SimulatedClient,
  { why, missing, failure }: ViewingEnd,
  args: ConnectArguments,
  context: CliContext,
  tell: Tell,
): ExitCode {
  const exitCode = failure !== undefined ? ExitCode.Failed : missing.length > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  const streams = client.report();
  const rttMs = client.connection.stats().commandRttMs;
  context.live?.(undefined);
  if (failure !== undefined) tell('recordFailed', { message: failure }, `nothing more is written: ${failure}`);
  if (args.json === true) {
    context.out(JSON.stringify({ event: 'end', why, missing, exitCode, rttMs, streams }));
    return exitCode;
  }
  for (const report of streams) context.out(statisticsText(report));
  if (why === 'closed') context.err(client.connection.error?.message ?? 'the connection ended');
  if (missing.length > 0) context.err(`tirtc: not all came that was asked for: ${missing.join('; ')}`);
  return exitCode;
}

function repeat(call: () => void): () => void {
  let timer = systemClock.startTimer(NEWS_INTERVAL_MS, again);
  function again(): void {
    call();
    timer = systemClock.startTimer(NEWS_INTERVAL_MS, again);
  }
  return () => timer.cancel();
}
