"""Captures of management-plane protocols made up for the comparison. Always the same octets."""
import random
import struct

CLIENT, SERVER = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
CLIENT_MAC, SERVER_MAC = bytes([2, 0, 0, 0, 0, 1]), bytes([2, 0, 0, 0, 0, 2])


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def write_frames(path, frames):
    """(ethertype, payload, from the client) as a .pcap, ten milliseconds apart."""
    clock = 1_700_000_000_000_000
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for ethertype, payload, from_client in frames:
            clock += 10_000
            macs = SERVER_MAC + CLIENT_MAC if from_client else CLIENT_MAC + SERVER_MAC
            octets = macs + struct.pack(">H", ethertype) + payload
            file.write(struct.pack("<IIII", clock // 1_000_000, clock % 1_000_000, len(octets), len(octets)) + octets)
    return path


def ipv4(protocol, payload, from_client, identification=0):
    source, destination = (CLIENT, SERVER) if from_client else (SERVER, CLIENT)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), identification, 0, 64, protocol, 0) + source + destination
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + payload


def udp(client_port, server_port, messages):
    """Frames of (message, from the client)."""
    for number, (message, from_client) in enumerate(messages):
        ports = (client_port, server_port) if from_client else (server_port, client_port)
        head = struct.pack(">HHHH", *ports, 8 + len(message), 0)
        yield 0x0800, ipv4(17, head + message, from_client, number), from_client


def icmp_messages(chance):
    for number in range(120):
        data = chance.randbytes(chance.randrange(64))
        rest = struct.pack(">HH", 77, number)
        yield 8, 0, rest + data, True
        yield 0, 0, rest + data, False
        times = struct.pack(">III", number * 1000, number * 1000 + 7, number * 1000 + 8)
        yield 13, 0, rest + times[:4] + bytes(8), True
        yield 14, 0, rest + times, False
        yield 17, 0, rest + bytes(4), True
        yield 18, 0, rest + bytes([255, 255, 255, 0]), False
        quoted = ipv4(17, struct.pack(">HHHH", 5000 + number, 161, 8, 0), True)
        for code in range(16):
            yield 3, code, struct.pack(">HH", 0, 1400 + number if code == 4 else 0) + quoted, False
        for code in range(4):
            yield 5, code, bytes([192, 0, 2, number]) + quoted, False
        yield 4, 0, bytes(4) + quoted, False
        yield 11, number % 2, bytes(4) + quoted, False
        yield 12, 0, bytes([number, 0, 0, 0]) + quoted, False
        addresses = b"".join(bytes([192, 0, 2, n, 0, 0, 0, n]) for n in range(number % 4))
        yield 9, 0, struct.pack(">BBH", number % 4, 2, 1800) + addresses, False
        yield 10, 0, bytes(4), True


def icmp_frames(chance):
    for number, (kind, code, body, from_client) in enumerate(icmp_messages(chance)):
        message = bytes([kind, code, 0, 0]) + body
        message = message[:2] + struct.pack(">H", checksum(message)) + message[4:]
        yield 0x0800, ipv4(1, message, from_client, number), from_client


def option(code, value):
    return bytes([code, len(value)]) + value


def dhcp_messages(chance):
    mac = bytes([2, 0, 0, 0, 0, 1])
    for number in range(60):
        xid = chance.randrange(1 << 32)
        asked = bytes([192, 0, 2, 100 + number])

        def message(op, kind, options, your=bytes(4), client=bytes(4)):
            head = struct.pack(">BBBBIHH", op, 1, 6, number % 3, xid, 0, 0x8000 if number % 2 else 0)
            addresses = client + your + (SERVER if op == 2 else bytes(4)) + bytes(4)
            fixed = head + addresses + mac + bytes(10) + bytes(64 + 128) + bytes([99, 130, 83, 99])
            return fixed + option(53, bytes([kind])) + options + b"\xff", op == 1

        client = option(61, b"\1" + mac) + option(12, b"relay-%d" % number) + option(60, b"vendor %d" % number)
        wanted = option(55, bytes([1, 3, 6, 15, 42, 51, 54]))
        given = (option(54, SERVER) + option(51, struct.pack(">I", 3600 * number)) + option(1, bytes([255, 255, 255, 0]))
                 + option(3, SERVER) + option(6, SERVER + CLIENT) + option(15, b"plant.example")
                 + option(58, struct.pack(">I", 1800)) + option(59, struct.pack(">I", 3150)))
        yield message(1, 1, client + wanted)
        yield message(2, 2, given, your=asked)
        yield message(1, 3, client + option(50, asked) + option(54, SERVER) + wanted)
        yield message(2, 5 + number % 2, given if number % 2 == 0 else option(54, SERVER), your=asked)
        yield message(1, 4, option(50, asked) + option(54, SERVER))
        yield message(1, 7, option(54, SERVER), client=asked)
        yield message(1, 8, wanted, client=asked)
        yield message(2, 9, option(54, SERVER))


def dns_name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def dns_messages(chance):
    """A query and its answer for each type of record, with names that are pointed to, and all response codes."""
    pointer = struct.pack(">H", 0xC000 | 12)
    for number in range(40):
        zone = dns_name(f"host{number}.plant.example")
        data = {
            1: bytes([192, 0, 2, number]), 28: bytes.fromhex("20010db8") + chance.randbytes(12),
            5: b"\3www" + pointer, 2: b"\2ns" + pointer, 12: dns_name("relay.example"),
            6: pointer + dns_name("admin.example") + struct.pack(">IIIII", number, 7200, 900, 86400, 300),
            15: struct.pack(">H", number) + b"\4mail" + pointer,
            16: bytes([5]) + b"v=123" + bytes([3]) + b"abc", 13: b"\3arm\5linux",
        }
        for kind, value in data.items():
            identifier = chance.randrange(1 << 16)
            asked = zone + struct.pack(">HH", kind, 1)
            opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0x8000 if number % 2 else 0, 0)
            yield struct.pack(">HHHHHH", identifier, 0x0100, 1, 0, 0, 1) + asked + opt, True
            record = pointer + struct.pack(">HHIH", kind, 1, 60 * number, len(value)) + value
            again = pointer + struct.pack(">HHIH", kind, 1, 5, len(value)) + value
            flags = 0x8000 | 0x0180 | chance.randrange(2) << 10 | chance.randrange(2) << 5 | chance.randrange(2) << 4
            yield struct.pack(">HHHHHH", identifier, flags, 1, 2, 0, 1) + asked + record + again + opt, False
        for code in range(1, 11):
            asked = zone + struct.pack(">HH", 1, 1)
            yield struct.pack(">HHHHHH", number * 16 + code, 0x0100, 1, 0, 0, 0) + asked, True
            yield struct.pack(">HHHHHH", number * 16 + code, 0x8180 | code, 1, 0, 0, 0) + asked, False


def arp_frames(chance):
    def packet(operation, sender, sender_ip, target, target_ip, kind=1):
        return struct.pack(">HHBBH", kind, 0x0800, 6, 4, operation) + sender + sender_ip + target + target_ip

    for number in range(20):
        address = bytes([192, 0, 2, 10 + number])
        for operation in (1, 2, 3, 4, 8, 9):
            yield 0x0806, packet(operation, CLIENT_MAC, CLIENT, bytes(6), address), True
        yield 0x0806, packet(1, CLIENT_MAC, CLIENT, bytes(6), CLIENT), True
        yield 0x0806, packet(2, CLIENT_MAC, CLIENT, CLIENT_MAC, CLIENT), True
        yield 0x0806, packet(1, CLIENT_MAC, bytes(4), bytes(6), address), True


def write(folder):
    """Writes all captures into `folder`; their paths."""
    chance = random.Random(1)
    return [
        write_frames(folder / "synthetic_arp.pcap", arp_frames(chance)),
        write_frames(folder / "synthetic_icmp.pcap", icmp_frames(chance)),
        write_frames(folder / "synthetic_dhcp.pcap", udp(68, 67, dhcp_messages(chance))),
        write_frames(folder / "synthetic_dns.pcap", udp(40000, 53, dns_messages(chance))),
    ]
