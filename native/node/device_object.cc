#include "device_object.h"

#include <string>

#include "loop_object.h"

namespace tirtc {
namespace {

/** Text from JavaScript, which may be a secret: the destructor overwrites it. */
class Text {
 public:
  explicit Text(const Napi::Value &value) {
    if (value.IsString()) text_ = value.As<Napi::String>().Utf8Value();
  }
  ~Text() {
    for (volatile char &c : text_) c = 0;
  }
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;

  tirtc_bytes_t bytes() const {
    return text_.empty() ? tirtc_bytes_t{nullptr, 0} : tirtc_bytes_t{text_.data(), text_.size()};
  }

 private:
  std::string text_;
};

struct Payload {
  const uint8_t *data;
  size_t size;
};

Payload PayloadOf(const Napi::Value &value) {
  auto bytes = value.As<Napi::Uint8Array>();
  return Payload{bytes.Data(), bytes.ByteLength()};
}

tirtc_connection_t ConnectionOf(const Napi::Value &value) {
  return static_cast<tirtc_connection_t>(value.As<Napi::Number>().Int64Value());
}

uint32_t Uint32(const Napi::Value &value) { return value.As<Napi::Number>().Uint32Value(); }

}  // namespace

Napi::Function DeviceObject::Define(Napi::Env env) {
  return DefineClass(
      env, "Device",
      {InstanceMethod<&DeviceObject::Id>("id"), InstanceMethod<&DeviceObject::Start>("start"),
       InstanceMethod<&DeviceObject::Stop>("stop"), InstanceMethod<&DeviceObject::Close>("close"),
       InstanceMethod<&DeviceObject::Connect>("connect"), InstanceMethod<&DeviceObject::Disconnect>("disconnect"),
       InstanceMethod<&DeviceObject::SendCommand>("sendCommand"), InstanceMethod<&DeviceObject::SendFrame>("sendFrame"),
       InstanceMethod<&DeviceObject::Refusal>("refusal"), InstanceMethod<&DeviceObject::Request>("request"),
       InstanceMethod<&DeviceObject::AnswerSubscribe>("answerSubscribe"),
       InstanceMethod<&DeviceObject::SetBitrateRange>("setBitrateRange"),
       InstanceMethod<&DeviceObject::BufferedBytes>("bufferedBytes"), InstanceMethod<&DeviceObject::Stats>("stats"),
       InstanceMethod<&DeviceObject::WatchDrain>("watchDrain"), InstanceMethod<&DeviceObject::Pause>("pause")});
}

DeviceObject::DeviceObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<DeviceObject>(info) {
  loop_ = LoopObject::Unwrap(info[0].As<Napi::Object>())->loop();
  if (loop_->OpenDevice(&device_) == 0) return;
  Napi::Error::New(info.Env(), "the system has no memory or no entropy for a device").ThrowAsJavaScriptException();
}

DeviceObject::~DeviceObject() { CloseDevice(); }

void DeviceObject::CloseDevice() {
  if (core() != nullptr) loop_->CloseDevice(device_);
  device_ = nullptr;
}

tirtc_device_t *DeviceObject::core() const { return device_ == nullptr || loop_->closed() ? nullptr : device_->device; }

Napi::Value DeviceObject::Id(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), core() == nullptr ? 0 : device_->id);
}

Napi::Value DeviceObject::Start(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_NOT_INITIALIZED);
  auto given = info[0].As<Napi::Object>();
  auto number = [&](const char *name) {
    Napi::Value value = given.Get(name);
    return value.IsNumber() ? Uint32(value) : 0;
  };
  Text endpoint(given.Get("endpoint"));
  Text device_id(given.Get("deviceId"));
  Text device_secret_key(given.Get("deviceSecretKey"));
  Text app_id(given.Get("appId"));
  Text client_id(given.Get("clientId"));
  Text platform(given.Get("platform"));
  tirtc_options_t options = {};
  options.endpoint = endpoint.bytes();
  options.device_id = device_id.bytes();
  options.device_secret_key = device_secret_key.bytes();
  options.app_id = app_id.bytes();
  options.client_id = client_id.bytes();
  options.platform = platform.bytes();
  options.max_connections = number("maxConnections");
  options.max_send_buffer_bytes = number("maxSendBufferBytes");
  options.connect_timeout_ms = number("connectTimeoutMs");
  options.keep_alive_ms = number("keepAliveMs");
  options.silence_ms = number("silenceMs");
  options.link_mode = static_cast<int>(number("linkMode"));
  options.no_connect_cache = !given.Get("connectCache").ToBoolean();
  return Code(info, tirtc_device_start(core(), &options));
}

Napi::Value DeviceObject::Stop(const Napi::CallbackInfo &info) {
  return Code(info, core() == nullptr ? 0 : tirtc_device_stop(core()));
}

void DeviceObject::Close(const Napi::CallbackInfo &) { CloseDevice(); }

/* (remoteId, token or undefined) → the connection's handle, or a code. */
Napi::Value DeviceObject::Connect(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_NOT_INITIALIZED);
  Text remote_id(info[0]);
  Text token(info[1]);
  tirtc_connection_t connection = 0;
  int code = tirtc_device_connect(core(), remote_id.bytes(), token.bytes(), nullptr, &connection);
  if (code != 0) return Code(info, code);
  return Napi::Number::New(info.Env(), static_cast<double>(connection));
}

Napi::Value DeviceObject::Disconnect(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  return Code(info, tirtc_connection_disconnect(core(), ConnectionOf(info[0])));
}

/* (connection, word, data) */
Napi::Value DeviceObject::SendCommand(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  Payload payload = PayloadOf(info[2]);
  return Code(info, tirtc_connection_send_command(core(), ConnectionOf(info[0]), Uint32(info[1]), payload.data,
                                                  payload.size, &refusal_));
}

/* (connection, head as in RecordWord, ts, data) */
Napi::Value DeviceObject::SendFrame(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  Payload payload = PayloadOf(info[3]);
  uint32_t head = Uint32(info[1]);
  TIRTCFRAMEINFO frame = {};
  frame.stream_id = static_cast<uint8_t>(head);
  frame.media = static_cast<uint8_t>(head >> 8);
  frame.flags = static_cast<uint8_t>(head >> 16);
  frame.reserved = static_cast<uint8_t>(head >> 24);
  frame.ts = Uint32(info[2]);
  frame.length = static_cast<uint32_t>(payload.size);
  return Code(info, tirtc_connection_send_frame(core(), ConnectionOf(info[0]), &frame, payload.data, &refusal_));
}

/* Why the last send that returned INVALID_PARAMETER or BUSY was refused: a tirtc_refusal_t. */
Napi::Value DeviceObject::Refusal(const Napi::CallbackInfo &info) { return Code(info, refusal_); }

/* (connection, tirtc_request_t, stream) */
Napi::Value DeviceObject::Request(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  return Code(info,
              tirtc_connection_request(core(), ConnectionOf(info[0]), static_cast<tirtc_request_t>(Uint32(info[1])),
                                       static_cast<uint8_t>(Uint32(info[2]))));
}

/* (connection, tirtc_request_t, stream, status) */
Napi::Value DeviceObject::AnswerSubscribe(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  return Code(info, tirtc_connection_answer_subscribe(
                        core(), ConnectionOf(info[0]), static_cast<tirtc_request_t>(Uint32(info[1])),
                        static_cast<uint8_t>(Uint32(info[2])), info[3].As<Napi::Number>().Int32Value()));
}

/* (connection, stream, min, max, start in bit/s) */
Napi::Value DeviceObject::SetBitrateRange(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  return Code(info,
              tirtc_connection_set_bitrate_range(core(), ConnectionOf(info[0]), static_cast<uint8_t>(Uint32(info[1])),
                                                 Uint32(info[2]), Uint32(info[3]), Uint32(info[4])));
}

Napi::Value DeviceObject::BufferedBytes(const Napi::CallbackInfo &info) {
  size_t used = core() == nullptr ? 0 : tirtc_connection_send_buffer_used(core(), ConnectionOf(info[0]));
  return Napi::Number::New(info.Env(), static_cast<double>(used));
}

/* (connection) → [audio, video, command] round trips in ms, or a code. */
Napi::Value DeviceObject::Stats(const Napi::CallbackInfo &info) {
  TiRtcConnStats stats = {};
  int code = core() == nullptr ? TIRTC_E_INVALID_HANDLE : tirtc_connection_stats(core(), ConnectionOf(info[0]), &stats);
  if (code != 0) return Code(info, code);
  auto times = Napi::Array::New(info.Env(), 3);
  times.Set(0u, stats.audio_rtt_ms);
  times.Set(1u, stats.video_rtt_ms);
  times.Set(2u, stats.command_rtt_ms);
  return times;
}

/* (connection, threshold in bytes) */
void DeviceObject::WatchDrain(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return;
  loop_->WatchDrain(device_, Watch{ConnectionOf(info[0]), Uint32(info[1])});
}

/* (connection, whether to take none of its commands and frames) */
Napi::Value DeviceObject::Pause(const Napi::CallbackInfo &info) {
  if (core() == nullptr) return Code(info, TIRTC_E_INVALID_HANDLE);
  return Code(info, tirtc_connection_pause(core(), ConnectionOf(info[0]), info[1].As<Napi::Boolean>()));
}

}  // namespace tirtc
