import { isPending, type MaybePromise } from '../base/index.js';
import { type ByeName, ErrorCode, TiRtcError } from '../errors/index.js';
import type { Timer } from '../types/index.js';
import { CHANNEL_CONTROL, type Control, decodeControl, encodeControl, NONCE_BYTES, WireError } from '../wire/index.js';
import type { EmitServiceEvent } from './events.js';
import { FairLimit } from './fair_limit.js';
import type { ActiveFaults } from './faults/active_faults.js';
import { type Link, type LinkEnd, NO_HANDLERS } from './link.js';
import type { RandomBytes, ServiceSettings } from './options.js';
import type { FoundSecret, SecretKeys } from './secret_keys.js';
import { sameMac, startProof } from './start_proof.js';
import type { Upgrade } from './upgrade.js';
import type { StartRequest } from './upgrade_request.js';

/** A device whose proof was verified, and that clients can call. */
export interface OnlineDevice {
  readonly deviceId: string;
  readonly startId: string | undefined;
  readonly link: Link;
  /** Ka of this start, docs/wire.md section 3. */
  readonly acceptKey: Uint8Array;
}

/** Called when something happens to an online device. */
export interface DeviceListener {
  /** The device has no room for this connection. */
  busy(device: OnlineDevice, connection: number): void;
  offline(device: OnlineDevice): void;
}

export interface DevicesContext {
  readonly settings: ServiceSettings;
  readonly random: RandomBytes;
  readonly emit: EmitServiceEvent;
  /** Receives an error that is not the fault of a device or client. */
  readonly report: (error: unknown) => void;
  readonly faults: ActiveFaults;
  readonly deviceSecrets: SecretKeys;
}

/** A start that has not succeeded yet. */
interface Start {
  readonly link: Link;
  readonly request: StartRequest;
  readonly serviceNonce: Uint8Array;
  readonly upgrade: Upgrade;
  readonly timer: Timer;
  /** Looked up after the challenge was sent; needed when the proof has arrived. */
  secret: MaybePromise<FoundSecret>;
  state: 'challenged' | 'proven' | 'over';
}

/** The devices that the service knows, and which of them are online. */
export class Devices {
  readonly #context: DevicesContext;
  #listener: DeviceListener = { busy: () => {}, offline: () => {} };
  readonly #online = new Map<string, OnlineDevice>();
  /** Used for unknown devices, so that they cannot be told from a wrong proof by time or answer. */
  readonly #unknownDeviceSecret: string;
  readonly #unproven: FairLimit;

  constructor(context: DevicesContext) {
    this.#context = context;
    this.#unproven = new FairLimit(context.settings.maxUnprovenLinks);
    this.#unknownDeviceSecret = Buffer.from(context.random(NONCE_BYTES)).toString('hex');
  }

  /** Call `listener` from now on. */
  listen(listener: DeviceListener): void {
    this.#listener = listener;
  }

  /** Returns the device if it is online. */
  online(deviceId: string): OnlineDevice | undefined {
    return this.#online.get(deviceId);
  }

  /** Returns the ids of the devices that are online. */
  ids(): readonly string[] {
    return [...this.#online.keys()];
  }

  /** End the start link of a device that was removed. */
  end(deviceId: string): void {
    this.#online.get(deviceId)?.link.bye('refused', 'the device was removed');
  }

  /** Cut the start link of a device as a broken network does. Returns whether it was online. */
  drop(deviceId: string): boolean {
    const device = this.#online.get(deviceId);
    device?.link.terminate();
    return device !== undefined;
  }

  /** Accept the start link of a device, and challenge it. */
  start(request: StartRequest, upgrade: Upgrade): void {
    const { random, settings } = this.#context;
    const shortage = this.#unproven.take(upgrade.limitedAddress);
    if (shortage !== undefined) {
      upgrade.refuse(503, `the service is waiting for the proofs of too many devices: there are ${shortage}`);
      return;
    }
    const link = upgrade.accept();
    if (link === undefined) {
      this.#unproven.release(upgrade.limitedAddress);
      return;
    }
    const start: Start = {
      link,
      request,
      upgrade,
      serviceNonce: random(NONCE_BYTES),
      timer: settings.clock.startTimer(settings.proofTimeoutMs, () => this.#onTimeout(start)),
      secret: undefined,
      state: 'challenged',
    };
    link.handle({
      message: (data) => this.#onProof(start, data),
      ended: (end) => {
        if (end !== 'ours') {
          upgrade.conclude('closed', `the device's link ended before its proof (${end})`);
          this.#context.emit('startRefused', { deviceId: request.deviceId, reason: 'closed' });
        }
        this.#endStart(start);
      },
    });
    link.send(encodeControl({ type: 'challenge', nonce: start.serviceNonce }));
    start.secret = this.#context.deviceSecrets.find(request.deviceId, () => start.state !== 'over');
  }

  #onTimeout(start: Start): void {
    const { proofTimeoutMs } = this.#context.settings;
    if (start.state === 'challenged') {
      this.#refuse(start, 'timeout', `the device sent no proof within ${proofTimeoutMs} ms`);
      return;
    }
    const why = `the secret key of the device was not found within ${proofTimeoutMs} ms`;
    this.#context.report(
      new TiRtcError({
        what: `${why}: ${JSON.stringify(start.request.deviceId)}`,
        number: ErrorCode.TIMEOUTED,
        advice: 'see why the option devices or the store does not answer',
      }),
    );
    this.#refuse(start, 'timeout', why);
  }

  #endStart(start: Start): void {
    start.state = 'over';
    start.timer.cancel();
    this.#unproven.release(start.upgrade.limitedAddress);
  }

  #onProof(start: Start, data: Uint8Array): void {
    const control = readControl(data);
    if (control === undefined) return;
    if (control === 'broken' || control.type !== 'proof') {
      start.link.fail('the first message on a start link must be a proof');
      return;
    }
    if (start.state === 'proven') {
      start.link.fail('a start link has only one proof');
      return;
    }
    start.state = 'proven';
    const { secret } = start;
    if (!isPending(secret)) {
      this.#verify(start, control, secret);
      return;
    }
    secret.then((found) => {
      if (start.state !== 'over') this.#verify(start, control, found);
    });
  }

  #verify(start: Start, proof: Extract<Control, { type: 'proof' }>, found: FoundSecret): void {
    if (found instanceof TiRtcError) {
      this.#context.report(found);
      this.#refuse(start, 'other', 'the secret key of the device cannot be looked up now');
      return;
    }
    const transcript = { ...start.request, serviceNonce: start.serviceNonce, deviceNonce: proof.nonce };
    const expected = startProof(found ?? this.#unknownDeviceSecret, transcript);
    const isRight = sameMac(expected.deviceMac, proof.mac);
    if (!isRight || found === undefined) {
      // The device receives the same answer in both cases; only requestLog() shows which it was.
      const id = JSON.stringify(start.request.deviceId);
      this.#refuse(start, 'refused', found === undefined ? `the device ${id} is unknown` : 'the proof is wrong');
      return;
    }
    this.#endStart(start);
    start.link.trust();
    this.#goOnline(start, expected.acceptKey, expected.serviceMac);
  }

  #refuse({ upgrade, request }: Start, reason: ByeName, explanation: string): void {
    upgrade.bye(reason, explanation, ''); // the explanation is not sent: it may reveal which devices exist
    this.#context.emit('startRefused', { deviceId: request.deviceId, reason });
  }

  #goOnline({ link, request, upgrade }: Start, acceptKey: Uint8Array, mac: Uint8Array): void {
    const { deviceId, startId, appId, clientId } = request;
    const { emit, faults } = this.#context;
    if (faults.spoilsProof(deviceId)) {
      upgrade.conclude('scripted', 'the proof of the service is wrong on purpose');
      link.handle(NO_HANDLERS);
      this.#sendStarted(
        link,
        mac.map((byte) => byte ^ 0xff),
      );
      return;
    }
    const older = this.#online.get(deviceId);
    const reconnect = older !== undefined && startId !== undefined && older.startId === startId;
    const device: OnlineDevice = { deviceId, startId, link, acceptKey };
    this.#online.set(deviceId, device);
    if (reconnect) older.link.terminate();
    else older?.link.bye('replaced', 'a newer start of this device id took over');
    link.handle({
      message: (data) => this.#onMessage(device, data),
      ended: (end) => this.#onEnded(device, end),
    });
    this.#sendStarted(link, mac);
    upgrade.conclude('started');
    emit('deviceOnline', { deviceId, appId, clientId, reconnect });
  }

  #sendStarted(link: Link, mac: Uint8Array): void {
    const { startKeepAliveMs: keepAliveMs, startSilenceMs: silenceMs, maxMessageBytes } = this.#context.settings;
    link.send(encodeControl({ type: 'started', mac, keepAliveMs, silenceMs, maxMessageBytes }));
  }

  #onMessage(device: OnlineDevice, data: Uint8Array): void {
    const control = readControl(data);
    if (control === undefined) return;
    if (control !== 'broken' && control.type === 'busy') this.#listener.busy(device, control.connection);
    else device.link.fail('only link control is allowed on a start link');
  }

  #onEnded(device: OnlineDevice, end: LinkEnd): void {
    this.#listener.offline(device);
    const replaced = this.#online.get(device.deviceId) !== device;
    if (!replaced) this.#online.delete(device.deviceId);
    this.#context.emit('deviceOffline', { deviceId: device.deviceId, why: replaced ? 'replaced' : end });
  }
}

/** Decode a control message. Returns undefined if its type is unknown, `broken` if it is not a control message. */
function readControl(data: Uint8Array): Control | 'broken' | undefined {
  if (data[0] !== CHANNEL_CONTROL) return 'broken';
  try {
    return decodeControl(data.subarray(1));
  } catch (error) {
    if (error instanceof WireError) return 'broken';
    throw error;
  }
}
