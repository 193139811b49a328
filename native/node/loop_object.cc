#include "loop_object.h"

namespace tirtc {

Napi::Function LoopObject::Define(Napi::Env env) {
  return DefineClass(env, "Loop",
                     {InstanceMethod<&LoopObject::Take>("take"), InstanceMethod<&LoopObject::BlockOf>("blockOf"),
                      InstanceMethod<&LoopObject::Recycle>("recycle"), InstanceMethod<&LoopObject::Ref>("ref"),
                      InstanceMethod<&LoopObject::Listen>("listen")});
}

LoopObject::LoopObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<LoopObject>(info) {
  auto slabs = info[1].As<Napi::Array>();
  bool stepped = info[0].IsBigInt();
  if (stepped) {
    bool lossless = false;
    loop_ = Loop::OpenStepped(info.Env(), info[0].As<Napi::BigInt>().Uint64Value(&lossless), slabs);
  } else {
    loop_ = Loop::Open(info.Env(), info[0].As<Napi::Function>(), slabs);
  }
  if (loop_ != nullptr) return;
  const char *why =
      stepped ? "the system has no memory for a simulated world" : "the system has no thread for an event loop";
  Napi::Error::New(info.Env(), why).ThrowAsJavaScriptException();
}

Napi::Value LoopObject::Take(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), loop_->closed() ? -1 : loop_->queue().Take());
}

Napi::Value LoopObject::BlockOf(const Napi::CallbackInfo &info) {
  Block *block = loop_->queue().BlockOf(info[0].As<Napi::Number>(), info[1].As<Napi::Number>());
  uint8_t *data = block->data.release();
  return Napi::Buffer<uint8_t>::NewOrCopy(info.Env(), data, block->size,
                                          [](Napi::Env, uint8_t *owned) { delete[] owned; });
}

void LoopObject::Recycle(const Napi::CallbackInfo &info) { loop_->Recycle(info[0].As<Napi::Number>()); }

void LoopObject::Listen(const Napi::CallbackInfo &info) { loop_->Listen(info[0].As<Napi::Boolean>()); }

void LoopObject::Ref(const Napi::CallbackInfo &info) { loop_->Ref(info[0].As<Napi::Boolean>()); }

}  // namespace tirtc
