import { ErrorCode, TiRtcError } from '../errors/index.js';
import { NonceStore } from '../token/index.js';
import type { LinkName } from '../wire/index.js';
import { Connections } from './connections.js';
import { Devices } from './devices.js';
import { type ConnectionInfo, ServiceEmitter, type ServiceEvents } from './events.js';
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
import { Script, type ScriptedAnswer } from './script.js';
import { type SeenRequest, SeenRequests } from './seen.js';
import { TicketStore } from './tickets.js';
import { HttpRefusal, type UpgradeRequest } from './upgrade_request.js';

export interface Listening {
  /** What devices and clients are given: `http://127.0.0.1:8080`. */
  readonly endpoint: string;
  readonly port: number;
}

/** A service that devices start at and clients connect through, as docs/wire.md describes it. */
export class SimulatedService {
  readonly #settings: ServiceSettings;
  readonly #events = new ServiceEmitter();
  readonly #seen: SeenRequests;
  readonly #script = new Script();
  readonly #liveness: Liveness;
  readonly #apps: Map<string, string>;
  readonly #tickets: TicketStore;
  readonly #devices: Devices;
  readonly #connections: Connections;
  readonly #frontDoor: FrontDoor;
  readonly #links = new Set<Link>();
  #listening: Promise<Listening> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SimulatedServiceOptions = {}) {
    const settings = serviceSettings(options);
    const { clock } = settings;
    const random = randomSource(options.seed);
    this.#settings = settings;
    this.#seen = new SeenRequests(settings.maxSeen);
    this.#apps = new Map(Object.entries(settings.apps));
    this.#tickets = new TicketStore(clock, random, settings.ticketLifetimeSeconds);
    const context = { settings, clock, random, events: this.#events };
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
      admit: (request) => this.#admit(request),
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

  /** Say `bye(stopping)` to everyone and stop. Resolves when every socket is closed. May be called any number of times. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  on<Name extends keyof ServiceEvents>(name: Name, listener: ServiceEvents[Name]): this {
    this.#events.on(name, listener as never);
    return this;
  }

  once<Name extends keyof ServiceEvents>(name: Name, listener: ServiceEvents[Name]): this {
    this.#events.once(name, listener as never);
    return this;
  }

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
          return (arrival) => this.#devices.start(this.#open('start', arrival), request, arrival.conclude);
        }
        throw new HttpRefusal(503, `${this.#settings.maxUnprovenLinks} devices are proving themselves already`);
      }
      case 'connect':
        return (arrival) => this.#connections.connect(this.#open('peer', arrival), request, arrival.conclude);
      case 'accept': {
        const join = this.#connections.prove(request);
        return (arrival) => join(this.#open('peer', arrival), arrival.conclude);
      }
    }
  }

  #open(kind: 'start' | 'peer', { ws, socket }: Arrival): Link {
    const { clock, closeTimeoutMs, maxQueuedBytes, ...settings } = this.#settings;
    const nobody = { message: () => {}, ended: () => {} };
    const link = new Link(ws, socket, nobody, {
      clock,
      closeTimeoutMs,
      maxQueuedBytes,
      liveness: this.#liveness,
      keepAliveMs: kind === 'start' ? settings.startKeepAliveMs : settings.keepAliveMs,
      silenceMs: kind === 'start' ? settings.startSilenceMs : settings.silenceMs,
    });
    this.#links.add(link);
    ws.once('close', () => this.#links.delete(link));
    return link;
  }
}
