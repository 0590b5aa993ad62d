"""An OPC UA session made up for the comparison: what a server says of itself, read by its nodes, as BuildInfo, as ServerStatus and published."""
import struct

READ, READ_ANSWER, PUBLISH, PUBLISH_ANSWER = 631, 634, 826, 829
VALUE = 13
NO_TEXT = b"\xff\xff\xff\xff"


def text(value):
    octets = value.encode()
    return struct.pack("<i", len(octets)) + octets


def node(identifier):
    """Of namespace 0, as short as it can be."""
    return bytes([0, identifier]) if identifier < 256 else struct.pack("<BBH", 1, 0, identifier)


def chunk(kind, body):
    return kind + struct.pack("<I", 8 + len(body)) + body


def request_header(handle):
    return node(0) + bytes(8) + struct.pack("<II", handle, 0) + NO_TEXT + struct.pack("<I", 5000) + bytes(3)


def response_header(handle):
    return bytes(8) + struct.pack("<IIB", handle, 0, 0) + NO_TEXT + bytes(3)


def opened(sequence, service, body):
    policy = text("http://opcfoundation.org/UA/SecurityPolicy#None")
    return chunk(b"OPNF", struct.pack("<I", 7) + policy + NO_TEXT * 2 + struct.pack("<II", sequence, 1) + node(service) + body)


def message(service, sequence, request, body, kind=b"MSGF"):
    return chunk(kind, struct.pack("<IIII", 7, 1, sequence, request) + node(service) + body)


def read(*asked):
    """Attributes of nodes: (node, attribute, range)."""
    body = struct.pack("<dII", 0.0, 3, len(asked))
    for identifier, attribute, *part in asked:
        body += node(identifier) + struct.pack("<I", attribute) + (text(part[0]) if part else NO_TEXT) + b"\0\0" + NO_TEXT
    return body


def values(*told):
    return struct.pack("<I", len(told)) + b"".join(told) + NO_TEXT


def string(value):
    return b"\1\x0c" + text(value)


def extension(identifier, body):
    return b"\1\x16" + node(identifier) + b"\1" + struct.pack("<I", len(body)) + body


BUILD_INFO = text("urn:maker:gateway") + text("Maker of gateways") + text("Substation gateway") + text("4.2.0") + text("7658") + bytes(8)
STATUS = bytes(16) + struct.pack("<i", 0) + BUILD_INFO + struct.pack("<IB", 0, 0)


def messages():
    """(message, from the client)."""
    buffers = struct.pack("<5I", 0, 65536, 65536, 0, 0)
    yield chunk(b"HELF", buffers + text("opc.tcp://192.0.2.2:4840")), True
    yield chunk(b"ACKF", buffers), False
    yield opened(1, 446, request_header(1) + struct.pack("<III", 0, 0, 1) + NO_TEXT + struct.pack("<I", 3_600_000)), True
    yield opened(1, 449, response_header(1) + struct.pack("<III", 0, 7, 1) + bytes(8) + struct.pack("<I", 3_600_000) + NO_TEXT), False
    sequence = 1

    def exchange(asked, told):
        nonlocal sequence
        sequence += 1
        yield message(READ, sequence, sequence, request_header(sequence) + asked), True
        yield message(READ_ANSWER, sequence, sequence, response_header(sequence) + told), False

    parts = ((2261, "Substation gateway"), (2262, "urn:maker:gateway"), (2263, "Maker of gateways"), (2264, "4.2.0"), (2265, "7658"))
    for identifier, told in parts:
        yield from exchange(read((identifier, VALUE)), values(string(told)))
    yield from exchange(read(*((identifier, VALUE) for identifier, _ in parts)), values(*(string(told) for _, told in parts)))
    # The name of a node, a part of a text, and a status without a value.
    yield from exchange(read((2261, 3), (2263, VALUE, "0:4"), (2265, VALUE)),
                        values(b"\1\x14" + b"\0\0" + text("ProductName"), string("Maker"), b"\2\0\0\x34\x80"))
    yield from exchange(read((2260, VALUE), (2256, VALUE)), values(extension(340, BUILD_INFO), extension(864, STATUS)))
    sequence += 1
    yield message(PUBLISH, sequence, sequence, request_header(sequence) + struct.pack("<I", 0)), True
    change = struct.pack("<II", 1, 1) + extension(864, STATUS) + NO_TEXT
    notification = struct.pack("<I", 1) + bytes(8) + struct.pack("<I", 1) + node(811) + b"\1" + struct.pack("<I", len(change)) + change
    yield message(PUBLISH_ANSWER, sequence, sequence,
                  response_header(sequence) + struct.pack("<IIIB", 1, 1, 1, 0) + notification + NO_TEXT * 2), False
    yield message(452, sequence + 1, sequence + 1, request_header(sequence + 1), b"CLOF"), True
