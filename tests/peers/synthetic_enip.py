"""An EtherNet/IP session made up for the comparison: services and paths that no capture of the corpus holds."""
import struct

RR, UNIT = 0x6F, 0x70


def encapsulate(command, data=b"", session=0x11020100, status=0, context=b"\1\2\3\4\5\6\7\x08"):
    return struct.pack("<HHII", command, len(data), session, status) + context + bytes(4) + data


def items(*pairs):
    return struct.pack("<H", len(pairs)) + b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in pairs)


def unconnected(cip, **header):
    return encapsulate(RR, struct.pack("<IH", 0, 10) + items((0, b""), (0xB2, cip)), **header)


def connected(cip, connection, count):
    body = items((0xA1, struct.pack("<I", connection)), (0xB1, struct.pack("<H", count) + cip))
    return encapsulate(UNIT, struct.pack("<IH", 0, 0) + body, context=bytes(8))


def request(service, path, data=b""):
    return bytes([service, len(path) // 2]) + path + data


def response(service, data=b"", status=0, additional=()):
    return bytes([service | 0x80, 0, status, len(additional)]) + struct.pack(f"<{len(additional)}H", *additional) + data


def logical(class_id, instance=None, attribute=None):
    path = b""
    for kind, value in ((0x20, class_id), (0x24, instance), (0x30, attribute)):
        if value is None:
            continue
        path += bytes([kind, value]) if value < 256 else struct.pack("<BBH", kind | 1, 0, value)
    return path


def symbol(name):
    return bytes([0x91, len(name)]) + name + bytes(len(name) % 2)


IDENTITY = struct.pack("<HHHBBHI", 1, 14, 54, 20, 11, 0x3060, 0x00C0FFEE) + b"\x0b1756-L61/B "
SOCKET = struct.pack(">HH", 2, 44818) + bytes([192, 0, 2, 2]) + bytes(8)


def pccc_messages(exchange):
    """Commands of old controllers, with functions and without, and their answers."""
    requester = struct.pack("<BHI", 7, 0x1337, 0xBEEF)
    logical_address = bytes([4, 7, 0x89, 0, 0])  # octets, file, type, element, part of it
    for number, (command, rest, status, told) in enumerate((
            (0x0F, b"\xA2" + logical_address, 0, struct.pack("<HH", 17, 4)),
            (0x0F, b"\xAA" + logical_address + b"\1\0\2\0", 0, b""),
            (0x0F, b"\x80\6", 0x10, b""),
            (0x06, b"\3", 0, bytes(24)),
            (0x01, struct.pack("<HB", 0x100, 4), 0, b"\1\2\3\4"),
            (0x08, struct.pack("<H", 0x100) + b"\1\2\3\4", 0, b"")), 1000):
        yield from exchange(request(0x4B, logical(0x67, 1), requester + struct.pack("<BBH", command, 0, number) + rest),
                            response(0x4B, requester + struct.pack("<BBH", command | 0x40, status, number) + told))


def enip_messages():
    """(message, from the client), over TCP."""
    yield encapsulate(0x04, session=0), True
    service = struct.pack("<HH", 1, 0x120) + b"Communications\0\0"
    yield encapsulate(0x04, items((0x100, service)), session=0), False
    yield encapsulate(0x63, session=0), True
    yield encapsulate(0x63, items((0x0C, struct.pack("<H", 1) + SOCKET + IDENTITY + b"\3")), session=0), False
    yield encapsulate(0x64, session=0), True
    yield encapsulate(0x64, items(), session=0), False
    yield encapsulate(0x65, struct.pack("<HH", 1, 0), session=0), True
    yield encapsulate(0x65, struct.pack("<HH", 1, 0)), False
    yield encapsulate(0x00, b"are you there?", session=0), True
    number = 0

    def exchange(asked, told):
        nonlocal number
        number += 1
        context = struct.pack("<Q", number)
        yield unconnected(asked, context=context), True
        yield unconnected(told, context=context), False

    yield from exchange(request(0x01, logical(1, 1)), response(0x01, IDENTITY))
    yield from exchange(request(0x0E, logical(1, 1, 7)), response(0x0E, b"\x0b1756-L61/B "))
    yield from exchange(request(0x0E, logical(1, 1, 6)), response(0x0E, struct.pack("<I", 0x00C0FFEE)))
    yield from exchange(request(0x03, logical(1, 1), struct.pack("<HHHH", 3, 1, 6, 5)),
                        response(0x03, struct.pack("<HHHHHHIHHH", 3, 1, 0, 1, 6, 0, 0xC0FFEE, 5, 0, 0x3060)))
    yield from exchange(request(0x05, logical(1, 1), b"\1"), response(0x05))
    yield from exchange(request(0x05, logical(1, 1)), response(0x05, b"", 0x0F))
    yield from exchange(request(0x10, logical(0xF5, 1, 5), b"\1\2\3\4"), response(0x10, b"", 0x0E))
    yield from exchange(request(0x0E, logical(0x300, 0x1234, 5)), response(0x0E, b"", 0x16))
    yield from exchange(request(0x4C, symbol(b"Valve") + symbol(b"Open")[:] + b"\x28\3", b"\1\0"),
                        response(0x4C, b"\xc4\0\1\0\0\0"))
    yield from exchange(request(0x4D, symbol(b"Pumps"), b"\xca\0\1\0" + struct.pack("<f", 1.5)), response(0x4D, b"", 0xFF, (0x2105,)))
    yield from exchange(request(0x04, logical(0x8B, 1), struct.pack("<HHQ", 1, 6, 77)), response(0x04, struct.pack("<HHH", 1, 6, 0)))
    yield from exchange(request(0x0E, logical(1, 1, 8)), response(0x0E, b"\3"))
    yield from exchange(request(0x0E, logical(1, 1, 5)), response(0x0E, struct.pack("<H", 0x3060)))
    yield from exchange(request(0x01, logical(1, 1)), response(0x01, IDENTITY + b"\3"))
    yield from exchange(request(0x01, logical(2, 1)), response(0x01, struct.pack("<5H", 4, 1, 2, 6, 0x67)))
    # A member, of which class and instance take more octets than one.
    yield from exchange(request(0x18, logical(0x300, 0x1234, 5) + b"\x28\3"), response(0x18, b"\1\0"))
    yield from pccc_messages(exchange)
    # Several services in one packet.
    several = [request(0x0E, logical(1, 1, 1)), request(0x10, logical(4, 100, 3), b"\1\2"), request(0x07, logical(0x8E, 1))]
    replies = [response(0x0E, b"\1\0"), response(0x10), response(0x07, b"", 0x10)]

    def packed(parts):
        offset, offsets = 2 + 2 * len(parts), b""
        for part in parts:
            offsets += struct.pack("<H", offset)
            offset += len(part)
        return struct.pack("<H", len(parts)) + offsets + b"".join(parts)

    yield from exchange(request(0x0A, logical(2, 1), packed(several)), response(0x0A, packed(replies)))
    # The identity in such packets: all of it, one by one, by a list.
    whole = [request(0x01, logical(1, 1)), request(0x0E, logical(1, 1, 6)), request(0x0E, logical(1, 1, 7)), request(0x0E, logical(1, 1, 4)),
             request(0x03, logical(1, 1), struct.pack("<4H", 3, 2, 3, 5))]
    told = [response(0x01, IDENTITY + b"\3"), response(0x0E, struct.pack("<I", 0x00C0FFEE)), response(0x0E, b"\x0b1756-L61/B "),
            response(0x0E, b"\x14\x0b"), response(0x03, struct.pack("<10H", 3, 2, 0, 14, 3, 0, 54, 5, 0, 0x3060))]
    yield from exchange(request(0x0A, logical(2, 1), packed(whole)), response(0x0A, packed(told)))
    # Sent on, with an odd length, to a module behind another one.
    inner = request(0x10, logical(4, 100, 3), b"\7")
    route = b"\1\2\x12\x0a10.10.10.5"
    sent = struct.pack("<BBH", 7, 249, len(inner)) + inner + b"\0" + bytes([len(route) // 2, 0]) + route
    yield from exchange(request(0x52, logical(6, 1), sent), response(0x10))
    yield from exchange(request(0x52, logical(6, 1), sent), response(0x52, b"\2\0", 1, (0x0312,)))
    # Connections: large and small, opened and refused, with an electronic key, closed.
    key = b"\x34\4" + struct.pack("<HHHBB", 1, 14, 54, 0x80 | 20, 11)
    serial_key = b"\x34\5" + struct.pack("<HHHBBI", 1, 14, 54, 20, 11, 0x00C0FFEE)
    path = b"\1\0" + key + logical(2, 1)
    triad = struct.pack("<HHI", 0x4D, 0x1337, 0xBEEF)
    small = struct.pack("<BBII", 10, 14, 0, 0x80FE0013) + triad + bytes([2, 0, 0, 0]) + struct.pack(
        "<IHIH", 8_000_000, 0x43F4, 8_000_000, 0x43F5) + bytes([0xA3, len(path) // 2]) + path
    large = struct.pack("<BBII", 10, 14, 0, 0x80FE0014) + triad + bytes([2, 0, 0, 0]) + struct.pack(
        "<IIII", 8_000_000, 0x42000FA0, 8_000_000, 0x42000FA0) + bytes([0xA3, len(path) // 2]) + path
    opened = struct.pack("<II", 0x00790301, 0x80FE0013) + triad + struct.pack("<II", 8_000_000, 8_000_000) + b"\0\0"
    yield from exchange(request(0x5B, logical(6, 1), large), response(0x5B, triad + b"\0\0", 8))
    yield from exchange(request(0x54, logical(6, 1), small), response(0x54, triad + b"\1\0", 1, (0x0117,)))
    yield from exchange(request(0x54, logical(6, 1), small), response(0x54, opened))
    # To an assembly for configuration and two connection points, by a key with a serial number.
    points = b"\1\0" + serial_key + logical(4, 1) + b"\x2c\x64\x2c\x65"
    yield from exchange(request(0x54, logical(6, 1), small[:-len(path) - 1] + bytes([len(points) // 2]) + points),
                        response(0x54, triad + b"\0\0", 1, (0x0315,)))
    for count in range(1, 4):
        yield connected(request(0x06, logical(0x8E, 1)), 0x00790301, count), True
        yield connected(response(0x06), 0x80FE0013, count), False
    close = b"\x0a\x0e" + triad + bytes([len(path) // 2, 0]) + path
    yield from exchange(request(0x4E, logical(6, 1), close), response(0x4E, triad + b"\0\0"))
    yield unconnected(request(0x01, logical(1, 1)), session=0x999), True
    yield encapsulate(RR, session=0x999, status=0x64), False
    yield encapsulate(0x66), True
