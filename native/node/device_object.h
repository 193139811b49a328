/* device_object.h - the JavaScript object of one device of a loop. */
#ifndef TIRTC_NODE_DEVICE_OBJECT_H
#define TIRTC_NODE_DEVICE_OBJECT_H

#include <memory>

#include <napi.h>

#include "io_loop.h"

namespace tirtc {

/** new Device(loop): see lib/native/addon.ts. Arguments are not checked. Every call returns at once; negative numbers
 *  are TIRTC_E_ codes. When the object is collected, its device is closed. */
class DeviceObject : public Napi::ObjectWrap<DeviceObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit DeviceObject(const Napi::CallbackInfo &info);
  ~DeviceObject() override;

 private:
  Napi::Value Id(const Napi::CallbackInfo &info);
  Napi::Value Start(const Napi::CallbackInfo &info);
  Napi::Value Stop(const Napi::CallbackInfo &info);
  void Close(const Napi::CallbackInfo &info);
  Napi::Value Connect(const Napi::CallbackInfo &info);
  Napi::Value Disconnect(const Napi::CallbackInfo &info);
  Napi::Value SendCommand(const Napi::CallbackInfo &info);
  Napi::Value SendFrame(const Napi::CallbackInfo &info);
  Napi::Value Refusal(const Napi::CallbackInfo &info);
  Napi::Value Request(const Napi::CallbackInfo &info);
  Napi::Value AnswerSubscribe(const Napi::CallbackInfo &info);
  Napi::Value SetBitrateRange(const Napi::CallbackInfo &info);
  Napi::Value BufferedBytes(const Napi::CallbackInfo &info);
  Napi::Value Stats(const Napi::CallbackInfo &info);
  void WatchDrain(const Napi::CallbackInfo &info);
  Napi::Value Pause(const Napi::CallbackInfo &info);

  /** Returns the core's device, or nullptr when it is closed or its environment is ending. */
  tirtc_device_t *core() const;
  Napi::Value Code(const Napi::CallbackInfo &info, int code) const { return Napi::Number::New(info.Env(), code); }
  void CloseDevice();

  std::shared_ptr<Loop> loop_;
  LoopDevice *device_ = nullptr;
  tirtc_refusal_t refusal_ = TIRTC_REFUSAL_NONE;
};

}  // namespace tirtc

#endif
