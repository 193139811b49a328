/* loop_object.h - the JavaScript object of a Loop. */
#ifndef TIRTC_NODE_LOOP_OBJECT_H
#define TIRTC_NODE_LOOP_OBJECT_H

#include <memory>

#include <napi.h>

#include "io_loop.h"

namespace tirtc {

/** new Loop(answer or seed, slabs): see lib/native/addon.ts. Arguments are not checked. */
class LoopObject : public Napi::ObjectWrap<LoopObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit LoopObject(const Napi::CallbackInfo &info);

  const std::shared_ptr<Loop> &loop() const { return loop_; }

 private:
  Napi::Value Take(const Napi::CallbackInfo &info);
  Napi::Value BlockOf(const Napi::CallbackInfo &info);
  void Recycle(const Napi::CallbackInfo &info);
  void Ref(const Napi::CallbackInfo &info);
  void Listen(const Napi::CallbackInfo &info);

  std::shared_ptr<Loop> loop_;
};

}  // namespace tirtc

#endif
