import { MEDIA } from '../wire/index.js';
import type { MediaSource } from './source.js';

const COLUMNS = 40;
const ROWS = 30;
const FRAMES_PER_SECOND = 10;
const DAY_MS = 24 * 60 * 60 * 1000;

const DIGIT_ROWS = 5;
const DIGIT_COLUMNS = 3;
const TEXT_TOP = 12;
const TEXT_LEFT = 2;
const BARS_TOP = 24;
const FIELD: Colour = [24, 140, 120];
const INK: Colour = [235, 128, 128];
const MARK: Colour = [150, 60, 180];

/** White, yellow, cyan, green, magenta, red, blue at 75 %, black. */
const BARS: readonly Colour[] = [
  [191, 128, 128],
  [169, 33, 144],
  [134, 160, 33],
  [112, 65, 48],
  [79, 191, 208],
  [57, 96, 224],
  [22, 224, 112],
  [0, 128, 128],
];

/** Three columns per digit, the top row in the high bits. */
const GLYPHS: Readonly<Record<string, number>> = {
  '0': 0b111_101_101_101_111,
  '1': 0b010_110_010_010_111,
  '2': 0b111_001_111_100_111,
  '3': 0b111_001_111_001_111,
  '4': 0b101_101_111_001_001,
  '5': 0b111_100_111_001_111,
  '6': 0b111_100_111_101_111,
  '7': 0b111_001_010_010_010,
  '8': 0b111_101_111_101_111,
  '9': 0b111_101_111_001_111,
  ':': 0b000_010_000_010_000,
};

/** A picture of a clock as JPEG, 320x240, ten times per second: the time of day (UTC), a mark that crosses the picture once per
 *  second, and colour bars. `timeOfDayMs` is ms since any midnight UTC. */
export class ClockPicture implements MediaSource {
  readonly kind = 'video';
  readonly media = MEDIA.JPEG;
  readonly flags = 0;
  readonly frameCount = Number.POSITIVE_INFINITY;
  readonly durationMs = Number.POSITIVE_INFINITY;
  readonly #timeOfDayMs: () => number;
  #tick = -1;
  #picture: Uint8Array = new Uint8Array(0);

  constructor(timeOfDayMs: () => number) {
    this.#timeOfDayMs = timeOfDayMs;
  }

  startMs(index: number): number {
    return (index * 1000) / FRAMES_PER_SECOND;
  }

  isKeyFrame(): boolean {
    return true;
  }

  /** Returns the current picture, whatever the index: all viewers see the same. */
  data(): Uint8Array {
    const tick = Math.floor(((this.#timeOfDayMs() % DAY_MS) * FRAMES_PER_SECOND) / 1000);
    if (tick !== this.#tick) {
      this.#tick = tick;
      this.#picture = drawClock(tick);
    }
    return this.#picture;
  }
}

function drawClock(tick: number): Uint8Array {
  const seconds = Math.floor(tick / FRAMES_PER_SECOND);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':');
  const markColumn = ((tick % FRAMES_PER_SECOND) * COLUMNS) / FRAMES_PER_SECOND;
  const squares = Array.from({ length: COLUMNS * ROWS }, (_, at): Colour => {
    const column = at % COLUMNS;
    const row = Math.floor(at / COLUMNS);
    if (row >= BARS_TOP) return BARS[Math.floor((column * BARS.length) / COLUMNS)] ?? FIELD;
    if (isInk(text, column - TEXT_LEFT, row - TEXT_TOP)) return INK;
    const isMark = row >= 4 && row < 8 && column >= markColumn && column < markColumn + COLUMNS / FRAMES_PER_SECOND;
    return isMark ? MARK : FIELD;
  });
  return encodeMosaic({ columns: COLUMNS, rows: ROWS, squares });
}

function isInk(text: string, column: number, row: number): boolean {
  if (column < 0 || row < 0 || row >= DIGIT_ROWS) return false;
  const inGlyph = column % (DIGIT_COLUMNS + 1);
  const glyph = GLYPHS[text[Math.floor(column / (DIGIT_COLUMNS + 1))] ?? ''] ?? 0;
  if (inGlyph === DIGIT_COLUMNS) return false;
  return ((glyph >> (DIGIT_ROWS * DIGIT_COLUMNS - 1 - row * DIGIT_COLUMNS - inGlyph)) & 1) === 1;
}

/** Baseline JPEG (ITU-T T.81) of pictures that consist of plain 8x8 squares. Such a block has only its mean, the DC coefficient,
 *  so no cosine transform is needed. */

/** Y, Cb, Cr of a square, 0..255 each (JFIF). */
type Colour = readonly [number, number, number];

interface Mosaic {
  /** In squares of 8x8 pixels. */
  readonly columns: number;
  readonly rows: number;
  /** Row by row. */
  readonly squares: readonly Colour[];
}

const BLOCK = 8;
const COMPONENTS = 3;
/** The DC coefficient is eight times the mean, so a DC step of 8 is one step of brightness. All other steps are unused. */
const DC_STEP = 8;
/** Annex K, table K.3: how many codes of each length, then the categories in order of their codes. */
const DC_COUNTS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CATEGORIES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/** A table with a single code, 0: the end of the block. */
const AC_COUNTS = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const END_OF_BLOCK = { code: 0, length: 1 };
const DC_CODES = huffmanCodes(DC_COUNTS);

function encodeMosaic({ columns, rows, squares }: Mosaic): Uint8Array {
  const bits = new BitWriter([...headers(columns * BLOCK, rows * BLOCK)]);
  const previous = [0, 0, 0];
  for (const square of squares) {
    for (const [component, value] of square.entries()) {
      const level = Math.round(((value - 128) * BLOCK) / DC_STEP);
      writeDifference(bits, level - (previous[component] ?? 0));
      bits.write(END_OF_BLOCK.code, END_OF_BLOCK.length);
      previous[component] = level;
    }
  }
  return bits.end();
}

/** Writes the category of a difference, then its low bits; a negative one as its one's complement (F.1.2.1). */
function writeDifference(bits: BitWriter, difference: number): void {
  const category = 32 - Math.clz32(Math.abs(difference));
  const { code, length } = DC_CODES[category] ?? END_OF_BLOCK;
  bits.write(code, length);
  bits.write(difference >= 0 ? difference : difference + (1 << category) - 1, category);
}

function headers(width: number, height: number): readonly number[] {
  const word = (value: number): readonly number[] => [value >> 8, value & 0xff];
  const segment = (marker: number, body: readonly number[]) => [0xff, marker, ...word(body.length + 2), ...body];
  const components = Array.from({ length: COMPONENTS }, (_, index) => index + 1);
  return [
    ...[0xff, 0xd8],
    ...segment(0xe0, [...Buffer.from('JFIF\0'), 1, 1, 0, ...word(1), ...word(1), 0, 0]),
    ...segment(0xdb, [0, ...Array.from({ length: 64 }, () => DC_STEP)]),
    ...segment(0xc0, [8, ...word(height), ...word(width), COMPONENTS, ...components.flatMap((id) => [id, 0x11, 0])]),
    ...segment(0xc4, [0x00, ...DC_COUNTS, ...DC_CATEGORIES]),
    ...segment(0xc4, [0x10, ...AC_COUNTS, 0]),
    ...segment(0xda, [COMPONENTS, ...components.flatMap((id) => [id, 0x00]), 0, 63, 0]),
  ];
}

/** Returns the codes of a table (annex C): codes of one length count up; for the next length they are doubled. */
function huffmanCodes(counts: readonly number[]): readonly { readonly code: number; readonly length: number }[] {
  let next = 0;
  return counts.flatMap((count, index) => {
    const codes = Array.from({ length: count }, (_, offset) => ({ code: next + offset, length: index + 1 }));
    next = (next + count) << 1;
    return codes;
  });
}

/** Writes entropy-coded bits after headers: each ff is followed by 00, the end is filled with ones. */
class BitWriter {
  readonly #bytes: number[];
  #value = 0;
  #bits = 0;

  constructor(headerBytes: number[]) {
    this.#bytes = headerBytes;
  }

  /** At most 16 bits. */
  write(code: number, length: number): void {
    this.#value = (this.#value << length) | code;
    this.#bits += length;
    while (this.#bits >= 8) {
      this.#bits -= 8;
      const byte = (this.#value >> this.#bits) & 0xff;
      this.#bytes.push(byte);
      if (byte === 0xff) this.#bytes.push(0);
    }
    this.#value &= (1 << this.#bits) - 1;
  }

  end(): Uint8Array {
    if (this.#bits > 0) this.write(0xff >> this.#bits, 8 - this.#bits);
    this.#bytes.push(0xff, 0xd9);
    return Uint8Array.from(this.#bytes);
  }
}
