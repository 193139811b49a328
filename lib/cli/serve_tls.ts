import { X509Certificate } from 'node:crypto';
import { backgroundClock } from '../base/index.js';
import { TiRtcError } from '../errors/index.js';
import type { ServiceTls, SimulatedService } from '../service/index.js';
import type { ServeArguments } from './arguments.js';
import { CliError, usageError } from './cli_error.js';
import { type CliContext, reporter } from './context.js';
import { readPem } from './files.js';

/** Returns the option `tls` of the service, if the arguments have it. */
export function tlsOption(args: ServeArguments): { readonly tls?: ServiceTls } {
  const tls = readTls(args);
  return tls === undefined ? {} : { tls };
}

function readTls({ tlsKey, tlsCert }: ServeArguments): { readonly key: string; readonly cert: string } | undefined {
  if (tlsKey === undefined && tlsCert === undefined) return undefined;
  if (tlsKey === undefined || tlsCert === undefined) {
    throw usageError('--tls-key and --tls-cert need each other: give both');
  }
  return { key: readPem(tlsKey), cert: readPem(tlsCert) };
}

/** Reads the key and the certificate again, gives them to the service, and reports how that went. */
export function readTlsAgain(service: SimulatedService, args: ServeArguments, context: CliContext): void {
  const report = reporter(args.json, context);
  try {
    const tls = readTls(args);
    if (tls === undefined) {
      report(
        'hangUpIgnored',
        {},
        'SIGHUP is ignored: without --tls-key and --tls-cert there is nothing to read again.',
      );
      return;
    }
    service.setTls(tls);
    const { validTo } = new X509Certificate(tls.cert);
    const expires = new Date(validTo);
    const when = `${expires.getTime() > backgroundClock.wallMs() ? 'it expires' : 'clients will refuse it: it expired'} at`;
    const date = expires.toISOString();
    report('certificateReplaced', { expires: date }, `The certificate was read again; ${when} ${date}.`);
  } catch (error) {
    if (!(error instanceof CliError || error instanceof TiRtcError)) throw error;
    const text = `The certificate was not replaced: ${error.message}. Correct the files, then send SIGHUP again.`;
    report('certificateNotReplaced', { why: error.message }, text);
  }
}
