/* device_runner.h - who steps the devices: the seam between the binding and the thread (or clock) that drives it. */
#ifndef TIRTC_NODE_DEVICE_RUNNER_H
#define TIRTC_NODE_DEVICE_RUNNER_H

#include <memory>

#include "tirtc_loop.h"

namespace tirtc {

/** Steps devices and calls `ready` after each step, as tirtc_loop.h says. Destroying a runner closes its devices. */
class Runner {
 public:
  Runner() = default;
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;
  virtual ~Runner() = default;

  /** Open a device. Returns 0 or a TIRTC_E_ code. */
  virtual int Open(tirtc_loop_ready_t ready, void *user, tirtc_device_t **device) = 0;
  /** Close a device: `ready` is not called for it any more when this returns. */
  virtual void Close(tirtc_device_t *device) = 0;
  /** Have `ready` called soon. Thread: any. */
  virtual void Wake(tirtc_device_t *device) = 0;
};

}  // namespace tirtc

#endif
