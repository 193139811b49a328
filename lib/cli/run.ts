import { TiRtcError } from '../errors/index.js';
import { MediaError, ScenarioError } from '../sim/index.js';
import { type Invocation, parseArguments } from './arguments.js';
import { CliError } from './cli_error.js';
import { connectDevice } from './connect.js';
import type { CliContext } from './context.js';
import { runDevice } from './device.js';
import { runDoctor } from './doctor/doctor.js';
import { ExitCode } from './exit_code.js';
import { runScenarios } from './scenarios.js';
import { serve } from './serve.js';
import { issueToken, verifyToken } from './token_commands.js';
import { serveTokens } from './token_server.js';

/** Run `tirtc` with these arguments; resolves with what it exits with. */
export async function run(args: readonly string[], version: string, context: CliContext): Promise<ExitCode> {
  try {
    return await carryOut(parseArguments(args, version), context);
  } catch (error) {
    if (error instanceof CliError) {
      context.err(`tirtc: ${error.message}`);
      return error.exitCode;
    }
    if (error instanceof TiRtcError) {
      context.err(`tirtc: ${error.message}`);
      return error.code === 'INVALID_PARAMETER' ? ExitCode.Usage : ExitCode.Failed;
    }
    if (error instanceof MediaError || error instanceof ScenarioError) {
      context.err(`tirtc: ${error.message}`);
      return ExitCode.Usage;
    }
    throw error;
  }
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
