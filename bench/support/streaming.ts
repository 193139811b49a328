import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from './program.js';

/** The rate that the device must reach. */
const WANTED_BITS_PER_SECOND = 1_000_000;
const MIN_FRACTION = 0.9;

export interface Streamed {
  /** Percentage of a core that the process of the device uses. */
  readonly processorPercent: number;
  readonly residentBytes: number;
}

/** A simulated device that streams 1 Mbit/s in real time, its service and its viewer, each in a process of its own. */
export class Streaming {
  readonly #service: Program;
  readonly #camera: Program;
  readonly #viewer: Program;

  private constructor(service: Program, camera: Program, viewer: Program) {
    this.#service = service;
    this.#camera = camera;
    this.#viewer = viewer;
  }

  static async start(): Promise<Streaming> {
    const service = await Program.start('service');
    const endpoint = await service.ask<string>('endpoint');
    const camera = await Program.start('camera', endpoint);
    return new Streaming(service, camera, await Program.start('viewer', endpoint));
  }

  /** Measures the device for this long. Throws if the viewer did not receive the whole rate. */
  async measure(seconds: number): Promise<Streamed> {
    const residentBytes = await this.#camera.ask<number>('residentBytes');
    const cpuBefore = await this.#camera.ask<number>('processorSeconds');
    const bytesBefore = await this.#viewer.ask<number>('receivedBytes');
    const started = performance.now();
    await sleep(seconds * 1000);
    const cpuSeconds = (await this.#camera.ask<number>('processorSeconds')) - cpuBefore;
    const bytes = (await this.#viewer.ask<number>('receivedBytes')) - bytesBefore;
    const passedSeconds = (performance.now() - started) / 1000;
    const bitsPerSecond = (bytes * 8) / passedSeconds;
    if (bitsPerSecond < MIN_FRACTION * WANTED_BITS_PER_SECOND) {
      throw new Error(`the viewer received ${Math.round(bitsPerSecond)} bit/s of ${WANTED_BITS_PER_SECOND}`);
    }
    return { processorPercent: (100 * cpuSeconds) / passedSeconds, residentBytes };
  }

  async stop(): Promise<void> {
    for (const program of [this.#viewer, this.#camera, this.#service]) await program.stop();
  }
}
