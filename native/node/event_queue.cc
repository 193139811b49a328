#include "event_queue.h"

#include <cstring>
#include <new>

namespace tirtc {
namespace {

/* Scalars share the words of a record: each of these kinds of event has another one to tell. */
uint32_t TimeOf(const tirtc_event_t &event) {
  return event.kind == TIRTC_CONNECTION_CONNECTED ? static_cast<uint32_t>(event.http_status) : event.retry_in_ms;
}

bool IsFrame(tirtc_event_kind_t kind) { return kind == TIRTC_AUDIO || kind == TIRTC_VIDEO || kind == TIRTC_MESSAGE; }

uint32_t DetailOf(const tirtc_event_t &event) {
  switch (event.kind) {
    case TIRTC_COMMAND:
    case TIRTC_SUBSCRIBE_ANSWERED:
      return event.command_word;
    case TIRTC_BITRATE_CHANGED:
      return event.bitrate_bps;
    default:
      return static_cast<uint32_t>(event.reason);
  }
}

void WriteScalars(uint32_t device, const tirtc_event_t &event, uint32_t *record) {
  uint64_t connection = event.connection;
  bool frame = IsFrame(event.kind);
  record[kRecordKind] = static_cast<uint32_t>(event.kind);
  record[kRecordDevice] = device;
  record[kRecordConnectionLow] = static_cast<uint32_t>(connection);
  record[kRecordConnectionHigh] = static_cast<uint32_t>(connection >> 32);
  record[kRecordError] = static_cast<uint32_t>(event.error);
  record[kRecordDetail] = DetailOf(event);
  record[kRecordTime] = frame ? event.frame.ts : TimeOf(event);
  record[kRecordHead] = frame ? (event.frame.stream_id | uint32_t{event.frame.media} << 8 |
                                 uint32_t{event.frame.flags} << 16 | uint32_t{event.frame.reserved} << 24)
                              : event.stream;
}

}  // namespace

bool EventQueue::Slab::fits(size_t payload) const {
  if (records == kMaxSlabRecords) return false;
  size_t records_end = kSlabHeaderBytes + (records + 1) * kRecordBytes;
  return payload <= payload_start && records_end <= ((payload_start - payload) & ~size_t{7});
}

void EventQueue::AddSlab(uint8_t *memory) {
  std::lock_guard<std::mutex> guard(mutex_);
  free_.push_back(static_cast<uint32_t>(slabs_.size()));
  slabs_.emplace_back();
  slabs_.back().memory = memory;
}

void EventQueue::AddDevice(uint32_t device) {
  std::lock_guard<std::mutex> guard(mutex_);
  shares_[device] = Share{};
}

void EventQueue::RemoveDevice(uint32_t device) {
  std::lock_guard<std::mutex> guard(mutex_);
  shares_.erase(device);
}

bool EventQueue::HasRecordRoom() const {
  return !free_.empty() || (filling_ >= 0 && slabs_[static_cast<size_t>(filling_)].fits(0));
}

bool EventQueue::HasRoom(uint32_t device) {
  std::lock_guard<std::mutex> guard(mutex_);
  Share &share = shares_[device];
  size_t capacity = slabs_.size() * kSlabBytes;
  size_t available = used_ < capacity ? capacity - used_ : 0;
  bool fair = share.used == 0 ? available > 0 : share.used < available / 4;
  if (fair && HasRecordRoom()) return true;
  if (!share.waiting) {
    share.waiting = true;
    waiting_.push_back(device);
  }
  return false;
}

/* The slab for the next record: the one being filled, a fresh one, or the one being filled without its payload. */
EventQueue::Slab *EventQueue::SlabFor(size_t payload) {
  if (filling_ >= 0) {
    Slab *slab = &slabs_[static_cast<size_t>(filling_)];
    bool wants_fresh = payload <= kSlabBytes / 2 && !free_.empty();
    if (slab->fits(payload) || (slab->fits(0) && !wants_fresh)) return slab;
    full_.push_back(static_cast<uint32_t>(filling_));
  }
  filling_ = static_cast<int>(free_.back());
  free_.pop_back();
  return &slabs_[static_cast<size_t>(filling_)];
}

/* Copies the payload to the slab, or to a block when it does not fit. Returns false when there is no memory. */
bool EventQueue::Place(Slab *slab, const tirtc_event_t &event, uint32_t *record) {
  record[kRecordOffset] = 0;
  record[kRecordSize] = static_cast<uint32_t>(event.size);
  if (event.size == 0) return true;
  if (slab->fits(event.size)) {
    slab->payload_start = (slab->payload_start - event.size) & ~size_t{7};
    memcpy(slab->memory + slab->payload_start, event.data, event.size);
    record[kRecordOffset] = static_cast<uint32_t>(slab->payload_start);
    return true;
  }
  std::unique_ptr<uint8_t[]> data(new (std::nothrow) uint8_t[event.size]);
  if (data == nullptr) return false;
  memcpy(data.get(), event.data, event.size);
  record[kRecordOffset] = static_cast<uint32_t>(kSlabBytes + slab->blocks.size());
  slab->blocks.push_back(Block{std::move(data), event.size});
  return true;
}

void EventQueue::Push(uint32_t device, const tirtc_event_t &event) {
  std::lock_guard<std::mutex> guard(mutex_);
  Slab *slab = SlabFor(event.size);
  uint32_t record[kRecordWords];
  WriteScalars(device, event, record);
  size_t bytes = kRecordBytes + event.size;
  if (!Place(slab, event, record)) {
    record[kRecordKind] = TIRTC_CONNECTION_FAILED;
    record[kRecordError] = static_cast<uint32_t>(TIRTC_E_LACK_OF_RESOURCE);
    record[kRecordSize] = 0;
    bytes = kRecordBytes;
  }
  Append(device, slab, record, bytes);
}

void EventQueue::PushDrained(uint32_t device, tirtc_connection_t connection) {
  std::lock_guard<std::mutex> guard(mutex_);
  uint64_t number = connection;
  uint32_t record[kRecordWords] = {};
  record[kRecordKind] = kEventDrained;
  record[kRecordDevice] = device;
  record[kRecordConnectionLow] = static_cast<uint32_t>(number);
  record[kRecordConnectionHigh] = static_cast<uint32_t>(number >> 32);
  Append(device, SlabFor(0), record, kRecordBytes);
}

void EventQueue::Append(uint32_t device, Slab *slab, const uint32_t *record, size_t bytes) {
  memcpy(slab->next_record(), record, kRecordBytes);
  slab->records++;
  if (slab->runs.empty() || slab->runs.back().device != device) slab->runs.push_back(Run{device, 0});
  slab->runs.back().bytes += bytes;
  shares_[device].used += bytes;
  used_ += bytes;
}

int EventQueue::Take() {
  std::lock_guard<std::mutex> guard(mutex_);
  if (full_.empty()) {
    if (filling_ < 0 || slabs_[static_cast<size_t>(filling_)].records == 0) return -1;
    full_.push_back(static_cast<uint32_t>(filling_));
    filling_ = -1;
  }
  uint32_t index = full_.front();
  full_.pop_front();
  bool more = !full_.empty() || (filling_ >= 0 && slabs_[static_cast<size_t>(filling_)].records != 0);
  const Slab &slab = slabs_[index];
  const uint32_t header[] = {slab.records, more ? 1u : 0u};
  memcpy(slab.memory, header, sizeof header);
  return static_cast<int>(index);
}

Block *EventQueue::BlockOf(uint32_t slab, uint32_t index) {
  std::lock_guard<std::mutex> guard(mutex_);
  return &slabs_[slab].blocks[index];
}

void EventQueue::Recycle(uint32_t slab_index) {
  std::lock_guard<std::mutex> guard(mutex_);
  Slab &slab = slabs_[slab_index];
  for (const Run &run : slab.runs) {
    auto share = shares_.find(run.device);
    if (share != shares_.end()) share->second.used -= run.bytes;
    used_ -= run.bytes;
  }
  slab.runs.clear();
  slab.blocks.clear();
  slab.records = 0;
  slab.payload_start = kSlabBytes;
  free_.push_back(slab_index);
}

std::vector<uint32_t> EventQueue::TakeWaiting() {
  std::lock_guard<std::mutex> guard(mutex_);
  std::vector<uint32_t> devices;
  devices.swap(waiting_);
  for (uint32_t device : devices) {
    auto share = shares_.find(device);
    if (share != shares_.end()) share->second.waiting = false;
  }
  return devices;
}

}  // namespace tirtc
