import { MEDIA } from '../wire/index.js';
import { type Colour, encodeMosaic } from './mosaic_jpeg.js';
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

/** Three columns a digit, top row in the high bits. */
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

/** A picture of a clock, 320x240, ten times a second as JPEG: the time of day (UTC), a mark that runs once through the picture a
 *  second, and colour bars. `timeOfDayMs` counts from some midnight. */
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

  /** What the clock shows now, whichever frame it becomes: all who watch see the same. */
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
