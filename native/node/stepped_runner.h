/* stepped_runner.h - devices on a world of port `sim`, stepped by calls of Step(), on the thread of the caller. */
#ifndef TIRTC_NODE_STEPPED_RUNNER_H
#define TIRTC_NODE_STEPPED_RUNNER_H

#include <cstdint>
#include <vector>

#include "device_runner.h"
#include "tirtc_sim.h"

namespace tirtc {

/** Owns the world. Call all functions on one thread. */
class SteppedRunner final : public Runner {
 public:
  /** Takes ownership of the world. */
  explicit SteppedRunner(tirtc_sim_t *world) : world_(world) {}
  ~SteppedRunner() override;

  int Open(tirtc_loop_ready_t ready, void *user, tirtc_device_t **device) override;
  void Close(tirtc_device_t *device) override;
  void Wake(tirtc_device_t *device) override;

  tirtc_sim_t *world() const { return world_; }
  /** Step once each device that was woken or is due, in the order they were opened. Returns false when none was. */
  bool Step();
  /** Returns the ms until a device or a pipe has something to do by itself; 0: now, -1: never. */
  int NextDueMs() const;

 private:
  struct Stepped {
    tirtc_device_t *device;
    const tirtc_port_t *port;
    tirtc_loop_ready_t ready;
    void *user;
    bool woken; /* by Wake(); the port has its own flag */
    bool timed; /* due_ms is valid */
    uint32_t due_ms;
  };

  bool TakeDue(Stepped &stepped, uint32_t now_ms);
  Stepped *Find(const tirtc_device_t *device);

  tirtc_sim_t *world_;
  std::vector<Stepped> devices_;
};

}  // namespace tirtc

#endif
