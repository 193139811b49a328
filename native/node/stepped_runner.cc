#include "stepped_runner.h"

#include <algorithm>

namespace tirtc {

SteppedRunner::~SteppedRunner() {
  for (const Stepped &stepped : devices_) tirtc_device_close(stepped.device);
  tirtc_sim_close(world_);
}

int SteppedRunner::Open(tirtc_loop_ready_t ready, void *user, tirtc_device_t **device) {
  const tirtc_port_t *port = tirtc_sim_port(world_);
  if (port == nullptr) return TIRTC_E_LACK_OF_RESOURCE;
  int code = tirtc_device_open(port, device);
  if (code == 0) devices_.push_back(Stepped{*device, port, ready, user, true, false, 0});
  return code;
}

void SteppedRunner::Close(tirtc_device_t *device) {
  auto is_it = [&](const Stepped &stepped) { return stepped.device == device; };
  devices_.erase(std::remove_if(devices_.begin(), devices_.end(), is_it), devices_.end());
  tirtc_device_close(device);
}

void SteppedRunner::Wake(tirtc_device_t *device) {
  Stepped *stepped = Find(device);
  if (stepped != nullptr) stepped->woken = true;
}

SteppedRunner::Stepped *SteppedRunner::Find(const tirtc_device_t *device) {
  for (Stepped &stepped : devices_) {
    if (stepped.device == device) return &stepped;
  }
  return nullptr;
}

bool SteppedRunner::TakeDue(Stepped &stepped, uint32_t now_ms) {
  bool port_woken = tirtc_sim_take_wake(stepped.port);
  bool due = stepped.timed && static_cast<int32_t>(now_ms - stepped.due_ms) >= 0;
  if (!port_woken && !due && !stepped.woken) return false;
  stepped.woken = false;
  stepped.timed = false;
  return true;
}

bool SteppedRunner::Step() {
  uint32_t now_ms = tirtc_sim_now_ms(world_);
  bool any = false;
  for (Stepped &stepped : devices_) {
    if (!TakeDue(stepped, now_ms)) continue;
    any = true;
    int again_ms = tirtc_device_step(stepped.device);
    stepped.timed = again_ms >= 0;
    stepped.due_ms = now_ms + static_cast<uint32_t>(again_ms);
    stepped.ready(stepped.user, stepped.device);
  }
  return any;
}

int SteppedRunner::NextDueMs() const {
  uint32_t now_ms = tirtc_sim_now_ms(world_);
  int soonest = tirtc_sim_next_due_ms(world_);
  for (const Stepped &stepped : devices_) {
    if (!stepped.timed) continue;
    int wait_ms = std::max(0, static_cast<int32_t>(stepped.due_ms - now_ms));
    if (soonest < 0 || wait_ms < soonest) soonest = wait_ms;
  }
  return soonest;
}

}  // namespace tirtc
