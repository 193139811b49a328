import { encodeOggPage, type OggPage, OPUS_SAMPLES_PER_MS, opusPacketSamples, readOggPages } from './ogg_page.js';
import { MediaError } from './source.js';

/** The identification header of Ogg Opus (RFC 7845 section 5.1). */
export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz that a decoder discards at the beginning. */
  readonly preSkip: number;
  /** The rate of the recording, for information; Opus always decodes at 48 kHz. */
  readonly inputSampleRate: number;
}

export interface OpusPacket {
  readonly data: Uint8Array;
  /** From the start of the first packet, including the pre-skip, because all packets must be decoded. */
  readonly startMs: number;
}

export interface OggOpus {
  readonly head: OpusHead;
  readonly packets: readonly OpusPacket[];
  /** To the end of the last packet, even if the file marks its end to be trimmed. */
  readonly durationMs: number;
}

const ADVICE = 'use one Opus stream in Ogg, for example by ffmpeg -i in -c:a libopus out.opus';
const HEAD_MAGIC = 'OpusHead';
const TAGS_MAGIC = 'OpusTags';

/** Read the Opus packets of an Ogg file. Where granule positions show that packets are missing, their time is left empty. */
export function parseOggOpus(file: Uint8Array): OggOpus {
  if (file.length === 0) throw new MediaError('MEDIA_EMPTY', 'the Ogg file is empty', ADVICE);
  const reader = new PacketReader();
  const sound = new SoundReader();
  let head: OpusHead | undefined;
  let tags: Uint8Array | undefined;
  for (const page of readOggPages(file)) {
    const packets = reader.read(page);
    if (head === undefined && packets.length > 0) head = readHead(packets.shift());
    if (head !== undefined && tags === undefined && packets.length > 0) tags = checkTags(packets.shift());
    sound.read(packets, page);
  }
  if (reader.isInside || head === undefined || tags === undefined) {
    throw new MediaError('MEDIA_TRUNCATED', 'the Ogg file ends inside a packet', 'create the file again');
  }
  if (sound.packets.length === 0) throw new MediaError('MEDIA_EMPTY', 'the Ogg file has no audio', ADVICE);
  return { head, packets: sound.packets, durationMs: sound.position / OPUS_SAMPLES_PER_MS };
}

/** Joins packets from the pieces on pages. */
class PacketReader {
  #serial: number | undefined;
  #sequence = -1;
  #begun: Uint8Array[] = [];

  get isInside(): boolean {
    return this.#begun.length > 0;
  }

  read(page: OggPage): Uint8Array[] {
    if (page.first !== (this.#serial === undefined)) throw malformed('the Ogg file has more than one stream');
    this.#serial ??= page.serial;
    if (page.serial !== this.#serial) throw malformed('the Ogg file has more than one stream');
    const isNext = page.sequence === this.#sequence + 1;
    const [...pieces] = page.pieces;
    if (page.continued && (!isNext || !this.isInside)) pieces.shift(); /* the beginning of this packet is missing */
    if (!page.continued || !isNext) this.#begun = [];
    this.#sequence = page.sequence;
    const packets: Uint8Array[] = [];
    for (const [index, piece] of pieces.entries()) {
      this.#begun.push(piece);
      if (index === pieces.length - 1 && page.unfinished) break;
      const [only] = this.#begun;
      packets.push(this.#begun.length === 1 && only !== undefined ? only : Buffer.concat(this.#begun));
      this.#begun = [];
    }
    return packets;
  }
}

/** Gives each audio packet its time. */
class SoundReader {
  readonly packets: OpusPacket[] = [];
  /** Samples so far. */
  position = 0;
  /** The granule position of sample 0; recordings of a running stream do not begin with 0. */
  #origin: number | undefined;

  read(packets: readonly Uint8Array[], page: OggPage): void {
    const durations = packets.map(opusPacketSamples);
    const broken = durations.indexOf(0);
    if (broken >= 0) throw malformed(`packet ${this.packets.length + broken + 1} is not an Opus packet`);
    if (packets.length > 0 && page.granule !== undefined) {
      const end = Number(page.granule) - durations.reduce((sum, samples) => sum + samples, 0);
      this.#origin ??= page.last ? 0 : Math.max(0, end - this.position);
      this.position = Math.max(this.position, end - this.#origin);
    }
    for (const [index, data] of packets.entries()) {
      this.packets.push({ data, startMs: this.position / OPUS_SAMPLES_PER_MS });
      this.position += durations[index] ?? 0;
    }
  }
}

function checkTags(packet: Uint8Array = new Uint8Array(0)): Uint8Array {
  if (!startsWith(packet, TAGS_MAGIC)) throw malformed(`the second packet is not ${TAGS_MAGIC}`);
  return packet;
}

function readHead(packet: Uint8Array = new Uint8Array(0)): OpusHead {
  if (!startsWith(packet, HEAD_MAGIC) || packet.length < 19) throw malformed(`the first packet is not ${HEAD_MAGIC}`);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = view.getUint8(9);
  if (view.getUint8(8) > 15 || view.getUint8(18) !== 0 || channels < 1 || channels > 2) {
    throw malformed(`version ${view.getUint8(8)} with ${channels} channels cannot be sent`);
  }
  return { channels, preSkip: view.getUint16(10, true), inputSampleRate: view.getUint32(12, true) };
}

/** Returns the two packets before the audio. */
export function opusHeaders({ channels, preSkip, inputSampleRate }: OpusHead): readonly [Uint8Array, Uint8Array] {
  const head = new Uint8Array(19);
  const view = new DataView(head.buffer);
  head.set(new TextEncoder().encode(HEAD_MAGIC));
  head[8] = 1;
  head[9] = channels;
  view.setUint16(10, preSkip, true);
  view.setUint32(12, inputSampleRate, true);
  const vendor = new TextEncoder().encode('tirtc-emulator');
  const tags = new Uint8Array(8 + 4 + vendor.length + 4);
  tags.set(new TextEncoder().encode(TAGS_MAGIC));
  new DataView(tags.buffer).setUint32(8, vendor.length, true);
  tags.set(vendor, 12);
  return [head, tags];
}

/** Writes an Ogg Opus stream with one packet per page. `finish()` returns the page that ends it; a stream without it also plays. */
export class OggOpusWriter {
  readonly #serial: number;
  #sequence = 0;
  #position = 0n;

  constructor(serial: number) {
    this.#serial = serial;
  }

  begin(head: OpusHead): Uint8Array {
    const [first, second] = opusHeaders(head);
    return Buffer.concat([this.#page(first, false), this.#page(second, false)]);
  }

  /** Returns the page of a packet. `missingSamples` that were never sent are before it. */
  packet(data: Uint8Array, missingSamples: number): Uint8Array {
    this.#position += BigInt(missingSamples + opusPacketSamples(data));
    return this.#page(data, false);
  }

  finish(): Uint8Array {
    return this.#page(undefined, true);
  }

  #page(packet: Uint8Array | undefined, last: boolean): Uint8Array {
    const page = { first: this.#sequence === 0, last, serial: this.#serial, sequence: this.#sequence };
    this.#sequence += 1;
    return encodeOggPage({ ...page, granule: this.#position }, packet);
  }
}

function startsWith(packet: Uint8Array, magic: string): boolean {
  return String.fromCharCode(...packet.subarray(0, magic.length)) === magic;
}

function malformed(what: string): MediaError {
  return new MediaError('MEDIA_FORMAT', what, ADVICE);
}
