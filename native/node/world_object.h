/* world_object.h - the world of a stepped loop (include/tirtc_sim.h) as JavaScript sees it. */
#ifndef TIRTC_NODE_WORLD_OBJECT_H
#define TIRTC_NODE_WORLD_OBJECT_H

#include <memory>
#include <unordered_map>

#include <napi.h>

#include "io_loop.h"

namespace tirtc {

/** new World(loop): see lib/native/addon.ts. Arguments are not checked. Far ends of pipes are identified by numbers. */
class WorldObject : public Napi::ObjectWrap<WorldObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit WorldObject(const Napi::CallbackInfo &info);

 private:
  Napi::Value Step(const Napi::CallbackInfo &info);
  Napi::Value NextDueMs(const Napi::CallbackInfo &info);
  void Advance(const Napi::CallbackInfo &info);
  void Random(const Napi::CallbackInfo &info);
  void Listen(const Napi::CallbackInfo &info);
  void Refuse(const Napi::CallbackInfo &info);
  Napi::Value Accept(const Napi::CallbackInfo &info);
  Napi::Value Read(const Napi::CallbackInfo &info);
  Napi::Value Write(const Napi::CallbackInfo &info);
  void End(const Napi::CallbackInfo &info);
  void Hang(const Napi::CallbackInfo &info);
  Napi::Value UsedBytes(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);

  /** Returns nullptr when the loop is closed. */
  tirtc_sim_t *world() const { return loop_->stepped() == nullptr ? nullptr : loop_->stepped()->world(); }
  /** Returns nullptr when it was hung up or the loop is closed. */
  tirtc_sim_far_end_t *FarEndOf(const Napi::Value &number) const;

  std::shared_ptr<Loop> loop_;
  tirtc_sim_listener_t *listener_ = nullptr;
  std::unordered_map<uint32_t, tirtc_sim_far_end_t *> far_ends_;
  uint32_t last_far_end_ = 0;
};

}  // namespace tirtc

#endif
