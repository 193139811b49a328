#include "device_runner.h"

namespace tirtc {
namespace {

class ThreadedRunner final : public Runner {
 public:
  explicit ThreadedRunner(tirtc_loop_t *loop) : loop_(loop) {}
  ~ThreadedRunner() override { tirtc_loop_close(loop_); }

  int Open(tirtc_loop_ready_t ready, void *user, tirtc_device_t **device) override {
    return tirtc_loop_device_open(loop_, ready, user, device);
  }
  void Close(tirtc_device_t *device) override { tirtc_loop_device_close(loop_, device); }
  void Wake(tirtc_device_t *device) override { tirtc_loop_wake(loop_, device); }

 private:
  tirtc_loop_t *loop_;
};

}  // namespace

std::unique_ptr<Runner> OpenThreadedRunner() {
  tirtc_loop_t *loop = nullptr;
  if (tirtc_loop_open(nullptr, &loop) != 0) return nullptr;
  return std::make_unique<ThreadedRunner>(loop);
}

}  // namespace tirtc
