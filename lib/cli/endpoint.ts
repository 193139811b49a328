import { CliError } from './cli_error.js';
import { ExitCode } from './exit_code.js';
import type { Environment } from './secrets.js';

/** Where the service is: the option, else the environment. */
export function findEndpoint(given: string | undefined, env: Environment): string {
  const endpoint = given ?? env.TIRTC_ENDPOINT;
  if (endpoint !== undefined && endpoint !== '') return endpoint;
  throw new CliError(
    ExitCode.Usage,
    'no endpoint: use --endpoint URL or set TIRTC_ENDPOINT to the URL of the service, such as http://127.0.0.1:8080',
  );
}
