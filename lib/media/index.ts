export { ClockPicture } from './clock_picture.js';
export { type AccessUnit, h264FrameRate, splitAccessUnits } from './h264.js';
export { MediaReceiver, type MediaReceiverOptions, type ReceivedStreamReport } from './media_receiver.js';
export { splitJpegs } from './mjpeg.js';
export { OggOpusWriter, type OpusHead, parseOggOpus } from './ogg_opus.js';
export { isOpusStereo, OPUS_SAMPLES_PER_MS, opusPacketSamples } from './ogg_page.js';
export { generateMedia, type MediaFormat, type MediaOptions, openMedia, parseMedia } from './open_media.js';
export {
  Clip,
  type ClipFrame,
  type ClipOptions,
  MediaError,
  type MediaErrorCode,
  type MediaSource,
  splitSamples,
} from './source.js';
export { encodeAlaw, toneSource } from './tone.js';
export { parseWav, sampleFlags, sampleFormat, wavHeader } from './wav.js';
