import { systemClock } from '../../base/index.js';
import { type AddonSearch, searchAddon } from '../../native/index.js';
import type { DoctorArguments } from '../arguments.js';
import { ExitCode } from '../cli_error.js';
import type { CliContext } from '../context.js';
import { trustedAuthorities } from '../environment.js';
import { printable } from '../output_text.js';
import { checkDevice, checkToken, deviceOf } from './credential_checks.js';
import { checkEndpoint } from './endpoint_checks.js';
import { type Finding, skipped } from './finding.js';
import { checkAddon, checkLoopback, checkNode, checkPort } from './machine.js';

/** The machine that is checked; tests replace it. */
export interface Machine {
  readonly nodeVersion: string;
  readonly addon: () => AddonSearch;
}

const THIS_MACHINE: Machine = { nodeVersion: process.versions.node, addon: searchAddon };

/** `tirtc doctor`: runs the checks one after the other, each only if those that it depends on passed. */
export async function runDoctor(
  args: DoctorArguments,
  context: CliContext,
  machine: Machine = THIS_MACHINE,
): Promise<ExitCode> {
  let exitCode = ExitCode.Ok;
  for await (const finding of findings(args, context, machine)) {
    context.out(args.json === true ? JSON.stringify({ event: 'check', ...finding }) : printable(textOf(finding)));
    if (exitCode === ExitCode.Ok) exitCode = finding.exitCode ?? ExitCode.Ok;
    if (context.stop.aborted) break;
  }
  if (args.json === true) context.out(JSON.stringify({ event: 'end', exitCode }));
  return exitCode;
}

async function* findings(args: DoctorArguments, { env }: CliContext, machine: Machine): AsyncGenerator<Finding> {
  const device = deviceOf(args, env);
  const addon = checkAddon(machine.addon());
  yield checkNode(machine.nodeVersion);
  yield addon;
  yield await checkLoopback();
  yield await checkPort();

  const endpoint = args.endpoint ?? env.TIRTC_ENDPOINT;
  let isReached = false;
  if (endpoint === undefined || endpoint === '') {
    yield skipped('endpoint', 'no endpoint was given', 'use --endpoint URL, or set TIRTC_ENDPOINT');
  } else {
    for await (const finding of checkEndpoint(endpoint, args.timeout * 1000, trustedAuthorities(env))) {
      yield finding;
      isReached = finding.check === 'service' && finding.outcome === 'ok';
    }
  }
  if (env.TIRTC_TOKEN) yield checkToken(env.TIRTC_TOKEN, device?.deviceId, systemClock.wallMs());
  if (device === undefined) {
    yield skipped(
      'device',
      'no device was started',
      'use --device [ID]; it replaces a device that is online with the same id',
    );
  } else if (endpoint === undefined || !isReached || addon.outcome !== 'ok') {
    yield skipped(
      'device',
      'no device was started',
      'make the checks of the addon and the service pass first: see above',
    );
  } else {
    yield* checkDevice(device, endpoint, args, env);
  }
}

const WIDTH = 9;

function textOf({ check, outcome, message, fix }: Finding): string {
  const word = outcome === 'failed' ? 'FAILED' : outcome;
  const indent = ' '.repeat(2 * WIDTH);
  const lines = [...message.split('\n'), ...(fix === undefined ? [] : [`-> ${fix}`])];
  return `${word.padEnd(WIDTH)}${check.padEnd(WIDTH)}${lines.join(`\n${indent}`)}`;
}
