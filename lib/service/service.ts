import { ErrorCode, TiRtcError } from '../errors/index.js';
import { NonceStore } from '../token/index.js';
import type { ByeName, LinkName } from '../wire/index.js';
import { Connections } from './connections.js';
import { Devices } from './devices.js';
import { type ConnectionInfo, type Listening, ServiceEmitter, type ServiceEvents } from './events.js';
import type { Fault } from './faults/fault.js';
import { type FaultHandle, type FaultHost, type FaultLogEntry, Faults } from './faults/faults.js';
import { type Arrival, FrontDoor, type Welcome } from './front_door.js';
import { Link } from './link.js';
import { Liveness } from './liveness.js';
import {
  checkApp,
  checkDevice,
  type ServiceSettings,
  type SimulatedServiceOptions,
  serviceSettings,
} from './options.js';
import { randomSource } from './random.js';
import { type RouteHandler, Routes } from './routes.js';
import { Script, type ScriptedAnswer } from './script.js';
import { type SeenRequest, SeenRequests } from './seen.js';
import { TicketStore } from './tickets.js';
import { deviceOf, HttpRefusal, type UpgradeRequest } from './upgrade_request.js';

/** A service that devices start at and clients connect through, as docs/wire.md describes it. */
export class SimulatedService {
  readonly #settings: ServiceSettings;
  readonly #events = new ServiceEmitter();
  readonly #seen: SeenRequests;
  readonly #script = new Script();
  readonly #routes: Routes;
  readonly #liveness: Liveness;
  readonly #apps: Map<string, string>;
  readonly #tickets: TicketStore;
  readonly #devices: Devices;
  readonly #connections: Connections;
  readonly #frontDoor: FrontDoor;
  readonly #faults: Faults;
  readonly #links = new Set<Link>();
  #listening: Promise<Listening> | undefined;
  #closing: Promise<void> | undefined;
  /** Goes away and comes back in the order it was told. */
  #absence: Promise<void> = Promise.resolve();

  constructor(options: SimulatedServiceOptions = {}) {
    const settings = serviceSettings(options);
    const { clock } = settings;
    const random = randomSource(options.seed);
    this.#settings = settings;
    this.#seen = new SeenRequests(settings.maxSeen);
    this.#routes = new Routes(settings.pathPrefix);
    this.#apps = new Map(Object.entries(settings.apps));
    this.#tickets = new TicketStore(clock, random, settings.ticketLifetimeSeconds);
    this.#faults = new Faults({
      clock,
      random: randomSource(options.seed === undefined ? undefined : `faults ${options.seed}`),
      host: this.#faultHost(),
    });
    const context = { settings, clock, random, events: this.#events, faults: this.#faults };
    this.#devices = new Devices(context, {
      busy: (device, connection) => this.#connections.busy(device, connection),
      offline: (device) => this.#connections.deviceOffline(device),
    });
    this.#connections = new Connections({
      ...context,
      devices: this.#devices,
      apps: this.#apps,
      tickets: this.#tickets,
      nonces: settings.tokenUse === 'once' ? new NonceStore() : undefined,
    });
    const { keepAliveMs, silenceMs, startKeepAliveMs, startSilenceMs } = settings;
    this.#liveness = new Liveness(clock, Math.min(keepAliveMs, silenceMs, startKeepAliveMs, startSilenceMs));
    this.#frontDoor = new FrontDoor({
      settings,
      seen: this.#seen,
      script: this.#script,
      routes: this.#routes,
      doorFault: (request) => this.#faults.atDoor(request.link, deviceOf(request)),
      admit: (request, bye) => (bye === undefined ? this.#admit(request) : this.#sayBye(request, bye)),
    });
  }

  /** Begin to listen. Resolves with the endpoint; a second call gives the same answer. */
  listen(): Promise<Listening> {
    if (this.#closing !== undefined) {
      const what = 'the service was closed';
      return Promise.reject(new TiRtcError({ what, number: ErrorCode.NOT_INITIALIZED, advice: 'make a new one' }));
    }
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /** Say `bye(stopping)` to everyone and stop. Resolves when every socket is closed. May be called any number of
   *  times. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Call `listener` whenever it happens. What it throws becomes an uncaught exception. */
  on<Name extends keyof ServiceEvents>(name: Name, listener: ServiceEvents[Name]): this {
    this.#events.on(name, listener as never);
    return this;
  }

  /** The same for the next time only. */
  once<Name extends keyof ServiceEvents>(name: Name, listener: ServiceEvents[Name]): this {
    this.#events.once(name, listener as never);
    return this;
  }

  /** Take a listener away that `on()` or `once()` was given. */
  off<Name extends keyof ServiceEvents>(name: Name, listener: ServiceEvents[Name]): this {
    this.#events.off(name, listener as never);
    return this;
  }

  /** The last requests, oldest first: what came of each, and why. Credentials are not in it. */
  seen(): readonly SeenRequest[] {
    return this.#seen.list();
  }

  /** The ids of the devices that are online. */
  onlineDevices(): readonly string[] {
    return this.#devices.ids();
  }

  /** The connections that are open. */
  connections(): readonly ConnectionInfo[] {
    return this.#connections.list();
  }

  /** Let a device start; or give it another secret, which ends its tickets but not its connections. */
  setDevice(deviceId: string, deviceSecretKey: string): void {
    checkDevice(deviceId, deviceSecretKey);
    if (this.#devices.secrets.get(deviceId) === deviceSecretKey) return;
    this.#devices.set(deviceId, deviceSecretKey);
    this.#tickets.revoke({ deviceId });
  }

  /** Forget a device: its start link is refused, its tickets end. Returns whether it was known. */
  removeDevice(deviceId: string): boolean {
    this.#tickets.revoke({ deviceId });
    return this.#devices.remove(deviceId);
  }

  /** Accept the tokens of an app; or give it another secret, which ends its tickets. */
  setApp(accessId: string, secretKey: string): void {
    checkApp(accessId, secretKey);
    if (this.#apps.get(accessId) === secretKey) return;
    this.#apps.set(accessId, secretKey);
    this.#tickets.revoke({ issuer: accessId });
  }

  /** Forget an app: its tokens and tickets end. Returns whether it was known. */
  removeApp(accessId: string): boolean {
    this.#tickets.revoke({ issuer: accessId });
    return this.#apps.delete(accessId);
  }

  /** Answer the next upgrade of a link with an HTTP status, a closed socket, or nothing at all. Answers queue up. */
  answerNext(link: LinkName, answer: ScriptedAnswer): void {
    this.#script.add(link, answer);
  }

  /** Answer plain HTTP requests by method and path (without pathPrefix and query); undefined takes a handler away. */
  route(method: string, path: string, handler: RouteHandler | undefined): void {
    this.#routes.set(method, path, handler);
  }

  /** Cut a device's start link as a broken network does. Returns whether it was online. */
  dropStartLink(deviceId: string): boolean {
    const device = this.#devices.online(deviceId);
    device?.link.terminate();
    return device !== undefined;
  }

  /** Cut the links of a connection, or one of them, as a broken network does. Returns whether it was open. */
  dropConnection(connection: number, side: 'client' | 'device' | 'both' = 'both'): boolean {
    return this.#connections.drop(connection, side);
  }

  /** Make something go wrong, now or later, until it is lifted. Throws INVALID_PARAMETER that says what is legal. */
  fault(fault: Fault): FaultHandle {
    return this.#faults.inject(fault);
  }

  /** What the last faults did, oldest first. */
  faultLog(): readonly FaultLogEntry[] {
    return this.#faults.log();
  }

  async #listen(): Promise<Listening> {
    const { host, pathPrefix } = this.#settings;
    const port = await this.#frontDoor.listen();
    return { endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${port}${pathPrefix}`, port };
  }

  async #close(): Promise<void> {
    const isListening = await this.#listening?.then(
      () => true,
      () => false,
    );
    this.#faults.stop();
    await this.#absence;
    this.#connections.stop();
    for (const link of this.#links) link.bye('stopping', 'the service is stopping');
    this.#liveness.stop();
    if (isListening) await this.#frontDoor.close();
  }

  /** Admit what may be upgraded. The last refusals that have an HTTP status are made here. */
  #admit(request: UpgradeRequest): Welcome {
    if (this.#closing !== undefined) throw new HttpRefusal(503, 'the service is stopping');
    switch (request.link) {
      case 'start': {
        if (this.#devices.hasRoom) {
          return (arrival) => this.#devices.start(this.#open(request, arrival), request, arrival.conclude);
        }
        throw new HttpRefusal(503, `${this.#settings.maxUnprovenLinks} devices are proving themselves already`);
      }
      case 'connect':
        return (arrival) => this.#connections.connect(this.#open(request, arrival), request, arrival.conclude);
      case 'accept': {
        const join = this.#connections.prove(request);
        return (arrival) => join(this.#open(request, arrival), arrival.conclude);
      }
    }
  }

  #sayBye(request: UpgradeRequest, bye: ByeName): Welcome {
    return (arrival) => {
      arrival.conclude(`bye(${bye})`, 'a fault');
      this.#open(request, arrival).bye(bye);
    };
  }

  #open(request: UpgradeRequest, { ws, socket }: Arrival): Link {
    const isStart = request.link === 'start';
    const { clock, closeTimeoutMs, maxQueuedBytes, maxMessageBytes, ...settings } = this.#settings;
    const nobody = { message: () => {}, ended: () => {} };
    const link = new Link(ws, socket, nobody, {
      clock,
      closeTimeoutMs,
      maxQueuedBytes,
      maxMessageBytes,
      liveness: this.#liveness,
      keepAliveMs: isStart ? settings.startKeepAliveMs : settings.keepAliveMs,
      silenceMs: isStart ? settings.startSilenceMs : settings.silenceMs,
    });
    this.#links.add(link);
    ws.once('close', () => this.#links.delete(link));
    this.#faults.watch(request.link, deviceOf(request), socket);
    return link;
  }

  #faultHost(): FaultHost {
    return {
      cutStartLink: (deviceId) => Number(this.dropStartLink(deviceId)),
      cutConnection: (connection, side) => Number(this.dropConnection(connection, side)),
      connectionsOf: (deviceId) =>
        this.connections().flatMap((info) => (info.deviceId === deviceId ? [info.connection] : [])),
      socketsOf: (connection) => this.#connections.sockets(connection),
      expireTickets: ({ device, app }) => {
        if (device !== undefined) this.#tickets.revoke({ deviceId: device });
        if (app !== undefined) this.#tickets.revoke({ issuer: app });
        if (device === undefined && app === undefined) this.#tickets.clear();
      },
      vanish: () => this.#afterAbsence(() => this.#vanish()),
      comeBack: () => this.#afterAbsence(() => this.#comeBack()),
      tell: (news) => this.#events.emit('fault', news),
    };
  }

  #afterAbsence(next: () => Promise<void>): Promise<void> {
    const done = this.#absence.then(next);
    this.#absence = done.catch(() => {});
    return done;
  }

  async #vanish(): Promise<void> {
    if (this.#listening === undefined) return;
    await this.#listening;
    this.#connections.cutAll();
    for (const link of this.#links) link.terminate();
    await this.#frontDoor.vanish();
  }

  async #comeBack(): Promise<void> {
    if (this.#listening === undefined || this.#closing !== undefined) return;
    await this.#frontDoor.listen((await this.#listening).port);
  }
}
