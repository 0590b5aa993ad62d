"""AMQP sessions made up for the comparison: methods of 0-9-1, performatives of 1.0."""
import struct


def short(text):
    return bytes([len(text)]) + text.encode()


def long(octets):
    return struct.pack(">I", len(octets)) + octets


def table(**values):
    return long(b"".join(short(name) + b"S" + long(value.encode()) for name, value in values.items()))


def frame(kind, channel, body):
    return struct.pack(">BHI", kind, channel, len(body)) + body + b"\xce"


def method(channel, class_id, number, arguments=b""):
    return frame(1, channel, struct.pack(">HH", class_id, number) + arguments)


def content(channel, body):
    properties = struct.pack(">H", 0x9800) + short("text/plain") + bytes([2, 5])
    return [frame(2, channel, struct.pack(">HHQ", 60, 0, len(body)) + properties), frame(3, channel, body)]


def classic():
    """(message, from the client) of AMQP 0-9-1."""
    reserved = bytes(2)
    yield b"AMQP\0\0\x09\x01", True
    yield method(0, 10, 10, b"\0\x09" + table(product="broker", version="3.1") + long(b"PLAIN AMQPLAIN") + long(b"en_US")), False
    yield method(0, 10, 11, table(product="meter") + short("PLAIN") + long(b"\0operator\0hidden") + short("en_US")), True
    yield method(0, 10, 30, struct.pack(">HIH", 2047, 131072, 60)), False
    yield method(0, 10, 31, struct.pack(">HIH", 2047, 131072, 60)), True
    yield method(0, 10, 40, short("/grid") + short("") + b"\0"), True
    yield method(0, 10, 41, short("")), False
    yield method(1, 20, 10, short("")), True
    yield method(1, 20, 11, long(b"")), False
    yield method(1, 40, 10, reserved + short("plant") + short("topic") + b"\x02" + table()), True
    yield method(1, 40, 11), False
    yield method(1, 50, 10, reserved + short("alarms") + b"\x0a" + table()), True
    yield method(1, 50, 11, short("alarms") + struct.pack(">II", 3, 1)), False
    yield method(1, 50, 20, reserved + short("alarms") + short("plant") + short("relay.*") + b"\0" + table()), True
    yield method(1, 50, 21), False
    yield method(1, 60, 10, struct.pack(">IH", 0, 10) + b"\0"), True
    yield method(1, 60, 11), False
    yield method(1, 60, 20, reserved + short("alarms") + short("reader") + b"\x02" + table()), True
    yield method(1, 60, 21, short("reader")), False
    for place in range(8):
        yield method(1, 60, 40, reserved + short("plant") + short(f"relay.{place}") + b"\x01"), True
        for part in content(1, b"tripped"):
            yield part, True
        yield method(1, 60, 60, short("reader") + struct.pack(">Q", place + 1) + b"\0" + short("plant") + short(f"relay.{place}")), False
        for part in content(1, b"tripped"):
            yield part, False
        yield method(1, 60, 80, struct.pack(">Q", place + 1) + b"\0"), True
    yield frame(8, 0, b""), True
    yield method(1, 60, 50, struct.pack(">H", 312) + short("NO_ROUTE") + short("plant") + short("nobody")), False
    yield method(1, 20, 40, struct.pack(">H", 404) + short("NOT_FOUND") + struct.pack(">HH", 50, 10)), False
    yield method(1, 20, 41), True
    yield method(0, 10, 50, struct.pack(">H", 200) + short("bye") + bytes(4)), True
    yield method(0, 10, 51), False


def string(text):
    return b"\xa1" + short(text)


def symbol(text):
    return b"\xa3" + short(text)


def uint(value):
    return b"\x70" + struct.pack(">I", value)


def described(descriptor, *values):
    body = b"".join(values)
    return bytes([0, 0x53, descriptor, 0xC0, len(body) + 1, len(values)]) + body


def performative(kind, channel, descriptor, *values, payload=b""):
    body = described(descriptor, *values) + payload
    return struct.pack(">IBBH", len(body) + 8, 2, kind, channel) + body


def modern():
    """(message, from the client) of AMQP 1.0, with SASL before it."""
    null, true, false = b"\x40", b"\x41", b"\x42"
    yield b"AMQP\3\1\0\0", True
    yield b"AMQP\3\1\0\0", False
    yield performative(1, 0, 0x40, b"\xe0\x11\x02\xa3" + short("PLAIN") + short("ANONYMOUS")), False
    yield performative(1, 0, 0x41, symbol("PLAIN"), b"\xa0" + short("\0operator\0hidden"), string("grid")), True
    yield performative(1, 0, 0x44, b"\x50\0"), False
    yield b"AMQP\0\1\0\0", True
    yield b"AMQP\0\1\0\0", False
    for client in (True, False):
        yield performative(0, 0, 0x10, string("meter"), string("grid"), uint(65536), b"\x60\0\xff", uint(30000)), client
        yield performative(0, 0, 0x11, null if client else b"\x60\0\0", uint(1), uint(100), uint(200), uint(7)), client
        yield performative(0, 0, 0x12, string("link"), uint(0), false if client else true, b"\x50\2", b"\x50\0",
                           described(0x28, string("from")), described(0x29, string("alarms")), null, null, uint(0)), client
    yield performative(0, 0, 0x13, uint(1), uint(100), uint(1), uint(200), uint(0), uint(0), uint(50)), False
    for place in range(8):
        yield performative(0, 0, 0x14, uint(0), uint(place), b"\xa0\1" + bytes([place]), uint(0), false, false,
                           payload=b"\0\x53\x77" + string("tripped")), True
        yield performative(0, 0, 0x15, true, uint(place), uint(place), true, described(0x24)), False
    yield struct.pack(">IBBH", 8, 2, 0, 0), True
    yield performative(0, 0, 0x16, uint(0), true, described(0x1D, symbol("amqp:not-found"), string("gone"))), False
    yield performative(0, 0, 0x17), True
    yield performative(0, 0, 0x18), True


def sessions():
    return {"amqp_classic": (5672, classic()), "amqp_modern": (5672, modern())}
