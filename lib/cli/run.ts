import { ErrorCode, TiRtcError } from '../errors/index.js';
import { MediaError, ScenarioError } from '../sim/index.js';
import { type Invocation, parseArguments } from './arguments.js';
import { CliError, ExitCode } from './cli_error.js';
import { connectDevice } from './connect.js';
import type { CliContext } from './context.js';
import { runDevice } from './device.js';
import { runDoctor } from './doctor/doctor.js';
import { runScenarios } from './scenarios.js';
import { serve } from './serve.js';
import { issueToken, verifyToken } from './token_commands.js';
import { serveTokens } from './token_server.js';

/** Runs `tirtc` with these arguments; resolves with its exit code. */
export async function run(args: readonly string[], version: string, context: CliContext): Promise<ExitCode> {
  try {
    return await carryOut(parseArguments(args, version), context);
  } catch (error) {
    const exitCode = exitCodeFor(error);
    if (exitCode === undefined) throw error;
    context.err(`tirtc: ${(error as Error).message}`);
    return exitCode;
  }
}

/** Returns undefined for an error that is a fault of the program. */
function exitCodeFor(error: unknown): ExitCode | undefined {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof TiRtcError) {
    return error.number === ErrorCode.INVALID_PARAMETER ? ExitCode.Usage : ExitCode.Failed;
  }
  return error instanceof MediaError || error instanceof ScenarioError ? ExitCode.Usage : undefined;
}

async function carryOut(invocation: Invocation, context: CliContext): Promise<ExitCode> {
  switch (invocation.command) {
    case 'print':
      (invocation.exitCode === ExitCode.Ok ? context.out : context.err)(invocation.text);
      return invocation.exitCode;
    case 'serve':
      return await serve(invocation.args, context);
    case 'device':
      return await runDevice(invocation.args, context);
    case 'connect':
      return await connectDevice(invocation.args, context);
    case 'doctor':
      return await runDoctor(invocation.args, context);
    case 'run':
      return await runScenarios(invocation.args, context);
    case 'token issue':
      return issueToken(invocation.args, context);
    case 'token verify':
      return await verifyToken(invocation.args, context);
    case 'token serve':
      return await serveTokens(invocation.args, context);
  }
}
