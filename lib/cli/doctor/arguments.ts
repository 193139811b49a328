import type { Command } from 'commander';
import { positiveNumber } from '../argument_values.js';

export interface DoctorArguments {
  readonly endpoint?: string;
  /** `true`: its id is in the environment. */
  readonly device?: string | true;
  readonly config?: string;
  /** Seconds for each check. */
  readonly timeout: number;
  readonly json?: boolean;
}

const HELP = `
Checks Node, the addon and the loopback addresses; with an endpoint whether its name resolves, something listens, and
that is a TiRTC service; with --device whether the service accepts its secret key, and with the keys of an app whether a
client reaches it. The token of TIRTC_TOKEN is read, not used.

--device takes the device online for a moment. One that is online with the same id is replaced.

Secrets are never arguments and never shown. They are TIRTC_DEVICE_SECRET_KEY, TIRTC_ACCESS_KEY_ID and
TIRTC_SECRET_KEY_ID of the environment, or in the file of --config.

Exit codes: 0 nothing is wrong (there may be warnings), else that of the first thing that is: 1 Node, addon or loopback,
2 what was given, 3 device or token refused, 4 endpoint not reached or no TiRTC service.`;

export function addDoctor(program: Command, found: (args: DoctorArguments) => void): void {
  program
    .command('doctor')
    .description('check what is needed, and say what to fix')
    .option('--endpoint <url>', 'URL of the service; default: TIRTC_ENDPOINT of the environment')
    .option('--device [id]', 'start this device; default: TIRTC_DEVICE_ID of the environment')
    .option('--config <file>', 'JSON file with devices and apps')
    .option('--timeout <seconds>', 'how long each check may take', positiveNumber, 5)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
    .action((args: DoctorArguments) => found(args));
}
