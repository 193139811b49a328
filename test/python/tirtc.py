"""libTiRTC.so through ctypes, as a program without a header uses it: numbers, layouts and the order of callbacks are
repeated here. The callback table has the 13 slots of the builds before 2.3 and ends at the end of a page; the page behind
it cannot be read, so reading a 14th slot crashes."""

import ctypes
import os
import signal
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_void_p

SYS_STARTED, SYS_STOPPED = 0, 1
OPT_SERVICE_ENDPOINT, OPT_SECRET_KEY, OPT_CLIENT_ID = 1, 2, 11
MEDIA_MESSAGE, AUDIO_ALAW, VIDEO_H264 = 0, 2, 66
KEY_FRAME = 1
E_INVALID_HANDLE, E_CONN_REMOTECLOSE = -40002, -40008


class FrameInfo(Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [
        ("stream_id", c_uint8),
        ("media", c_uint8),
        ("flags", c_uint8),
        ("reserved", c_uint8),
        ("ts", c_uint32),
        ("length", c_uint32),
    ]


class ConnStats(Structure):
    _fields_ = [("audio_rtt_ms", c_uint32), ("video_rtt_ms", c_uint32), ("command_rtt_ms", c_uint32)]


assert ctypes.sizeof(FrameInfo) == 12 and ctypes.sizeof(ConnStats) == 12

ON_FRAME = CFUNCTYPE(None, c_void_p, POINTER(FrameInfo), c_void_p)
ON_CONNECTION = CFUNCTYPE(None, c_void_p)
ON_STREAM = CFUNCTYPE(None, c_void_p, c_uint8)
ON_SUBSCRIBE = CFUNCTYPE(c_int, c_void_p, c_uint8)
ON_CONNECT = CFUNCTYPE(None, c_int, c_void_p, c_void_p)
ON_BITRATE = CFUNCTYPE(None, c_void_p, c_uint8, c_uint32, c_void_p)

# In the order of the table.
SLOTS = (
    ("on_event", CFUNCTYPE(None, c_int, c_void_p, c_int)),
    ("on_conn_accepted", ON_CONNECTION),
    ("on_conn_error", CFUNCTYPE(None, c_void_p, c_int)),
    ("on_disconnected", ON_CONNECTION),
    ("on_audio", ON_FRAME),
    ("on_video", ON_FRAME),
    ("on_message", ON_FRAME),
    ("on_command", CFUNCTYPE(None, c_void_p, c_uint32, c_void_p, c_uint32)),
    ("on_request_key_frame", ON_STREAM),
    ("on_subscribe_video", ON_SUBSCRIBE),
    ("on_unsubscribe_video", ON_STREAM),
    ("on_subscribe_audio", ON_SUBSCRIBE),
    ("on_unsubscribe_audio", ON_STREAM),
)
assert len(SLOTS) == 13

FUNCTIONS = {
    "TiRtcGetVersion": (c_char_p, []),
    "TiRtcGetBuildInfo": (c_char_p, []),
    "TiRtcGetErrorStr": (c_char_p, [c_int]),
    "TiRtcInit": (c_int, []),
    "TiRtcUninit": (None, []),
    "TiRtcSetOption": (c_int, [c_int, c_void_p, c_uint32]),
    "TiRtcStart": (c_int, [c_char_p, c_void_p]),
    "TiRtcStop": (c_int, []),
    "TiRtcConnect": (c_int, [c_char_p, c_char_p, ON_CONNECT, c_void_p]),
    "TiRtcDisconnect": (c_int, [c_void_p]),
    "TiRtcGetSendBufferUsed": (c_size_t, [c_void_p]),
    "TiRtcConnGetStats": (c_int, [c_void_p, POINTER(ConnStats)]),
    "TiRtcConnSetUserData": (c_int, [c_void_p, c_void_p]),
    "TiRtcConnGetUserData": (c_void_p, [c_void_p]),
    "TiRtcSendMessageStream": (c_int, [c_void_p, POINTER(FrameInfo), c_char_p]),
    "TiRtcSendVideoStream": (c_int, [c_void_p, POINTER(FrameInfo), c_char_p]),
    "TiRtcSendAudioStream": (c_int, [c_void_p, POINTER(FrameInfo), c_char_p]),
    "TiRtcConnSetVideoBitrateParams": (c_int, [c_void_p, c_uint8, c_uint32, c_uint32, c_uint32]),
    "TiRtcConnSetVideoBitrateRequestCallback": (c_int, [c_void_p, c_uint8, ON_BITRATE, c_void_p]),
    "TiRtcSendCommand": (c_int, [c_void_p, c_uint32, c_char_p, c_uint32]),
    "atomic_get_cmd_sn": (c_uint32, []),
    "TiRtcRequestKeyFrame": (c_int, [c_void_p, c_uint8]),
    "TiRtcSubscribeVideo": (c_int, [c_void_p, c_uint8]),
    "TiRtcUnsubscribeVideo": (c_int, [c_void_p, c_uint8]),
    "TiRtcSubscribeAudio": (c_int, [c_void_p, c_uint8]),
    "TiRtcUnsubscribeAudio": (c_int, [c_void_p, c_uint8]),
}


def load(path):
    library = ctypes.CDLL(path)
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def set_text(library, option, text):
    data = text.encode()
    return library.TiRtcSetOption(option, data, len(data))


class GuardedTable:
    """The callback table of an object whose methods have the names of the slots. Keep it while the library may call."""

    PROT_NONE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS = 0, 3, 0x22

    def __init__(self, handler):
        page = os.sysconf("SC_PAGESIZE")
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = c_void_p
        libc.mmap.argtypes = [c_void_p, c_size_t, c_int, c_int, c_int, ctypes.c_long]
        libc.mprotect.argtypes = [c_void_p, c_size_t, c_int]
        start = libc.mmap(None, 2 * page, self.PROT_READ_WRITE, self.MAP_PRIVATE_ANONYMOUS, -1, 0)
        if start in (None, c_void_p(-1).value) or libc.mprotect(start + page, page, self.PROT_NONE) != 0:
            raise OSError(ctypes.get_errno(), "no guarded page")
        self.end = start + page
        self.address = self.end - len(SLOTS) * ctypes.sizeof(c_void_p)
        self.functions = [prototype(getattr(handler, name)) for name, prototype in SLOTS]
        slots = (c_void_p * len(SLOTS)).from_address(self.address)
        for i, function in enumerate(self.functions):
            slots[i] = ctypes.cast(function, c_void_p).value

    def check_guard(self):
        """Check that a child that reads the 14th slot crashes. Call it before the library has threads."""
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            c_void_p.from_address(self.end).value
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) not in (signal.SIGSEGV, signal.SIGBUS):
            raise AssertionError("the page behind the callback table can be read; this would prove nothing")
