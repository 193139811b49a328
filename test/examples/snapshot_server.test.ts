import { describe, expect, test } from 'vitest';
import { KEY_FRAME_FLAG, MEDIA } from '../../lib/wire/index.js';
import { runGateway, startWorld, subscribedConnection, until, type World } from './gateway_support.js';
import { PATIENT, type Program } from './support.js';

const jpeg = (number: number): Uint8Array => Uint8Array.of(0xff, 0xd8, number, 0xff, 0xd9);
const picture = (number: number, media: number = MEDIA.JPEG) => ({
  stream: 0,
  media,
  flags: KEY_FRAME_FLAG,
  timestampMs: 40 * number,
  data: jpeg(number),
});

async function serve({ variables }: World): Promise<{ readonly program: Program; readonly url: string }> {
  const program = runGateway('snapshot_server', [], { ...variables, PORT: '0' });
  const url = /http:\S+/.exec(await program.line(/^serving /))?.[0] ?? '';
  return { program, url };
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
const bodyOf = async (url: string): Promise<string> =>
  Buffer.from(await (await fetch(url)).arrayBuffer()).toString('hex');
const hexOf = (number: number): string => Buffer.from(jpeg(number)).toString('hex');

describe('snapshot_server', PATIENT, () => {
  test('snapshot_server serves the latest picture, and 503 while it has none', async () => {
    const world = await startWorld();
    const { program, url } = await serve(world);
    expect(await statusOf(url)).toBe(503);

    const watched = subscribedConnection(world.device, [0]);
    await world.device.start();
    const connection = await watched;
    const early = await fetch(url);
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1']);

    for (const number of [1, 2, 3]) {
      connection.sendVideo(picture(number));
      await until(
        () => bodyOf(url),
        (body) => body === hexOf(number),
      );
    }
    const { status, headers } = await fetch(url);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('image/jpeg');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(Date.now() - Date.parse(headers.get('last-modified') ?? '')).toBeLessThan(60_000);

    program.interrupt('SIGTERM');
    expect(await program.exit, program.text).toBe(0);
  });

  test('snapshot_server serves no old picture when the camera is gone, and continues when it is back', async () => {
    const world = await startWorld();
    const first = subscribedConnection(world.device, [0]);
    await world.device.start();
    const { program, url } = await serve(world);
    (await first).sendVideo(picture(1));
    await until(
      () => statusOf(url),
      (status) => status === 200,
    );

    const second = subscribedConnection(world.device, [0]);
    await (await first).close();
    await until(
      () => statusOf(url),
      (status) => status === 503,
    );
    (await second).sendVideo(picture(2));
    await until(
      () => bodyOf(url),
      (body) => body === hexOf(2),
    );
    program.interrupt('SIGINT');
    expect(await program.exit, program.text).toBe(0);
  });

  test('snapshot_server answers HEAD without a body, and refuses other methods and paths', async () => {
    const world = await startWorld();
    const watched = subscribedConnection(world.device, [0]);
    await world.device.start();
    const { url } = await serve(world);
    (await watched).sendVideo(picture(7));
    await until(
      () => statusOf(url),
      (status) => status === 200,
    );
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), (await head.text()).length]).toEqual([200, '5', 0]);
    const post = await fetch(url, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await statusOf(new URL('/', url).href)).toBe(404);
    expect(await statusOf(`${url}?size=small`)).toBe(200);
  });

  test('snapshot_server refuses a stream in another format', async () => {
    const world = await startWorld();
    const watched = subscribedConnection(world.device, [0]);
    await world.device.start();
    const { program } = await serve(world);
    (await watched).sendVideo(picture(1, MEDIA.H264));
    expect(await program.exit).toBe(1);
    expect(program.text).toContain(`video stream 0 has media format ${MEDIA.H264}: it must be MJPEG`);
  });

  test('snapshot_server exits when another attempt cannot help, as with an unknown key', async () => {
    const world = await startWorld();
    const { program } = await serve({ ...world, variables: { ...world.variables, TIRTC_SECRET_KEY_ID: 'another' } });
    expect(await program.exit).toBe(1);
    expect(program.text).toMatch(/TOKEN_SIGNATURE.*check both secret keys/);
    expect(program.text).not.toContain('another');
  });

  test.each([
    ['PORT', '65536'],
    ['TIRTC_SECRET_KEY_ID', ''],
  ])('snapshot_server refuses %s "%s"', async (name, value) => {
    const { variables } = await startWorld();
    const program = runGateway('snapshot_server', [], { ...variables, [name]: value });
    expect(await program.exit).toBe(2);
    expect(program.text).toMatch(new RegExp(`^${name} (is not set|"${value}" is invalid: use a whole number)`));
  });
});
