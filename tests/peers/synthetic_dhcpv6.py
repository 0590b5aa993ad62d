"""Sessions of DHCPv6 made up for the comparison: RFC 8415 and the options beside it. Always the same octets."""
import random
import socket
import struct

ALL_SERVERS = socket.inet_pton(socket.AF_INET6, "ff02::1:2")
CLIENT_PORT, SERVER_PORT = 546, 547
# Types of the server's DUID beside each of the client's: Wireshark has fields of their own for types 1 and 3, which are compared one
# behind the other.
SERVER_KINDS = [(1, 2, 4), (1, 3, 4), (2, 3, 4), (1, 2, 3)]


def ip(text):
    return socket.inet_pton(socket.AF_INET6, text)


def option(code, value=b""):
    return struct.pack(">HH", code, len(value)) + value


def name(text, whole=True):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + (b"\0" if whole else b"")


def texts(*values):
    return b"".join(struct.pack(">H", len(value)) + value for value in values)


def duid(number, kind):
    mac = bytes([2, 0, 0, 0, kind, number % 256])
    if kind == 1:
        return struct.pack(">HHI", 1, 1, 700_000_000 + number * 1000) + mac
    if kind == 2:
        return struct.pack(">HI", 2, 9 + number) + b"unit" + mac
    if kind == 3:
        return struct.pack(">HH", 3, 6 if number % 2 else 1) + mac
    return struct.pack(">H", 4) + bytes(10) + mac


def status(code, text=b""):
    return option(13, struct.pack(">H", code) + text)


def address(text, preferred, valid, inner=b""):
    return option(5, ip(text) + struct.pack(">II", preferred, valid) + inner)


def prefix(text, length, preferred, valid, inner=b""):
    return option(26, struct.pack(">IIB", preferred, valid, length) + ip(text) + inner)


def association(code, number, t1, t2, inner=b""):
    return option(code, struct.pack(">III", number, t1, t2) + inner)


def relayed(kind, hops, link, peer, inner, options=b""):
    return bytes([kind, hops]) + ip(link) + ip(peer) + options + option(9, inner)


def exchanges(chance):
    """(message, source, its port, destination, its port)."""
    server, link = "fe80::b", "2001:db8::1"
    for number in range(60):
        client = f"fe80::a:{number + 1:x}"
        given, delegated = f"2001:db8::{number + 16:x}", f"2001:db8:{number + 256:x}::"
        cid, sid = option(1, duid(number, 1 + number % 4)), option(2, duid(200, SERVER_KINDS[number % 4][number // 4 % 3]))
        elapsed = option(8, struct.pack(">H", number * 7))
        wanted = option(6, struct.pack(">HHHHH", 23, 24, 39, 56, 59 + number % 2))
        who = (option(16, struct.pack(">I", 311) + texts(b"MSFT 5.%d" % number))
               + option(15, texts(b"relay", bytes([0, number]))) + option(39, bytes([number % 2]) + name(f"rtu{number}", False)))
        lease = association(3, number, 1800, 2880, address(given, 3600, 7200))
        network = association(25, number + 1000, 600, 960, prefix(delegated, 56, 1200, 2400))
        temporary = option(4, struct.pack(">I", number + 2000) + address(given + ":1", 60, 120))
        configuration = (option(23, ip(server) + ip("2001:db8::35")) + option(24, name("plant.example") + name("scada.example"))
                         + option(56, struct.pack(">HH", 1, 16) + ip("2001:db8::123") + struct.pack(">HH", 2, 16) + ip("ff05::101"))
                         + option(31, ip("2001:db8::123")) + option(32, struct.pack(">I", 86400 + number)))
        boot = option(59, b"tftp://[2001:db8::69]/rtu%d.bin" % number) + option(60, texts(b"console=ttyS0"))
        vendor = option(17, struct.pack(">I", 9) + option(1, b"abc") + option(number, bytes([number])))

        def say(kind, options, transaction):
            return bytes([kind]) + transaction.to_bytes(3, "big") + options

        def ask(kind, options, to=ALL_SERVERS):
            nonlocal transaction
            transaction = chance.randrange(1 << 24)
            return say(kind, options, transaction), ip(client), CLIENT_PORT, to, SERVER_PORT

        def answer(kind, options):
            return say(kind, options, transaction), ip(server), SERVER_PORT, ip(client), CLIENT_PORT

        transaction = 0
        yield ask(1, cid + elapsed + wanted + who + association(3, number, 0, 0) + association(25, number + 1000, 0, 0))
        yield answer(2, cid + sid + option(7, bytes([number])) + lease + network + configuration)
        yield ask(3, cid + sid + elapsed + wanted + lease + network)
        yield answer(7, cid + sid + lease + network + configuration + option(39, b"\1" + name(f"rtu{number}.plant.example")))
        yield ask(5, cid + sid + elapsed + lease + temporary)
        yield answer(7, cid + sid + lease + temporary + status(0, b"fine"))
        yield ask(6, cid + elapsed + lease)
        yield answer(7, cid + sid + association(3, number, 0, 0, status(3, b"no binding %d" % number)))
        yield ask(4, cid + elapsed + lease)
        yield answer(7, cid + sid + status(4, b"not on link"))
        yield ask(11, cid + elapsed + wanted + option(61, struct.pack(">H", 7)))
        yield answer(7, cid + sid + configuration + boot + vendor + option(12, ip("2001:db8::b")) + option(82, struct.pack(">I", 3600)))
        yield ask(9, cid + sid + lease)
        yield answer(7, cid + sid + status(number % 7))
        yield ask(8, cid + sid + lease)
        yield answer(7, cid + sid + status(0))
        yield ask(1, cid + option(14) + option(20) + association(3, number, 0, 0))
        key = option(11, struct.pack(">BBBQB", 3, 1, 0, number, 1) + bytes(16))
        yield answer(7, cid + sid + option(14) + lease + key)
        transaction = 0
        proof = option(11, struct.pack(">BBBQB", 3, 1, 0, number + 1, 2) + chance.randbytes(16))
        yield answer(10, cid + sid + option(19, bytes([5, 6, 11][number % 3:number % 3 + 1])) + proof)

        transaction = chance.randrange(1 << 24)
        solicit, advertise = say(1, cid + elapsed + wanted, transaction), say(2, cid + sid + lease, transaction)
        where = option(18, b"eth%d" % number) + option(37, struct.pack(">I", 9) + b"port%d" % number) + option(38, b"line%d" % number)
        once = relayed(12, 0, link, client, solicit, where)
        back = relayed(13, 0, link, client, advertise, where)
        for depth in range(number % 4):
            once = relayed(12, depth + 1, "::", f"2001:db8::1{depth}", once)
            back = relayed(13, depth + 1, "::", f"2001:db8::1{depth}", back)
        yield once, ip(link), SERVER_PORT, ip("2001:db8::b"), SERVER_PORT
        yield back, ip("2001:db8::b"), SERVER_PORT, ip(link), SERVER_PORT
        transaction = chance.randrange(1 << 24)
        query = option(44, b"\1" + ip("::") + address(given, 0, 0))
        yield say(14, cid + query, transaction), ip(link), SERVER_PORT, ip("2001:db8::b"), SERVER_PORT
        known = option(45, option(1, duid(number, 3)) + address(given, 3600, 7200) + option(46, struct.pack(">I", number)))
        yield say(15, cid + sid + known, transaction), ip("2001:db8::b"), SERVER_PORT, ip(link), SERVER_PORT


def sessions():
    """Bulk lease queries over TCP (RFC 5460): a query, an answer with the first client, the others, the end."""
    messages = []

    def say(kind, transaction, options, from_client):
        message = bytes([kind]) + transaction.to_bytes(3, "big") + options
        messages.append((struct.pack(">H", len(message)) + message, from_client))

    for number in range(30):
        cid, sid = option(1, duid(number, 2 + number % 2)), option(2, duid(200, 2 + number % 2))
        say(14, number, cid + option(44, bytes([2 + number % 3]) + ip("::") + option(53, duid(number, 2))), True)
        for client in range(4):
            known = option(45, option(1, duid(client, 3)) + address(f"2001:db8::{client + 16:x}", 3600, 7200)
                           + option(46, struct.pack(">I", number)))
            say(15 if client == 0 else 17, number, (cid + sid if client == 0 else b"") + known, False)
        say(16, number, status(0, b"done") if number % 2 else b"", False)
    return {"dhcpv6_bulk": (547, messages)}


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF or 0xFFFF


def mac(address):
    return b"\x33\x33" + address[12:] if address[0] == 0xFF else b"\2\0\0" + address[13:]


def write(folder):
    path = folder / "synthetic_dhcpv6.pcap"
    clock = 1_700_000_000_000_000
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for message, source, source_port, destination, destination_port in exchanges(random.Random(8415)):
            clock += 10_000
            length = 8 + len(message)
            head = struct.pack(">HHH", source_port, destination_port, length)
            pseudo = source + destination + struct.pack(">II", length, 17)
            udp = head + struct.pack(">H", checksum(pseudo + head + b"\0\0" + message)) + message
            octets = (mac(destination) + mac(source) + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, length, 17, 1) + source
                      + destination + udp)
            file.write(struct.pack("<IIII", clock // 1_000_000, clock % 1_000_000, len(octets), len(octets)) + octets)
    return path
