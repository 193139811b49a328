/* event_queue.h - events on their way from the loop's thread to JavaScript, in slabs of memory that JavaScript gave.
 *
 * A slab holds records, growing from its start, and payloads, growing from its end. The loop's thread fills one slab;
 * JavaScript takes the oldest, copies what it wants, and gives it back. The slabs are the bound: when they
 * are full, events stay in the core, which stops reading, which slows the peer.
 */
#ifndef TIRTC_NODE_EVENT_QUEUE_H
#define TIRTC_NODE_EVENT_QUEUE_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "tirtc_device.h"

namespace tirtc {

/* The layout of a slab, in 32-bit words of the host's order. lib/native/addon.ts has the same; the addon's loader
 * compares both. */
enum RecordWord : size_t {
  kRecordKind,
  kRecordDevice,
  kRecordConnectionLow,
  kRecordConnectionHigh,
  kRecordError,  /* signed */
  kRecordDetail, /* command word, bit rate, or the reason of a `bye` */
  kRecordTime,   /* retry_in_ms, a frame's ts, or the http_status of a connect */
  kRecordHead,   /* stream | media << 8 | flags << 16 | reserved << 24 */
  kRecordOffset, /* of the payload in the slab; from kSlabBytes on: kSlabBytes + index of a block of its own */
  kRecordSize,   /* of the payload */
  kRecordWords
};
constexpr size_t kRecordBytes = kRecordWords * sizeof(uint32_t);
/** The first record's place holds the slab's header: the number of records, and 1 when more slabs wait. */
constexpr size_t kSlabHeaderBytes = kRecordBytes;
constexpr size_t kSlabBytes = 256 * 1024;
/** Records in one slab, so that one batch is short work for JavaScript. */
constexpr uint32_t kMaxSlabRecords = 1024;

/** An event of the binding itself, beside tirtc_event_kind_t: a watched send buffer has room again. */
constexpr uint32_t kEventDrained = 100;

/** A payload too large for the room there is, in memory of its own. */
struct Block {
  std::unique_ptr<uint8_t[]> data;
  size_t size = 0;
};

class EventQueue {
 public:
  /** Give one more slab, numbered from 0: kSlabBytes at `memory`, which outlives the use of the queue. */
  void AddSlab(uint8_t *memory);

  void AddDevice(uint32_t device);
  /** Its records may still be read. Returns when no record of it will follow, given that its `ready` is over. */
  void RemoveDevice(uint32_t device);

  /** True when one more event of the device may be pushed; else the device is remembered for TakeWaiting().
   *  A device may use a quarter of what is free, so that many greedy ones leave room for the others. */
  bool HasRoom(uint32_t device);
  /** Copy an event; HasRoom() was true. Without memory for a large payload, what comes up is the connection's
   *  failure. */
  void Push(uint32_t device, const tirtc_event_t &event);
  /** Push kEventDrained; HasRoom() was true. */
  void PushDrained(uint32_t device, tirtc_connection_t connection);

  /** The oldest slab with records, or -1. Thread: JavaScript. */
  int Take();
  /** A large payload of a taken slab; can be moved from. Thread: JavaScript. */
  Block *BlockOf(uint32_t slab, uint32_t index);
  /** Give a taken slab back. Thread: JavaScript. */
  void Recycle(uint32_t slab);
  /** The devices that found no room, once there is some. */
  std::vector<uint32_t> TakeWaiting();

 private:
  struct Share {
    size_t used = 0; /* bytes of the device that JavaScript has not given back */
    bool waiting = false;
  };
  struct Run {
    uint32_t device;
    size_t bytes;
  };
  struct Slab {
    uint8_t *memory = nullptr;
    uint32_t records = 0;
    size_t payload_start = kSlabBytes;
    std::vector<Run> runs;
    std::vector<Block> blocks;

    uint8_t *next_record() { return memory + kSlabHeaderBytes + records * kRecordBytes; }
    bool fits(size_t payload) const;
  };

  bool HasRecordRoom() const;
  Slab *SlabFor(size_t payload);
  void Append(uint32_t device, Slab *slab, const uint32_t *record, size_t bytes);
  bool Place(Slab *slab, const tirtc_event_t &event, uint32_t *record);

  std::mutex mutex_;
  std::vector<Slab> slabs_;
  std::vector<uint32_t> free_; /* last in, first out: pages that were touched are touched again */
  std::deque<uint32_t> full_;
  int filling_ = -1;
  size_t used_ = 0;
  std::unordered_map<uint32_t, Share> shares_;
  std::vector<uint32_t> waiting_;
};

}  // namespace tirtc

#endif
