"""BACnet/IP sessions made up for the comparison. Always the same octets."""
import struct

DEVICE, ANALOG_INPUT, ANALOG_OUTPUT, ANALOG_VALUE, BINARY_OUTPUT, FILE, MULTI_STATE = 8, 0, 1, 2, 4, 10, 14
PRESENT_VALUE, OBJECT_NAME, STATUS_FLAGS, PRIORITY_ARRAY = 85, 77, 111, 87
READ_SERVICES = {12, 14, 26}


def head(number, context, octets):
    first = (number << 4 if number < 15 else 0xF0) | (8 if context else 0)
    extended = bytes([number]) if number >= 15 else b""
    if len(octets) < 5:
        return bytes([first | len(octets)]) + extended + octets
    length = bytes([len(octets)]) if len(octets) < 254 else b"\xfe" + struct.pack(">H", len(octets))
    return bytes([first | 5]) + extended + length + octets


def context(number, octets):
    return head(number, True, octets)


def inside(number, octets):
    return bytes([number << 4 | 0x0E]) + octets + bytes([number << 4 | 0x0F])


def number(value):
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def signed(value):
    return value.to_bytes(max(1, (value.bit_length() + 8) // 8), "big", signed=True)


def identifier(kind, instance):
    return struct.pack(">I", kind << 22 | instance)


def null():
    return b"\x00"


def boolean(truth):
    return bytes([0x10 | truth])


def unsigned(value):
    return head(2, False, number(value))


def integer(value):
    return head(3, False, signed(value))


def real(value):
    return head(4, False, struct.pack(">f", value))


def double(value):
    return head(5, False, struct.pack(">d", value))


def text(word):
    return head(7, False, b"\x00" + word.encode())


def bits(unused, octets):
    return head(8, False, bytes([unused]) + octets)


def enumerated(value):
    return head(9, False, number(value))


def date(year, month, day, weekday):
    return head(10, False, bytes([year - 1900, month, day, weekday]))


def clock(hour, minute, second, hundredth):
    return head(11, False, bytes([hour, minute, second, hundredth]))


def object_identifier(kind, instance):
    return head(12, False, identifier(kind, instance))


VALUES = [real(21.5), double(1013.25), unsigned(0), unsigned(70000), integer(-5), integer(300), boolean(True), boolean(False), enumerated(1),
          enumerated(300), text("AHU-1"), null()]


class Talk:
    """Datagrams of one client and one device; invoke ids count up."""

    def __init__(self):
        self.invoke_id = 0

    def link(self, npdu, from_client=True, function=0x0A):
        return struct.pack(">BBH", 0x81, function, 4 + len(npdu)) + npdu, from_client

    def ask(self, service, body, npdu=b"\x01\x04", flags=2, sizes=0x75, segment=b""):
        self.invoke_id = (self.invoke_id + 1) % 256
        return self.link(npdu + bytes([flags, sizes, self.invoke_id]) + segment + bytes([service]) + body)

    def say(self, service, body, npdu=b"\x01\x00", from_client=True, function=0x0B):
        return self.link(npdu + bytes([0x10, service]) + body, from_client, function)

    def acknowledge(self, service, npdu=b"\x01\x00"):
        return self.link(npdu + bytes([0x20, self.invoke_id, service]), False)

    def answer(self, service, body, npdu=b"\x01\x00", flags=0, segment=b""):
        return self.link(npdu + bytes([0x30 | flags, self.invoke_id]) + segment + bytes([service]) + body, False)

    def fail(self, service, error_class, code):
        return self.link(b"\x01\x00" + bytes([0x50, self.invoke_id, service]) + enumerated(error_class) + enumerated(code), False)


def reference(kind, instance, property_, index=None, first=0):
    octets = context(first, identifier(kind, instance)) + context(first + 1, number(property_))
    return octets + (context(first + 2, number(index)) if index is not None else b"")


def links(talk):
    def plain(function, octets, from_client=True):
        return struct.pack(">BBH", 0x81, function, 4 + len(octets)) + octets, from_client

    yield plain(5, struct.pack(">H", 300))
    yield plain(0, struct.pack(">H", 0), False)
    for code in (0x10, 0x20, 0x30, 0x40, 0x50, 0x60):
        yield plain(0, struct.pack(">H", code), False)
    peers = b"".join(bytes([10, 0, each, 1]) + struct.pack(">H", 47808) + b"\xff\xff\xff\xff" for each in (1, 2))
    yield plain(1, peers)
    yield plain(2, b"")
    yield plain(3, peers, False)
    yield plain(6, b"")
    yield plain(7, b"".join(bytes([10, 9, each, 1]) + struct.pack(">HHH", 47808, 300, 200 + each) for each in (1, 2, 3)), False)
    yield plain(8, bytes([10, 9, 1, 1]) + struct.pack(">H", 47808))
    who_is = b"\x01\x20\xff\xff\x00\xff\x10\x08"
    yield talk.link(who_is, True, 9)
    yield talk.link(bytes([10, 0, 2, 1]) + struct.pack(">H", 47808) + who_is, False, 4)


def networks(talk):
    def message(kind, octets, control=0x80, from_client=True, addresses=b""):
        return talk.link(bytes([1, control]) + addresses + bytes([kind]) + octets, from_client, 0x0B)

    yield message(0x00, b"")
    yield message(0x00, struct.pack(">H", 5))
    yield message(0x01, struct.pack(">HH", 5, 6), from_client=False)
    yield message(0x02, struct.pack(">HB", 7, 2), from_client=False)
    for reason in range(7):
        yield message(0x03, struct.pack(">BH", reason, 9), from_client=False)
    yield message(0x04, struct.pack(">H", 5), from_client=False)
    yield message(0x05, struct.pack(">H", 5), from_client=False)
    yield message(0x06, b"\0")
    yield message(0x06, struct.pack(">BHBB", 1, 5, 1, 0))
    yield message(0x07, struct.pack(">BHBBHBB", 2, 5, 1, 0, 6, 2, 0), from_client=False)
    yield message(0x08, struct.pack(">HB", 5, 30))
    yield message(0x09, struct.pack(">H", 5))
    yield message(0x12, b"")
    yield message(0x13, struct.pack(">HB", 5, 1), from_client=False)
    yield message(0x80, struct.pack(">H", 260) + b"\1\2")
    yield message(0x00, struct.pack(">H", 5), 0xA0, True, b"\xff\xff\x00\xff")
    for address in (b"\x07", b"\x02\x00\x00\x00\x00\x05", b"\x0a\x00"):
        yield talk.ask(12, reference(ANALOG_INPUT, 3, PRESENT_VALUE),
                       b"\x01\x24" + struct.pack(">HB", 5, len(address)) + address + b"\xff")
        yield talk.answer(12, reference(ANALOG_INPUT, 3, PRESENT_VALUE) + inside(3, real(4.5)),
                          b"\x01\x08" + struct.pack(">HB", 5, len(address)) + address)
    for priority in range(4):
        yield talk.ask(15, reference(ANALOG_OUTPUT, 1, PRESENT_VALUE) + inside(3, real(1.0)), bytes([1, 4 | priority]))
        yield talk.acknowledge(15, bytes([1, priority]))


def properties(talk):
    for value in VALUES:
        place = reference(ANALOG_VALUE, 12, PRESENT_VALUE)
        yield talk.ask(12, place)
        yield talk.answer(12, place + inside(3, value))
        yield talk.ask(15, place + inside(3, value) + context(4, number(8)))
        yield talk.acknowledge(15)
    yield talk.ask(12, reference(DEVICE, 1234, OBJECT_NAME))
    yield talk.answer(12, reference(DEVICE, 1234, OBJECT_NAME) + inside(3, text("Plant room 3")))
    yield talk.ask(12, reference(ANALOG_OUTPUT, 1, PRIORITY_ARRAY, 16))
    yield talk.answer(12, reference(ANALOG_OUTPUT, 1, PRIORITY_ARRAY, 16) + inside(3, null()))
    wanted = [(DEVICE, 1234, [121, 70, 44, 12, 77]), (ANALOG_INPUT, 4194302, [85, 77, 36]), (300, 7, [600])]
    yield talk.ask(14, b"".join(context(0, identifier(kind, instance)) + inside(1, b"".join(context(0, number(each)) for each in list_))
                                for kind, instance, list_ in wanted))
    texts = {121: text("Greywatch"), 70: text("GW-1"), 44: text("1.2.3"), 12: text("app 4"), 77: text("device"), 85: real(20.0), 36: enumerated(0)}
    yield talk.answer(14, b"".join(
        context(0, identifier(kind, instance)) +
        inside(1, b"".join(context(2, number(each)) + (inside(4, texts[each]) if each in texts else
                                                      inside(5, enumerated(2) + enumerated(32))) for each in list_))
        for kind, instance, list_ in wanted))
    yield talk.ask(16, b"".join(context(0, identifier(kind, instance)) + inside(1, context(0, number(85)) + inside(2, value) + context(3, number(10)))
                                for kind, instance, value in ((ANALOG_OUTPUT, 1, real(50.0)), (BINARY_OUTPUT, 2, enumerated(1)))))
    yield talk.acknowledge(16)
    yield talk.ask(10, inside(0, context(0, number(ANALOG_VALUE))))
    yield talk.answer(10, object_identifier(ANALOG_VALUE, 99))
    yield talk.ask(11, object_identifier(ANALOG_VALUE, 99))
    yield talk.acknowledge(11)
    for error_class, code in ((1, 31), (2, 32), (2, 40), (4, 26), (5, 45), (0, 2), (3, 18), (7, 83), (5, 29)):
        yield talk.ask(12, reference(ANALOG_INPUT, 77, PRESENT_VALUE))
        yield talk.fail(12, error_class, code)
    for reason in range(10):
        yield talk.ask(12, reference(ANALOG_INPUT, 77, PRESENT_VALUE))
        yield talk.link(b"\x01\x00" + bytes([0x60, talk.invoke_id, reason]), False)
    for reason in range(12):
        yield talk.ask(12, reference(ANALOG_INPUT, 77, PRESENT_VALUE))
        yield talk.link(b"\x01\x00" + bytes([0x71, talk.invoke_id, reason]), False)


def subscriptions(talk):
    subscribe = context(0, number(18)) + context(1, identifier(ANALOG_INPUT, 10))
    yield talk.ask(5, subscribe + context(2, b"\1") + context(3, number(600)))
    yield talk.acknowledge(5)
    yield talk.ask(5, subscribe)
    yield talk.acknowledge(5)
    yield talk.ask(28, subscribe + context(2, b"\0") + context(3, number(60)) + inside(4, context(0, number(85))) + context(5, struct.pack(">f", 1.0)))
    yield talk.acknowledge(28)
    told = context(0, number(18)) + context(1, identifier(DEVICE, 4)) + context(2, identifier(ANALOG_INPUT, 10)) + context(3, number(0)) + inside(
        4, context(0, number(85)) + inside(2, real(65.0)) + context(0, number(111)) + inside(2, bits(4, b"\0")))
    yield talk.say(2, told, from_client=False, function=0x0A)
    yield talk.ask(1, told)
    yield talk.acknowledge(1)


def devices(talk):
    yield talk.say(8, b"")
    for low, high in ((0, 100), (1234, 1234), (3, 4194303)):
        yield talk.say(8, context(0, number(low)) + context(1, number(high)))
    for vendor in (0, 5, 17, 260, 900):
        yield talk.say(0, object_identifier(DEVICE, vendor + 1) + unsigned(1476) + enumerated(3) + unsigned(vendor), from_client=False)
    yield talk.say(7, context(2, identifier(ANALOG_INPUT, 3)))
    yield talk.say(7, context(3, b"\0OATemp"))
    yield talk.say(1, object_identifier(DEVICE, 8) + object_identifier(ANALOG_INPUT, 3) + text("OATemp"), from_client=False)
    yield talk.say(6, date(2026, 11, 27, 5) + clock(22, 45, 30, 70))
    yield talk.say(9, date(2026, 11, 27, 5) + clock(22, 45, 30, 70))
    for state in range(3):
        yield talk.ask(17, context(0, number(5)) + context(1, number(state)) + context(2, b"\0#egbdf!"))
        yield talk.acknowledge(17)
    for state in range(8):
        yield talk.ask(20, context(0, number(state)) + context(1, b"\0AbCdEfGh"))
        if state % 2:
            yield talk.acknowledge(20)
        else:
            yield talk.fail(20, 4, 26)
    yield talk.ask(18, context(0, number(25)) + context(1, number(8)) + inside(2, real(72.4) + unsigned(9)))
    yield talk.answer(18, context(0, number(25)) + context(1, number(8)))
    yield talk.say(4, context(0, number(25)) + context(1, number(8)))


def parts(body, octets):
    """A body in segments, cut wherever it comes."""
    cut = [body[at:at + octets] for at in range(0, len(body), octets)]
    return [(number, number + 1 < len(cut), part) for number, part in enumerate(cut)]


def segments(talk):
    """Long answers and requests: in order, in disorder, with segments that come again, and one that is lost and said again."""
    place = reference(DEVICE, 1234, 76)
    body = place + b"\x3e" + b"".join(object_identifier(ANALOG_INPUT, n) for n in range(40)) + b"\x3f"
    for order in ((0, 1, 2, 3, 4), (0, 2, 1, 4, 3), (0, 1, 1, 2, 3, 0, 4), (0, 1, 3, 4, 2)):
        yield talk.ask(12, place)
        cut = parts(body, 50)
        for sequence in order:
            _, more, part = cut[sequence]
            yield talk.answer(12, part, flags=12 if more else 8, segment=bytes([sequence, 4]))
            yield talk.link(b"\x01\x00" + bytes([0x40, talk.invoke_id, sequence, 4]))
    # Many writes, each of its own kind of value.
    body = b"".join(context(0, identifier(2, n)) + inside(1, context(0, number(PRESENT_VALUE)) + inside(2, real(n / 4))) for n in range(12))
    first = True
    for sequence, more, part in parts(body, 60):
        flags = 12 if more else 8
        if first:
            yield talk.ask(16, part, flags=flags, segment=bytes([sequence, 4]))
        else:
            yield talk.link(b"\x01\x04" + bytes([flags, 0x75, talk.invoke_id, sequence, 4, 16]) + part)
        yield talk.link(b"\x01\x00" + bytes([0x41, talk.invoke_id, sequence, 4]), False)
        first = False
    yield talk.acknowledge(16)
    # More segments than there are sequence numbers.
    body = place + b"\x3e" + b"".join(object_identifier(ANALOG_INPUT, n) for n in range(1040)) + b"\x3f"
    yield talk.ask(12, place)
    for sequence, more, part in parts(body, 20):
        yield talk.answer(12, part, flags=12 if more else 8, segment=bytes([sequence % 256, 16]))
    # Two answers whose segments come in turn.
    yield talk.ask(12, place)
    first_id = talk.invoke_id
    yield talk.ask(12, place)
    second_id = talk.invoke_id
    for sequence, more, part in parts(body[:205] + b"\x3f", 50):
        for talk.invoke_id in (first_id, second_id):
            yield talk.answer(12, part, flags=12 if more else 8, segment=bytes([sequence, 4]))


def frames():
    talk = Talk()
    for part in (links, networks, properties, subscriptions, devices, segments):
        yield from part(talk)
    # Once more what is said all day.
    for _ in range(4):
        yield from properties(talk)
        yield from subscriptions(talk)
