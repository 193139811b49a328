/* bell.h - a signal from the loop's thread to JavaScript that there are events. It carries no data. */
#ifndef TIRTC_NODE_BELL_H
#define TIRTC_NODE_BELL_H

#include <atomic>

#include <napi.h>

namespace tirtc {

/** One ThreadSafeFunction with a queue of one. Without Ref() it does not keep the process alive, and without Listen()
 *  it does not keep `answer`. */
class Bell {
 public:
  /** `answer` is called without arguments, on the JavaScript thread, at least once after every Ring(), as long as
   *  something references it. */
  Bell(Napi::Env env, Napi::Function answer);

  /** Thread: any, until Release(). Never blocks. */
  void Ring();
  /** Keep the process alive, or allow it to end. Thread: JavaScript. */
  void Ref(Napi::Env env, bool ref);
  /** Keep `answer`, or allow its collection. Thread: JavaScript, until Release(). */
  void Listen(bool listen);
  /** Release the function. No Ring() may follow. Thread: JavaScript. */
  void Release();

 private:
  /* Owned by the ThreadSafeFunction, which may outlive the bell. */
  struct Listener {
    Napi::FunctionReference answer; /* weak without Listen() */
  };

  /* Our own trampoline: the default one aborts the process when the environment is going away under load. */
  static void Answer(Napi::Env env, Napi::Function, Listener *listener, void *data);

  Listener *listener_;
  Napi::TypedThreadSafeFunction<Listener, void, Answer> function_;
  std::atomic<bool> closing_{false};
};

}  // namespace tirtc

#endif
