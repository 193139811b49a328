#!/usr/bin/env python3
"""Makes wire.txt, the vectors of docs/wire.md that the C and the TypeScript tests share.

    python3 test/vectors/make.py            writes test/vectors/wire.txt
    python3 test/vectors/make.py --check    exits with 1 when the file differs from what would be written

Written from docs/wire.md alone, with hashlib and hmac of Python: it shares nothing with either implementation.
"""

import base64
import hashlib
import hmac
import pathlib
import struct
import sys

FORMAT = """\
# Vectors of tirtc.v1 (docs/wire.md). Made by make.py; do not edit.
#
# One vector a line: [reads|ignored|bad] kind key=value ...
#   (no mark)  reading `bytes` gives the values, writing the values gives `bytes`
#   reads      reading `bytes` gives the values; a writer would write something else
#   ignored    a reader takes `bytes` and does nothing
#   bad        a reader refuses `bytes`
# Values hold no blanks and may be empty; a key ends at the first '='.
#   from, type, name          a word
#   connection, keep_alive_ms, silence_ms, max_message_bytes, ticket_lifetime_s, reason, word, channel, stream, media,
#   flags, reserved, ts_ms, secure, port, connection_error, start_error          a decimal number, maybe negative
#   every other key           bytes in hex; text is UTF-8
# `bytes` of control, command and frame is the whole message, channel byte included.
"""

lines = [FORMAT]


def add(kind, **fields):
    def text(value):
        if isinstance(value, bytes):
            return value.hex()
        return str(value)

    lines.append(" ".join([kind] + [f"{key}={text(value)}" for key, value in fields.items()]))


def comment(text):
    lines.append(f"# {text}")


def section(text):
    lines.append("")
    comment(text)


def u16(value):
    return struct.pack(">H", value)


def u32(value):
    return struct.pack(">I", value)


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def run(first, size):
    return bytes((first + i) & 255 for i in range(size))


def control(direction, number, name, body, mark="", **fields):
    add(f"{mark} control".strip(), **{"from": direction}, type=name, **fields, bytes=bytes([255, number]) + body)


def bad_control(number, body):
    add("bad control", bytes=bytes([255, number]) + body)


def limits(keep_alive_ms, silence_ms, max_message_bytes):
    return u32(keep_alive_ms) + u32(silence_ms) + u32(max_message_bytes)


def limit_fields(keep_alive_ms, silence_ms, max_message_bytes):
    return dict(keep_alive_ms=keep_alive_ms, silence_ms=silence_ms, max_message_bytes=max_message_bytes)


def controls():
    section("Control messages")
    usual = (4000, 12000, 4194304)
    least = (1, 1, 64)
    most = (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    nonce, other = run(0, 32), run(0xE0, 32)
    control("service", 1, "challenge", nonce, nonce=nonce)
    control("device", 2, "proof", nonce + other, nonce=nonce, mac=other)
    for values in (usual, least, most):
        control("service", 3, "started", other + limits(*values), mac=other, **limit_fields(*values))
    key = run(16, 16)
    for connection, subject in ((1, b"user-1"), (0xFFFFFFFF, b""), (7, "Zoë 你好".encode()), (8, b"s" * 1024)):
        control("service", 4, "incoming", u32(connection) + key + subject,
                connection=connection, key=key, subject=subject)
    for connection in (0, 0xFFFFFFFF):
        control("device", 5, "busy", u32(connection), connection=connection)
    for values, lifetime, ticket in ((usual, 0, b""), (usual, 3600, run(0x40, 32)), (least, 0xFFFFFFFF, run(0, 32))):
        control("service", 6, "ready", limits(*values) + u32(lifetime) + ticket,
                **limit_fields(*values), ticket_lifetime_s=lifetime, ticket=ticket)
    for reason, text in ((1, b""), (3, b"the peer closed"), (22, "abgelaufen, schön".encode()), (7, b"t" * 200)):
        control("service", 7, "bye", bytes([reason]) + text, reason=reason, text=text)
    comment("an unknown reason counts as other")
    for reason in (0, 12, 15, 25, 255):
        control("service", 7, "bye", bytes([reason]) + b"x", "reads", reason=7, text=b"x")
    comment("unknown types")
    for number in (0, 8, 255):
        add("ignored control", bytes=bytes([255, number]) + b"anything")
    bad_controls(nonce, other, key, usual)


def bad_controls(nonce, other, key, usual):
    comment("no type")
    add("bad control", bytes=b"\xff")
    comment("challenge, proof, started, incoming, busy, ready, bye: too short, then too long")
    whole = {
        1: nonce, 2: nonce + other, 3: other + limits(*usual), 5: u32(1), 6: limits(*usual) + u32(0),
    }
    for number, body in whole.items():
        bad_control(number, b"")
        bad_control(number, body[:-1])
        bad_control(number, body + b"x")
    bad_control(4, u32(1) + key[:-1])
    bad_control(4, u32(1) + key + b"s" * 1025)
    bad_control(6, limits(*usual) + u32(60) + run(0, 31))
    bad_control(6, limits(*usual) + u32(60) + run(0, 33))
    bad_control(7, b"")
    bad_control(7, b"\x07" + b"t" * 201)
    comment("limits that make no sense: 0 ms, 0 ms, 63 bytes")
    for values in ((0, 12000, 4194304), (4000, 0, 4194304), (4000, 12000, 63)):
        bad_control(3, other + limits(*values))
        bad_control(6, limits(*values) + u32(0))


def commands():
    section("Commands: word little-endian")
    bodies = [(word, b"\x03") for word in (0x400, 0x402, 0x404, 0x406, 0x408)]
    bodies += [(0x403, b"\x0f" + struct.pack(">i", 0)), (0x407, b"\x00" + struct.pack(">i", -1))]
    bodies += [(0x40A, run(0xA0, 8)), (0x40B, run(0xA0, 8))]
    bodies += [(0x2000, b""), (0x00018002, b"ping"), (0xFFFFFFFF, b"\x00")]
    for word, data in bodies:
        add("command", word=word, data=data, bytes=b"\x00" + struct.pack("<I", word) + data)
    for size in range(4):
        add("bad command", bytes=b"\x00" + bytes(size))


def frame_bytes(channel, stream, media, flags, reserved, ts_ms, length, payload):
    return bytes([channel, stream, media, flags, reserved]) + u32(ts_ms) + u32(length) + payload


def frames():
    section("Frames")
    for channel, stream, media, flags, reserved, ts_ms, payload in (
        (1, 0, 0, 0, 0, 0, b"hello"), (1, 15, 64, 255, 255, 0xFFFFFFFF, b""), (1, 1, 2, 0, 0, 20, run(0, 160)),
        (2, 0, 65, 0, 0, 1, b"\xff\xd8\xff\xd9"), (2, 15, 127, 1, 7, 0x01020304, b"\x00\x00\x00\x01\x65"),
    ):
        add("frame", channel=channel, stream=stream, media=media, flags=flags, reserved=reserved, ts_ms=ts_ms,
            payload=payload, bytes=frame_bytes(channel, stream, media, flags, reserved, ts_ms, len(payload), payload))
    comment("header incomplete; length one too small, one too large, far too large")
    for size in (0, 1, 11):
        add("bad frame", bytes=b"\x01" + bytes(size))
    for length in (1, 3, 0xFFFFFFFF):
        add("bad frame", bytes=frame_bytes(1, 0, 1, 0, 0, 0, length, b"xx"))
    comment("stream 16 and 255; video on channel 1; message and audio on channel 2; media 128")
    for channel, stream, media in (
        (1, 16, 1), (2, 255, 66), (1, 0, 65), (2, 0, 0), (2, 0, 64), (2, 0, 128), (1, 0, 128),
    ):
        add("bad frame", bytes=frame_bytes(channel, stream, media, 0, 0, 0, 1, b"x"))


def byes():
    section("What a bye means at its receiver")
    for reason, name, connection_error, start_error in (
        (1, "refused", -40009, -40004), (2, "replaced", -40009, -40006), (3, "peer_closed", -40008, -40008),
        (4, "peer_silent", -40007, -40007), (5, "stopping", -40009, -40012), (6, "protocol", -40009, -40015),
        (7, "other", -40009, -40012), (8, "offline", -40008, -40008), (9, "full", -40006, -40006),
        (10, "ticket", -40011, -40011), (11, "timeout", -40005, -40005), (16, "token_form", -40012, -40012),
        (17, "token_issuer", -40012, -40012), (18, "token_device", -40008, -40008),
        (19, "token_signature", -40012, -40012), (20, "token_target", -40012, -40012),
        (21, "token_early", -40012, -40012), (22, "token_expired", -40012, -40012),
        (23, "token_lifetime", -40012, -40012), (24, "token_used", -40012, -40012),
    ):
        add("bye", reason=reason, name=name, connection_error=connection_error, start_error=start_error)
    for reason in (0, 12, 15, 25, 255):
        add("reads bye", reason=reason, name="other", connection_error=-40009, start_error=-40012)


def percent(data):
    unreserved = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return b"".join(bytes([byte]) if byte in unreserved else b"%%%02X" % byte for byte in data)


def texts():
    section("Percent-encoding")
    for text in (
        "", "device-001", "AZaz09-._~", "device://a b/c?d=e&f#g%+", "Zoë 你好 🎥", "\t\x01\x7f",
        "\"<>\\^`{|}!$'()*,;:@[]",
    ):
        add("percent", text=text.encode(), bytes=percent(text.encode()))
    comment("lower-case hex is read, not written")
    add("reads percent", text="/ë".encode(), bytes=b"%2f%c3%ab")
    comment("broken escapes, invalid UTF-8, CR, LF, NUL")
    for broken in (b"%", b"a%2", b"%zz", b"%ff", b"%c3", b"%0d", b"a%0Ab", b"%00"):
        add("bad percent", bytes=broken)

    section("base64url (RFC 4648 section 10 without padding, and the two characters of its own)")
    for data in (b"", b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", b"\xfb\xff\xbf", run(0, 32), run(0xF0, 16)):
        add("base64url", data=data, bytes=base64.urlsafe_b64encode(data).rstrip(b"="))
    comment("length 1 mod 4, padding, characters of plain base64, blanks, spare bits")
    for broken in (
        b"A", b"AAAAA", b"Zg==", b"Zm8=", b"+/+/", b"Zm 8", b"Zm9v\n", b"Zh", b"Zm9", b"Zm9vYg\x00\x00", b"\xc3\xa9AA",
    ):
        add("bad base64url", bytes=broken)


def remote_ids():
    section("Remote ids: after whip:// or whips:// the id ends at ? or /")
    for text, device, suffix in (
        ("echo", "echo", ""),
        ("a/b?c", "a/b?c", ""),
        ("device://echo", "echo", ""),
        ("device://a/b?c", "a/b?c", ""),
        ("whip://echo", "echo", ""),
        ("whips://echo", "echo", ""),
        ("whips://echo?_tg_mode=echo", "echo", "?_tg_mode=echo"),
        ("whip://echo/live/1?a=b#c", "echo", "/live/1?a=b#c"),
        ("whip://echo?", "echo", "?"),
        ("whip://echo/", "echo", "/"),
        ("whip://echo?a/b", "echo", "?a/b"),
        ("whip://device://echo/live", "echo", "/live"),
        ("device://whip://echo?a", "whip://echo?a", ""),
        ("whip://whip://echo", "whip:", "//echo"),
        ("WHIP://echo?a", "WHIP://echo?a", ""),
        ("whip:/echo?a", "whip:/echo?a", ""),
        ("whips://Zo\u00eb \u4f60?\U0001f3a5", "Zo\u00eb \u4f60", "?\U0001f3a5"),
        ("whips://a%3Fb#c&d", "a%3Fb#c&d", ""),
    ):
        add("remote_id", id=device.encode(), suffix=suffix.encode(), bytes=text.encode())
    comment("no id")
    for text in ("", "device://", "whip://", "whips://?a", "whip:///a", "whip://device://?a"):
        add("bad remote_id", bytes=text.encode())


def endpoints():
    section("Endpoints: what to dial, the value of Host, the prefix of every target")
    long_host = b".".join([b"a" * 63] * 3 + [b"a" * 61])
    for url, secure, host, port, prefix in (
        (b"http://127.0.0.1:8080", 0, b"127.0.0.1", 8080, b""), (b"https://example.com", 1, b"example.com", 443, b""),
        (b"ws://example.com/", 0, b"example.com", 80, b""),
        (b"wss://example.com:65535/a/", 1, b"example.com", 65535, b"/a"),
        (b"http://h:1/a/b", 0, b"h", 1, b"/a/b"), (b"http://h/a//", 0, b"h", 80, b"/a"),
        (b"HTTP://h", 0, b"h", 80, b""),
        (b"http://[::1]:8080/x", 0, b"::1", 8080, b"/x"), (b"wss://[2001:db8::7]", 1, b"2001:db8::7", 443, b""),
        (b"http://h/%41-._~", 0, b"h", 80, b"/%41-._~"), (b"http://my_host-1.local", 0, b"my_host-1.local", 80, b""),
        (b"http://" + long_host, 0, long_host, 80, b""),
        (b"http://h/" + b"p" * 503, 0, b"h", 80, b"/" + b"p" * 503),
    ):
        authority = b"[" + host + b"]" if b":" in host else host
        rest = url[url.index(b"//") + 2 + len(authority):]
        if rest.startswith(b":"):
            authority += b":%d" % port
        if len(url) < 100:
            comment(url.decode())
        add("endpoint", secure=secure, host=host, port=port, prefix=prefix, authority=authority, bytes=url)
    for url in (
        b"", b"http", b"http:", b"http:/h", b"http://", b"http:///a", b"http://:80", b"ftp://h", b"h:80", b"//h",
        b"http://u@h", b"http://u:p@h", b"http://h?q", b"http://h/?q", b"http://h#f", b"http://h/a#f", b"http://h:",
        b"http://h:0", b"http://h:65536", b"http://h:99999999999999999999", b"http://h:8a", b"http://h:-1",
        b"http://h:80:80", b"http://[::1", b"http://[]", b"http://[::1]x", b"http://[::1]x80", b"http://[::1]:", b"http://::1",
        b"http://[h]", b"http://[fe80::1%25eth0]", b"http://a b", b"http://a\x00b", b"http://a\r\nb", b"http://h/a b",
        b"http://h/\x01",
        b"http://h/\x7f", b"http://h\\a", b" http://h", b"http://h ", "http://hö".encode(), "http://h/ö".encode(),
        b"http://" + long_host + b"a", b"http://h/" + b"p" * 504,
    ):
        if len(url) < 100:
            comment(ascii(url.decode()))
        add("bad endpoint", bytes=url)


def accepts():
    section("Sec-WebSocket-Accept for a Sec-WebSocket-Key; the first is the example of RFC 6455 section 1.3")
    keys = [b"dGhlIHNhbXBsZSBub25jZQ=="] + [base64.b64encode(run(first, 16)) for first in (0, 0xF0)]
    for key in keys:
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        add("accept", key=key, accept=base64.b64encode(digest))


def proofs():
    section("Proofs: K, T, the MACs of proof and started, Ka; and X-Tg-Accept for the key of an incoming")
    for secret, target, host, device_id, client_id, app_id in (
        (b"device-secret", b"/v1/start", b"127.0.0.1:8080", b"device-001", b"", b""),
        (b"s" * 63, b"/a/b/v1/start", b"example.com", "Gerät 1".encode(), b"client", b"app-1"),
        (b"s", b"/v1/start", b"[::1]:9", b"d", b"c" * 64, b"a" * 300),
    ):
        service_nonce, device_nonce = run(len(secret), 32), run(0x80, 32)
        k = mac(secret, b"\0tirtc.v1 start")
        messages = [b"\xff\x01" + service_nonce, b"\xff\x02" + device_nonce]
        items = messages + [b"tirtc.v1", target, host, device_id, client_id, app_id]
        t = hashlib.sha256(b"".join(u16(len(item)) + item for item in items)).digest()
        ka = mac(k, b"A" + t)
        key = run(0x30, 16)
        add("proofs", secret=secret, service_nonce=service_nonce, device_nonce=device_nonce, target=target, host=host,
            device_id=device_id, client_id=client_id, app_id=app_id, k=k, t=t, device_mac=mac(k, b"D" + t),
            service_mac=mac(k, b"S" + t), ka=ka, key=key, accept=mac(ka, key))


def main():
    for part in (controls, commands, frames, byes, texts, remote_ids, endpoints, accepts, proofs):
        part()
    text = "\n".join(lines) + "\n"
    path = pathlib.Path(__file__).with_name("wire.txt")
    if sys.argv[1:] == ["--check"]:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path} is not what make.py writes; run python3 {__file__}")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
