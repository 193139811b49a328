import { SafeEmitter } from '../base/index.js';
import { ErrorCode, TiRtcError } from '../errors/index.js';
import { NonceStore } from '../token/index.js';
import type { LinkName } from '../wire/index.js';
import { Connections } from './connections.js';
import { Devices } from './devices.js';
import type { ConnectionInfo, EmitServiceEvent, Listening, ServiceEvents } from './events.js';
import { ActiveFaults } from './faults/active_faults.js';
import type { Fault, FaultLogEntry, InjectedFault } from './faults/fault.js';
import { FaultInjector } from './faults/fault_injector.js';
import { LinkRegistry } from './link_registry.js';
import {
  checkApp,
  checkDevice,
  randomSource,
  type ServiceSettings,
  type SimulatedServiceOptions,
  serviceSettings,
} from './options.js';
import { type LoggedRequest, RequestLog } from './request_log.js';
import { type RouteHandler, Routes } from './routes.js';
import { type ScriptedAnswer, ScriptedAnswers } from './scripted_answers.js';
import { ServiceMetrics } from './service_metrics.js';
import { ServiceReporter } from './service_reporter.js';
import { TicketStore } from './tickets.js';
import { UpgradeServer } from './upgrade_server.js';

/** The service of docs/wire.md: devices start at it, and clients connect to them through it. */
export class SimulatedService extends SafeEmitter<ServiceEvents> implements AsyncDisposable {
  readonly #settings: ServiceSettings;
  readonly #metrics = new ServiceMetrics();
  readonly #scriptedAnswers = new ScriptedAnswers();
  readonly #apps: Map<string, string>;
  readonly #requestLog: RequestLog;
  readonly #tickets: TicketStore;
  readonly #faults: ActiveFaults;
  readonly #links: LinkRegistry;
  readonly #devices: Devices;
  readonly #connections: Connections;
  readonly #routes: Routes;
  readonly #server: UpgradeServer;
  readonly #faultInjector: FaultInjector;
  readonly #reporter: ServiceReporter;
  #listening: Promise<Listening> | undefined;
  #closing: Promise<void> | undefined;

  /** The parts are made from the bottom up: each is given those that it uses. */
  constructor(options: SimulatedServiceOptions = {}) {
    super();
    const settings = serviceSettings(options);
    const random = randomSource(options.seed);
    const faultRandom = randomSource(options.seed === undefined ? undefined : `faults ${options.seed}`);
    const emit: EmitServiceEvent = (name, ...values) => this.emit(name, ...values);
    this.#settings = settings;
    this.#apps = new Map(Object.entries(settings.apps));
    this.#requestLog = new RequestLog(settings.maxSeen, this.#metrics);
    this.#tickets = new TicketStore(settings.clock, random, settings.ticketLifetimeSeconds);
    this.#faults = new ActiveFaults({ settings, random: faultRandom, emit });
    this.#links = new LinkRegistry(settings, this.#faults);
    const context = { settings, random, emit, faults: this.#faults };
    this.#devices = new Devices(context);
    this.#connections = new Connections({
      ...context,
      devices: this.#devices,
      apps: this.#apps,
      tickets: this.#tickets,
      relayed: this.#metrics.relayed,
      nonces: settings.tokenUse === 'once' ? new NonceStore() : undefined,
    });
    this.#routes = new Routes(settings.pathPrefix, () => this.metrics());
    this.#server = new UpgradeServer({
      settings,
      requestLog: this.#requestLog,
      scriptedAnswers: this.#scriptedAnswers,
      routes: this.#routes,
      faults: this.#faults,
      links: this.#links,
      devices: this.#devices,
      connections: this.#connections,
    });
    this.#faultInjector = new FaultInjector({
      settings,
      faults: this.#faults,
      devices: this.#devices,
      connections: this.#connections,
      tickets: this.#tickets,
      server: this.#server,
    });
    this.#reporter = new ServiceReporter(this, this.#metrics.events, settings.logger);
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
    this.#closing ??= this.#server.close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Returns the last requests, oldest first, each with its outcome and the reason. Never contains credentials. */
  requestLog(): readonly LoggedRequest[] {
    return this.#requestLog.list();
  }

  /** Returns the ids of the devices that are online. */
  onlineDevices(): readonly string[] {
    return this.#devices.ids();
  }

  /** Returns the open connections. */
  connections(): readonly ConnectionInfo[] {
    return this.#connections.list();
  }

  /** Returns the metrics in the text format of Prometheus, as `GET /metrics` does. They contain no ids. */
  metrics(): string {
    const devices = this.#devices.ids().length;
    return this.#metrics.text({ devices, connections: this.connections().length, links: this.#links.size });
  }

  /** Add a device, or change its secret, which ends its tickets but not its connections. */
  setDevice(deviceId: string, deviceSecretKey: string): void {
    checkDevice(deviceId, deviceSecretKey);
    if (this.#devices.secrets.get(deviceId) === deviceSecretKey) return;
    this.#devices.set(deviceId, deviceSecretKey);
    this.#tickets.revoke({ deviceId });
  }

  /** Remove a device, and end its start link and its tickets. Returns whether it was known. */
  removeDevice(deviceId: string): boolean {
    this.#tickets.revoke({ deviceId });
    return this.#devices.remove(deviceId);
  }

  /** Accept the tokens of an app, or change its secret, which ends its tickets. */
  setApp(accessId: string, secretKey: string): void {
    checkApp(accessId, secretKey);
    if (this.#apps.get(accessId) === secretKey) return;
    this.#apps.set(accessId, secretKey);
    this.#tickets.revoke({ issuer: accessId });
  }

  /** Remove an app, and end its tokens and tickets. Returns whether it was known. */
  removeApp(accessId: string): boolean {
    this.#tickets.revoke({ issuer: accessId });
    return this.#apps.delete(accessId);
  }

  /** Answer the next upgrade of this link with an HTTP status, a closed socket, or not at all. Several answers are used in the
   *  order of the calls. */
  answerNext(link: LinkName, answer: ScriptedAnswer): void {
    this.#scriptedAnswers.add(link, answer);
  }

  /** Set the handler of plain HTTP requests with this method and path (without pathPrefix and query); undefined removes it. */
  route(method: string, path: string, handler: RouteHandler | undefined): void {
    this.#routes.set(method, path, handler);
  }

  /** Cut a device's start link as a broken network does. Returns whether it was online. */
  dropStartLink(deviceId: string): boolean {
    return this.#devices.drop(deviceId);
  }

  /** Cut the links of a connection, or one of them, as a broken network does. Returns whether it was open. */
  dropConnection(connection: number, side: 'client' | 'device' | 'both' = 'both'): boolean {
    return this.#connections.drop(connection, side);
  }

  /** Inject a fault. Throws INVALID_PARAMETER, which names the legal values, if it is invalid or its target does not exist. */
  fault(fault: Fault): InjectedFault {
    return this.#faultInjector.inject(fault);
  }

  /** Returns what happened to the faults, oldest first: the last 1000 entries. */
  faultLog(): readonly FaultLogEntry[] {
    return this.#faults.log();
  }

  protected override logError(error: unknown): boolean {
    return this.#reporter.handlerFailed(error);
  }

  async #listen(): Promise<Listening> {
    const { host, pathPrefix, tls } = this.#settings;
    const port = await this.#server.listen();
    const scheme = tls === undefined ? 'http' : 'https';
    return { endpoint: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${pathPrefix}`, port };
  }
}
