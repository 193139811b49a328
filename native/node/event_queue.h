/* event_queue.h - events on their way from the loop's thread to JavaScript, in slabs of memory that JavaScript
 * provides.
 *
 * A slab holds records, growing from its start, and payloads, growing from its end. The loop's thread fills one slab;
 * JavaScript takes the oldest, copies what it needs, and gives it back. The slabs are the limit: when they are full,
 * events stay in the core, which stops reading, and that slows the peer down.
 *
 * The loop's thread writes in bursts, one for each `ready` of a device. During a burst only this thread uses the slab
 * being filled, so it takes the lock once per burst and per slab, never per event, and does not hold it while it
 * copies.
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

/* The layout of a slab, in 32-bit words of the host's order. lib/native/addon.ts has the same layout; the addon's
 * loader compares both. */
enum RecordWord : size_t {
  kRecordKind, /* and the flag kAlike */
  kRecordDevice,
  kRecordConnectionLow,
  kRecordConnectionHigh,
  kRecordError,  /* signed */
  kRecordDetail, /* command word, bit rate, or the reason of a `bye` */
  kRecordTime,   /* retry_in_ms, a frame's ts, or the http_status of a connect */
  kRecordHead,   /* stream | media << 8 | flags << 16 | reserved << 24 */
  kRecordOffset, /* of the payload in the slab; kSlabBytes + index for a payload in a block of its own */
  kRecordSize,   /* of the payload */
  kRecordWords
};
/** Flag in the word of the kind: the record before this one in the slab has the same kind, device and connection. */
constexpr uint32_t kAlike = 0x100;
constexpr size_t kRecordBytes = kRecordWords * sizeof(uint32_t);
/** The slab's header takes the place of one record and holds the number of records. */
constexpr size_t kSlabHeaderBytes = kRecordBytes;
constexpr size_t kSlabBytes = 256 * 1024;
/** Limit of records in one slab, so that JavaScript processes a batch quickly. */
constexpr uint32_t kMaxSlabRecords = 1024;

/** An event of the binding itself, in addition to tirtc_event_kind_t: a watched send buffer has room again. */
constexpr uint32_t kEventDrained = 100;

/** A payload that is too large for its slab, in memory of its own. */
struct Block {
  std::unique_ptr<uint8_t[]> data;
  size_t size = 0;
};

class EventQueue {
 public:
  /** Add a slab, numbered from 0: kSlabBytes at `memory`, which must outlive the use of the queue. */
  void AddSlab(uint8_t *memory);

  void AddDevice(uint32_t device);
  /** Remove a device whose `ready` is over. No record of it will follow; earlier ones may still be read. */
  void RemoveDevice(uint32_t device);

  /** Begin a burst of one device. Thread of the burst's functions: the one that steps; one burst at a time. */
  void Begin(uint32_t device);
  /** Returns true when one more event may be pushed; otherwise the device is remembered, and Recycle() will return it.
   *  A device may use half of the free room, so that devices with many events leave room for the others. */
  bool HasRoom();
  /** Copy an event, after HasRoom() returned true. Without memory for a large payload the connection's failure is
   *  pushed instead. */
  void Push(const tirtc_event_t &event);
  /** Push kEventDrained, after HasRoom() returned true. */
  void PushDrained(tirtc_connection_t connection);
  /** End the burst. Returns true when JavaScript must be called: there are records, and it does not look for them by
   *  itself. */
  bool End();

  /** Returns the oldest slab with records, or -1. After a slab JavaScript must call Take() again; after -1 it is called
   *  when there are records. Thread: JavaScript. */
  int Take();
  /** Returns a large payload of a taken slab; the caller may move from it. Thread: JavaScript. */
  Block *BlockOf(uint32_t slab, uint32_t index);
  /** Give a taken slab back. Returns the devices that found no room before and have half of their room again. Thread:
   *  JavaScript. */
  std::vector<uint32_t> Recycle(uint32_t slab);

 private:
  struct Share {
    size_t used = 0; /* bytes of the device in slabs that JavaScript has not given back */
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

  /* Used only by the current burst. */
  uint32_t device_ = 0;
  size_t burst_bytes_ = 0; /* pushed and not yet in the shares */
  size_t allowance_ = 0;   /* bytes the device may use before the shares must be checked again */

  std::mutex mutex_; /* guards the fields below; the thread of a burst uses slabs_[filling_] without it */
  std::vector<Slab> slabs_;
  std::vector<uint32_t> free_; /* last in, first out, so that touched pages are used again */
  std::deque<uint32_t> full_;
  int filling_ = -1;     /* changed only by the burst while there is one */
  bool writing_ = false; /* there is a burst */
  bool called_ = false;  /* JavaScript was called, or will call Take() by itself */
  size_t used_ = 0;
  std::unordered_map<uint32_t, Share> shares_;
  std::vector<uint32_t> waiting_;
};

}  // namespace tirtc

#endif
