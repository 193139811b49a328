import type { Frame } from 'tirtc-emulator';

/** The result of receiving one stream. */
export interface Received {
  readonly frames: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Receives frames until they add up to `file`. Throws at the first frame that differs from the file, and when the
 *  frames end too early. */
export async function receiveFile(name: string, frames: AsyncIterable<Frame>, file: Uint8Array): Promise<Received> {
  const begin = performance.now();
  let bytes = 0;
  let count = 0;
  for await (const { data } of frames) {
    count += 1;
    if (Buffer.compare(data, file.subarray(bytes, bytes + data.length)) !== 0) {
      throw new Error(`${name}: frame ${count}, at byte ${bytes}, differs from the file`);
    }
    bytes += data.length;
    if (bytes === file.length) return { frames: count, bytes, ms: performance.now() - begin };
  }
  throw new Error(`${name}: the stream ended after ${bytes} of ${file.length} bytes`);
}
