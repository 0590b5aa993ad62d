"""Sessions of SMB made up for the comparison: version 1 in NetBIOS sessions, 2 and 3 on port 445, datagrams of the browser. Always the same octets."""
import random
import struct

from synthetic_management import udp, write_frames

NTLM = bytes.fromhex("2b06010401823702020a")  # 1.3.6.1.4.1.311.2.2.10
KERBEROS = bytes.fromhex("2a864886f712010202")
SPNEGO = bytes.fromhex("2b0601050502")


def session(packet_type, payload):
    return struct.pack(">BB", packet_type, len(payload) >> 16) + struct.pack(">H", len(payload) & 0xFFFF) + payload


def utf16(text):
    return text.encode("utf-16-le")


def netbios_name(text, service):
    octets = text.ljust(15).encode()[:15] + bytes([service])
    return b"\x20" + b"".join(bytes([65 + (octet >> 4), 65 + (octet & 15)]) for octet in octets) + b"\0"


def der(tag, contents):
    if len(contents) < 128:
        return bytes([tag, len(contents)]) + contents
    length = len(contents).to_bytes((len(contents).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + contents


def spnego_first(token=b""):
    mechanisms = der(0xA0, der(0x30, (b"" if token else der(6, KERBEROS)) + der(6, NTLM)))
    return der(0x60, der(6, SPNEGO) + der(0xA0, der(0x30, mechanisms + (der(0xA2, der(4, token)) if token else b""))))


def spnego_next(state, token, mechanism=b""):
    chosen = der(0xA1, der(6, mechanism)) if mechanism else b""
    return der(0xA1, der(0x30, der(0xA0, der(10, bytes([state]))) + chosen + der(0xA2, der(4, token))))


def ntlm_negotiate():
    return b"NTLMSSP\0" + struct.pack("<II", 1, 0x62088215) + bytes(16) + bytes([10, 0]) + struct.pack("<H", 19041) + b"\0\0\0\x0f"


def ntlm_challenge(chance, name):
    target = utf16(name)
    pairs = b"".join(struct.pack("<HH", kind, len(value)) + value
                     for kind, value in ((2, utf16("PLANT")), (1, target), (4, utf16("plant.example")),
                                         (3, utf16(name.lower() + ".plant.example")), (0, b"")))
    head = b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(target), len(target), 56, 0x62898215) + chance.randbytes(8) + bytes(8)
    head += struct.pack("<HHI", len(pairs), len(pairs), 56 + len(target)) + bytes([10, 0]) + struct.pack("<H", 17763) + b"\0\0\0\x0f"
    return head + target + pairs


def ntlm_authenticate(chance, domain, user, workstation):
    values = [chance.randbytes(24), chance.randbytes(24), utf16(domain), utf16(user), utf16(workstation), chance.randbytes(16)]
    at, head = 88, b""
    for value in values:
        head += struct.pack("<HHI", len(value), len(value), at)
        at += len(value)
    version = bytes([10, 0]) + struct.pack("<H", 19041) + b"\0\0\0\x0f"
    return b"NTLMSSP\0" + struct.pack("<I", 3) + head + struct.pack("<I", 0x62888215) + version + bytes(16) + b"".join(values)


class Smb2:
    """Messages of one connection."""

    def __init__(self, chance):
        self.chance, self.message = chance, 0

    def header(self, command, response, status=0, tree=0, identity=0, following=0, flags=0, asynchronous=None, message=None):
        message = self.message if message is None else message
        where = struct.pack("<II", 0xFEFF, tree) if asynchronous is None else struct.pack("<Q", asynchronous)
        flags |= (1 if response else 0) | (2 if asynchronous is not None else 0)
        return (b"\xfeSMB" + struct.pack("<HHIHHIIQ", 64, 1, status, command, 1 + self.chance.randrange(64), flags, following, message)
                + where + struct.pack("<Q", identity) + (self.chance.randbytes(16) if flags & 8 else bytes(16)))

    def ask(self, command, body, **how):
        self.message += 1
        return session(0, self.header(command, False, **how) + body), True

    def tell(self, command, body, **how):
        return session(0, self.header(command, True, **how) + body), False

    def fail(self, command, status, **how):
        return self.tell(command, struct.pack("<HBBIB", 9, 0, 0, 0, 0), status=status, **how)

    def compound(self, response, messages, **how):
        """(command, status, body); all but the first related to the one before."""
        octets = b""
        if not response:
            self.message += len(messages)
        for place, (command, status, body) in enumerate(messages):
            last = place == len(messages) - 1
            whole = body if last else body + bytes(-len(body) % 8)
            following = 0 if last else 64 + len(whole)
            number = self.message - len(messages) + 1 + place
            octets += self.header(command, response, status=status, following=following, flags=4 if place else 0, message=number, **how) + whole
        return session(0, octets), not response


def create_request(name, access=0x0012019F, disposition=1, contexts=()):
    octets = utf16(name)
    packed = b""
    for place, (tag, data) in enumerate(contexts):
        one = struct.pack("<HHHHI", 16, 4, 0, 24 if data else 0, len(data)) + tag + bytes(4) + data
        one += bytes(-(len(one) + 4) % 8)
        packed += struct.pack("<I", 0 if place == len(contexts) - 1 else len(one) + 4) + one
    padding = bytes(-(64 + 56 + len(octets)) % 8) if packed else b""
    at = 120 + len(octets) + len(padding) if packed else 0
    return (struct.pack("<HBBIQQIIIII", 57, 0, 9, 2, 0, 0, access, 0x80, 7, disposition, 0x40) + struct.pack("<HHII", 120, len(octets), at, len(packed))
            + (octets or b"\0") + padding + packed)


def create_response(file):
    times = struct.pack("<QQQQ", *[133_500_000_000_000_000 + n for n in range(4)])
    return struct.pack("<HBBI", 89, 0, 0, 1) + times + struct.pack("<QQII", 4096, 1234, 0x20, 0) + file + struct.pack("<II", 0, 0)


def smb2_messages(chance):
    """Every command in both ways, in several sessions of one connection."""
    smb = Smb2(chance)
    guid = bytes(range(16))
    for number in range(12):
        identity, tree = 0x4000_0000_0001 + number, 5 + number
        file = struct.pack("<QQ", number, 0xFFFF_0000_0000 + number)
        dialects = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311][: 5 - number % 3]
        latest = 0x0311 in dialects
        contexts = b""
        for kind, data in ((1, struct.pack("<HHH", 1, 4, 1) + b"salt"), (2, struct.pack("<HHH", 2, 2, 1)), (8, struct.pack("<HHH", 2, 1, 2))):
            contexts += bytes(-len(contexts) % 8) + struct.pack("<HHI", kind, len(data), 0) + data
        at = 64 + 36 + 2 * len(dialects)
        padding = bytes(-at % 8)
        start = struct.pack("<IHH", at + len(padding), 3, 0) if latest else bytes(8)
        if number == 0:
            yield smb.ask(0, struct.pack("<HHHHI", 36, len(dialects), 1, 0, 0x7F) + guid + start
                          + b"".join(struct.pack("<H", each) for each in dialects) + (padding + contexts if latest else b""))
            blob = spnego_first()
            at = 128 + len(blob)
            yield smb.tell(0, struct.pack("<HHHH", 65, 1, 0x0311, 3) + guid[::-1] + struct.pack("<IIIIQQHHI", 0x2F, 8388608, 8388608, 8388608,
                           133_500_000_000_000_000, 133_400_000_000_000_000, 128, len(blob), at + -at % 8) + blob + bytes(-at % 8) + contexts)
        for token, answer, status in ((spnego_first(ntlm_negotiate()), spnego_next(1, ntlm_challenge(chance, f"SERVER{number}"), NTLM), 0xC0000016),
                                      (spnego_next(1, ntlm_authenticate(chance, "PLANT", f"user{number}", f"WS{number}")),
                                       der(0xA1, der(0x30, der(0xA0, der(10, b"\0")))), 0)):
            yield smb.ask(1, struct.pack("<HBBIIHHQ", 25, 0, 1, 1, 0, 88, len(token), 0) + token, identity=identity)
            if status == 0 and number % 4 == 3:
                yield smb.fail(1, 0xC000006D, identity=identity)
            else:
                yield smb.tell(1, struct.pack("<HHHH", 9, number % 3 if status == 0 else 0, 72, len(answer)) + answer, status=status, identity=identity)
        where = {"identity": identity, "tree": tree}
        signed = {**where, "flags": 8}
        share = ["IPC$", "ADMIN$", "C$", "trend"][number % 4]
        path = utf16(f"\\\\192.0.2.2\\{share}")
        yield smb.ask(3, struct.pack("<HHHH", 9, 0, 72, len(path)) + path, identity=identity)
        yield smb.tell(3, struct.pack("<HBBIII", 16, 2 if share == "IPC$" else 1, 0, 0x30 if number % 2 else 0, 0, 0x1F01FF), **where)
        name = ["svcctl", "atsvc", "winreg", "samr"][number // 4] if share == "IPC$" else f"logs\\day{number}.csv"
        yield smb.ask(5, create_request(name, disposition=number % 6, contexts=[(b"MxAc", b""), (b"QFid", b"")] if number % 2 else ()), **signed)
        if number == 5:
            yield smb.fail(5, 0xC0000034, **where)
            continue
        yield smb.tell(5, create_response(file), **signed)
        data = chance.randbytes(40 + number)
        yield smb.ask(9, struct.pack("<HHIQ", 49, 112, len(data), 17 * number) + file + struct.pack("<IIHHI", 0, 0, 0, 0, 0) + data, **where)
        yield smb.tell(9, struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0), **where)
        yield smb.ask(8, struct.pack("<HBBIQ", 49, 80, 0, 4096, 3 * number) + file + struct.pack("<IIIHHB", 1, 0, 0, 0, 0, 0), **where)
        yield smb.fail(8, 0x103, identity=identity, asynchronous=77 + number)
        yield smb.tell(8, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data, identity=identity, asynchronous=77 + number)
        yield smb.ask(7, struct.pack("<HHI", 24, 0, 0) + file, **where)
        yield smb.tell(7, struct.pack("<HH", 4, 0), **where)
        yield smb.ask(10, struct.pack("<HHI", 48, 1, 0) + file + struct.pack("<QQII", 0, 10, 2, 0), **where)
        yield smb.tell(10, struct.pack("<HH", 4, 0), **where)
        control = [0x00140078, 0x001401FC, 0x00090064, 0x001400EC][number % 4]
        yield smb.ask(11, struct.pack("<HHI", 57, 0, control) + file + struct.pack("<IIIIIIII", 120, 0, 0, 0, 0, 64, 1, 0), **where)
        yield smb.fail(11, 0xC0000010, **where)
        pattern = utf16("*.csv")
        yield smb.ask(14, struct.pack("<HBBI", 33, 37, 0, 0) + file + struct.pack("<HHI", 96, len(pattern), 65536) + pattern, **where)
        yield smb.fail(14, 0x80000006, **where)
        yield smb.ask(15, struct.pack("<HHI", 32, number % 2, 2048) + file + struct.pack("<II", 0x17, 0), **where)
        yield smb.fail(15, 0x103, identity=identity, asynchronous=177 + number)
        yield smb.ask(12, struct.pack("<HH", 4, 0), identity=identity, asynchronous=177 + number)
        yield smb.fail(15, 0xC0000120, identity=identity, asynchronous=177 + number)
        yield smb.ask(16, struct.pack("<HBBIHHIII", 41, 2, 3, 24, 0, 0, 0, 0, 0) + file, **where)
        yield smb.tell(16, struct.pack("<HHI", 9, 72, 24) + struct.pack("<QQII", 1000, 500, 8, 512), **where)
        yield smb.ask(17, struct.pack("<HBBIHHI", 33, 1, 20, 8, 96, 0, 0) + file + struct.pack("<Q", 4096 * number), **where)
        yield smb.tell(17, struct.pack("<H", 2), **where)
        yield smb.ask(13, struct.pack("<HH", 4, 0), identity=identity)
        yield smb.tell(13, struct.pack("<HH", 4, 0), identity=identity)
        yield session(0, smb.header(18, True, message=(1 << 64) - 1) + struct.pack("<HBBI", 24, 0, 0, 0) + file), False
        yield smb.ask(6, struct.pack("<HHI", 24, 1, 0) + file, **where)
        yield smb.tell(6, struct.pack("<HHI", 60, 1, 0) + struct.pack("<QQQQQQI", *[133_500_000_000_000_000] * 4, 4096, 1234, 0x20), **where)
        every = b"\xff" * 16
        yield smb.compound(False, [(5, 0, create_request(f"conf{number}.xml")),
                                   (16, 0, struct.pack("<HBBIHHIII", 41, 2, 3, 24, 0, 0, 0, 0, 0) + every),
                                   (6, 0, struct.pack("<HHI", 24, 0, 0) + every)], **where)
        yield smb.compound(True, [(5, 0, create_response(file)), (16, 0, struct.pack("<HHI", 9, 72, 24) + struct.pack("<QQII", 1000, 500, 8, 512)),
                                  (6, 0, struct.pack("<HHI", 60, 0, 0) + bytes(52))], **where)
        secret = chance.randbytes(64 + number)
        yield session(0, b"\xfdSMB" + chance.randbytes(16) + chance.randbytes(11) + bytes(5) + struct.pack("<IHHQ", len(secret), 0, 1, identity) + secret), True
        yield smb.ask(4, struct.pack("<HH", 4, 0), **where)
        yield smb.tell(4, struct.pack("<HH", 4, 0), **where)
        yield smb.ask(2, struct.pack("<HH", 4, 0), identity=identity)
        yield smb.tell(2, struct.pack("<HH", 4, 0), identity=identity)


class Smb1:
    def __init__(self):
        self.multiplex = 0

    def header(self, command, response, status, tree, user):
        return (b"\xffSMB" + struct.pack("<BIBHHQHHHHH", command, status, 0x98 if response else 0x18, 0xC807, 1, 0, 0, tree, 4711, user, self.multiplex))

    @staticmethod
    def block(words, octets=b""):
        return struct.pack("<B", len(words) // 2) + words + struct.pack("<H", len(octets)) + octets

    def ask(self, command, words, octets=b"", tree=0, user=0):
        self.multiplex += 1
        return session(0, self.header(command, False, 0, tree, user) + self.block(words, octets)), True

    def tell(self, command, words=b"", octets=b"", status=0, tree=0, user=0):
        return session(0, self.header(command, True, status, tree, user) + self.block(words, octets)), False


def smb1_messages(chance):
    last = struct.pack("<BBH", 0xFF, 0, 0)
    smb = Smb1()
    yield session(0x81, netbios_name("SERVER", 0x20) + netbios_name("STATION", 0)), True
    yield session(0x82, b""), False
    yield smb.ask(0x72, b"", b"".join(b"\2" + name + b"\0" for name in (b"PC NETWORK PROGRAM 1.0", b"LANMAN1.0", b"NT LM 0.12")))
    blob = spnego_first()
    yield smb.tell(0x72, struct.pack("<HBHHIIIIQhB", 2, 3, 50, 1, 16644, 65536, 0, 0x8000F3FD, 133_500_000_000_000_000, 0, 0), bytes(16) + blob)
    for number in range(12):
        where = {"tree": 2048 + number, "user": 100 + number}
        for token, answer, status in ((spnego_first(ntlm_negotiate()), spnego_next(1, ntlm_challenge(chance, f"SERVER{number}"), NTLM), 0xC0000016),
                                      (spnego_next(1, ntlm_authenticate(chance, "PLANT", f"user{number}", f"WS{number}")),
                                       der(0xA1, der(0x30, der(0xA0, der(10, b"\0")))), 0)):
            names = utf16("Windows 5.1\0") + utf16("LAN Manager\0")
            yield smb.ask(0x73, last + struct.pack("<HHHIHII", 16644, 50, 0, 0, len(token), 0, 0x800000D4), token + bytes((len(token) + 1) % 2) + names)
            yield smb.tell(0x73, last + struct.pack("<HH", number % 2 if status == 0 else 0, len(answer)),
                           answer + bytes((len(answer) + 1) % 2) + names, status=status, user=where["user"])
        share = ["IPC$", "ADMIN$", "C$", "trend"][number % 4]
        path = utf16(f"\\\\192.0.2.2\\{share}\0")
        yield smb.ask(0x75, last + struct.pack("<HH", 8, 1), b"\0" + path + b"?????\0", user=where["user"])
        if number == 7:
            yield smb.tell(0x75, status=0xC00000CC, user=where["user"])
            continue
        service = b"IPC\0\0\0" if share == "IPC$" else b"A:\0\0" + utf16("NTFS\0")
        yield smb.tell(0x75, last + struct.pack("<H", 1), service, **where)
        name = ("\\svcctl" if share == "IPC$" else f"\\logs\\day{number}.csv")
        octets = b"\0" + utf16(name + "\0")
        yield smb.ask(0xA2, last + struct.pack("<BHIIIQIIIIIB", 0, 2 * len(name), 0x16, 0, 0x12019F, 0, 0, 7, 1 + number % 5, 0x40, 2, 3), octets, **where)
        file = 0x4000 + number
        times = [133_500_000_000_000_000] * 4
        yield smb.tell(0xA2, last + struct.pack("<BHIQQQQIQQHHB", 0, file, 1, *times, 0x80, 4096, 1234, 0, 7, 0) + b"", b"", **where)
        data = chance.randbytes(30 + number)
        yield smb.ask(0x2F, last + struct.pack("<HIIHHHHHI", file, 5 * number, 0, 8, 0, 0, len(data), 64, 0), b"\0" + data, **where)
        yield smb.tell(0x2F, last + struct.pack("<HHI", len(data), 0, 0), **where)
        yield smb.ask(0x2E, last + struct.pack("<HIHHIHI", file, 7 * number, 1024, 1024, 0, 0, 0), **where)
        yield smb.tell(0x2E, last + struct.pack("<HHHHHHII", 0, 0, 0, len(data), 60, 0, 0, 0), b"\0" + data, **where)
        yield smb.ask(0x2B, struct.pack("<H", 1), b"ping", **where)
        yield smb.tell(0x2B, struct.pack("<H", 1), b"ping", **where)
        pattern = utf16("\\*\0")
        parameters = struct.pack("<HHHHI", 0x16, 100, 6, 0x104, 0) + pattern
        words = struct.pack("<HHHHBBHIHHHHHBBH", len(parameters), 0, 10, 4096, 0, 0, 0, 0, 0, len(parameters), 68, 0, 0, 1, 0, 1)
        yield smb.ask(0x32, words, bytes(3) + parameters, **where)
        yield smb.tell(0x32, status=0xC000000F, **where)
        yield smb.ask(0xA0, struct.pack("<BHIIIIIIIIBH", 4, 0, 0, 0, 0, 64, 0, 0, 0, 0, 4, 2) + struct.pack("<IHBB", 0x00140078, file, 1, 0), **where)
        yield smb.tell(0xA0, status=0xC0000010, **where)
        yield smb.ask(0x06, struct.pack("<H", 0x16), b"\4" + utf16(f"\\old{number}.csv\0"), **where)
        yield smb.tell(0x06, **where)
        yield smb.ask(0x07, struct.pack("<H", 0x16), b"\4" + utf16("\\a.csv\0") + b"\4\0" + utf16("\\b.csv\0"), **where)
        yield smb.tell(0x07, status=0xC0000022, **where)
        yield smb.ask(0x04, struct.pack("<HI", file, 0), **where)
        yield smb.tell(0x04, **where)
        yield smb.ask(0x71, b"", **where)
        yield smb.tell(0x71, **where)
        yield smb.ask(0x74, last, **where)
        yield smb.tell(0x74, last, **where)
    yield session(0x85, b""), True


def mail(slot, data):
    smb = Smb1()
    name = slot + b"\0"
    at = 32 + 1 + 34 + 2 + len(name)
    words = struct.pack("<HHHHBBHIHHHHHBBHHH", 0, len(data), 0, 0, 0, 0, 0, 1000, 0, 0, 0, len(data), at, 3, 0, 1, 1, 2)
    header = b"\xffSMB" + struct.pack("<BIBHHQHHHHH", 0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    return header + smb.block(words, name + data)


def datagram_messages():
    for number in range(24):
        announcement = struct.pack("<BI", number, 720_000) + f"RTU{number}".encode().ljust(16, b"\0") + bytes([5, 1])
        announcement += struct.pack("<IBBH", 0x1003, 15, 1, 0xAA55) + b"front end\0"
        command = [1, 15, 12][number % 3]
        user = mail(b"\\MAILSLOT\\BROWSE", bytes([command]) + announcement)
        names = netbios_name(f"RTU{number}", 0) + netbios_name("WORKGROUP", 0x1D)
        yield (struct.pack(">BBH", 0x10 + number % 3, 2, number) + bytes([192, 0, 2, 1]) + struct.pack(">HHH", 138, len(names) + len(user), 0)
               + names + user), True
        yield struct.pack(">BBH", 0x13, 2, number) + bytes([192, 0, 2, 2]) + struct.pack(">HB", 138, 0x82), False


def sessions():
    """By name: port and messages."""
    return {"smb2": (445, smb2_messages(random.Random(445))), "smb1": (139, smb1_messages(random.Random(139)))}


def write(folder):
    return write_frames(folder / "synthetic_netbios_datagrams.pcap", udp(138, 138, datagram_messages()))
