"""An S7 session made up for the comparison: addresses, user data and blocks that no capture of the corpus holds."""
import struct


def tpkt(pdu):
    return struct.pack(">BBH", 3, 0, len(pdu) + 7) + bytes([2, 0xF0, 0x80]) + pdu


def job(reference, parameter, data=b""):
    return tpkt(struct.pack(">BBHHHH", 0x32, 1, 0, reference, len(parameter), len(data)) + parameter + data)


def acknowledge(reference, parameter, data=b"", error=0):
    return tpkt(struct.pack(">BBHHHHH", 0x32, 3, 0, reference, len(parameter), len(data), error) + parameter + data)


def user_data(reference, kind, group, subfunction, content=None, error=0, sequence=0, unit=0, more=0):
    """`kind`: 0 push, 4 request, 8 response."""
    long_form = kind == 8
    parameter = bytes([0, 1, 0x12, 8 if long_form else 4, 0x12 if long_form else 0x11, kind << 4 | group, subfunction, sequence])
    if long_form:
        parameter += struct.pack(">BBH", unit, more, error)
    head = b"\x0a\0\0\0" if content is None else struct.pack(">BBH", 0xFF, 9, len(content)) + content
    return tpkt(struct.pack(">BBHHHH", 0x32, 7, 0, reference, len(parameter), len(head)) + parameter + head)


def s7any(size, count, db, area, address):
    return struct.pack(">BBBBHHB", 0x12, 10, 0x10, size, count, db, area) + struct.pack(">I", address)[1:]


def item(syntax, body):
    return bytes([0x12, len(body) + 1, syntax]) + body


def padded(items):
    """Addresses and data are filled up to even numbers of octets, but the last one."""
    return b"".join(each + bytes(len(each) % 2) for each in items[:-1]) + items[-1]


def datum(code, size, octets, bits=True):
    return struct.pack(">BBH", code, size, len(octets) * (8 if bits else 1)) + octets


def clock(milliseconds_and_day=0x1234):
    return bytes.fromhex("261127143059") + struct.pack(">H", milliseconds_and_day)


def s7comm_messages():
    """(TPKT, from the client)."""
    setup = bytes([0xF0, 0]) + struct.pack(">HHH", 8, 8, 960)
    yield job(1, setup), True
    yield acknowledge(1, setup), False
    reference = 1

    def exchange(parameter, data, answer, answer_data=b"", error=0):
        nonlocal reference
        reference += 1
        yield job(reference, parameter, data), True
        yield acknowledge(reference, answer, answer_data, error), False

    # Every area and transport size of S7ANY.
    areas = (0x03, 0x05, 0x06, 0x07, 0x1C, 0x1D, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87)
    sizes = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 28, 29)
    for place, area in enumerate(areas):
        items = [s7any(size, 1, 100 + place, area, 80 * place + size) for size in sizes]
        answer = padded([datum(0xFF, 4, bytes([place, n] * 2)[:1 + n % 4]) for n, _ in enumerate(sizes)])
        yield from exchange(bytes([4, len(items)]) + padded(items), b"", bytes([4, len(items)]), answer)
    # Numerical control, drives, parts of data blocks.
    others = [item(syntax, struct.pack(">BHHBB", 0x45, 35, 2, 0x7F, 1)) for syntax in (0x82, 0x83, 0x84)]
    others += [item(0xA2, struct.pack(">BHHHH", 1, 2, 3, 947, 5)),
               item(0xB0, bytes([2]) + struct.pack(">BHHBHH", 4, 70, 12, 2, 71, 600))]
    values = [datum(0xFF, 9, b"\1\2\3", False), datum(0xFF, 7, struct.pack(">f", 49.98), False),
              datum(0xFF, 5, b"\xff\x85"), datum(0x0A, 0, b""), datum(0xFF, 3, b"\1", False)[:2] + b"\0\1\1"]
    yield from exchange(bytes([4, 5]) + padded(others), b"", bytes([4, 5]), padded(values))
    # Writes that are refused in part.
    two = [s7any(8, 1, 9, 0x84, 64), s7any(1, 1, 9, 0x84, 3)]
    written = padded([datum(0, 7, struct.pack(">f", 1.5), False), datum(0, 3, b"\1", False)[:2] + b"\0\1\1"])
    yield from exchange(bytes([5, 2]) + padded(two), written, bytes([5, 2]), b"\xff\x03")
    yield from exchange(bytes([5, 2]) + padded(two), written, b"", b"", 0x8104)
    # Blocks: download of an FC, upload of an FB.
    name = b"_0C00017P"
    yield from exchange(b"\x1a\0\1\0\0\0\0\0\x09" + name + b"\x0d1000262000104", b"", b"\x1a")
    fetched = struct.pack(">HH", 12, 0xFB) + bytes(range(12))
    yield job(0x300, b"\x1b\0\0\0\0\0\0\0\x09" + name), False
    yield acknowledge(0x300, b"\x1b\1", fetched), True
    yield job(0x301, b"\x1c\0\0\0\0\0\0\0\x09" + name), False
    yield acknowledge(0x301, b"\x1c"), True
    yield from exchange(b"\x28" + bytes(6) + b"\xfd\0\x12\2\0" + b"0C00017P0800001P" + b"\5_INSE", b"", b"\x28")
    yield from exchange(b"\x28" + bytes(6) + b"\xfd\0\0\x09P_PROGRAM", b"", b"\x28")
    yield from exchange(b"\x29" + bytes(5) + b"\x09P_PROGRAM", b"", b"\x29")
    yield from exchange(b"\x1d\0\0\0\0\0\0\0\x09_0E00300A", b"", b"\x1d\0\1\0\0\0\0\x0b\7" + b"0000012")
    yield from exchange(b"\x1e\0\0\0\0\0\0\x0b", b"", b"\x1e\0", fetched)
    yield from exchange(b"\x1f\0\0\0\0\0\0\x0b", b"", b"\x1f")

    def ask(group, subfunction, content, answer, error=0):
        nonlocal reference
        reference += 1
        yield user_data(reference, 4, group, subfunction, content), True
        yield user_data(reference, 8, group, subfunction, answer, error, 1), False

    # Block information.
    head = b"0E" + struct.pack(">HH", 74, 0x22) + b"pp" + bytes([1, 0x21, 2, 0x0C]) + struct.pack(">HII", 300, 262, 0)
    head += struct.pack(">IH", 50_000_000, 14000) * 2 + struct.pack(">HHHH", 28, 10, 4, 104)
    head += b"AUTHOR  FAMILY  PUMP    " + bytes([0x12, 0]) + struct.pack(">HII", 0xBEEF, 0, 0)
    yield from ask(3, 3, b"0E00300A", head)
    yield from ask(3, 1, None, b"".join(b"0" + kind + struct.pack(">H", n) for n, kind in enumerate((b"8", b"E", b"A"))))
    yield from ask(3, 2, b"0E", struct.pack(">HBB", 300, 0x22, 2) + struct.pack(">HBB", 301, 0x22, 1))
    yield from ask(3, 3, b"0E00999A", None, 0xD209)
    # Clock, and a refused status list.
    yield from ask(7, 1, None, b"\0\x20" + clock())
    yield from ask(7, 2, b"\0\x20" + clock(0x9991), None)
    yield from ask(4, 1, struct.pack(">HH", 0x0999, 0), None, 0xD401)
    # A status list in three parts.
    records = b"".join(struct.pack(">H20sHHH", n, b"6ES7 999-0AA00-0AB0 ", 192, n, 1) for n in (1, 6, 7))
    whole = struct.pack(">HHHH", 0x0011, 0, 28, 3) + records
    yield user_data(0x500, 4, 4, 1, struct.pack(">HH", 0x0011, 0)), True
    for at, more in ((0, 1), (40, 1), (80, 0)):
        yield user_data(0x500, 8, 4, 1, whole[at:at + 40 if more else None], 0, 9, 77, more), False
    # Messages of the CPU: alarms, a diagnostic message, a cyclic job and its pushes.
    alarm = clock() + bytes([0, 1]) + item(0x16, bytes([2]) + struct.pack(">IBBBB", 4711, 1, 2, 3, 4))
    alarm += padded([datum(0xFF, 4, b"\1\2"), datum(0xFF, 4, b"\3")])
    yield user_data(0, 0, 4, 5, alarm), False
    yield user_data(0, 0, 4, 6, alarm), False
    yield user_data(0, 0, 4, 3, struct.pack(">HBBHHI", 0x4302, 27, 100, 0, 0x494E, 0x0B107710) + clock()), False
    cyclic = struct.pack(">HBB", 2, 1, 10) + padded([s7any(2, 4, 5, 0x84, 0), s7any(4, 2, 0, 0x83, 320)])
    pushed = struct.pack(">H", 2) + padded([datum(0xFF, 4, b"\1\2\3\4"), datum(0xFF, 4, b"\5\6\7\x08")])
    yield from ask(2, 1, cyclic, pushed)
    yield user_data(0, 0, 2, 1, pushed), False
    yield from ask(2, 4, b"\1\1", None)
