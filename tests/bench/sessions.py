"""Sessions for what tests/peers makes up none of, small and always the same octets: Modbus, NTP, OPC UA, SNMP, Telnet."""
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))
from synthetic_asn1 import element, integer, octets, sequence  # noqa: E402
from synthetic_management import tcp, udp, write_frames  # noqa: E402


def modbus_messages(chance):
    def adu(transaction, pdu):
        return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, 17) + pdu

    for turn in range(200):
        at, count = chance.randrange(1000), chance.randrange(1, 20)
        yield adu(2 * turn, struct.pack(">BHH", 3, at, count)), True
        yield adu(2 * turn, bytes([3, 2 * count]) + chance.randbytes(2 * count)), False
        written = struct.pack(">BHH", 6, at, chance.randrange(1 << 16))
        yield adu(2 * turn + 1, written), True
        yield adu(2 * turn + 1, written), False


def ntp_messages(chance):
    for turn in range(200):
        now = struct.pack(">II", 3_900_000_000 + turn * 64, chance.randrange(1 << 32))
        yield bytes([0x23, 0, 6, 0xEC]) + bytes(36) + now, True
        yield bytes([0x24, 2, 6, 0xEC]) + struct.pack(">II", 66, chance.randrange(1 << 12)) + b"\xc0\0\2\1" + now + now + now + now, False


def snmp_messages(chance):
    def message(kind, number, bindings, error=0):
        listed = sequence(*(sequence(element(6, b"\x2b\6\1\2\1\2\2\1" + bytes([column, row])), value) for column, row, value in bindings))
        return sequence(integer(1), octets("public"), sequence(integer(number), integer(error), integer(0), listed, identifier=kind))

    null = element(5, b"")
    for number in range(1, 201):
        columns = [chance.randrange(1, 23) for _ in range(4)]
        asked = [(column, number % 100, null) for column in columns]
        told = [(column, number % 100, chance.choice([integer(number), octets(f"port {number}"), integer(number * 1000, 0x41)])) for column in columns]
        yield message(chance.choice([0xA0, 0xA1]), number, asked), True
        yield message(0xA2, number, told), False
        if number % 10 == 0:
            yield message(0xA3, 1000 + number, told[:1]), True
            yield message(0xA2, 1000 + number, told[:1], chance.choice([0, 6, 17])), False


def opcua_messages(chance):
    channel, token, now = 7, 1, 133_500_000_000_000_000
    none = struct.pack("<i", -1)

    def text(said):
        return struct.pack("<i", len(said)) + said.encode()

    def framed(kind, body):
        return kind + struct.pack("<I", len(body) + 8) + body

    def typed(number):
        return struct.pack("<BBH", 1, 0, number)

    def request(number, service):
        return typed(service) + bytes(2) + struct.pack("<qII", now + number, number, 0) + none + struct.pack("<I", 5000) + bytes(3)

    def response(number, service):
        return typed(service) + struct.pack("<qIIB", now + number, number, 0, 0) + none + bytes(3)

    def opened(number, body):
        policy = text("http://opcfoundation.org/UA/SecurityPolicy#None")
        return framed(b"OPNF", struct.pack("<I", channel if number > 1 else 0) + policy + none + none + struct.pack("<II", number, number) + body)

    def message(number, body):
        return framed(b"MSGF", struct.pack("<IIII", channel, token, number, number) + body)

    limits = struct.pack("<IIIII", 0, 65536, 65536, 0, 0)
    yield framed(b"HELF", limits + text("opc.tcp://plant:4840")), True
    yield framed(b"ACKF", limits), False
    yield opened(1, request(1, 446) + struct.pack("<III", 0, 0, 1) + none + struct.pack("<I", 3_600_000)), True
    yield opened(1, response(1, 449) + struct.pack("<IIIqI", 0, channel, token, now, 3_600_000) + none), False
    for number in range(2, 202):
        nodes = [struct.pack("<BHI", 2, 2, chance.randrange(5000)) for _ in range(3)]  # numeric, namespace 2
        count = struct.pack("<i", len(nodes))
        asked = b"".join(node + struct.pack("<I", 13) + none + struct.pack("<H", 0) + none for node in nodes)
        told = b"".join(struct.pack("<BBdq", 5, 11, chance.uniform(-100, 100), now + number) for _ in nodes)
        yield message(number, request(number, 631) + struct.pack("<dI", 0, 2) + count + asked), True
        yield message(number, response(number, 634) + count + told + none), False
        if number % 10 == 0:
            written = nodes[0] + struct.pack("<I", 13) + none + struct.pack("<BBd", 1, 11, chance.uniform(0, 50))
            yield message(number, request(number, 673) + struct.pack("<i", 1) + written), True
            yield message(number, response(number, 676) + struct.pack("<iI", 1, 0) + none), False


def telnet_messages(chance):
    yield bytes([255, 253, 3, 255, 251, 24]), False
    yield bytes([255, 251, 3, 255, 253, 24]), True
    yield bytes([255, 250, 24, 1, 255, 240]), False
    yield bytes([255, 250, 24, 0]) + b"VT100" + bytes([255, 240]), True
    yield b"login: ", False
    yield b"operator\r\n", True
    yield b"Password: ", False
    yield b"secret\r\n", True
    for turn in range(200):
        yield f"show unit {chance.randrange(1000)}\r\n".encode(), True
        yield f"unit {turn}: {chance.randrange(1000)} ready\r\n> ".encode(), False


def write(folder):
    """Writes all captures into `folder`; their paths."""
    return [
        write_frames(folder / "synthetic_modbus.pcap", tcp(40000, 502, modbus_messages(random.Random(502)))),
        write_frames(folder / "synthetic_ntp.pcap", udp(40000, 123, ntp_messages(random.Random(123)))),
        write_frames(folder / "synthetic_opcua.pcap", tcp(40000, 4840, opcua_messages(random.Random(4840)))),
        write_frames(folder / "synthetic_snmp.pcap", udp(40000, 161, snmp_messages(random.Random(161)))),
        write_frames(folder / "synthetic_telnet.pcap", tcp(40000, 23, telnet_messages(random.Random(23)))),
    ]
