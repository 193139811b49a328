/* event_queue.h - events on their way from the loop's thread to JavaScript, in slabs of memory that JavaScript gave.
 *
 * A slab holds records, growing from its start, and payloads, growing from its end. The loop's thread fills one slab;
 * JavaScript takes the oldest, copies what it wants, and gives it back. The slabs are the bound: when they
 * are full, events stay in the core, which stops reading, which slows the peer.
 *
 * The loop's thread writes in bursts, one for each `ready` of a device. During a burst the slab being filled is its
 * alone, so the lock is taken for a burst and for a slab, never for an event, and is not held while anything is copied.
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
  kRecordKind, /* and kAlike */
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
/** Beside the kind: the record before this one in the slab is of the same kind, device and connection. */
constexpr uint32_t kAlike = 0x100;
constexpr size_t kRecordBytes = kRecordWords * sizeof(uint32_t);
/** The first record's place holds the slab's header: the number of records. */
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

  /** Begin a burst of one device. Thread of the burst's functions: the one that steps; one burst at a time. */
  void Begin(uint32_t device);
  /** True when one more event may be pushed; else the device is remembered, and Recycle() will name it. A device may
   *  use half of what is free, so that many greedy ones leave room for the others. */
  bool HasRoom();
  /** Copy an event; HasRoom() was true. Without memory for a large payload, what comes up is the connection's
   *  failure. */
  void Push(const tirtc_event_t &event);
  /** Push kEventDrained; HasRoom() was true. */
  void PushDrained(tirtc_connection_t connection);
  /** End the burst. True when JavaScript has to be called: there is something, and it would not look by itself. */
  bool End();

  /** The oldest slab with records, or -1. Who got one asks again by itself; after -1 JavaScript is called when there is
   *  something. Thread: JavaScript. */
  int Take();
  /** A large payload of a taken slab; can be moved from. Thread: JavaScript. */
  Block *BlockOf(uint32_t slab, uint32_t index);
  /** Give a taken slab back. Returns the devices that found no room and have half of theirs again. Thread:
   *  JavaScript. */
  std::vector<uint32_t> Recycle(uint32_t slab);

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

    const uint8_t *last_record() const { return memory + kSlabHeaderBytes + (records - 1) * kRecordBytes; }
    uint8_t *next_record() { return memory + kSlabHeaderBytes + records * kRecordBytes; }
    bool fits(size_t payload) const;
  };

  bool FillingFits() const;
  bool HasRecords() const;
  size_t MostFor(const Share &share) const;
  bool HasHalfItsRoom(uint32_t device) const;
  Slab *SlabFor(size_t payload);
  bool Place(Slab *slab, const tirtc_event_t &event, uint32_t *record);
  void Append(Slab *slab, uint32_t *record, size_t bytes);
  void Settle();

  /* The burst's own. */
  uint32_t device_ = 0;
  size_t burst_bytes_ = 0; /* pushed and not yet in the shares */
  size_t allowance_ = 0;   /* bytes the device may use before the shares have to be looked at again */

  std::mutex mutex_; /* guards what follows; slabs_[filling_] too, but for a burst's own thread */
  std::vector<Slab> slabs_;
  std::vector<uint32_t> free_; /* last in, first out: pages that were touched are touched again */
  std::deque<uint32_t> full_;
  int filling_ = -1;     /* changed by a burst only while one is under way */
  bool writing_ = false; /* a burst is under way */
  bool called_ = false;  /* JavaScript was called, or comes by itself */
  size_t used_ = 0;
  std::unordered_map<uint32_t, Share> shares_;
  std::vector<uint32_t> waiting_;
};

}  // namespace tirtc

#endif
