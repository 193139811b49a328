/* bell.h - how the loop's thread tells JavaScript to come and look. It carries no data. */
#ifndef TIRTC_NODE_BELL_H
#define TIRTC_NODE_BELL_H

#include <atomic>

#include <napi.h>

namespace tirtc {

/** One ThreadSafeFunction with a queue of one. It keeps neither the process alive nor `answer` unless told to. */
class Bell {
 public:
  /** `answer` is called with no arguments, on the JavaScript thread, at least once after every Ring(), as long as
   *  somebody holds it. */
  Bell(Napi::Env env, Napi::Function answer);

  /** Thread: any, until Release(). Never blocks. */
  void Ring();
  /** Keep the process alive, or let it end. Thread: JavaScript. */
  void Hold(Napi::Env env, bool hold);
  /** Hold `answer`, or let it be collected. Thread: JavaScript, until Release(). */
  void Listen(bool listen);
  /** No Ring() may follow. Thread: JavaScript. */
  void Release();

 private:
  /* Belongs to the ThreadSafeFunction, which may outlive the bell. */
  struct Listener {
    Napi::FunctionReference answer; /* weak when nobody listens */
  };

  /* Our own trampoline: the default one aborts the process when the environment is going away under load. */
  static void Answer(Napi::Env env, Napi::Function, Listener *listener, void *data);

  Listener *listener_;
  Napi::TypedThreadSafeFunction<Listener, void, Answer> function_;
  std::atomic<bool> closing_{false};
};

}  // namespace tirtc

#endif
