// C++17: an object behind the callbacks, every enumeration used as C++ wants it, both names of the last callback.
#include <cstdio>
#include <string>

#include "tiRTC.h"
#include "tirtc_device.h"

namespace {

class Camera {
  public:
    explicit Camera(const std::string &id) : id_(id)
    {
        callbacks_.on_event = [](int event, const void *data, int) {
            if (event == TIRTC_EVENT_START_FAILED) {
                const auto *info = static_cast<const TIRTCRETRYINFO *>(data);
                std::printf("%s, again in %u ms\n", TiRtcGetErrorStr(info->error),
                            static_cast<unsigned>(info->retry_in_ms));
            }
        };
        callbacks_.on_conn_accepted = [](tirtc_conn_t connection) { TiRtcConnSetUserData(connection, nullptr); };
        callbacks_.on_video_bitrate_required = [](tirtc_conn_t, std::uint8_t, std::uint32_t) {};
        callbacks_.on_update_bitrate = callbacks_.on_video_bitrate_required;
    }

    int start()
    {
        const int connections = 4;
        TiRtcSetOption(TIRTC_OPT_MAX_CONNECTIONS, &connections, sizeof connections);
        return TiRtcStart(id_.c_str(), &callbacks_);
    }

  private:
    std::string id_;
    TIRTCCALLBACKS callbacks_ = {};
};

} // namespace

int main()
{
    Camera camera("device-001,secret");
    TiRtcInit();
    const int code = camera.start();
    TiRtcUninit();
    return code == TIRTC_E_INVALID_PARAMETER || code == 0 ? 0 : 1;
}
