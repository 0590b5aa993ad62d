"""PTP messages made up for synthetic.py: TLVs, management and the first version, which no real capture holds."""
import random
import struct

CONTROL = {0: 0, 1: 1, 8: 2, 9: 3, 13: 4}
SOURCE, OTHER = 0x001122FFFE334455, 0x00AABBFFFECCDDEE


def tlv(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def text(letters):
    return bytes([len(letters)]) + letters.encode()


def timestamp(chance):
    return struct.pack(">HII", chance.randrange(4), chance.randrange(1 << 32), chance.randrange(1_000_000_000))


def message(chance, kind, body, sequence):
    return struct.pack(">BBHBBHqIQHHBb", kind, 2, 34 + len(body), chance.randrange(128), 0,
                       chance.randrange(1 << 16) & 0xE77F, chance.randrange(1 << 40), 0, SOURCE, chance.randrange(1, 9),
                       sequence, CONTROL.get(kind & 15, 5), chance.randrange(-7, 5)) + body


def announce(chance, tlvs=b""):
    return timestamp(chance) + struct.pack(">hBBBBHBQHB", 37, 0, *chance.randbytes(3), chance.randrange(1 << 16),
                                           chance.randrange(256), OTHER, chance.randrange(9), 0x20) + tlvs


def management(action, tlvs):
    return struct.pack(">QHBBBB", OTHER, 1, 3, 2, action, 0) + tlvs


def management_data(chance):
    """(managementId, data) of what is read element by element."""
    quality = struct.pack(">BBH", 6, 0x21, 0x4E5D)
    description = (struct.pack(">H", 0x8000) + text("IEEE 802.3") + struct.pack(">H", 6) + chance.randbytes(6) +
                   struct.pack(">HH", 3, 6) + chance.randbytes(6) + chance.randbytes(3) + b"\0" + text("Acme;GM-1;0042") +
                   text("A;1.2;3.4") + text("Bay 3") + chance.randbytes(6))
    yield 0x0001, description + b"\0" * (len(description) % 2)
    yield 0x0002, text("Bay") # four octets
    yield 0x0005, struct.pack(">H", 1)
    yield 0x2000, struct.pack(">BBHB", 1, 0, 2, 128) + quality + struct.pack(">BQBB", 127, OTHER, 4, 0)
    yield 0x2001, struct.pack(">Hqq", 3, 0x28000, 0x50000)
    yield 0x2002, struct.pack(">QHBBHiB", OTHER, 1, 1, 0, 77, -5, 128) + quality + struct.pack(">BQ", 127, OTHER)
    yield 0x2003, struct.pack(">hBB", 37, 0x3C, 0x20)
    yield 0x2004, struct.pack(">QHBbqbBbBbB", OTHER, 1, 6, 0, 0x30000, 1, 3, 0, 2, 0, 2)
    for identifier in (0x2005, 0x2006, 0x2007, 0x2009, 0x200A, 0x200B, 0x200C, 0x2010, 0x6000, 0x6001):
        yield identifier, bytes([2, 0])
    yield 0x200F, timestamp(chance)
    yield 0x2011, struct.pack(">hBB", 37, 4, 0)
    yield 0x2013, bytes([8, 0x20])
    yield 0x2019, struct.pack(">H", 5)
    yield 0x201C, struct.pack(">H", 6)
    yield 0x201E, bytes([1, 1])
    yield 0x201F, b"\1" + text("CET")
    yield 0x2020, bytes([4, 0])
    yield 0x2021, struct.pack(">BiiHIB", 1, 3600, -3600, 0, 1_774_746_000, 0)
    yield 0x4000, struct.pack(">QHBB", OTHER, 2, 2, 93)
    yield 0x4001, struct.pack(">QHBbq", OTHER, 1, 1, -2, 0x30000)
    yield 0x4002, bytes([93, 0])


def bodies(chance):
    """(majorSdoId and messageType, body)"""
    yield 0, timestamp(chance)
    yield 1, timestamp(chance)
    yield 2, timestamp(chance) + bytes(10)
    for kind in (3, 9, 10):
        yield kind, timestamp(chance) + struct.pack(">QH", OTHER, 2)
    yield 8, timestamp(chance)
    yield 0x18, timestamp(chance) + tlv(3, bytes.fromhex("0080c2000001") + struct.pack(">iH12si", 1000, 3, bytes(12), 7))
    yield 11, announce(chance)
    yield 11, announce(chance, tlv(3, bytes.fromhex("1c129d000001") + struct.pack(">HIIH", 254, 50, 100, 0)))
    yield 11, announce(chance, tlv(3, bytes.fromhex("1c129d000002") + struct.pack(">HIIH", 254, 0, 250, 0)))
    yield 11, announce(chance, tlv(9, struct.pack(">BiiHI", 1, 3600, -3600, 0, 1_774_746_000) + text("CET")))
    yield 11, announce(chance, tlv(8, struct.pack(">QQ", SOURCE, OTHER)))
    for value in (struct.pack(">BbI", 0xB0, 1, 300), struct.pack(">BbIBB", 0, -4, 300, 0, 1)):
        yield 12, struct.pack(">QH", OTHER, 1) + tlv(4 if len(value) == 6 else 5, value)
    for kind in (6, 7):
        yield 12, struct.pack(">QH", OTHER, 1) + tlv(kind, bytes([0xB0, 0]))
    for identifier, data in management_data(chance):
        yield 13, management(2, tlv(1, struct.pack(">H", identifier) + data))
        yield 13, management(1, tlv(1, struct.pack(">H", identifier) + data))
    for identifier in (0x0000, 0x0003, 0x200D, 0x200E):
        yield 13, management(3, tlv(1, struct.pack(">H", identifier)))
    for error in (1, 2, 3, 4, 5, 6, 0xFFFE):
        yield 13, management(2, tlv(2, struct.pack(">HHI", error, 0x2005, 0) + text("no!")))


def first_version(chance):
    """A Sync of IEEE 1588-2002."""
    head = struct.pack(">HH16sBB6sHHBBHI", 1, 1, b"_DFLT", 1, 1, chance.randbytes(6), 1, 7, 0, 0, 8, 0)
    return (head + struct.pack(">IIHhBB6sHHBBBB4s", 1_700_000_000, 5, 0, 33, 0, 1, chance.randbytes(6), 1, 7, 0, 0, 0, 1, b"GPS")
            + bytes(52))


def over_udp(payload, port):
    udp = struct.pack(">HHHH", port, port, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 1, 17, 0, bytes([192, 0, 2, 1]), bytes([224, 0, 1, 129]))
    return b"\x08\0" + head + udp


def write(folder):
    """Writes the capture into `folder`; its path."""
    chance = random.Random(1588)
    frames = [b"\x88\xf7" + message(chance, kind, body, number) for number, (kind, body) in enumerate(bodies(chance))]
    frames += [over_udp(message(chance, 11, announce(chance), number), 320) for number in range(3)]
    frames += [over_udp(first_version(chance), 319)]
    path = folder / "synthetic_ptp.pcap"
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(frames):
            octets = bytes.fromhex("011b19000000") + bytes.fromhex("001122334455") + frame
            file.write(struct.pack("<IIII", 1_700_000_000 + number, 0, len(octets), len(octets)) + octets)
    return path
