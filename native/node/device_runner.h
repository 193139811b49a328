/* device_runner.h - the interface between the binding and what steps the devices, a thread or a simulated clock. */
#ifndef TIRTC_NODE_DEVICE_RUNNER_H
#define TIRTC_NODE_DEVICE_RUNNER_H

#include <memory>

#include "tirtc_loop.h"

namespace tirtc {

/** Steps devices and calls `ready` after each step, as specified in tirtc_loop.h. Destroying a runner closes its
 *  devices. */
class Runner {
 public:
  Runner() = default;
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;
  virtual ~Runner() = default;

  /** Open a device. Returns 0 or a TIRTC_E_ code. */
  virtual int Open(tirtc_loop_ready_t ready, void *user, tirtc_device_t **device) = 0;
  /** Close a device. When this returns, `ready` will not be called for it again. */
  virtual void Close(tirtc_device_t *device) = 0;
  /** Make the runner step the device and call `ready` soon. Thread: any. */
  virtual void Wake(tirtc_device_t *device) = 0;
};

}  // namespace tirtc

#endif
