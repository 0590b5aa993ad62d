"""A made-up session of DNP3 for synthetic.py: every type that Wireshark reads, under every qualifier."""
import struct

# IEEE 1815-2012, annex A: what one object of a group and variation is made of: f flags, s control status, c control
# relay output block, t time, r relative time, numbers octets of an integer, F and D floats. 1 and 2 are packed bits.
# Left out is what Wireshark 4.0 leaves raw or reads otherwise, see docs/protocols/dnp3.md.
DNP3_TYPES = {
    (1, 1): "b", (1, 2): "f", (2, 1): "f", (2, 2): "ft", (2, 3): "fr", (3, 1): "B", (10, 1): "b", (10, 2): "f",
    (11, 1): "f", (11, 2): "ft", (12, 1): "c", (12, 2): "c", (13, 1): "s", (13, 2): "st", (20, 1): "f4",
    (20, 2): "f2", (20, 3): "f4", (20, 4): "f2", (20, 5): "4", (20, 6): "2", (20, 7): "4", (20, 8): "2",
    (21, 1): "f4", (21, 2): "f2", (21, 3): "f4", (21, 4): "f2", (21, 5): "f4t", (21, 6): "f2t", (21, 7): "f4t",
    (21, 8): "f2t", (21, 9): "4", (21, 10): "2", (21, 11): "4", (21, 12): "2", (22, 1): "f4", (22, 2): "f2",
    (22, 3): "f4", (22, 4): "f2", (22, 5): "f4t", (22, 6): "f2t", (22, 7): "f4t", (22, 8): "f2t", (23, 1): "f4",
    (23, 2): "f2", (23, 3): "f4", (23, 4): "f2", (23, 5): "f4t", (23, 6): "f2t", (23, 7): "f4t", (23, 8): "f2t",
    (30, 1): "f4", (30, 2): "f2", (30, 3): "4", (30, 4): "2", (30, 5): "fF", (30, 6): "fD", (31, 7): "fF",
    (31, 8): "fD", (32, 1): "f4", (32, 2): "f2", (32, 3): "f4t", (32, 4): "f2t", (32, 5): "fF", (32, 6): "fD",
    (32, 7): "fFt", (32, 8): "fDt", (33, 5): "fF", (33, 6): "fD", (33, 7): "fFt", (33, 8): "fDt", (40, 1): "f4",
    (40, 2): "f2", (40, 3): "fF", (40, 4): "fD", (41, 1): "4s", (41, 2): "2s", (41, 3): "Fs", (41, 4): "Ds",
    (42, 1): "f4", (42, 2): "f2", (42, 3): "f4t", (42, 4): "f2t", (42, 5): "fF", (42, 6): "fD", (42, 7): "fFt",
    (42, 8): "fDt", (43, 2): "s2", (43, 5): "sF", (43, 7): "sFt", (50, 1): "t", (50, 3): "t", (51, 1): "t",
    (52, 1): "2", (52, 2): "2",
}
DNP3_COMMANDS = {12, 41}
DNP3_ONE = {50, 51, 52}
DNP3_EVENTS = {2, 11, 12, 13, 22, 23, 32, 33, 41, 42, 43}  # with an index before each object
FLOAT_SAMPLES = [0.0, -1.5, 50.02, 1e6, 3.25e-5, -273.15]


def dnp3_crc(octets):
    remainder = 0
    for octet in octets:
        remainder ^= octet
        for _ in range(8):
            remainder = remainder >> 1 ^ (0xA6BC if remainder & 1 else 0)
    return struct.pack("<H", ~remainder & 0xFFFF)


def dnp3_frames(fragment, from_master, segment):
    """The fragment in as many link frames as it takes; `segment` is the number of the first one."""
    out = b""
    parts = [fragment[at:at + 249] for at in range(0, len(fragment), 249)]
    for n, part in enumerate(parts):
        fir, fin = n == 0, n == len(parts) - 1
        data = bytes([fin << 7 | fir << 6 | (segment + n) & 63]) + part
        header = bytes([5, 0x64, 5 + len(data), 0xC4 if from_master else 0x44])
        header += struct.pack("<HH", *((1024, 1) if from_master else (1, 1024)))
        out += header + dnp3_crc(header)
        for at in range(0, len(data), 16):
            out += data[at:at + 16] + dnp3_crc(data[at:at + 16])
    return out


def dnp3_object(chance, parts):
    out = b""
    for part in parts:
        if part == "f":
            out += bytes([chance.randrange(256)])
        elif part == "s":
            out += bytes([chance.choice([0, 0, 2, 4, 9, 12, 126])])
        elif part == "c":
            out += struct.pack("<BBIIB", chance.choice([1, 3, 4, 0x41, 0x81]), chance.randrange(256),
                               chance.randrange(1 << 32), chance.randrange(1 << 32), 0)
        elif part == "t":
            out += struct.pack("<Q", chance.randrange(1 << 41))[:6]
        elif part == "r":
            out += struct.pack("<H", chance.randrange(60000))
        elif part == "F":
            out += struct.pack("<f", chance.choice(FLOAT_SAMPLES))
        elif part == "D":
            out += struct.pack("<d", chance.choice(FLOAT_SAMPLES))
        else:
            out += chance.randbytes(int(part))
    return out


def dnp3_objects(chance, group, variation, count, wide):
    """An object header with its objects."""
    parts = DNP3_TYPES[group, variation]
    head = bytes([group, variation])
    if group in DNP3_ONE:
        return head + bytes([7, 1]) + dnp3_object(chance, parts)
    if group in DNP3_EVENTS:
        form = "BHI"[wide]
        head += struct.pack("<B" + form, 0x10 * (wide + 1) | 7 + wide, count)
        return head + b"".join(
            struct.pack("<" + form, chance.randrange(200)) + dnp3_object(chance, parts) for _ in range(count))
    form, start = "BHI"[wide], chance.randrange(100)
    head += struct.pack("<B" + 2 * form, wide, start, start + count - 1)
    if parts in "bB":
        return head + chance.randbytes((count * (1 if parts == "b" else 2) + 7) // 8)
    return head + b"".join(dnp3_object(chance, parts) for _ in range(count))


def dnp3_messages(chance):
    """(segment of the stream, from the master): every type under every qualifier, asked for, told, and commanded."""
    segments = {True: 0, False: 0}

    def say(fragment, from_master):
        frames = dnp3_frames(fragment, from_master, segments[from_master])
        segments[from_master] = (segments[from_master] + (len(fragment) + 248) // 249) & 63
        return frames, from_master

    for control, from_master in ((0xC0, True), (0x00, False), (0xC9, True), (0x0B, False), (0xF2, True), (0x0F, False)):
        header = bytes([5, 0x64, 5, control]) + struct.pack("<HH", *((1024, 1) if from_master else (1, 1024)))
        yield header + dnp3_crc(header), from_master
    sequence = 0
    for _ in range(2):
        for group, variation in DNP3_TYPES:
            for wide in range(3):
                for count in (1, 2, 7):
                    sequence = (sequence + 1) & 15
                    indications = struct.pack(">H", chance.randrange(1 << 16) & 0xFF3F)
                    objects = dnp3_objects(chance, group, variation, count, wide)
                    if group in DNP3_COMMANDS:
                        for function in (3, 4, 5):
                            sequence = (sequence + 1) & 15
                            yield say(bytes([0xC0 | sequence, function]) + objects, True)
                            yield say(bytes([0xC0 | sequence, 0x81]) + indications + objects, False)
                        continue
                    yield say(bytes([0xC0 | sequence, 1, group, variation, 6]), True)
                    yield say(bytes([0xC0 | sequence, 0x81]) + indications + objects, False)
    for function in (13, 14, 20, 21, 23, 24, 7, 9):
        sequence = (sequence + 1) & 15
        yield say(bytes([0xC0 | sequence, function]) + (bytes([60, 2, 6]) if function in (20, 21) else b""), True)
        yield say(bytes([0xC0 | sequence, 0x81, 0, 0]), False)
