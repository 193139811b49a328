#include "io_loop.h"

#include <algorithm>

namespace tirtc {
namespace {

/** A runner with one thread for all its devices. */
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

std::shared_ptr<Loop> Loop::Open(Napi::Env env, Napi::Function answer, Napi::Array slabs) {
  tirtc_loop_t *thread = nullptr;
  if (tirtc_loop_open(nullptr, &thread) != 0) return nullptr;
  auto runner = std::make_unique<ThreadedRunner>(thread);
  auto loop = std::make_shared<Loop>(env, std::make_unique<Bell>(env, answer), std::move(runner));
  loop->AddSlabs(slabs);
  return loop;
}

std::shared_ptr<Loop> Loop::OpenStepped(Napi::Env env, uint64_t seed, Napi::Array slabs) {
  tirtc_sim_options_t options = {};
  options.seed = seed;
  options.memory_as_it_comes = true;
  tirtc_sim_t *world = tirtc_sim_open(&options);
  if (world == nullptr) return nullptr;
  auto runner = std::make_unique<SteppedRunner>(world);
  SteppedRunner *stepped = runner.get();
  auto loop = std::make_shared<Loop>(env, nullptr, std::move(runner));
  loop->stepped_ = stepped;
  loop->AddSlabs(slabs);
  return loop;
}

/* Cleanup hooks run in reverse order: this one is added after the bell's, so the thread is joined while the bell
 * exists. */
Loop::Loop(Napi::Env env, std::unique_ptr<Bell> bell, std::unique_ptr<Runner> runner)
    : env_(env), bell_(std::move(bell)), runner_(std::move(runner)) {
  napi_add_env_cleanup_hook(env_, OnCleanup, this);
}

Loop::~Loop() { End(); }

void Loop::AddSlabs(Napi::Array slabs) {
  for (uint32_t i = 0; i < slabs.Length(); i++) {
    auto slab = slabs.Get(i).As<Napi::ArrayBuffer>();
    slabs_.push_back(Napi::Persistent(slab));
    queue_.AddSlab(static_cast<uint8_t *>(slab.Data()));
  }
}

void Loop::OnCleanup(void *loop) { static_cast<Loop *>(loop)->Close(); }

void Loop::End() {
  if (closed()) return;
  napi_remove_env_cleanup_hook(env_, OnCleanup, this);
  Close();
}

void Loop::Close() {
  runner_.reset();
  if (bell_ != nullptr) bell_->Release();
  slabs_.clear();
  devices_.clear();
}

int Loop::OpenDevice(LoopDevice **device) {
  if (closed()) return TIRTC_E_NOT_INITIALIZED;
  auto opened = std::make_unique<LoopDevice>();
  opened->loop = this;
  opened->id = next_id_++;
  queue_.AddDevice(opened->id);
  /* `ready` receives the core's pointer as an argument, because opened->device may not be set when it first runs. */
  int code = runner_->Open(OnReady, opened.get(), &opened->device);
  if (code != 0) {
    queue_.RemoveDevice(opened->id);
    return code;
  }
  *device = opened.get();
  devices_[opened->id] = std::move(opened);
  return 0;
}

void Loop::CloseDevice(LoopDevice *device) {
  if (closed()) return;
  runner_->Close(device->device);
  queue_.RemoveDevice(device->id);
  devices_.erase(device->id);
}

void Loop::WatchDrain(LoopDevice *device, Watch watch) {
  {
    std::lock_guard<std::mutex> guard(device->mutex);
    device->watches.push_back(watch);
  }
  runner_->Wake(device->device); /* the buffer may have drained already, and then no step would follow */
}

void Loop::Recycle(uint32_t slab) {
  if (closed()) return;
  for (uint32_t id : queue_.Recycle(slab)) {
    auto device = devices_.find(id);
    if (device != devices_.end()) runner_->Wake(device->second->device);
  }
}

void Loop::Ref(bool ref) {
  if (!closed() && bell_ != nullptr) bell_->Ref(env_, ref);
}

void Loop::Listen(bool listen) {
  if (!closed() && bell_ != nullptr) bell_->Listen(listen);
}

/* Called on the thread that steps, like the two functions below. */
void Loop::OnReady(void *user, tirtc_device_t *core) {
  auto *device = static_cast<LoopDevice *>(user);
  Loop *loop = device->loop;
  loop->queue_.Begin(device->id);
  loop->PullEvents(core);
  loop->PullDrained(device, core);
  if (loop->queue_.End() && loop->bell_ != nullptr) loop->bell_->Ring();
}

void Loop::PullEvents(tirtc_device_t *core) {
  tirtc_event_t event;
  while (queue_.HasRoom() && tirtc_device_next(core, &event)) queue_.Push(event);
}

void Loop::PullDrained(LoopDevice *device, tirtc_device_t *core) {
  std::lock_guard<std::mutex> guard(device->mutex);
  auto drained = [&](const Watch &watch) {
    if (tirtc_connection_send_buffer_used(core, watch.connection) > watch.threshold) return false;
    if (!queue_.HasRoom()) return false;
    queue_.PushDrained(watch.connection);
    return true;
  };
  auto rest = std::remove_if(device->watches.begin(), device->watches.end(), drained);
  device->watches.erase(rest, device->watches.end());
}

}  // namespace tirtc
