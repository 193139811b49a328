/* addon.cc - the addon's exports. Node loads it once per environment; nothing here is shared between environments. */
#include <napi.h>

#include "device_object.h"
#include "event_queue.h"
#include "loop_object.h"
#include "world_object.h"

namespace tirtc {
namespace {

/* The values that lib/native/addon.ts must agree with; the loader refuses an addon that differs. */
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
    {"drained", kEventDrained},
    {"keyFrameDue", TIRTC_REFUSAL_KEY_FRAME_DUE},
};

}  // namespace

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Loop", LoopObject::Define(env));
  exports.Set("World", WorldObject::Define(env));
  exports.Set("Device", DeviceObject::Define(env));
  auto layout = Napi::Object::New(env);
  for (const auto &entry : kLayout) layout.Set(entry.name, static_cast<double>(entry.value));
#define TI_SET_EVENT_KIND(kind, value, name) layout.Set(#name, static_cast<double>(kind));
  TIRTC_EVENTS(TI_SET_EVENT_KIND)
#undef TI_SET_EVENT_KIND
  exports.Set("layout", layout);
  return exports;
}

}  // namespace tirtc

using tirtc::Init;
NODE_API_MODULE(tirtc, Init)
