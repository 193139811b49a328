#include "bell.h"

namespace tirtc {

Bell::Bell(Napi::Env env, Napi::Function answer)
    : listener_(new Listener{Napi::Weak(answer)}),
      function_(decltype(function_)::New(env, "tirtc bell", 1, 1, listener_,
                                         [](Napi::Env, void *, Listener *listener) { delete listener; })) {
  function_.Unref(env);
}

void Bell::Ring() {
  if (closing_.load(std::memory_order_relaxed)) return;
  /* napi_queue_full: a ring is pending already. napi_closing: the environment ends, and the function must not be used
   * again. */
  if (function_.NonBlockingCall() == napi_closing) closing_.store(true, std::memory_order_relaxed);
}

void Bell::Ref(Napi::Env env, bool ref) {
  if (ref) {
    function_.Ref(env);
  } else {
    function_.Unref(env);
  }
}

void Bell::Listen(bool listen) {
  if (listen) {
    listener_->answer.Ref();
  } else {
    listener_->answer.Unref();
  }
}

void Bell::Release() {
  /* After napi_closing the reference to the function is released already. */
  if (!closing_.exchange(true)) function_.Release();
}

void Bell::Answer(Napi::Env env, Napi::Function, Listener *listener, void *) {
  if (static_cast<napi_env>(env) == nullptr) return; /* the environment has ended */
  Napi::HandleScope scope(env);
  Napi::Function answer = listener->answer.Value();
  napi_value undefined = nullptr;
  if (answer.IsEmpty() || napi_get_undefined(env, &undefined) != napi_ok) return;
  napi_status status = napi_call_function(env, undefined, answer, 0, nullptr, nullptr);
  if (status != napi_pending_exception) return; /* done, or JavaScript cannot run any more */
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

}  // namespace tirtc
