#!/usr/bin/env python3
"""Writes the first inputs of the fuzz targets, from test/vectors/wire.txt and a few of its own.

    python3 fuzz/corpus.py DIRECTORY        one directory in it for each target
"""

import pathlib
import sys

ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: tirtc.v1\r\n\r\n"
)
REDIRECTED = b"HTTP/1.0 302 Found\r\nLocation: http://portal/\r\nSec-WebSocket-Extensions:\r\n\r\n"
ENVELOPE = b' {"code":200, "message" : "o\\u006b \\ud83c\\udfa5", "data": [true, null, -1.5e+3, {"": {}}]}'
HEADERS = ["8200", "827e007e", "827f0000000000010000", "0201", "8802", "897d", "8a00", "8280", "c200"]


def vectors():
    """The kind and the wire bytes of every line that has any."""
    path = pathlib.Path(__file__).parent.parent / "test" / "vectors" / "wire.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        words = [word for word in line.split() if word not in ("reads", "ignored", "bad")]
        values = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        if not line.startswith("#") and "bytes" in values:
            yield words[0], bytes.fromhex(values["bytes"])


def inputs():
    """Target and input."""
    for kind, data in vectors():
        if kind == "endpoint":
            yield "endpoint", data
        elif kind == "control":
            yield "control", data[1:]
        elif kind == "frame":
            yield "frame_body", data
    for head in (ACCEPTED, REDIRECTED, b"HTTP/1.1 503\r\n\r\n"):
        yield "response_head", b"\x80" + head
    yield "json", ENVELOPE
    for header in HEADERS:
        yield "frame_header", bytes.fromhex(header)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for number, (target, data) in enumerate(inputs()):
        directory = pathlib.Path(sys.argv[1]) / target
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"vector-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main()
