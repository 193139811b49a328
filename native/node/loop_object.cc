#include "loop_object.h"

namespace tirtc {

Napi::Function LoopObject::Define(Napi::Env env) {
  return DefineClass(env, "Loop",
                     {InstanceMethod<&LoopObject::Take>("take"), InstanceMethod<&LoopObject::BlockOf>("blockOf"),
                      InstanceMethod<&LoopObject::Recycle>("recycle"), InstanceMethod<&LoopObject::Hold>("hold")});
}

LoopObject::LoopObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<LoopObject>(info) {
  loop_ = Loop::Open(info.Env(), info[0].As<Napi::Function>(), info[1].As<Napi::Array>());
  if (loop_ == nullptr) Napi::Error::New(info.Env(), "the system gives no thread").ThrowAsJavaScriptException();
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

void LoopObject::Hold(const Napi::CallbackInfo &info) { loop_->Hold(info[0].As<Napi::Boolean>()); }

}  // namespace tirtc
