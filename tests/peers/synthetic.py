"""Captures made up for the comparison, so that it reaches what no real capture holds. Always the same octets."""
import random
import struct

import synthetic_amqp
import synthetic_c37118
import synthetic_dcerpc
import synthetic_dhcpv6
import synthetic_dnp3
import synthetic_enip
import synthetic_fins
import synthetic_fix
import synthetic_kerberos
import synthetic_ldap
import synthetic_mms
import synthetic_mqtt
import synthetic_opcua
import synthetic_iec61850
import synthetic_ptp
import synthetic_rdp
import synthetic_s7comm
import synthetic_smb
import synthetic_tds
import synthetic_umas

# IEC 60870-5-101, 7.3: octets of the elements of one object, and what structures the type has: "q" also a sequence
# (SQ = 1), "m" several objects, "s" one object. Of types whose elements Wireshark 4.0 leaves raw only those are here that
# share no element with others: 17 to 20, 38 to 40, 107 and 126 would differ for that alone. The last two are private.
IEC104_TYPES = {
    1: (1, "q"), 2: (4, "m"), 3: (1, "q"), 4: (4, "m"), 5: (2, "q"), 6: (5, "m"), 7: (5, "q"), 8: (8, "m"),
    9: (3, "q"), 10: (6, "m"), 11: (3, "q"), 12: (6, "m"), 13: (5, "q"), 14: (8, "m"), 15: (5, "q"), 16: (8, "m"),
    21: (2, "q"), 30: (8, "m"), 31: (8, "m"), 32: (9, "m"), 33: (12, "m"), 34: (10, "m"), 35: (10, "m"),
    36: (12, "m"), 37: (12, "m"), 45: (1, "s"), 46: (1, "s"), 47: (1, "s"), 48: (3, "s"), 49: (3, "s"), 50: (5, "s"),
    51: (4, "s"), 58: (8, "s"), 59: (8, "s"), 60: (8, "s"), 61: (10, "s"), 62: (10, "s"), 63: (12, "s"),
    64: (11, "s"), 70: (1, "s"), 100: (1, "s"), 101: (1, "s"), 102: (0, "s"), 103: (7, "s"), 104: (2, "s"),
    105: (1, "s"), 106: (2, "s"), 110: (3, "s"), 111: (3, "s"), 112: (5, "s"), 113: (1, "s"), 120: (6, "s"),
    121: (7, "s"), 122: (4, "s"), 123: (5, "s"), 124: (4, "s"), 127: (16, "s"), 130: (9, "s"), 200: (3, "s"),
}
FLOATS = {13, 14, 36, 50, 63, 112}


def elements(chance, identification, octets):
    """Any octets, but a float that every program prints alike."""
    value = bytearray(chance.randbytes(octets))
    if identification in FLOATS:
        value[:4] = struct.pack("<f", chance.choice([0.0, -1.5, 50.02, 1e6, 3.25e-5, -273.15, chance.uniform(-1e4, 1e4)]))
    return bytes(value)


def asdu(chance, identification, sequence, count):
    octets, _ = IEC104_TYPES[identification]
    address = chance.randrange(1 << 24) if count == 1 else chance.randrange(1 << 20)
    head = bytes([identification, sequence << 7 | count, chance.randrange(256), chance.randrange(256)])
    body = head + struct.pack("<H", chance.randrange(1 << 16))
    for n in range(count):
        if n == 0 or not sequence:
            body += struct.pack("<I", address + 7 * n)[:3]
        body += elements(chance, identification, octets)
    return body


def iec104_messages(chance):
    """(APDU, from the client) of a session that has every type in every structure, and every U function."""
    for function in (0x07, 0x0B, 0x43, 0x83, 0x13, 0x23, 0x07, 0x0B):
        yield bytes([0x68, 4, function, 0, 0, 0]), True
    sent = 0
    for identification, (_, structure) in IEC104_TYPES.items():
        shapes = [(False, 1)]
        if structure in "qm":
            shapes.append((False, 3))
        if structure == "q":
            shapes += [(True, 1), (True, 5)]
        for sequence, count in shapes * 4:
            body = asdu(chance, identification, sequence, count)
            yield bytes([0x68, len(body) + 4]) + struct.pack("<HH", sent << 1 & 0xFFFF, 0) + body, True
            sent += 1
        yield bytes([0x68, 4, 1, 0]) + struct.pack("<H", sent << 1), False


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def write_tcp(path, port, messages):
    """Writes one TCP connection to `port` as a .pcap; each message is a frame of its own."""
    client, server = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
    position = {True: 1000, False: 5000}
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        clock = 1_700_000_000_000_000

        def frame(from_client, flags, payload=b""):
            nonlocal clock
            clock += 10_000
            source, destination = (client, server) if from_client else (server, client)
            ports = (40000, port) if from_client else (port, 40000)
            tcp = struct.pack(">HHIIBBHHH", *ports, position[from_client], position[not from_client] if flags != 2 else 0,
                              0x50, flags, 8192, 0, 0)
            pseudo = source + destination + struct.pack(">HH", 6, len(tcp) + len(payload))
            whole = pseudo + tcp + payload + bytes(len(payload) % 2)
            tcp = tcp[:16] + struct.pack(">H", checksum(whole)) + tcp[18:]
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0) + source + destination
            ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
            octets = bytes(5) + b"\2" + bytes(5) + b"\1" + b"\x08\0" + ip + tcp + payload
            file.write(struct.pack("<IIII", clock // 1_000_000, clock % 1_000_000, len(octets), len(octets)) + octets)
            position[from_client] += len(payload) + (flags & 2) // 2

        frame(True, 2)
        frame(False, 0x12)
        for message, from_client in messages:
            frame(from_client, 0x18, message)


def write(folder):
    """Writes all captures into `folder`; their paths."""
    sessions = {
        "enip": (44818, synthetic_enip.enip_messages()),
        "iec104": (2404, iec104_messages(random.Random(104))),
        "fins": (9600, synthetic_fins.stream_messages(random.Random(9600))),
        **{version.lower(): (9878, synthetic_fix.fix_messages(version)) for version in ("FIX.4.2", "FIX.4.4", "FIXT.1.1")},
        "mms": (102, synthetic_mms.messages()),
        "opcua": (4840, synthetic_opcua.messages()),
        "s7comm": (102, synthetic_s7comm.s7comm_messages()),
        "dnp3": (20000, synthetic_dnp3.dnp3_messages(random.Random(1815))),
        "umas": (502, synthetic_umas.messages(random.Random(90))),
        "c37118": (4712, synthetic_c37118.c37118_messages(random.Random(37118))),
        **synthetic_smb.sessions(),
        **synthetic_mqtt.sessions(),
        **synthetic_amqp.sessions(),
        **synthetic_rdp.sessions(),
        **synthetic_kerberos.sessions(),
        **synthetic_ldap.sessions(),
        **synthetic_dcerpc.sessions(),
        **synthetic_tds.sessions(),
        **synthetic_dhcpv6.sessions(),
    }
    paths = []
    for name, (port, messages) in sessions.items():
        paths.append(folder / f"synthetic_{name}.pcap")
        write_tcp(paths[-1], port, messages)
    paths.append(synthetic_ptp.write(folder))
    paths.extend(synthetic_iec61850.write(folder))
    paths.append(synthetic_smb.write(folder))
    paths.append(synthetic_dcerpc.write(folder))
    paths.append(synthetic_dhcpv6.write(folder))
    return paths
