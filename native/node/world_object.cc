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

tirtc_sim_pipe_t *WorldObject::PipeOf(const Napi::Value &number) const {
  auto found = pipes_.find(number.As<Napi::Number>().Uint32Value());
  return found == pipes_.end() || world() == nullptr ? nullptr : found->second;
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
  if (listener_ == nullptr) Napi::Error::New(info.Env(), "no memory for a listener").ThrowAsJavaScriptException();
}

void WorldObject::Refuse(const Napi::CallbackInfo &info) {
  if (world() != nullptr) tirtc_sim_listener_refuse(listener_, info[0].As<Napi::Boolean>());
}

Napi::Value WorldObject::Accept(const Napi::CallbackInfo &info) {
  tirtc_sim_pipe_t *pipe = world() == nullptr ? nullptr : tirtc_sim_accept(listener_);
  if (pipe == nullptr) return Napi::Number::New(info.Env(), 0);
  pipes_[++last_pipe_] = pipe;
  return Napi::Number::New(info.Env(), last_pipe_);
}

/* (pipe, where to) */
Napi::Value WorldObject::Read(const Napi::CallbackInfo &info) {
  tirtc_sim_pipe_t *pipe = PipeOf(info[0]);
  auto into = info[1].As<Napi::Uint8Array>();
  int code = pipe == nullptr ? TIRTC_E_HTTP_RESET : tirtc_sim_pipe_read(pipe, into.Data(), into.ByteLength());
  return Napi::Number::New(info.Env(), code);
}

/* (pipe, bytes) */
Napi::Value WorldObject::Write(const Napi::CallbackInfo &info) {
  tirtc_sim_pipe_t *pipe = PipeOf(info[0]);
  auto bytes = info[1].As<Napi::Uint8Array>();
  int code = pipe == nullptr ? TIRTC_E_HTTP_RESET : tirtc_sim_pipe_write(pipe, bytes.Data(), bytes.ByteLength());
  return Napi::Number::New(info.Env(), code);
}

void WorldObject::End(const Napi::CallbackInfo &info) {
  tirtc_sim_pipe_t *pipe = PipeOf(info[0]);
  if (pipe != nullptr) tirtc_sim_pipe_end(pipe);
}

void WorldObject::Hang(const Napi::CallbackInfo &info) {
  tirtc_sim_pipe_t *pipe = PipeOf(info[0]);
  if (pipe != nullptr) tirtc_sim_pipe_close(pipe);
  pipes_.erase(info[0].As<Napi::Number>().Uint32Value());
}

Napi::Value WorldObject::UsedBytes(const Napi::CallbackInfo &info) {
  size_t bytes = world() == nullptr ? 0 : tirtc_sim_memory(world()).bytes;
  return Napi::Number::New(info.Env(), static_cast<double>(bytes));
}

void WorldObject::Close(const Napi::CallbackInfo &) {
  pipes_.clear();
  loop_->End();
}

}  // namespace tirtc
