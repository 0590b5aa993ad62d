"""MQTT sessions made up for the comparison: every packet type of 3.1.1 and 5.0, with every property."""
import struct


def text(value):
    octets = value.encode()
    return struct.pack(">H", len(octets)) + octets


def variable(number):
    octets = bytearray()
    while True:
        octets.append(number & 0x7F | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(octets)


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + variable(len(body)) + body


def properties(*pairs):
    """MQTT 5.0, table 2-4: (identifier, value)."""
    octets = b""
    for identifier, value in pairs:
        octets += variable(identifier)
        if identifier in (1, 23, 25, 36, 37, 40, 41, 42):
            octets += bytes([value])
        elif identifier in (19, 33, 34, 35):
            octets += struct.pack(">H", value)
        elif identifier in (2, 17, 24, 39):
            octets += struct.pack(">I", value)
        elif identifier == 11:
            octets += variable(value)
        elif identifier in (9, 22):
            octets += struct.pack(">H", len(value)) + value
        elif identifier == 38:
            octets += text(value[0]) + text(value[1])
        else:
            octets += text(value)
    return variable(len(octets)) + octets


def connect(level, flags, keep_alive, *rest):
    return packet(1, 0, text("MQIsdp" if level == 3 else "MQTT") + bytes([level, flags]) + struct.pack(">H", keep_alive) + b"".join(rest))


def session_311():
    """(packet, from the client)."""
    yield connect(4, 0xEE, 60, text("meter-7"), text("status/meter-7"), text("gone"), text("field"), text("secret")), True
    yield packet(2, 0, b"\1\0"), False
    for number, filters in enumerate(([("plant/+/power", 0)], [("plant/#", 1), ("$SYS/broker/uptime", 2)]), 1):
        yield packet(8, 2, struct.pack(">H", number) + b"".join(text(name) + bytes([qos]) for name, qos in filters)), True
        yield packet(9, 0, struct.pack(">H", number) + bytes(qos for _, qos in filters)), False
    for number in range(40):
        qos = number % 3
        ident = struct.pack(">H", 100 + number) if qos else b""
        body = text(f"plant/{number % 5}/power") + ident + f"{number * 1.5}".encode()
        yield packet(3, qos << 1 | number % 2, body), number % 4 != 0
        if qos == 1:
            yield packet(4, 0, ident), number % 4 == 0
        if qos == 2:
            yield packet(5, 0, ident), number % 4 == 0
            yield packet(6, 2, ident), number % 4 != 0
            yield packet(7, 0, ident), number % 4 == 0
    yield packet(3, 0, text("spBv1.0/north/NCMD/edge-1") + b"\x08\x01"), False
    yield packet(3, 0, text("long/one") + b"x" * 900), True
    yield packet(10, 2, struct.pack(">H", 9) + text("plant/#")), True
    yield packet(11, 0, struct.pack(">H", 9)), False
    yield packet(12, 0, b""), True
    yield packet(13, 0, b""), False
    yield packet(9, 0, struct.pack(">H", 77) + b"\x80"), False
    yield packet(14, 0, b""), True


def session_5():
    """(packet, from the client)."""
    yield connect(5, 0xC6, 30, properties((17, 3600), (33, 20), (39, 65536), (34, 10), (25, 1), (23, 1), (38, ("site", "7")), (21, "SCRAM"),
                                          (22, b"\1\2")),
                  text("edge"), properties((24, 5), (1, 1), (2, 600), (3, "text/plain"), (8, "answers"), (9, b"\7\7"), (38, ("a", "b"))),
                  text("will/edge"), text("bye"), text("field"), text("secret")), True
    yield packet(15, 0, b"\x18" + properties((21, "SCRAM"))), False
    yield packet(15, 0, b"\x18" + properties((21, "SCRAM"))), True
    yield packet(2, 0, b"\0\0" + properties((17, 60), (33, 10), (36, 1), (37, 1), (39, 9000), (18, "named"), (34, 7), (31, "welcome"),
                                            (38, ("k", "v")), (40, 1), (41, 1), (42, 0), (19, 45), (26, "info"), (28, "other:1883"))), False
    yield packet(8, 2, b"\0\1" + properties((11, 300), (38, ("x", "y"))) + text("grid/#") + b"\x2d" + text("market/+") + b"\1"), True
    yield packet(9, 0, b"\0\1" + properties((31, "ok")) + b"\1\x87"), False
    for number in range(30):
        qos = number % 3
        ident = struct.pack(">H", 500 + number) if qos else b""
        topic = "" if number % 4 == 3 else f"grid/{number % 4}/f"
        extra = [(35, number % 4 + 1 if number % 4 != 3 else 3)]
        if number % 5 == 0:
            extra += [(1, 1), (2, 60), (8, "answers"), (9, b"id"), (38, ("unit", "Hz")), (3, "application/json")]
        yield packet(3, qos << 1, text(topic) + ident + properties(*extra) + f"{50 + number / 100}".encode()), True
        reason = (b"", b"\x10", b"\x10" + properties((31, "nobody listens")))[number % 3 if number % 2 else 0]
        if qos == 1:
            yield packet(4, 0, ident + reason), False
        if qos == 2:
            yield packet(5, 0, ident + reason), False
            yield packet(6, 2, ident), True
            yield packet(7, 0, ident + b"\x92"), False
    yield packet(10, 2, b"\0\x09" + properties((38, ("p", "q"))) + text("grid/#") + text("none")), True
    yield packet(11, 0, b"\0\x09" + properties((31, "partly")) + b"\0\x11"), False
    yield packet(12, 0, b""), True
    yield packet(13, 0, b""), False
    yield packet(14, 0, b"\x8e" + properties((31, "taken over"), (28, "other:1883"))), False


def sessions():
    return {"mqtt.3.1.1": (1883, session_311()), "mqtt.5": (1883, session_5())}
