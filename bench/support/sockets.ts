import type { Socket } from 'node:net';

/** Writes `bytes` `times` times, as fast as the socket accepts them. */
export async function pour(socket: Socket, bytes: Buffer, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  }
}

/** Reads and discards this many bytes. */
export function drain(socket: Socket, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = bytes;
    const take = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off('data', take);
      socket.off('close', lost);
      resolve();
    };
    const lost = (): void => reject(new Error(`the socket closed with ${left} bytes missing`));
    socket.on('data', take);
    socket.once('close', lost);
  });
}
