"""A UMAS session made up for the comparison, in Modbus function 90. Always the same octets."""
import struct

OK, ERROR, SIGNED = 0xFE, 0xFD, 0x38
IDENTITY = struct.pack("<HIHHHHHIHB", 0x3012, 0x601, 0, 0x0270, 1, 39, 9, 0, 0, 12) + b"BMX P34 2020"


def text(word):
    return bytes([len(word)]) + word.encode()


def exchanges(chance):
    """(key, function, request, answer, status) of what an engineering station does with a controller."""
    yield 0, 0x02, b"", IDENTITY, OK
    yield 0, 0x01, b"\0", struct.pack("<HHII", 1021, 0x600, 50, 0) + text(""), OK
    yield 0, 0x0A, b"\0" + b"T" * 249, b"\0" + b"T" * 249, OK
    built = bytes([2, 12, 59, 12, 14, 1]) + struct.pack("<H", 2014)
    yield 0, 0x03, b"\0", chance.randbytes(18) + built + built + struct.pack("<HBB", 8, 1, 2) + text("PUMPS"), OK
    yield 0, 0x04, b"", bytes([2, 0x82, 0x80, 3]) + struct.pack("<III", 1, 2, 3) + bytes(44) + b"\2" + bytes(5), OK
    yield 0, 0x20, struct.pack("<BHHHH", 0, 0x13, 100, 0, 64), struct.pack("<BH", 0, 64) + chance.randbytes(64), OK
    yield 0, 0x22, struct.pack("<IBBHBHB", 7, 1, 2, 0x30, 1, 0, 4), chance.randbytes(2), OK
    yield 0, 0x10, struct.pack("<I", 10) + text("STATION1"), b"", ERROR
    yield 0, 0x10, struct.pack("<I", 10) + text("STATION1"), b"\x5C", OK
    key = 0x5C
    yield key, 0x12, b"", b"", OK
    yield key, 0x23, struct.pack("<IBBHHHH", 7, 1, 2, 0x30, 0, 4, 298), b"", OK
    yield key, 0x21, struct.pack("<BHHHH", 0, 0x13, 100, 0, 4) + chance.randbytes(4), b"", OK
    yield key, 0x41, b"\xFF\0", b"", OK
    yield key, 0x30, b"\0\1", b"", OK
    for block in range(1, 4):
        yield key, 0x31, struct.pack("<HHH", 0x100, block, 1000) + chance.randbytes(1000), b"", OK
    yield key, 0x32, struct.pack("<HH", 0x100, 3), b"", OK
    yield key, 0x33, struct.pack("<HH", 0x100, 1000), b"", OK
    for block in range(1, 4):
        yield key, 0x34, struct.pack("<HH", 0x100, block), struct.pack("<HH", 0, 1000) + chance.randbytes(1000), OK
    yield key, 0x35, struct.pack("<HH", 0x100, 3), b"", OK
    yield key, 0x40, b"\xFF\0", b"", OK
    yield key, 0x11, b"", b"", OK
    for function in (0x06, 0x26, 0x39, 0x50, 0x58, 0x70, 0x73):
        yield 0, function, chance.randbytes(8), chance.randbytes(8), OK
    yield 0, 0x7E, b"", b"", ERROR


def messages(chance):
    """(ADU, from the client)."""
    for transaction, (key, function, request, answer, status) in enumerate(exchanges(chance)):
        asked, told = bytes([90, key, function]) + request, bytes([90, key, status]) + answer
        if function in (0x40, 0x41):  # as newer controllers want it, with a digest that nobody checks here
            digest = b"\1" + chance.randbytes(32)
            asked, told = bytes([90, key, SIGNED]) + digest + asked, bytes([90, key, OK]) + digest + told
        for octets, from_client in ((asked, True), (told, False)):
            yield struct.pack(">HHHB", transaction, 0, 1 + len(octets), 0) + octets, from_client
    for transaction, octets, from_client in ((500, b"\x5A\0\2", True), (500, b"\xDA\1", False)):
        yield struct.pack(">HHHB", transaction, 0, 1 + len(octets), 0) + octets, from_client
