/* io_loop.h - what all devices of one Node environment (main thread or worker) share: runner, bell and event queue. */
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

/** A send buffer that JavaScript waits for: kEventDrained is pushed when at most `threshold` bytes are queued. */
struct Watch {
  tirtc_connection_t connection;
  size_t threshold;
};

class Loop;

/** One device of a loop, and the data of its `ready`. */
struct LoopDevice {
  Loop *loop;
  uint32_t id;
  tirtc_device_t *device = nullptr;
  std::mutex mutex; /* guards watches */
  std::vector<Watch> watches;
};

/** Exists until the environment's cleanup or its last user, whichever is later; after the cleanup it does nothing. Call
 *  all functions on the JavaScript thread. */
class Loop {
 public:
  /** Open a loop with a thread of its own; `answer` is called when it has events. Returns nullptr when the system has
   *  no thread. `slabs` are kept alive and filled by the loop's thread. */
  static std::shared_ptr<Loop> Open(Napi::Env env, Napi::Function answer, Napi::Array slabs);
  /** Open a loop over a world of port `sim`, whose devices are stepped on this thread. Returns nullptr when there is no
   *  memory. */
  static std::shared_ptr<Loop> OpenStepped(Napi::Env env, uint64_t seed, Napi::Array slabs);
  Loop(Napi::Env env, std::unique_ptr<Bell> bell, std::unique_ptr<Runner> runner);
  Loop(const Loop &) = delete;
  Loop &operator=(const Loop &) = delete;
  ~Loop();

  /** Returns 0 and *device, or a TIRTC_E_ code. */
  int OpenDevice(LoopDevice **device);
  /** Blocks until the device's `ready` is over. No other call about the device may be in progress or follow. */
  void CloseDevice(LoopDevice *device);
  void WatchDrain(LoopDevice *device, Watch watch);

  EventQueue &queue() { return queue_; }
  void Recycle(uint32_t slab);
  void Ref(bool ref);
  /** As Bell::Listen(). */
  void Listen(bool listen);
  /** Returns the runner of a stepped loop; nullptr when a thread steps the devices, and when closed. */
  SteppedRunner *stepped() const { return closed() ? nullptr : stepped_; }
  /** Close all devices without events. The loop cannot be used any more. */
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
  std::unique_ptr<Bell> bell_; /* nullptr for a stepped loop: its caller looks for events after each step */
  std::unique_ptr<Runner> runner_;
  SteppedRunner *stepped_ = nullptr;
  std::unordered_map<uint32_t, std::unique_ptr<LoopDevice>> devices_;
  uint32_t next_id_ = 1;
};

}  // namespace tirtc

#endif
