"""Captures of management-plane protocols made up for the comparison. Always the same octets."""
import random
import struct

import synthetic_bacnet
import synthetic_fins
import synthetic_kerberos
import synthetic_ldap

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


def vector(width, octets):
    return len(octets).to_bytes(width, "big") + octets


def handshake(kind, body, version=0x0301):
    return struct.pack(">BH", 22, version) + vector(2, bytes([kind]) + vector(3, body))


def tls_messages(chance):
    """Hellos of all versions in clear, one after the other on one connection, and alerts."""
    for number in range(300):
        suites = [0x0A0A] + chance.sample(range(0x1301, 0x1306), 3) + chance.sample(range(0xC001, 0xC0AF), 8)
        groups = [0x1A1A, 29, 23, 24][number % 2:]
        name = f"rtu{number}.plant.example".encode()
        extensions = [
            (0, vector(2, b"\0" + vector(2, name))), (10, vector(2, b"".join(struct.pack(">H", each) for each in groups))),
            (11, vector(1, b"\0\1")), (13, vector(2, struct.pack(">HH", 0x0403, 0x0804))),
            (16, vector(2, vector(1, b"h2") + vector(1, b"http/1.1"))), (23, b""),
            (43, vector(1, struct.pack(">HHH", 0x2A2A, 0x0304, 0x0303))),
        ][number % 3:]

        def packed(pairs):
            return vector(2, b"".join(struct.pack(">H", kind) + vector(2, value) for kind, value in pairs))

        session = chance.randbytes(32) if number % 4 else b""
        body = (struct.pack(">H", 0x0301 + number % 3) + chance.randbytes(32) + vector(1, session)
                + vector(2, b"".join(struct.pack(">H", suite) for suite in suites)) + b"\1\0" + packed(extensions))
        yield handshake(1, body), True
        chosen = [(43, b"\3\4")] if number % 5 == 0 else [(11, vector(1, b"\0")), (16, vector(2, vector(1, b"h2")))]
        body = (struct.pack(">H", 0x0301 + number % 3) + chance.randbytes(32) + vector(1, session)
                + struct.pack(">HB", suites[1 + number % 11], 0) + packed(chosen))
        yield handshake(2, body, 0x0303) + handshake(14, b"", 0x0303), False
        yield struct.pack(">BHHBB", 21, 0x0303, 2, 1 + number % 2, chance.choice([0, 10, 20, 40, 42, 48, 70, 112])), False


def http_messages(chance):
    """Heads with and without bodies, one after the other; each message one segment."""
    methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
    for number in range(150):
        method = methods[number % len(methods)]
        body = b"x" * (number % 50) if method in ("POST", "PUT", "PATCH") else b""
        lines = [f"{method} /unit/{number}?v={number} HTTP/1.1", f"Host: rtu{number}.example", "User-Agent: poll/1.0",
                 "Referer: http://hmi.example/"]
        if body:
            lines += [f"Content-Length: {len(body)}", "Content-Type: text/plain"]
        yield "\r\n".join(lines).encode() + b"\r\n\r\n" + body, True
        status, reason = chance.choice([(200, "OK"), (401, "Unauthorized"), (404, "Not Found"), (500, "Internal Error"),
                                        (302, "Found")])
        head = [f"HTTP/1.1 {status} {reason}", "Server: embedded/2.1", "Content-Type: text/html"]
        if status == 302:
            head.append(f"Location: /new/{number}")
        if number % 3 == 0:
            head.append("Transfer-Encoding: chunked")
            answer = b"5\r\nhello\r\n0\r\n\r\n"
        else:
            head.append(f"Content-Length: {number % 20}")
            answer = b"y" * (number % 20)
        yield "\r\n".join(head).encode() + b"\r\n\r\n" + answer, False


def ssh_messages(chance):
    """Identifications, and key exchanges that are begun again and again in clear."""
    names = [f"algorithm-{n}@plant.example" for n in range(30)] + ["curve25519-sha256", "aes256-ctr", "hmac-sha2-256"]
    yield b"SSH-2.0-client_1.0 comment\r\n", True
    yield b"SSH-2.0-server_2.1\r\n", False
    for number in range(450):
        for from_client in (True, False):
            lists = b"".join(vector(4, ",".join(chance.sample(names, 1 + chance.randrange(6))).encode()) for _ in range(8))
            payload = bytes([20]) + chance.randbytes(16) + lists + bytes(8) + bytes(5)
            padding = 8 - (5 + len(payload)) % 8 + 8
            yield struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding), from_client


def ftp_messages(chance):
    """A log-in and commands, their replies; without a password, which we never say."""
    yield b"220 plant FTP server 1.0 ready\r\n", False
    for number in range(60):
        for command, reply in ((f"USER operator{number}", "331 Password required"), ("SYST", "215 UNIX Type: L8"),
                               (f"CWD /dir{number}", "250 OK"), ("PWD", '257 "/dir" is current'), ("TYPE I", "200 Type is I"),
                               ("PASV", f"227 Entering Passive Mode (192,0,2,2,{number + 4},1)"),
                               (f"RETR file{number}.bin", "550 No such file"), (f"STOR new{number}", "553 Not allowed"),
                               ("NOOP", "200 OK"), (f"DELE old{number}", "530 Not logged in")):
            yield command.encode() + b"\r\n", True
            yield reply.encode() + b"\r\n", False


def tftp_messages(chance):
    for number in range(60):
        for kind in (1, 2):
            yield struct.pack(">H", kind) + b"firmware%d.bin\0octet\0tsize\0%d\0blksize\0512\0" % (number, number), True
            yield struct.pack(">HH", 5, number % 9) + b"refused\0", False


def tcp(client_port, server_port, messages):
    """Frames of one connection with its handshake; each message is one segment."""
    position = {True: 1000, False: 5000}

    def frame(from_client, flags, payload=b""):
        ports = (client_port, server_port) if from_client else (server_port, client_port)
        acknowledged = 0 if flags == 2 else position[not from_client]
        head = struct.pack(">HHIIBBHHH", *ports, position[from_client], acknowledged, 0x50, flags, 8192, 0, 0)
        position[from_client] += len(payload) + (1 if flags & 2 else 0)
        return 0x0800, ipv4(6, head + payload, from_client, position[from_client] & 0xFFFF), from_client

    yield frame(True, 2)
    yield frame(False, 0x12)
    for message, from_client in messages:
        yield frame(from_client, 0x18, message)


def write(folder):
    """Writes all captures into `folder`; their paths."""
    chance = random.Random(1)
    return [
        write_frames(folder / "synthetic_arp.pcap", arp_frames(chance)),
        write_frames(folder / "synthetic_icmp.pcap", icmp_frames(chance)),
        write_frames(folder / "synthetic_dhcp.pcap", udp(68, 67, dhcp_messages(chance))),
        write_frames(folder / "synthetic_bacnet.pcap", udp(47808, 47808, synthetic_bacnet.frames())),
        write_frames(folder / "synthetic_fins_udp.pcap", udp(40000, 9600, synthetic_fins.frames(random.Random(9600)))),
        write_frames(folder / "synthetic_dns.pcap", udp(40000, 53, dns_messages(chance))),
        write_frames(folder / "synthetic_ftp.pcap", tcp(40000, 21, ftp_messages(chance))),
        write_frames(folder / "synthetic_tftp.pcap", udp(40000, 69, tftp_messages(chance))),
        write_frames(folder / "synthetic_tls.pcap", tcp(40000, 443, tls_messages(chance))),
        write_frames(folder / "synthetic_http.pcap", tcp(40000, 80, http_messages(chance))),
        write_frames(folder / "synthetic_ssh.pcap", tcp(40000, 22, ssh_messages(chance))),
        write_frames(folder / "synthetic_kerberos_udp.pcap", udp(40000, 88, synthetic_kerberos.datagrams())),
        write_frames(folder / "synthetic_cldap.pcap", udp(40000, 389, synthetic_ldap.datagrams())),
        write_frames(folder / "synthetic_kpasswd.pcap", udp(40000, 464, synthetic_kerberos.password_datagrams())),
    ]
