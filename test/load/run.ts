import type { Sample } from '../soak/children/sample.js';
import { type Bundle, bundle } from '../support/bundle.js';
import { Child } from './child.js';
import { type Counts, noCounts } from './ledger.js';
import type { FleetReport, FleetRequest, FleetSetup, ServiceRequest, ServiceSetup } from './protocol.js';
import { Random } from './random.js';

export interface LoadOptions {
  readonly devices: number;
  readonly seconds: number;
  readonly seed: number;
}

/** One process has at most this many devices, and as many clients. */
const DEVICES_PER_FLEET = 1000;
const COMMAND_INTERVAL_MS = 1000;
/** The part of the devices whose links are cut each second. */
const CUT_SHARE = 0.02;
const CALM_MS = { least: 1000, most: 5000 };
const OUTAGE_MS = { least: 200, most: 4000 };
/** The service is killed and started again in this part of the run; later its port is closed and opened again, so that its
 *  memory can be compared. */
const KILLS_UNTIL = 1 / 3;
const MAX_KB_PER_RECONNECT = 1;
/** With fewer, the normal variation of a process's memory is larger than what may be lost. */
const MIN_RECONNECTS = 10_000;
const MAX_MORE_DESCRIPTORS = 16;

interface Snapshot {
  readonly fleets: readonly FleetReport[];
  readonly service: Sample;
}

/** Runs a service, devices and clients, breaks what can break, and checks that everything recovers. */
export class LoadRun {
  readonly #options: LoadOptions;
  readonly #random: Random;
  readonly #fleets: Child[] = [];
  readonly #complaints: string[] = [];
  readonly #bundles: Bundle[] = [];
  #service: Child | undefined;
  #port = 0;
  #beganMs = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  /** Returns what went wrong. */
  async run(): Promise<readonly string[]> {
    try {
      await this.#begin();
      const halfMs = (this.#options.seconds * 1000) / 2;
      await this.#breakFor(halfMs);
      const half = await this.#settle();
      await this.#breakFor(halfMs);
      const end = await this.#settle();
      const last = await Promise.all(this.#fleets.map((fleet) => fleet.ask<FleetReport>('finish')));
      this.#checkMemory(half, end);
      this.#checkCounts(last);
    } catch (error) {
      this.#complaints.push(error instanceof Error ? error.message : String(error));
      await this.#explain();
    } finally {
      for (const child of [...this.#fleets, this.#service]) child?.release();
      for (const one of this.#bundles) one.remove();
    }
    return this.#complaints;
  }

  /** Say what the fleets are waiting for. */
  async #explain(): Promise<void> {
    for (const fleet of this.#fleets) {
      const { stuck, faults, memory } = await fleet.ask<FleetReport>('report');
      this.#complaints.push(...stuck, ...faults, `${memory.descriptors} file descriptors`);
    }
  }

  async #begin(): Promise<void> {
    const { devices, seed } = this.#options;
    const files = ['service', 'fleet'].map((name) => new URL(`./children/${name}.ts`, import.meta.url));
    this.#bundles.push(...(await Promise.all(files.map((file) => bundle(file)))));
    await this.#startService();
    const endpoint = `http://127.0.0.1:${this.#port}`;
    for (let first = 0; first < devices; first += DEVICES_PER_FLEET) {
      const count = Math.min(DEVICES_PER_FLEET, devices - first);
      const setup: FleetSetup = { endpoint, first, count, seed: seed + first, intervalMs: COMMAND_INTERVAL_MS };
      const { child } = await Child.start(`fleet ${this.#fleets.length + 1}`, this.#bundles[1] as Bundle, setup);
      this.#fleets.push(child);
    }
    await this.#ofFleets('settle');
    this.#beganMs = Date.now();
    console.log('   time  the service was   the last device was back after   twice the outage and 1 s');
  }

  get #elapsedMs(): number {
    return Date.now() - this.#beganMs;
  }

  async #startService(): Promise<void> {
    const setup: ServiceSetup = { port: this.#port, devices: this.#options.devices, seed: this.#random.below(2 ** 31) };
    const { child, first } = await Child.start<number>('the service', this.#bundles[0] as Bundle, setup);
    this.#service = child;
    this.#port = first;
  }

  #ofFleets(request: FleetRequest): Promise<FleetReport[]> {
    return Promise.all(this.#fleets.map((fleet) => fleet.ask<FleetReport>(request)));
  }

  async #askService<Answer>(request: ServiceRequest): Promise<Answer> {
    return (await this.#service?.ask<Answer>(request)) as Answer;
  }

  async #settle(): Promise<Snapshot> {
    const fleets = await this.#ofFleets('settle');
    return { fleets, service: await this.#askService<Sample>({ report: true }) };
  }

  async #breakFor(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    while (this.#elapsedMs < untilMs) {
      const calmUntilMs = this.#elapsedMs + this.#random.between(CALM_MS.least, CALM_MS.most);
      while (this.#elapsedMs < calmUntilMs) {
        await this.#askService({ cut: Math.ceil(this.#options.devices * CUT_SHARE) });
        await pause(1000);
      }
      await this.#breakService();
    }
  }

  async #breakService(): Promise<void> {
    const isKill = this.#elapsedMs < this.#options.seconds * 1000 * KILLS_UNTIL;
    const plannedMs = Math.round(this.#random.between(OUTAGE_MS.least, OUTAGE_MS.most));
    await Promise.all(this.#fleets.map((fleet) => fleet.ask('outage')));
    const back = Promise.all(this.#fleets.map((fleet) => fleet.next<FleetReport>('outage')));
    back.catch(() => {}); // it is awaited below
    const lostAtMs = Date.now();
    if (isKill) {
      await this.#service?.kill();
      await pause(plannedMs);
      await this.#startService();
    } else {
      await this.#askService({ downMs: plannedMs });
    }
    const outageMs = isKill ? Date.now() - lostAtMs : plannedMs;
    const backMs = Math.max(...(await back).map(({ lastBackAtMs }) => lastBackAtMs)) - lostAtMs;
    this.#reportOutage(lostAtMs, isKill ? 'killed' : 'away', outageMs, backMs);
  }

  #reportOutage(lostAtMs: number, how: string, outageMs: number, backMs: number): void {
    const at = seconds(lostAtMs - this.#beganMs).padStart(7);
    const columns = [seconds(backMs).padStart(20), seconds(2 * outageMs + 1000).padStart(24)];
    console.log(`${at}  ${how.padEnd(6)} ${seconds(outageMs)}  ${columns.join(' ')}`);
  }

  #checkMemory(half: Snapshot, end: Snapshot): void {
    const reconnects = end.fleets.map((fleet, i) => reconnectsOf(fleet) - reconnectsOf(half.fleets[i]));
    const total = reconnects.reduce((sum, one) => sum + one, 0);
    this.#checkProcess('the service', half.service, end.service, total);
    end.fleets.forEach((fleet, i) => {
      this.#checkProcess(`fleet ${i + 1}`, half.fleets[i]?.memory, fleet.memory, reconnects[i] ?? 0);
    });
  }

  #checkProcess(name: string, half: Sample | undefined, end: Sample, reconnects: number): void {
    const grown = (key: keyof Sample) => end[key] - (half?.[key] ?? 0);
    const grownKB = grown('nativeKB') + grown('heapKB');
    const perReconnect = grownKB / Math.max(1, reconnects);
    const isJudged = reconnects >= MIN_RECONNECTS;
    const each = isJudged ? `${perReconnect.toFixed(2)} KB each` : `not judged with less than ${MIN_RECONNECTS}`;
    const sizes = `${megabytes(end.nativeKB + end.heapKB)}, grown by ${megabytes(grownKB)}`;
    console.log(`memory of ${name}: ${sizes} in the last half with ${reconnects} reconnects (${each})`);
    if (isJudged && perReconnect > MAX_KB_PER_RECONNECT) {
      this.#complaints.push(
        `the memory of ${name} grew by ${perReconnect.toFixed(2)} KB per reconnect: at most ${MAX_KB_PER_RECONNECT} KB is allowed`,
      );
    }
    if (grown('descriptors') > MAX_MORE_DESCRIPTORS) {
      this.#complaints.push(`${name} has ${grown('descriptors')} file descriptors more than at half time`);
    }
  }

  #checkCounts(fleets: readonly FleetReport[]): void {
    const counts: Counts = noCounts();
    for (const fleet of fleets) {
      for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += fleet.counts[key];
      this.#complaints.push(...fleet.faults);
      const more = fleet.faultCount - fleet.faults.length;
      if (more > 0) this.#complaints.push(`and ${more} more like these`);
    }
    const { sent, answered, failed, handled, messages, connects, refusedConnects, expiredCredentials } = counts;
    console.log(`commands: ${sent} sent, ${answered} answered, ${failed} failed; ${handled} received by devices`);
    console.log(`messages: ${messages} received, in order`);
    console.log(`connects: ${connects}, and ${refusedConnects} refused (${expiredCredentials} expired credentials)`);
    console.log(`devices: ${counts.losses} times lost the service, ${counts.returns} times back`);
    if (sent !== answered + failed) this.#complaints.push(`${sent - answered - failed} commands have no outcome`);
    if (handled < answered || handled > sent) this.#complaints.push(`devices received ${handled} of ${sent} commands`);
    if (counts.losses !== counts.returns) {
      this.#complaints.push(`the service was lost ${counts.losses} times and was back ${counts.returns} times`);
    }
    if (expiredCredentials === 0) this.#complaints.push('no credential expired: run for longer');
  }
}

/** Returns how often devices came back and clients connected. */
function reconnectsOf(fleet: FleetReport | undefined): number {
  return fleet === undefined ? 0 : fleet.counts.connects + fleet.counts.returns;
}

function megabytes(kilobytes: number): string {
  return `${(kilobytes / 1024).toFixed(1)} MB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
