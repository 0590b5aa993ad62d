"""A made-up session of IEEE C37.118 for synthetic.py: what no real capture holds."""
import struct


def crc_ccitt(octets):
    """IEEE C37.118.2-2011, annex B."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet << 8
        for _ in range(8):
            value = (value << 1 ^ (0x1021 if value & 0x8000 else 0)) & 0xFFFF
    return value


def c37118_frame(kind, body, soc, fracsec=0, idcode=7):
    frame = struct.pack(">BBHHII", 0xAA, kind << 4 | 2, 16 + len(body), idcode, soc, fracsec) + body
    return frame + struct.pack(">H", crc_ccitt(frame))


def c37118_pmu(chance, third, form, phasors, analogs, words):
    """(configuration, data) of one PMU: the octets of its block, and a function that makes its data."""
    count = phasors + analogs + 16 * words
    number = chance.randrange(1, 65535)
    counts = struct.pack(">HHHH", form, phasors, analogs, words)
    if third:
        def name(text):
            return bytes([len(text)]) + text.encode()
        block = name("Station " + "x" * chance.randrange(20)) + struct.pack(">H", number) + chance.randbytes(16) + counts
        block += b"".join(name(f"channel {n}" * chance.randrange(1, 3)) for n in range(count))
        for n in range(phasors):
            block += struct.pack(">HBBff", chance.choice([0, 0x40, 0x8000]), chance.choice([0, 1, 9, 12]), 0, 0.5 * (n + 1), 0.25 * n)
        block += b"".join(struct.pack(">ff", 1.5 * (n + 1), -n) for n in range(analogs))
        block += chance.randbytes(4 * words) + struct.pack(">fffcii", 50.25, 14.5, 200, chance.choice([b"M", b"P"]), 20000, 10000)
    else:
        block = f"Station {number}".ljust(16).encode() + struct.pack(">H", number) + counts
        block += b"".join(f"channel {n}".ljust(16).encode() for n in range(count))
        block += b"".join(struct.pack(">I", (n & 1) << 24 | chance.randrange(1 << 20)) for n in range(phasors))
        block += b"".join(struct.pack(">I", (n % 3) << 24 | chance.randrange(1 << 24)) for n in range(analogs))
        block += chance.randbytes(4 * words)
    block += struct.pack(">HH", chance.randrange(2), chance.randrange(100))

    def data():
        octets = struct.pack(">H", chance.randrange(1 << 16))
        for _ in range(phasors):
            if form & 2:
                octets += struct.pack(">ff", chance.uniform(0, 4e5), chance.uniform(-3, 3))
            else:
                octets += struct.pack(">Hh" if form & 1 else ">hh", chance.randrange(1 << 15), chance.randrange(-31416, 31416))
        octets += struct.pack(">ff", 50.02, -0.125) if form & 8 else struct.pack(">hh", chance.randrange(-99, 99), -12)
        for _ in range(analogs):
            octets += struct.pack(">f", chance.uniform(-9, 9)) if form & 4 else struct.pack(">h", chance.randrange(-9999, 9999))
        return octets + chance.randbytes(2 * words)

    return block, data


def c37118_messages(chance):
    """(frame, from the client) of a session with every command, and data in every format by configurations 2 and 3."""
    soc = 1_700_000_000
    for word in [1, 3, 4, 5, 6, 7, 8, 0x0123, 0x1234, 2]:
        body = struct.pack(">H", word) + (chance.randbytes(6) if word == 8 else b"")
        yield c37118_frame(4, body, soc), True
    yield c37118_frame(1, b"A header for people", soc), False
    for third in (False, True):
        for form in range(16):
            pmus = [c37118_pmu(chance, third, form, chance.randrange(4), chance.randrange(3), chance.randrange(2))
                    for _ in range(chance.randrange(1, 4))]
            body = struct.pack(">IH", 1_000_000, len(pmus)) + b"".join(block for block, _ in pmus) + struct.pack(">h", 50)
            if not third:
                yield c37118_frame(2, body, soc), False
            yield c37118_frame(5 if third else 3, b"\0\0" * third + body, soc), False
            for n in range(4):
                flags = chance.randrange(128) << 24
                yield c37118_frame(0, b"".join(data() for _, data in pmus), soc, flags | n * 20_000), False
            soc += 1
