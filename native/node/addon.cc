/* addon.cc - the addon's exports. Node loads it once per environment; nothing here is shared between environments. */
#include <napi.h>

#include "device_object.h"
#include "event_queue.h"
#include "loop_object.h"
#include "world_object.h"

namespace tirtc {
namespace {

/* What lib/native/addon.ts must agree with; the loader refuses an addon that differs. */
const struct {
  const char *name;
  size_t value;
} kLayout[] = {
    {"slabBytes", kSlabBytes},
    {"headerWords", kSlabHeaderBytes / sizeof(uint32_t)},
    {"recordWords", kRecordWords},
    {"alike", kAlike},
    {"kind", kRecordKind},
    {"device", kRecordDevice},
    {"connectionLow", kRecordConnectionLow},
    {"connectionHigh", kRecordConnectionHigh},
    {"error", kRecordError},
    {"detail", kRecordDetail},
    {"time", kRecordTime},
    {"head", kRecordHead},
    {"offset", kRecordOffset},
    {"size", kRecordSize},
    {"started", TIRTC_DEVICE_STARTED},
    {"stopped", TIRTC_DEVICE_STOPPED},
    {"startFailed", TIRTC_DEVICE_START_FAILED},
    {"serviceLost", TIRTC_DEVICE_SERVICE_LOST},
    {"serviceBack", TIRTC_DEVICE_SERVICE_BACK},
    {"hijacked", TIRTC_DEVICE_HIJACKED},
    {"accepted", TIRTC_CONNECTION_ACCEPTED},
    {"connected", TIRTC_CONNECTION_CONNECTED},
    {"failed", TIRTC_CONNECTION_FAILED},
    {"gone", TIRTC_CONNECTION_GONE},
    {"command", TIRTC_COMMAND},
    {"audio", TIRTC_AUDIO},
    {"video", TIRTC_VIDEO},
    {"message", TIRTC_MESSAGE},
    {"keyFrameRequested", TIRTC_KEY_FRAME_REQUESTED},
    {"subscribeVideo", TIRTC_SUBSCRIBE_VIDEO},
    {"unsubscribeVideo", TIRTC_UNSUBSCRIBE_VIDEO},
    {"subscribeAudio", TIRTC_SUBSCRIBE_AUDIO},
    {"unsubscribeAudio", TIRTC_UNSUBSCRIBE_AUDIO},
    {"subscribeAnswered", TIRTC_SUBSCRIBE_ANSWERED},
    {"bitrateChanged", TIRTC_BITRATE_CHANGED},
    {"drained", kEventDrained},
};

}  // namespace

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Loop", LoopObject::Define(env));
  exports.Set("World", WorldObject::Define(env));
  exports.Set("Device", DeviceObject::Define(env));
  auto layout = Napi::Object::New(env);
  for (const auto &entry : kLayout) layout.Set(entry.name, static_cast<double>(entry.value));
  exports.Set("layout", layout);
  return exports;
}

}  // namespace tirtc

using tirtc::Init;
NODE_API_MODULE(tirtc, Init)
