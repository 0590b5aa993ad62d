"""DCE/RPC made up for the comparison: every PDU of the connection-oriented protocol in both integer orders, over TCP and in pipes of SMB,
and every one of the connectionless protocol. Always the same octets."""
import random
import struct
import uuid

from synthetic_management import udp, write_frames
from synthetic_smb import Smb2, create_request, create_response, utf16

NDR = ("8a885d04-1ceb-11c9-9fe8-08002b104860", 2)
NDR64 = ("71710533-beba-4937-8319-b5dbef9ccc36", 1)
# Interface, version, minor version, an operation whose arguments nobody takes apart.
INTERFACES = [
    ("11223344-5566-7788-99aa-bbccddeeff00", 1, 0),
    ("367abb81-9844-35f1-ad32-98f038001003", 2, 0),
    ("e3514235-4b06-11d1-ab04-00c04fc2dcd2", 4, 0),
    ("9556dc99-828c-11cf-a37e-00aa003240c7", 0, 0),
    ("39c13a52-011e-11d0-9675-0020afd8adb3", 0, 0),
    ("0a0b0c0d-1111-2222-3333-444455556666", 7, 3),
]
UNREAD = [interface for number, interface in enumerate(INTERFACES) if number in (0, 3, 4, 5)]  # Wireshark knows no arguments of theirs


class Speaker:
    def __init__(self, little):
        self.order = "<" if little else ">"
        self.little = little

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def uuid(self, text):
        return uuid.UUID(text).bytes_le if self.little else uuid.UUID(text).bytes

    def syntax(self, interface, version, minor=0):
        return self.uuid(interface) + self.pack("I", version | minor << 16)

    def pdu(self, kind, body, call, flags=3, verifier=None):
        """`verifier`: type, level, octets."""
        tail = b""
        if verifier:
            padding = -len(body) % 4
            tail = bytes(padding) + bytes([verifier[0], verifier[1], padding, 0]) + self.pack("I", 79231 + call) + verifier[2]
        head = bytes([5, 0, kind, flags, 0x10 if self.little else 0, 0, 0, 0])
        return head + self.pack("HHI", 16 + len(body) + len(tail), len(verifier[2]) if verifier else 0, call) + body + tail

    def bind(self, contexts, call, kind=11, **how):
        body = self.pack("HHI", 4280, 5840, 0x53F0 * (kind == 14)) + bytes([len(contexts), 0, 0, 0])
        for number, interface, transfers in contexts:
            body += self.pack("H", number) + bytes([len(transfers), 0]) + self.syntax(*interface)
            body += b"".join(self.syntax(*transfer) for transfer in transfers)
        return self.pdu(kind, body, call, **how)

    def bound(self, results, call, kind=12, address=b"49664\0", **how):
        body = self.pack("HHIH", 4280, 5840, 0x53F0, len(address)) + address
        body += bytes(-(16 + len(body)) % 4) + bytes([len(results), 0, 0, 0])
        for result, reason, transfer in results:
            body += self.pack("HH", result, reason) + self.syntax(*transfer)
        return self.pdu(kind, body, call, **how)

    def request(self, context, opnum, stub, call, target=None, flags=3, **how):
        body = self.pack("IHH", len(stub), context, opnum) + (self.uuid(target) if target else b"") + stub
        return self.pdu(0, body, call, flags | (0x80 if target else 0), **how)

    def response(self, context, stub, call, flags=3, cancels=0, **how):
        return self.pdu(2, self.pack("IH", len(stub), context) + bytes([cancels, 0]) + stub, call, flags, **how)

    def fault(self, context, status, call):
        return self.pdu(3, self.pack("IHBBII", 32, context, 0, 0, status, 0), call)


def tcp_messages(little, chance):
    """(PDU, from the client)"""
    say = Speaker(little)
    call = 0
    for turn in range(10):
        call += 1
        # Only contexts whose arguments Wireshark leaves alone are called.
        first, second = UNREAD[turn % 4], INTERFACES[turn % 6]
        verifier = (10, 6, chance.randbytes(16)) if turn % 3 == 1 else None
        yield say.bind([(0, first, [NDR, NDR64][: 1 + turn % 2]), (1, second, [NDR])], call, verifier=verifier), True
        if turn == 7:
            yield say.pdu(13, say.pack("H", 4) + bytes([1, 5, 0]), call), False
            continue
        yield say.bound([(0, 0, NDR), (2, 1 + turn % 2, ("00000000-0000-0000-0000-000000000000", 0))], call, verifier=verifier), False
        if verifier:
            yield say.pdu(16, bytes(4), call, verifier=verifier), True
        if turn % 2:
            call += 1
            yield say.bind([(2, UNREAD[(turn + 1) % 4], [NDR])], call, kind=14), True
            yield say.bound([(0, 0, NDR)], call, kind=15, address=b""), False
        for opnum in range(40, 52):
            call += 1
            target = str(uuid.UUID(bytes=chance.randbytes(16))) if opnum % 3 == 0 else None
            stub = chance.randbytes(8 * (opnum - 38))
            if opnum % 4 == 0:  # in fragments
                yield say.request(0, opnum, stub[:8], call, target, flags=1, verifier=verifier), True
                yield say.request(0, opnum, stub[8:], call, target, flags=2, verifier=verifier), True
                yield say.response(0, stub[:8], call, flags=1, verifier=verifier), False
                yield say.response(0, stub[8:], call, flags=2, verifier=verifier), False
                continue
            yield say.request(0, opnum, stub, call, target, verifier=verifier), True
            if opnum % 5 == 1:
                yield say.fault(0, [5, 0x1C010002, 0x1C010003, 0x6F7][turn % 4], call), False
            else:
                yield say.response(0, stub, call, cancels=turn % 2, verifier=verifier), False
        call += 1
        yield say.request(0, 60, b"\1\2\3\4", call), True
        yield say.pdu(18, b"", call), True
        yield say.pdu(19, b"", call), True
    yield say.pdu(17, b"", call), False


def pipe_messages(chance):
    """The same in pipes of SMB 2: written and read, or by FSCTL_PIPE_TRANSCEIVE."""
    smb, say = Smb2(chance), Speaker(True)
    where = {"identity": 0x4000_0000_0001, "tree": 5}
    path = utf16("\\\\192.0.2.2\\IPC$")
    yield smb.ask(3, struct.pack("<HHHH", 9, 0, 72, len(path)) + path, identity=where["identity"])
    yield smb.tell(3, struct.pack("<HBBIII", 16, 2, 0, 0x30, 0, 0x1F01FF), **where)

    def write(file, data):
        yield smb.ask(9, struct.pack("<HHIQ", 49, 112, len(data), 0) + file + struct.pack("<IIHHI", 0, 0, 0, 0, 0) + data, **where)
        yield smb.tell(9, struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0), **where)

    def read(file, data):
        yield smb.ask(8, struct.pack("<HBBIQ", 49, 80, 0, 4096, 0) + file + struct.pack("<IIIHHB", 0, 0, 0, 0, 0, 0), **where)
        yield smb.tell(8, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data, **where)

    def transceive(file, asked, told):
        head = struct.pack("<HHI", 57, 0, 0x0011C017) + file
        yield smb.ask(11, head + struct.pack("<IIIIIIII", 120, len(asked), 0, 0, 0, 4096, 1, 0) + asked, **where)
        head = struct.pack("<HHI", 49, 0, 0x0011C017) + file
        yield smb.tell(11, head + struct.pack("<IIIIII", 112, 0, 112, len(told), 0, 0) + told, **where)

    for number, interface in enumerate(UNREAD * 2):
        file = struct.pack("<QQ", number, 0xFFFF_0000_0000 + number)
        yield smb.ask(5, create_request(["svcctl", "atsvc", "samr", "lsarpc"][number % 4]), **where)
        yield smb.tell(5, create_response(file), **where)
        call = 1 + 100 * number
        yield from write(file, say.bind([(number, interface, [NDR])], call))
        yield from read(file, say.bound([(0, 0, NDR)], call, address=b"\\PIPE\\ntsvcs\0"))
        for opnum in range(30, 36):
            call += 1
            stub = chance.randbytes(8 * (opnum - 28))
            yield from transceive(file, say.request(number, opnum, stub, call),
                                  say.fault(number, 5, call) if opnum == 33 else say.response(number, stub, call))
        yield smb.ask(6, struct.pack("<HHI", 24, 0, 0) + file, **where)
        yield smb.tell(6, struct.pack("<HHI", 60, 0, 0) + bytes(52), **where)


def datagram_messages(chance):
    for number in range(48):
        say = Speaker(number % 2 == 0)
        interface, version, _ = UNREAD[number % 4]
        activity = say.uuid(str(uuid.UUID(bytes=chance.randbytes(16))))
        target = say.uuid(str(uuid.UUID(bytes=chance.randbytes(16)))) if number % 3 else bytes(16)
        for kind in range(11):
            body = chance.randbytes(16)
            if kind in (3, 6):
                body = say.pack("I", [0x1C010003, 0x1C010002, 0x1C010009][number % 3])
            if kind in (1, 4, 5, 7, 8, 9, 10):
                body = b""
            head = bytes([4, kind, 0x20 | 0x08 * (number % 4), 0x02 * (number % 2), 0x10 if say.little else 0, 0, 0, 0])
            head += target + say.uuid(interface) + activity + say.pack("III", 1_700_000_000 + number, version, number)
            head += say.pack("HHHHH", 30 + kind, 0xFFFF, 0xFFFF - number, len(body), 0) + bytes([0, kind])
            yield head + body, kind in (0, 1, 7, 8)


def sessions():
    return {"dcerpc": (135, tcp_messages(True, random.Random(135))), "dcerpc.big_endian": (49664, tcp_messages(False, random.Random(136))),
            "dcerpc.pipes": (445, pipe_messages(random.Random(137)))}


def write(folder):
    return write_frames(folder / "synthetic_dcerpc_datagrams.pcap", udp(34964, 34964, datagram_messages(random.Random(138))))
