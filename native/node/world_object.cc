#include "world_object.h"

#include "loop_object.h"

namespace tirtc {

Napi::Function WorldObject::Define(Napi::Env env) {
  return DefineClass(
      env, "World",
      {InstanceMethod<&WorldObject::Step>("step"), InstanceMethod<&WorldObject::NextDueMs>("nextDueMs"),
       InstanceMethod<&WorldObject::Advance>("advance"), InstanceMethod<&WorldObject::Random>("random"),
       InstanceMethod<&WorldObject::Listen>("listen"), InstanceMethod<&WorldObject::Refuse>("refuse"),
       InstanceMethod<&WorldObject::Accept>("accept"), InstanceMethod<&WorldObject::Read>("read"),
       InstanceMethod<&WorldObject::Write>("write"), InstanceMethod<&WorldObject::End>("end"),
       InstanceMethod<&WorldObject::Hang>("hangUp"), InstanceMethod<&WorldObject::UsedBytes>("usedBytes"),
       InstanceMethod<&WorldObject::Close>("close")});
}

WorldObject::WorldObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<WorldObject>(info) {
  loop_ = LoopObject::Unwrap(info[0].As<Napi::Object>())->loop();
}

tirtc_sim_far_end_t *WorldObject::FarEndOf(const Napi::Value &number) const {
  auto found = far_ends_.find(number.As<Napi::Number>().Uint32Value());
  return found == far_ends_.end() || world() == nullptr ? nullptr : found->second;
}

Napi::Value WorldObject::Step(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), world() != nullptr && loop_->stepped()->Step());
}

Napi::Value WorldObject::NextDueMs(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), world() == nullptr ? -1 : loop_->stepped()->NextDueMs());
}

void WorldObject::Advance(const Napi::CallbackInfo &info) {
  if (world() != nullptr) tirtc_sim_advance(world(), info[0].As<Napi::Number>().Uint32Value());
}

void WorldObject::Random(const Napi::CallbackInfo &info) {
  auto bytes = info[0].As<Napi::Uint8Array>();
  if (world() != nullptr) tirtc_sim_random(world(), bytes.Data(), bytes.ByteLength());
}

/* (host, port) */
void WorldObject::Listen(const Napi::CallbackInfo &info) {
  if (world() == nullptr) return;
  std::string host = info[0].As<Napi::String>().Utf8Value();
  auto port = static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  listener_ = tirtc_sim_listen(world(), host.c_str(), port);
  if (listener_ == nullptr)
    Napi::Error::New(info.Env(), "the system has no memory for a listener").ThrowAsJavaScriptException();
}

void WorldObject::Refuse(const Napi::CallbackInfo &info) {
  if (world() != nullptr) tirtc_sim_listener_refuse(listener_, info[0].As<Napi::Boolean>());
}

Napi::Value WorldObject::Accept(const Napi::CallbackInfo &info) {
  tirtc_sim_far_end_t *far_end = world() == nullptr ? nullptr : tirtc_sim_accept(listener_);
  if (far_end == nullptr) return Napi::Number::New(info.Env(), 0);
  far_ends_[++last_far_end_] = far_end;
  return Napi::Number::New(info.Env(), last_far_end_);
}

/* (far end, where to) */
Napi::Value WorldObject::Read(const Napi::CallbackInfo &info) {
  tirtc_sim_far_end_t *far_end = FarEndOf(info[0]);
  auto into = info[1].As<Napi::Uint8Array>();
  int code = far_end == nullptr ? TIRTC_E_HTTP_RESET : tirtc_sim_far_end_read(far_end, into.Data(), into.ByteLength());
  return Napi::Number::New(info.Env(), code);
}

/* (far end, bytes) */
Napi::Value WorldObject::Write(const Napi::CallbackInfo &info) {
  tirtc_sim_far_end_t *far_end = FarEndOf(info[0]);
  auto bytes = info[1].As<Napi::Uint8Array>();
  int code =
      far_end == nullptr ? TIRTC_E_HTTP_RESET : tirtc_sim_far_end_write(far_end, bytes.Data(), bytes.ByteLength());
  return Napi::Number::New(info.Env(), code);
}

void WorldObject::End(const Napi::CallbackInfo &info) {
  tirtc_sim_far_end_t *far_end = FarEndOf(info[0]);
  if (far_end != nullptr) tirtc_sim_far_end_shutdown(far_end);
}

void WorldObject::Hang(const Napi::CallbackInfo &info) {
  tirtc_sim_far_end_t *far_end = FarEndOf(info[0]);
  if (far_end != nullptr) tirtc_sim_far_end_close(far_end);
  far_ends_.erase(info[0].As<Napi::Number>().Uint32Value());
}

Napi::Value WorldObject::UsedBytes(const Napi::CallbackInfo &info) {
  size_t bytes = world() == nullptr ? 0 : tirtc_sim_memory(world()).bytes;
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

void WorldObject::Close(const Napi::CallbackInfo &) {
  far_ends_.clear();
  loop_->End();
}

}  // namespace tirtc
