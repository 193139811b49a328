#include "event_queue.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace tirtc {
namespace {

/* Scalars share the words of a record: each kind of event has its own value for them. */
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

bool AreAlike(const uint8_t *before, const uint32_t *record) {
  uint32_t other[kRecordWords];
  memcpy(other, before, kRecordBytes);
  return (other[kRecordKind] & ~kAlike) == record[kRecordKind] && other[kRecordDevice] == record[kRecordDevice] &&
         other[kRecordConnectionLow] == record[kRecordConnectionLow] &&
         other[kRecordConnectionHigh] == record[kRecordConnectionHigh];
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

bool EventQueue::FillingFits() const { return filling_ >= 0 && slabs_[static_cast<size_t>(filling_)].fits(0); }

void EventQueue::Begin(uint32_t device) {
  std::lock_guard<std::mutex> guard(mutex_);
  device_ = device;
  writing_ = true;
  Settle();
}

/* Returns the bytes that a device may use, including those it uses now. Under the lock. */
size_t EventQueue::MostFor(const Share &share) const {
  size_t capacity = slabs_.size() * kSlabBytes;
  size_t available = used_ < capacity ? capacity - used_ : 0;
  return share.used == 0 ? available : available / 2;
}

/* Add what the burst pushed to the shares, and compute how much more it may push. Under the lock. */
void EventQueue::Settle() {
  Share &share = shares_[device_];
  share.used += burst_bytes_;
  used_ += burst_bytes_;
  burst_bytes_ = 0;
  size_t most = MostFor(share);
  allowance_ = most > share.used ? most - share.used : 0;
}

bool EventQueue::HasRoom() {
  if (burst_bytes_ < allowance_ && FillingFits()) return true;
  std::lock_guard<std::mutex> guard(mutex_);
  Settle();
  if (allowance_ > 0 && (FillingFits() || !free_.empty())) return true;
  Share &share = shares_[device_];
  if (!share.waiting) {
    share.waiting = true;
    waiting_.push_back(device_);
  }
  return false;
}

/* Returns the slab for the next record: the one being filled, a free one, or the one being filled without room for the
 * payload. */
EventQueue::Slab *EventQueue::SlabFor(size_t payload) {
  if (filling_ >= 0 && slabs_[static_cast<size_t>(filling_)].fits(payload))
    return &slabs_[static_cast<size_t>(filling_)];
  std::lock_guard<std::mutex> guard(mutex_);
  bool wants_fresh = !FillingFits() || (payload <= kSlabBytes / 2 && !free_.empty());
  if (wants_fresh) {
    Settle(); /* must be done before JavaScript can give the slab back */
    if (filling_ >= 0) full_.push_back(static_cast<uint32_t>(filling_));
    filling_ = static_cast<int>(free_.back());
    free_.pop_back();
  }
  return &slabs_[static_cast<size_t>(filling_)];
}

/* Copy the payload to the slab, or to a block when it does not fit. Returns false when there is no memory. */
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

void EventQueue::Push(const tirtc_event_t &event) {
  Slab *slab = SlabFor(event.size);
  uint32_t record[kRecordWords];
  WriteScalars(device_, event, record);
  size_t bytes = kRecordBytes + event.size;
  if (!Place(slab, event, record)) {
    record[kRecordKind] = TIRTC_CONNECTION_FAILED;
    record[kRecordError] = static_cast<uint32_t>(TIRTC_E_LACK_OF_RESOURCE);
    record[kRecordSize] = 0;
    bytes = kRecordBytes;
  }
  Append(slab, record, bytes);
}

void EventQueue::PushDrained(tirtc_connection_t connection) {
  uint64_t number = connection;
  uint32_t record[kRecordWords] = {};
  record[kRecordKind] = kEventDrained;
  record[kRecordDevice] = device_;
  record[kRecordConnectionLow] = static_cast<uint32_t>(number);
  record[kRecordConnectionHigh] = static_cast<uint32_t>(number >> 32);
  Append(SlabFor(0), record, kRecordBytes);
}

void EventQueue::Append(Slab *slab, uint32_t *record, size_t bytes) {
  if (slab->records != 0 && AreAlike(slab->last_record(), record)) record[kRecordKind] |= kAlike;
  memcpy(slab->next_record(), record, kRecordBytes);
  slab->records++;
  if (slab->runs.empty() || slab->runs.back().device != device_) slab->runs.push_back(Run{device_, 0});
  slab->runs.back().bytes += bytes;
  burst_bytes_ += bytes;
}

bool EventQueue::End() {
  std::lock_guard<std::mutex> guard(mutex_);
  Settle();
  writing_ = false;
  bool must_call = !called_ && (!full_.empty() || HasRecords());
  called_ = called_ || must_call;
  return must_call;
}

bool EventQueue::HasRecords() const { return filling_ >= 0 && slabs_[static_cast<size_t>(filling_)].records != 0; }

int EventQueue::Take() {
  std::lock_guard<std::mutex> guard(mutex_);
  called_ = false;
  if (full_.empty()) {
    if (writing_ || !HasRecords()) return -1; /* the current burst will call */
    full_.push_back(static_cast<uint32_t>(filling_));
    filling_ = -1;
  }
  called_ = true;
  uint32_t index = full_.front();
  full_.pop_front();
  const Slab &slab = slabs_[index];
  memcpy(slab.memory, &slab.records, sizeof slab.records);
  return static_cast<int>(index);
}

Block *EventQueue::BlockOf(uint32_t slab, uint32_t index) {
  std::lock_guard<std::mutex> guard(mutex_);
  return &slabs_[slab].blocks[index];
}

/* Waking a device for each slab that is given back would cost more than reading the slab. */
bool EventQueue::HasHalfItsRoom(uint32_t device) const {
  auto share = shares_.find(device);
  return share == shares_.end() || share->second.used <= MostFor(share->second) / 2;
}

std::vector<uint32_t> EventQueue::Recycle(uint32_t slab_index) {
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
  auto stays = std::partition(waiting_.begin(), waiting_.end(), [this](uint32_t id) { return !HasHalfItsRoom(id); });
  std::vector<uint32_t> ready(stays, waiting_.end());
  waiting_.erase(stays, waiting_.end());
  for (uint32_t id : ready) {
    auto share = shares_.find(id);
    if (share != shares_.end()) share->second.waiting = false;
  }
  return ready;
}

}  // namespace tirtc
