"""The whole path through libTiRTC.so without its header: whole_path.py LIBRARY device|client

Environment: TIRTC_ENDPOINT; the device: TIRTC_DEVICE_ID, TIRTC_DEVICE_SECRET_KEY; the client: TIRTC_DEVICE_ID,
TIRTC_TOKEN. The device sends back everything it receives; the client compares. Each step is printed; the exit code is 0
if all of them were right."""

import ctypes
import os
import queue
import sys
from ctypes import byref

import tirtc
from tirtc import FrameInfo

PATIENCE_S = 10


class Program:
    """The common part of both sides: callbacks put events into a queue, and run() takes them in the order it expects."""

    def __init__(self, library_path):
        self.events = queue.Queue()
        self.table = tirtc.GuardedTable(self)
        self.table.check_guard()
        self.library = tirtc.load(library_path)

    def expect(self, *expected):
        """Wait for this event; any other one is an error."""
        try:
            event = self.events.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise AssertionError(f"{expected} did not arrive within {PATIENCE_S} s") from None
        if event != expected:
            raise AssertionError(f"{event} arrived instead of {expected}")
        print(*(part for part in expected if not isinstance(part, bytes)), flush=True)

    def check(self, what, result, expected):
        if result != expected:
            raise AssertionError(f"{what} returned {result}, expected {expected}")

    def start(self, device):
        library = self.library
        self.check("TiRtcGetVersion", library.TiRtcGetVersion(), b"v2.3.0")
        self.check("endpoint", tirtc.set_text(library, tirtc.OPT_SERVICE_ENDPOINT, os.environ["TIRTC_ENDPOINT"]), 0)
        self.check("TiRtcInit", library.TiRtcInit(), 0)
        self.check("client id", tirtc.set_text(library, tirtc.OPT_CLIENT_ID, "python"), 0)
        self.check("TiRtcStart", library.TiRtcStart(device, self.table.address), 0)
        self.expect("event", tirtc.SYS_STARTED)

    def disconnect(self, handle):
        library = self.library
        self.check("TiRtcConnSetUserData", library.TiRtcConnSetUserData(handle, 0x5EED), 0)
        self.check("TiRtcDisconnect", library.TiRtcDisconnect(handle), 0)
        self.check("TiRtcDisconnect again", library.TiRtcDisconnect(handle), tirtc.E_INVALID_HANDLE)
        self.expect("disconnected", 0x5EED)

    def stop(self):
        self.check("TiRtcStop", self.library.TiRtcStop(), 0)
        self.expect("event", tirtc.SYS_STOPPED)
        self.library.TiRtcUninit()
        self.check("TiRtcInit after TiRtcUninit", self.library.TiRtcInit(), 0)
        self.library.TiRtcUninit()
        if not self.events.empty():
            raise AssertionError(f"{self.events.get()} arrived after the end")

    # The slots of the table. They run on the library's thread.

    def on_event(self, event, data, length):
        self.events.put(("event", event))

    def on_conn_accepted(self, handle):
        self.events.put(("accepted", handle))

    def on_conn_error(self, handle, error):
        self.events.put(("error", error))

    def on_disconnected(self, handle):
        self.events.put(("disconnected", self.library.TiRtcConnGetUserData(handle)))

    def on_audio(self, handle, info, data):
        self.take_frame(handle, info.contents, ctypes.string_at(data, info.contents.length))

    on_video = on_message = on_audio

    def on_command(self, handle, word, data, length):
        self.take_command(handle, word, ctypes.string_at(data, length))

    def on_request_key_frame(self, handle, stream):
        self.events.put(("key frame", stream))

    def on_subscribe_video(self, handle, stream):
        self.events.put(("subscribe video", stream))
        return 0

    def on_unsubscribe_video(self, handle, stream):
        self.events.put(("unsubscribe video", stream))

    def on_subscribe_audio(self, handle, stream):
        self.events.put(("subscribe audio", stream))
        return -1

    def on_unsubscribe_audio(self, handle, stream):
        self.events.put(("unsubscribe audio", stream))


class Device(Program):
    def take_frame(self, handle, info, data):
        send = {tirtc.MEDIA_MESSAGE: "Message", tirtc.AUDIO_ALAW: "Audio", tirtc.VIDEO_H264: "Video"}[info.media]
        sent = getattr(self.library, f"TiRtcSend{send}Stream")(handle, byref(info), data)
        self.events.put(("frame", info.media, sent))

    def take_command(self, handle, word, data):
        self.events.put(("command", word, self.library.TiRtcSendCommand(handle, word | 1, data, len(data))))

    def run(self):
        identity = f"{os.environ['TIRTC_DEVICE_ID']},{os.environ['TIRTC_DEVICE_SECRET_KEY']}"
        self.start(identity.encode())
        kind, handle = self.events.get(timeout=PATIENCE_S)
        self.check("the first event", kind, "accepted")
        self.expect("subscribe video", 0)
        self.expect("subscribe audio", 1)
        self.expect("key frame", 0)
        self.expect("command", 0x00018002, 4 + 5)
        for media, size in ((tirtc.VIDEO_H264, 9), (tirtc.AUDIO_ALAW, 3), (tirtc.MEDIA_MESSAGE, 0)):
            self.expect("frame", media, 12 + size)
        self.expect("unsubscribe video", 0)
        self.expect("unsubscribe audio", 1)
        self.expect("error", tirtc.E_CONN_REMOTECLOSE)
        self.disconnect(handle)
        self.stop()


class Client(Program):
    def take_frame(self, handle, info, data):
        self.events.put(("frame", info.stream_id, info.media, info.flags, info.ts, info.length, data))

    def take_command(self, handle, word, data):
        self.events.put(("command", word, data))

    def connect(self):
        def connected(error, handle, user):
            self.events.put(("connected", error, handle, user))

        self.callback = tirtc.ON_CONNECT(connected)
        device, token = os.environ["TIRTC_DEVICE_ID"].encode(), os.environ["TIRTC_TOKEN"].encode()
        self.check("TiRtcConnect", self.library.TiRtcConnect(device, token, self.callback, 0xCAFE), 0)
        kind, error, handle, user = self.events.get(timeout=PATIENCE_S)
        self.check("the connect callback", (kind, error, user), ("connected", 0, 0xCAFE))
        return handle

    def send_frame(self, handle, media, flags, ts, data):
        info = FrameInfo(stream_id=1 if media == tirtc.AUDIO_ALAW else 0, media=media, flags=flags, ts=ts, length=len(data))
        name = {tirtc.MEDIA_MESSAGE: "Message", tirtc.AUDIO_ALAW: "Audio", tirtc.VIDEO_H264: "Video"}[media]
        sent = getattr(self.library, f"TiRtcSend{name}Stream")(handle, byref(info), data)
        self.check(f"TiRtcSend{name}Stream", sent, 12 + len(data))
        self.expect("frame", info.stream_id, media, flags, ts, len(data), data)

    def run(self):
        library = self.library
        self.start(None)
        handle = self.connect()
        self.check("TiRtcSubscribeVideo", library.TiRtcSubscribeVideo(handle, 0), 0)
        self.check("TiRtcSubscribeAudio", library.TiRtcSubscribeAudio(handle, 1), 0)
        self.check("TiRtcRequestKeyFrame", library.TiRtcRequestKeyFrame(handle, 0), 0)
        self.check("atomic_get_cmd_sn", library.atomic_get_cmd_sn(), 1)
        self.check("TiRtcSendCommand", library.TiRtcSendCommand(handle, 0x00018002, b"hello", 5), 9)
        self.expect("command", 0x00018003, b"hello")
        # With a callback of its own for the stream, a program never needs the 14th slot.
        self.on_bitrate = tirtc.ON_BITRATE(lambda *_: None)
        kept = library.TiRtcConnSetVideoBitrateRequestCallback(handle, 0, self.on_bitrate, None)
        self.check("TiRtcConnSetVideoBitrateRequestCallback", kept, 0)
        begun = library.TiRtcConnSetVideoBitrateParams(handle, 0, 100000, 2000000, 800000)
        self.check("TiRtcConnSetVideoBitrateParams", begun, 0)
        self.send_frame(handle, tirtc.VIDEO_H264, tirtc.KEY_FRAME, 4000000000, b"\0\0\0\1key 1")
        self.send_frame(handle, tirtc.AUDIO_ALAW, 1, 20, b"abc")
        self.send_frame(handle, tirtc.MEDIA_MESSAGE, 0x55, 0, b"")
        self.check("TiRtcUnsubscribeVideo", library.TiRtcUnsubscribeVideo(handle, 0), 0)
        self.check("TiRtcUnsubscribeAudio", library.TiRtcUnsubscribeAudio(handle, 1), 0)
        stats = tirtc.ConnStats(audio_rtt_ms=0xFFFFFFFF)
        self.check("TiRtcConnGetStats", library.TiRtcConnGetStats(handle, byref(stats)), 0)
        self.check("audio_rtt_ms below a minute", stats.audio_rtt_ms < 60000, True)
        self.disconnect(handle)
        self.check("TiRtcGetSendBufferUsed of an invalid handle", library.TiRtcGetSendBufferUsed(handle), 0)
        self.stop()


if __name__ == "__main__":
    {"device": Device, "client": Client}[sys.argv[2]](sys.argv[1]).run()
    print("done", flush=True)
