import { chain, type MaybePromise, SafeEmitter } from '../base/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import type { LinkName } from '../wire/index.js';
import { reachableHost } from './addresses.js';
import { ClientAddresses } from './client_addresses.js';
import { Connections } from './connections.js';
import { Devices } from './devices.js';
import type { ConnectionInfo, EmitServiceEvent, Listening, ServiceEvents } from './events.js';
import { ActiveFaults } from './faults/active_faults.js';
import type { Fault, FaultLogEntry, InjectedFault } from './faults/fault.js';
import { FaultInjector } from './faults/fault_injector.js';
import { LinkRegistry } from './link_registry.js';
import { Lookups } from './lookups.js';
import {
  checkApp,
  checkDevice,
  checkTls,
  randomSource,
  type ServiceSettings,
  type ServiceTls,
  type SimulatedServiceOptions,
  serviceSettings,
} from './options.js';
import { PlainRequests } from './plain_requests.js';
import { RefusalLog } from './refusal_log.js';
import { type LoggedRequest, RequestLog } from './request_log.js';
import { type RouteHandler, Routes } from './routes.js';
import { type ScriptedAnswer, ScriptedAnswers } from './scripted_answers.js';
import { SecretKeys } from './secret_keys.js';
import { ServiceMetrics } from './service_metrics.js';
import { ServiceReporter } from './service_reporter.js';
import { type OpenedStore, openedStore } from './store/open.js';
import type { ServiceStore } from './store/store.js';
import { Tickets } from './tickets.js';
import { UpgradeServer } from './upgrade_server.js';

interface PartsContext {
  readonly options: SimulatedServiceOptions;
  readonly settings: ServiceSettings;
  readonly store: ServiceStore;
  readonly emit: EmitServiceEvent;
  /** Receives the errors of look-ups and the store. */
  readonly report: (error: unknown) => void;
}

/** Make the parts of a service, from the bottom up: each is given those that it uses. */
function makeParts({ options, settings, store, emit, report }: PartsContext) {
  const { clock, ticketLifetimeSeconds: lifetimeSeconds, tokenUse, maxSeen, pathPrefix, proofTimeoutMs } = settings;
  const random = randomSource(options.seed);
  const faultRandom = randomSource(options.seed === undefined ? undefined : `faults ${options.seed}`);
  const counts = new ServiceMetrics();
  const addresses = new ClientAddresses(settings.trustedProxies);
  const requestLog = new RequestLog(maxSeen, counts, addresses);
  const scriptedAnswers = new ScriptedAnswers();
  const tickets = new Tickets({ clock, random, lifetimeSeconds, store, report });
  const nonces = tokenUse === 'once' ? store : undefined;
  const finding = { store, lookups: new Lookups(clock, proofTimeoutMs) };
  const deviceSecrets = new SecretKeys({ ...finding, kind: 'device', source: settings.devices, check: checkDevice });
  const appSecrets = new SecretKeys({ ...finding, kind: 'app', source: settings.apps, check: checkApp });
  const faults = new ActiveFaults(clock, faultRandom, emit);
  const links = new LinkRegistry(settings, faults);
  const context = { settings, random, emit, report, faults, deviceSecrets };
  const devices = new Devices(context);
  const callers = { appSecrets, tickets, nonces };
  const connections = new Connections({ ...context, ...callers, devices, relayed: counts.relayed });
  const metrics = () =>
    counts.text({ devices: devices.ids().length, connections: connections.list().length, links: links.size });
  const routes = new Routes(pathPrefix, metrics, report);
  const refusalLog = new RefusalLog(
    (refusal) => emit('requestRefused', refusal),
    (request) => addresses.ofRequest(request),
  );
  const plainRequests = new PlainRequests({ settings, requestLog, refusalLog, routes });
  const parts = { settings, requestLog, scriptedAnswers, routes, faults, links, devices, connections };
  const server = new UpgradeServer({ ...parts, addresses, plainRequests, refusalLog });
  const faultInjector = new FaultInjector({ clock, faults, devices, connections, tickets, server });
  return { ...parts, deviceSecrets, appSecrets, counts, tickets, metrics, server, faultInjector };
}

/** The service of docs/wire.md: devices start at it, and clients connect to them through it. */
export class SimulatedService extends SafeEmitter<ServiceEvents> implements AsyncDisposable {
  readonly #store: OpenedStore;
  readonly #parts: ReturnType<typeof makeParts>;
  readonly #reporter: ServiceReporter;
  #listening: Promise<Listening> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SimulatedServiceOptions = {}) {
    super();
    const settings = serviceSettings(options);
    this.#store = openedStore(options.store);
    try {
      const emit: EmitServiceEvent = (name, ...values) => this.emit(name, ...values);
      const report = (error: unknown): void => this.reportError(error);
      this.#parts = makeParts({ options, settings, store: this.#store.store, emit, report });
    } catch (error) {
      void this.#store.close();
      throw error;
    }
    this.#reporter = new ServiceReporter(this, this.#parts.counts.events, this.#parts.settings.logger);
  }

  /** Listen. Resolves with the endpoint; a second call resolves with the same. */
  listen(): Promise<Listening> {
    if (this.#closing !== undefined) {
      const what = 'the service is closed';
      return Promise.reject(new TiRtcError({ what, number: ErrorCode.NOT_INITIALIZED, advice: 'create a new one' }));
    }
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /** Send bye(stopping) on every link, and stop listening. Resolves when all sockets are closed. May be called any number of
   *  times. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Returns the last requests, oldest first, each with its outcome and the reason. Never contains credentials. */
  requestLog(): readonly LoggedRequest[] {
    return this.#parts.requestLog.list();
  }

  /** Returns the ids of the devices that are online. */
  onlineDevices(): readonly string[] {
    return this.#parts.devices.ids();
  }

  /** Returns the open connections. */
  connections(): readonly ConnectionInfo[] {
    return this.#parts.connections.list();
  }

  /** Returns the metrics in the text format of Prometheus, as `GET /metrics` does. They contain no ids. */
  metrics(): string {
    return this.#parts.metrics();
  }

  /** Add a device, or change its secret, which ends its tickets but not its connections. Done on return, or when the promise
   *  resolves that a store with promises causes. Throws, or rejects, if the store fails; then nothing has changed. */
  setDevice(deviceId: string, deviceSecretKey: string): MaybePromise<void> {
    checkDevice(deviceId, deviceSecretKey);
    const { deviceSecrets, tickets } = this.#parts;
    return deviceSecrets.set(deviceId, deviceSecretKey, () => tickets.revoke({ deviceId }));
  }

  /** Remove a device, and end its start link and its tickets. The result is whether it was known; see setDevice() for promises.
   *  If `devices` is a function, it is asked again when the device starts again. */
  removeDevice(deviceId: string): MaybePromise<boolean> {
    const { deviceSecrets, tickets, devices } = this.#parts;
    return chain(tickets.revoke({ deviceId }), () =>
      chain(deviceSecrets.remove(deviceId), (wasKnown) => {
        devices.end(deviceId);
        return wasKnown;
      }),
    );
  }

  /** Accept the tokens of an app, or change its secret, which ends its tickets. See setDevice() for promises. */
  setApp(accessId: string, secretKey: string): MaybePromise<void> {
    checkApp(accessId, secretKey);
    const { appSecrets, tickets } = this.#parts;
    return appSecrets.set(accessId, secretKey, () => tickets.revoke({ issuer: accessId }));
  }

  /** Remove an app, and end its tokens and tickets. The result is whether it was known; see setDevice() for promises. */
  removeApp(accessId: string): MaybePromise<boolean> {
    const { appSecrets, tickets } = this.#parts;
    return chain(tickets.revoke({ issuer: accessId }), () => appSecrets.remove(accessId));
  }

  /** Replace the key and the certificate. New handshakes show the new one and resume no older session; open links stay. Throws
   *  INVALID_PARAMETER, and keeps the old ones, if they cannot be used, or if the service was made without TLS. */
  setTls(tls: ServiceTls): void {
    checkTls(tls);
    this.#parts.server.setTls(tls);
  }

  /** Answer the next upgrade of this link with an HTTP status, a closed socket, or not at all. Several answers are used in the
   *  order of the calls. */
  answerNext(link: LinkName, answer: ScriptedAnswer): void {
    this.#parts.scriptedAnswers.add(link, answer);
  }

  /** Set the handler of plain HTTP requests with this method and path (without pathPrefix and query); undefined removes it.
   *  The path may be that of a link, which upgrades still open. */
  route(method: string, path: string, handler: RouteHandler | undefined): void {
    this.#parts.routes.set(method, path, handler);
  }

  /** Cut a device's start link as a broken network does. Returns whether it was online. */
  dropStartLink(deviceId: string): boolean {
    return this.#parts.devices.drop(deviceId);
  }

  /** Cut the links of a connection, or one of them, as a broken network does. Returns whether it was open. */
  dropConnection(connection: number, side: 'client' | 'device' | 'both' = 'both'): boolean {
    return this.#parts.connections.drop(connection, side);
  }

  /** Inject a fault. Throws INVALID_PARAMETER, which names the legal values, if it is invalid or its target does not exist. */
  fault(fault: Fault): InjectedFault {
    return this.#parts.faultInjector.inject(fault);
  }

  /** Returns what happened to the faults, oldest first: the last 1000 entries. */
  faultLog(): readonly FaultLogEntry[] {
    return this.#parts.faults.log();
  }

  protected override logError(error: unknown): boolean {
    return this.#reporter.handlerFailed(error);
  }

  async #close(): Promise<void> {
    await this.#parts.server.close();
    await this.#store.close();
  }

  async #listen(): Promise<Listening> {
    const { host, pathPrefix, tls } = this.#parts.settings;
    const port = await this.#parts.server.listen();
    const scheme = tls === undefined ? 'http' : 'https';
    const name = reachableHost(host);
    return { endpoint: `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}${pathPrefix}`, port };
  }
}
