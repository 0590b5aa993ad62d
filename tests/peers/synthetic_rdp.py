"""RDP sessions made up for the comparison: negotiations of every outcome, and standard RDP security with its blocks and PDUs."""
import struct


def tpkt(x224):
    return struct.pack(">BBH", 3, 0, 4 + len(x224)) + x224


def connection(code, line=b"", negotiation=b""):
    part = line + negotiation
    return tpkt(bytes([6 + len(part), code]) + bytes(5) + part)


def negotiation(kind, flags, value):
    return struct.pack("<BBHI", kind, flags, 8, value)


def data(user_data):
    return tpkt(b"\x02\xf0\x80" + user_data)


def per(length):
    return bytes([length]) if length < 0x80 else struct.pack(">H", 0x8000 | length)


def ber(tag, contents):
    length = len(contents)
    return tag + (bytes([length]) if length < 0x80 else b"\x82" + struct.pack(">H", length)) + contents


def block(kind, contents):
    return struct.pack("<HH", kind, 4 + len(contents)) + contents


def wide(text, octets):
    return text.encode("utf-16-le").ljust(octets, b"\0")


PARAMETERS = ber(b"\x30", b"".join(ber(b"\x02", bytes([value])) for value in (34, 2, 0, 1, 0, 1, 127, 2)))


def connect_initial(blocks):
    gcc = b"\0\5\0\x14\x7c\0\1" + per(14 + len(blocks)) + b"\0\x08\0\x10\0\1\xc0\0Duca" + per(len(blocks)) + blocks
    return data(ber(b"\x7f\x65", b"\4\1\1\4\1\1\1\1\xff" + PARAMETERS * 3 + ber(b"\4", gcc)))


def connect_response(blocks):
    gcc = b"\0\5\0\x14\x7c\0\1" + per(14 + len(blocks)) + b"\x14\x76\x0a\1\1\0\1\xc0\0McDn" + per(len(blocks)) + blocks
    return data(ber(b"\x7f\x66", b"\x0a\1\0\2\1\0" + PARAMETERS + ber(b"\4", gcc)))


def client_blocks(name, build, layout, channels, number):
    core = struct.pack("<IHHHHII", 0x00080004 + number, 800 + number, 600 + number, 0xCA01, 0xAA03, layout, build) + wide(name, 32)
    core += struct.pack("<III", 4, number, 12) + bytes(64) + struct.pack("<HHIHHH", 0xCA01, 1, number, 24, 15, 0x1E3 + number)
    core += wide("", 64) + struct.pack("<BBI", 7, 0, 0)
    network = struct.pack("<I", len(channels)) + b"".join(each.encode().ljust(8, b"\0") + struct.pack("<I", 0xC0800000 + number) for each in channels)
    return block(0xC001, core) + block(0xC004, struct.pack("<II", 13 + number, 0)) + block(0xC002, struct.pack("<II", 27, 0)) + block(0xC003, network)


def server_blocks(method, level, channels):
    security = struct.pack("<II", method, level)
    if method:
        security += struct.pack("<II", 32, 40) + bytes(range(72))
    ids = b"".join(struct.pack("<H", 1004 + n) for n in range(channels)) + bytes(channels % 2 * 2)
    return block(0x0C01, struct.pack("<II", 0x00080004, 0)) + block(0x0C03, struct.pack("<HH", 1003, channels) + ids) + block(0x0C02, security)


def send(channel, carried, request=True, user=1007):
    return data(bytes([0x64 if request else 0x68]) + struct.pack(">HH", user - 1001, channel) + b"\x70" + per(len(carried)) + carried)


def information(domain, user, password, shell):
    texts = [each.encode("utf-16-le") for each in (domain, user, password, shell, "")]
    return (struct.pack("<HHII", 0x40, 0, 0, 0x000B47FB) + struct.pack("<5H", *map(len, texts)) + b"".join(each + b"\0\0" for each in texts)
            + struct.pack("<HH", 2, 20) + wide("192.0.2.1", 20) + struct.pack("<H", 4) + wide("C", 4) + bytes(172) + struct.pack("<IIH", 0, 0x180, 0)
            + bytes(4))


def share(kind, contents=b"", data_type=None):
    if data_type is not None:
        contents = struct.pack("<IBBHBBH", 0x103EA, 0, 1, len(contents), data_type, 0, 0) + contents
    return struct.pack("<HHH", 6 + len(contents), 0x10 | kind, 1007) + contents


def outcomes():
    """(message, from the client): requests and how they end; each is a connection of its own that says no more."""
    for number in range(40):
        line = f"Cookie: mstshash=user{number}\r\n".encode() if number % 3 else b""
        yield connection(0xE0, line, negotiation(1, number % 2 * 9 & 1, (0, 1, 3, 11, 16, 19)[number % 6])), True
        if number % 4 == 3:
            yield connection(0xD0, b"", negotiation(3, 0, 1 + number % 6)), False
        else:
            yield connection(0xD0, b"", negotiation(2, number % 32, 0)), False


def standard(number, method):
    """One session under standard RDP security."""
    channels = ["rdpdr", "rdpsnd", "cliprdr", "drdynvc"][:number % 4 + 1]
    yield connection(0xE0, f"Cookie: mstshash=op{number}\r\n".encode()), True
    yield connection(0xD0), False
    yield connect_initial(client_blocks(f"WS-{number}", 18363 + number, (1033, 1031, 1036)[number % 3], channels, number)), True
    yield connect_response(server_blocks(method, 3 if method else 0, len(channels))), False
    yield data(b"\x04\1\0\1\0"), True
    yield data(b"\x28"), True
    yield data(b"\x2e\0\0\x06"), False
    for channel in (1007, 1003, 1004):
        yield data(b"\x38\0\6" + struct.pack(">H", channel)), True
        yield data(b"\x3e\0\0\6" + struct.pack(">HH", channel, channel)), False
    if method:
        yield send(1003, struct.pack("<HHI", 1, 0, 72) + bytes(72)), True
        yield send(1003, struct.pack("<HH", 0x48, 0) + bytes(8) + bytes(range(100))), True
    else:
        yield send(1003, information(f"PLANT{number}", f"op{number}", "secret", "")), True
        yield send(1003, struct.pack("<HHBBHIIHH", 0x80, 0, 0xFF, 3, 16, 7, 2, 4, 0), False), False
        yield send(1003, share(1, struct.pack("<IHHI", 0x103EA, 4, 4, 0) + bytes(4)), False), False
        for kind, contents in ((31, struct.pack("<HH", 1, 1002)), (20, struct.pack("<HHI", 4, 0, 0)), (20, struct.pack("<HHI", 1, 0, 0))):
            yield send(1003, share(7, contents, kind)), True
            yield send(1003, share(7, contents, kind), False), False
        yield bytes([0x00, 7]) + b"\x03\0\0\0\0", False
        yield bytes([0x04, 4, 0x60, 1]), True
    yield data(b"\x21\x80"), False


def sessions():
    made_up = {"rdp.outcomes": (3389, outcomes())}
    for number in range(24):
        made_up[f"rdp.standard.{number}"] = (3389, standard(number, 0 if number % 2 else 2))
    return made_up
