"""GOOSE and sampled values made up for the comparison with Wireshark. Always the same octets."""
import random
import struct


def ber(identifier, contents):
    """An element with its identifier octet."""
    length = len(contents)
    return bytes([identifier]) + (bytes([length]) if length < 128 else b"\x82" + struct.pack(">H", length)) + contents


def goose_value(chance, depth=0):
    """One Data of IEC 61850-8-1; numbers that Wireshark 4.0, which takes all for 32 bits with a sign, shows alike."""
    kind = chance.choice([3, 4, 5, 6, 7, 9, 10, 12, 13, 14, 15, 16, 17] + ([1, 2] if depth < 4 else []))
    if kind in (1, 2):
        return ber(0xA0 | kind, b"".join(goose_value(chance, depth + 1) for _ in range(chance.randrange(1, 4))))
    contents = {
        3: lambda: bytes([chance.choice([0, 1, 255])]), 4: lambda: b"\x03" + bytes([chance.randrange(256), 8]),
        5: lambda: struct.pack(">i", chance.randrange(-1 << 31, 1 << 31))[chance.randrange(3):],
        6: lambda: b"\0" + struct.pack(">I", chance.randrange(1 << 31)),
        7: lambda: b"\x08" + struct.pack(">f", chance.uniform(-1e4, 1e4)),
        9: lambda: chance.randbytes(chance.randrange(1, 9)), 10: lambda: b"IED%d" % chance.randrange(1000),
        12: lambda: chance.randbytes(6), 13: lambda: bytes([chance.randrange(100)]),
        14: lambda: b"\x05" + bytes([chance.randrange(8) << 5]), 15: lambda: bytes([43, chance.randrange(100)]),
        16: lambda: b"text %d" % chance.randrange(1000), 17: lambda: struct.pack(">I", chance.randrange(1 << 31)) +
        chance.randbytes(4),
    }
    return ber(0x80 | kind, contents[kind]())


def goose_pdu(chance, number):
    values = [goose_value(chance) for _ in range(chance.randrange(1, 12))]
    return ber(0x61, b"".join(
        [ber(0x80, b"SYNTHETICLD0/LLN0$GO$gcb%d" % (number % 3)), ber(0x81, struct.pack(">H", 2000)),
         ber(0x82, b"SYNTHETICLD0/LLN0$data"), ber(0x83, b"id") if number % 2 else b"",
         ber(0x84, struct.pack(">I", 1_700_000_000 + number) + chance.randbytes(4)), ber(0x85, struct.pack(">I", number)),
         ber(0x86, struct.pack(">q", chance.randrange(1 << 32))[3:]), ber(0x87, bytes([number % 2])), ber(0x88, b"\x05"),
         ber(0x89, bytes([number % 3 == 0])), ber(0x8A, bytes([len(values)])), ber(0xAB, b"".join(values))]))


def goose_frames():
    """(ethertype, octets) of GOOSE, GSE management and, over UDP, of GOOSE in sessions."""
    chance = random.Random(0x88B8)
    for number in range(1, 400):
        pdu = goose_pdu(chance, number)
        yield 0x88B8, struct.pack(">HHHH", number, 8 + len(pdu), number % 2 << 15, 0) + pdu
        if number % 4 == 0:
            vector, signature = chance.randbytes(number % 3 * 4), b"\x85\x10" + chance.randbytes(16)
            payload = struct.pack(">BBHH", 0x81, number % 2, number, len(pdu)) + pdu
            user = struct.pack(">I", len(payload)) + payload + signature
            head = struct.pack(">IHIHIB", number, 2, 1_700_000_000, 60, 9, len(vector)) + vector
            yield 102, (bytes([1, 0x40, 0xA1, len(head) + 6, 0x80, len(head) + 4]) +
                        struct.pack(">I", len(head) + len(user)) + head + user)
    name = ber(0x80, b"SYNTHETICLD0/LLN0$GO$gcb1")
    for service in (1, 2):
        asked = ber(0xA1, b"\x02\x01\x03") if service == 1 else ber(0xA1, ber(0x1A, b"XCBR1$ST$Pos"))
        told = name + ber(0x81, b"\x05") + ber(0xA2, ber(0x80, b"SYNTHETICLD0/LLN0$data") + ber(0xA1, ber(0x80, b"\x03")))
        for choice in (ber(0xA1, ber(0xA0 | service, name + asked)), ber(0xA2, ber(0xA0 | service, told))):
            pdu = ber(0x60, ber(0x80, b"\x07") + choice)
            yield 0x88B8, struct.pack(">HHHH", 1, 8 + len(pdu), 0, 0) + pdu


def sv_frames():
    """Sampled values with one to eight ASDUs, and with and without each optional element."""
    chance = random.Random(0x88BA)
    for number in range(400):
        asdus = []
        for n in range(chance.choice([1, 2, 8])):
            asdus.append(ber(0x30, b"".join(
                [ber(0x80, b"MU%02d" % (number % 5)), ber(0x81, b"MU/LLN0$data") if number & 1 else b"",
                 ber(0x82, struct.pack(">H", (number + n) % 4000)), ber(0x83, struct.pack(">I", 1 + number % 3)),
                 ber(0x84, struct.pack(">I", 1_700_000_000 + number) + chance.randbytes(4)) if number & 2 else b"",
                 ber(0x85, bytes([number % 3])), ber(0x86, struct.pack(">H", 4800)) if number & 4 else b"",
                 ber(0x87, chance.randbytes(64)), ber(0x88, struct.pack(">H", number % 3)) if number & 8 else b"",
                 ber(0x89, chance.randbytes(8)) if number & 16 else b""])))
        pdu = ber(0x60, ber(0x80, bytes([len(asdus)])) + ber(0xA2, b"".join(asdus)))
        yield 0x88BA, struct.pack(">HHHH", 0x4000 + number % 5, 8 + len(pdu), number % 2 << 15, 0) + pdu


def header_checksum(ip):
    total = sum(struct.unpack(f">{len(ip) // 2}H", ip))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def write_frames(path, frames):
    """Writes (ethertype, octets) as Ethernet frames of one publisher; what is no ethertype is a port of UDP."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        clock = 1_700_000_000_000_000
        for kind, octets in frames:
            clock += 10_000
            if kind < 0x600:
                octets = struct.pack(">HHHH", 50000, kind, 8 + len(octets), 0) + octets
                ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(octets), 0, 0, 64, 17, 0) + bytes([192, 0, 2, 1, 239, 0, 0, 1])
                octets, kind = ip[:10] + struct.pack(">H", header_checksum(ip)) + ip[12:] + octets, 0x0800
            octets = bytes([1, 12, 205, 1, 0, 1, 2, 0, 0, 0, 0, 1]) + struct.pack(">H", kind) + octets
            file.write(struct.pack("<IIII", clock // 1_000_000, clock % 1_000_000, len(octets), len(octets)) + octets)


def write(folder):
    """Writes both captures into `folder`; their paths."""
    paths = []
    for name, frames in {"goose": goose_frames(), "sv": sv_frames()}.items():
        paths.append(folder / f"synthetic_{name}.pcap")
        write_frames(paths[-1], frames)
    return paths
