"""FINS sessions made up for the comparison, over UDP and over TCP. Always the same octets."""
import struct

# Areas that Wireshark 4.0 knows too: bits, words, words with their forced status.
BITS = [0x00, 0x01, 0x03, 0x05, 0x30, 0x31, 0x32, 0x33, 0x70, 0x71, 0x72, 0x09, 0x49, 0x02, 0x06, 0x20, 0x2C, 0x07]
WORDS = [0x80, 0x81, 0x82, 0x90, 0x97, 0x98, 0xB0, 0xB1, 0xB2, 0xB3, 0x89, 0xA0, 0xAC]
FORCED = [0xC0, 0xF0, 0xF1, 0xF2]
END_CODES = [0x0000, 0x0001, 0x0101, 0x0204, 0x0205, 0x0302, 0x0401, 0x0503, 0x1002, 0x1101, 0x1103, 0x110B, 0x2002, 0x2006, 0x2101,
             0x2107, 0x2202, 0x2206, 0x2301, 0x2303, 0x2401, 0x2503, 0x2602, 0x2607, 0x3001, 0x4001, 0x0040, 0x0080]


class Talk:
    """Frames of one client and one server; service identifiers count up."""

    def __init__(self, chance):
        self.chance, self.service = chance, 0

    def frame(self, response, command, body):
        client, server = bytes([0, 99, 0]), bytes([0, 200, 0])
        ends = client + server if response else server + client
        head = bytes([0xC0 if response else 0x80, 0, 2]) + ends + bytes([self.service])
        return head + struct.pack(">H", command) + body, not response

    def ask(self, command, body=b""):
        self.service = (self.service + 1) % 256
        return self.frame(False, command, body)

    def answer(self, command, body=b"", end_code=0):
        return self.frame(True, command, struct.pack(">H", end_code) + body)

    def both(self, command, request=b"", response=b"", end_code=0):
        yield self.ask(command, request)
        yield self.answer(command, response, end_code)


def text(word, octets):
    return word.encode().ljust(octets, b" ")


def memory(talk):
    for octets, areas in ((1, BITS), (2, WORDS), (4, FORCED)):
        for area in areas:
            for count in (1, 3):
                place = bytes([area]) + struct.pack(">HB", talk.chance.randrange(0x800), talk.chance.randrange(16) if octets == 1 else 0)
                values = talk.chance.randbytes(octets * count)
                yield from talk.both(0x0101, place + struct.pack(">H", count), values)
                if octets < 4:
                    yield from talk.both(0x0102, place + struct.pack(">H", count) + values)
            if octets == 2:
                yield from talk.both(0x0103, place + struct.pack(">H", 9) + talk.chance.randbytes(2))
                yield from talk.both(0x0105, place + bytes([0x82, 0, 7, 0]) + struct.pack(">H", 5))
    yield from talk.both(0x0104, bytes([0x82, 0, 100, 0, 0x30, 0, 5, 3]), bytes([0x82, 1, 2, 0x30, 1]))
    for code in END_CODES:
        yield from talk.both(0x0101, bytes([0x82, 0, 1, 0, 0, 1]), b"\0\1" if code in (0, 0x40, 0x80) else b"", code)


def areas(talk):
    for area in (0x8010, 0x8011, 0x8012, 0x8013, 0x8002):
        place = struct.pack(">HH", area, talk.chance.randrange(64))
        words = talk.chance.randbytes(8)
        yield from talk.both(0x0201, place + struct.pack(">H", 4), place + struct.pack(">H", 4) + words)
        yield from talk.both(0x0202, place + struct.pack(">H", 4) + words)
        yield from talk.both(0x0203, place + struct.pack(">H", 4) + bytes(2))
    place = struct.pack(">HI", 0, 0x100)
    octets = talk.chance.randbytes(32)
    yield from talk.both(0x0306, place + struct.pack(">H", 32), place + struct.pack(">H", 32) + octets)
    yield from talk.both(0x0307, place + struct.pack(">H", 32) + octets, place + struct.pack(">H", 32))
    yield from talk.both(0x0308, bytes(3))
    yield from talk.both(0x0304, struct.pack(">HBII", 0, 0, 0, 0xFFFFFFFF) + b"WORD")
    yield from talk.both(0x0305, struct.pack(">HBII", 0, 0, 0, 0xFFFFFFFF) + b"WORD", end_code=0x2602)


def controller(talk):
    for mode in (1, 2, 4):
        yield from talk.both(0x0401, bytes([0, 0, mode]))
    yield from talk.both(0x0402)
    model = text("CJ2M-CPU33", 20) + text("02.01", 20) + bytes(40)
    yield from talk.both(0x0501, b"\0", model + struct.pack(">HBHBBHBH", 20, 23, 32768, 8, 4, 0, 0, 0))
    units = b"".join(bytes([number]) + text(name, 20) for number, name in ((0x10, "CJ1W-EIP21"), (0x20, "CJ1W-NC413")))
    yield from talk.both(0x0502, bytes([0, 2]), b"\2" + units)
    for mode, fatal, other in ((0, 0, 0), (2, 0x8000, 1), (4, 0x0040, 0x1000)):
        yield from talk.both(0x0601, b"", struct.pack(">BBHHHH", mode != 0, mode, fatal, other, 0, 0) + text("FALS", 16))
    yield from talk.both(0x0620, b"\1", struct.pack(">III", 12, 40, 9))
    yield from talk.both(0x0620, b"\0")
    yield from talk.both(0x0701, b"", bytes([0x26, 0x11, 0x27, 0x17, 0x45, 0x59, 0x05]))
    yield from talk.both(0x0702, bytes([0x26, 0x11, 0x27, 0x17, 0x45, 0x59, 0x05]))
    yield from talk.both(0x0802, b"", b"\0\7")
    yield from talk.both(0x0C01, bytes(2))
    yield from talk.both(0x0C02, bytes(2))
    yield from talk.both(0x0C03, bytes(2))
    yield from talk.both(0x2101, b"\xff\xff")
    yield from talk.both(0x2102, struct.pack(">HH", 1, 1), struct.pack(">HHHHH", 20, 1, 1, 0x80E1, 0) + bytes([0x59, 1, 0x27, 0x17, 0x26, 0x11]))
    yield from talk.both(0x2103)


def files(talk):
    date = struct.pack(">I", 0x5B7B8C00)
    yield from talk.both(0x2201, struct.pack(">HHH", 0, 0, 1),
                         text("VOLUME", 12) + date + struct.pack(">IIHH", 1000, 500, 1, 1) + text("PROGRAM.OBJ", 12) + date + struct.pack(">I", 77))
    yield from talk.both(0x2202, struct.pack(">H", 0) + text("RECIPE.TXT", 12) + struct.pack(">IH", 0, 4), struct.pack(">IIH", 4, 0, 4) + b"WORD")
    yield from talk.both(0x2203, struct.pack(">HH", 0, 1) + text("RECIPE.TXT", 12) + struct.pack(">IH", 0, 4) + b"WORD")
    yield from talk.both(0x2204, bytes(2))
    yield from talk.both(0x2205, struct.pack(">HH", 0, 1) + text("RECIPE.TXT", 12), b"\0\1")
    yield from talk.both(0x2207, struct.pack(">H", 0) + text("ONE.TXT", 12) + struct.pack(">H", 1) + text("TWO.TXT", 12))
    yield from talk.both(0x220C, struct.pack(">HHII", 1, 0, 0, 512) + struct.pack(">H", 0) + text("PROGRAM.OBJ", 12), struct.pack(">I", 512))
    for specification in (0x0000, 0x0001, 0x8000, 0x8001, 0xFFFF):
        yield from talk.both(0x2301, struct.pack(">HH", 1, specification) + bytes([0x30, 0, 5, 3]))
    yield from talk.both(0x2302)
    yield from talk.both(0x2601, b"STATION1")
    yield from talk.both(0x2603, b"", b"STATION1")
    yield from talk.both(0x2602)


def frames(chance):
    talk = Talk(chance)
    for part in (memory, areas, controller, files):
        yield from part(talk)


def stream_messages(chance):
    """The same behind the header of FINS/TCP, with the exchange of node addresses in front."""

    def message(command, body, error=0):
        return b"FINS" + struct.pack(">III", 8 + len(body), command, error) + body

    yield message(0, struct.pack(">I", 0)), True
    yield message(1, struct.pack(">II", 99, 200)), False
    for octets, from_client in frames(chance):
        yield message(2, octets), from_client
    yield message(6, b""), False
    yield message(3, b"", 0x21), False
