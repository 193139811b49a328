/** Opus packets (RFC 6716). Opus counts time in samples at 48 kHz, whatever the sound was recorded with. */
export const OPUS_SAMPLES_PER_MS = 48;
const MAX_PACKET_SAMPLES = 120 * OPUS_SAMPLES_PER_MS;

/** Frame sizes by configuration (table 2), in samples. */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];

/** How long a packet sounds, from its first bytes (section 3.1 and 3.2); 0 when it is no Opus packet. */
export function opusPacketSamples(packet: Uint8Array): number {
  const [toc, count = 0] = packet;
  if (toc === undefined) return 0;
  const code = toc & 3;
  if (code === 3 && packet.length < 2) return 0;
  const frames = code === 0 ? 1 : code === 3 ? count & 0x3f : 2;
  const samples = frames * frameSamples(toc >> 3);
  return samples <= MAX_PACKET_SAMPLES ? samples : 0;
}

export function isOpusStereo(packet: Uint8Array): boolean {
  return ((packet[0] ?? 0) & 4) !== 0;
}

function frameSamples(config: number): number {
  if (config < 12) return SILK[config % 4] ?? 0;
  if (config < 16) return HYBRID[config % 2] ?? 0;
  return CELT[config % 4] ?? 0;
}
