/* io_loop.h - what the devices of one Node environment (main thread or worker) share: runner, bell and event queue. */
#ifndef TIRTC_NODE_IO_LOOP_H
#define TIRTC_NODE_IO_LOOP_H

#include <memory>
#include <unordered_map>
#include <vector>

#include <napi.h>

#include "bell.h"
#include "device_runner.h"
#include "event_queue.h"
#include "stepped_runner.h"

namespace tirtc {

/** A send buffer that JavaScript waits for: kEventDrained comes up when at most `threshold` bytes are queued. */
struct Watch {
  tirtc_connection_t connection;
  size_t threshold;
};

class Loop;

/** One device of a loop, and what its `ready` needs. */
struct LoopDevice {
  Loop *loop;
  uint32_t id;
  tirtc_device_t *device = nullptr;
  std::mutex mutex; /* guards watches */
  std::vector<Watch> watches;
};

/** Lives until the environment's cleanup or its last user, whichever is later; after the cleanup it does nothing.
 *  All functions are for the JavaScript thread. */
class Loop {
 public:
  /** Devices on a thread of their own; `answer` is called when it brings something up. Returns nullptr when the system
   *  gives no thread. `slabs` are kept alive and filled from the loop's thread. */
  static std::shared_ptr<Loop> Open(Napi::Env env, Napi::Function answer, Napi::Array slabs);
  /** Devices in a world of port `sim`, stepped on this thread. Returns nullptr when there is no memory. */
  static std::shared_ptr<Loop> OpenStepped(Napi::Env env, uint64_t seed, Napi::Array slabs);
  Loop(Napi::Env env, std::unique_ptr<Bell> bell, std::unique_ptr<Runner> runner);
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;
  ~Loop();

  /** Returns 0 and *device, or a TIRTC_E_ code. */
  int OpenDevice(LoopDevice **device);
  /** Blocks until the device's `ready` is over; no call about the device may be under way or follow. */
  void CloseDevice(LoopDevice *device);
  void WatchDrain(LoopDevice *device, Watch watch);

  EventQueue &queue() { return queue_; }
  void Recycle(uint32_t slab);
  void Hold(bool hold);
  /** As Bell::Listen(). */
  void Listen(bool listen);
  /** Who steps the devices of this thread; nullptr when a thread does, and when closed. */
  SteppedRunner *stepped() const { return closed() ? nullptr : stepped_; }
  /** Close all devices, silently; nothing can be done with the loop any more. */
  void End();
  bool closed() const { return runner_ == nullptr; }

 private:
  static void OnReady(void *user, tirtc_device_t *device);
  static void OnCleanup(void *loop);
  void Close();
  void AddSlabs(Napi::Array slabs);
  void PullEvents(tirtc_device_t *core);
  void PullDrained(LoopDevice *device, tirtc_device_t *core);

  napi_env env_;
  EventQueue queue_;
  std::vector<Napi::Reference<Napi::ArrayBuffer>> slabs_;
  std::unique_ptr<Bell> bell_; /* nullptr for a stepped loop: who steps looks */
  std::unique_ptr<Runner> runner_;
  SteppedRunner *stepped_ = nullptr;
  std::unordered_map<uint32_t, std::unique_ptr<LoopDevice>> devices_;
  uint32_t next_id_ = 1;
};

}  // namespace tirtc

#endif
