"""A made-up MMS session over the whole ISO stack: every service of ISO 9506-2 that has a body of its own, every error class and
reject, all kinds of data, reports and controls of IEC 61850-8-1. Always the same octets."""
import struct


def tlv(identifier, number, content):
    """One BER element; `identifier` is class and form."""
    if number < 31:
        head = bytes([identifier | number])
    else:
        head = bytes([identifier | 31, number])
    size = len(content)
    if size < 128:
        return head + bytes([size]) + content
    return head + b"\x82" + struct.pack(">H", size) + content


def ctx(number, *parts):
    return tlv(0xA0, number, b"".join(parts))


def prim(number, content=b""):
    return tlv(0x80, number, content.encode() if isinstance(content, str) else content)


def uni(number, content):
    return tlv(0x30 if number in (16, 17) else 0x28 if number == 8 else 0, number,
               content.encode() if isinstance(content, str) else content)


def seq(*parts):
    return uni(16, b"".join(parts))


def whole(value):
    """Contents of INTEGER."""
    return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)


def num(number, value):
    return prim(number, whole(value))


def flag(number, value):
    return prim(number, b"\1" if value else b"\0")


def vis(text):
    return uni(26, text)


def bits(number, octets, unused=0):
    return prim(number, bytes([unused]) + octets)


VMD, DOMAIN, ASSOCIATION = prim(0, "Vmd_Thing"), ctx(1, vis("SUBST_A"), vis("LLN0$ST$Mod")), prim(2, "Own_Thing")
NAMES = (VMD, DOMAIN, ASSOCIATION)
TIME = struct.pack(">IH", 45_296_789, 15_000)  # 12:34:56.789 of a day
UTC = struct.pack(">IIB", 1_795_737_600, 0x80000000, 0)[:7] + b"\x0A"
OID = bytes([0x28, 0xCA, 0x22, 2, 3])
FILE = uni(25, "COMTRADE\\fault_17.cfg")


def floating(value):
    return b"\x08" + struct.pack(">f", value)


DATA = (
    flag(3, True), flag(3, False), bits(4, b"\xA5\xC0", 6), bits(4, b"\x1F\xF8", 3), num(5, -123_456), num(5, 2**31 - 1), num(6, 200),
    prim(7, floating(50.0625)), prim(7, b"\x0B" + struct.pack(">d", -1.5)), prim(9, b"\1\2\xFE"), prim(9), prim(10, "text"),
    prim(10), prim(12, TIME), num(13, 42), bits(14, b"\xF0", 4), prim(15, OID), prim(16, "text of MMS"), prim(17, UTC),
    ctx(1, num(5, 1), num(5, 2)), ctx(2, flag(3, True), ctx(2, num(6, 3), prim(10, "in")), prim(17, UTC)),
)
REFERENCE = ctx(0, uni(6, bytes([0x2B, 1]))) + ctx(1, uni(2, b"\5")) + ctx(2, uni(2, b"\7")) + ctx(3, uni(2, b"\x09"))
EVENT_TIME, EVENT_NUMBER = prim(0, TIME), num(1, 77)


def variable(specification, alternate=b""):
    return seq(specification, alternate)


SCATTERED = (seq(prim(0, "part"), ctx(1, ctx(0, DOMAIN)), ctx(2, num(2, 4))), seq(ctx(1, ctx(0, VMD))))
SPECIFICATIONS = (
    ctx(0, DOMAIN), ctx(0, VMD), ctx(0, ASSOCIATION), ctx(1, num(0, 4711)), ctx(1, prim(1, "DB10.W4")),
    ctx(1, prim(2, b"\xAA\x55")), ctx(2, num(0, 99), num(5, 16)), ctx(3, *SCATTERED), prim(4),
)
ALTERNATES = (
    ctx(5, prim(1, "mag")), ctx(5, num(2, 3)), ctx(5, ctx(3, num(0, 1), num(1, 5))), ctx(5, prim(4)),
    ctx(5, ctx(5, prim(0, "own"), prim(1, "q"))), ctx(5, ctx(0, prim(0, "mag"), seq(prim(1, "f")))),
)
TYPES = (
    ctx(0, DOMAIN), prim(3), num(4, -13), num(5, 32), num(6, 8), num(9, -64), num(10, -255), prim(11), flag(12, True),
    num(13, 4), prim(15), ctx(1, flag(0, True), num(1, 12), ctx(2, num(5, 16))),
    ctx(2, ctx(1, seq(prim(0, "stVal"), ctx(1, prim(3))), seq(prim(0, "n"), ctx(1, num(6, 16))))),
)


def error(number, code, *more):
    return ctx(2, ctx(0, num(number, code)), *more)


def modifier():
    return seq(ctx(1, ctx(0, VMD), prim(1, "token"), num(2, 64), num(3, 100)))


def semaphore_entry():
    return seq(prim(0, b"\1\2"), num(1, 0), ctx(2, REFERENCE), prim(3, "token"), num(4, 10), num(5, 1000), flag(6, True),
               flag(7, False))


def enrollment():
    return seq(ctx(0, DOMAIN), ctx(1, ctx(0, DOMAIN)), ctx(2, ctx(0, VMD)), ctx(3, REFERENCE), flag(4, True), num(5, 1),
               num(6, 0), num(7, 12), num(8, 5))


ATTRIBUTES = num(0, 123_456) + prim(1, "20261127093000Z")
CONTENT = (prim(0, TIME) + ctx(2, ctx(0, ctx(0, DOMAIN), num(1, 2)), ctx(1, seq(prim(0, "tag"), ctx(1, num(5, 7))))),
           prim(0, TIME) + prim(3, "an annotation"))
CAPABILITIES = (vis("capable"), vis("of more"))

# Service, request, response: each the element that stands behind the invoke identifier.
SERVICES = [
    (flag(0, True), ctx(0, num(0, 0), num(1, 3), bits(2, b"\x80\0"))),
    (ctx(1, ctx(0, num(0, 9)), ctx(1, prim(0))), ctx(1, ctx(0, vis("SUBST_A"), vis("SUBST_B")), flag(1, False))),
    (ctx(1, ctx(0, num(0, 0)), ctx(1, prim(1, "SUBST_A")), prim(2, "LLN0$BR")), ctx(1, ctx(0, vis("LLN0$CF")), flag(1, True))),
    (ctx(1, ctx(0, num(0, 2)), ctx(1, prim(2))), ctx(1, ctx(0), flag(1, False))),
    (prim(2), ctx(2, prim(0, "Vendor"), prim(1, "Model 7"), prim(2, "1.2.3"), ctx(3, uni(6, OID)))),
    (ctx(3, ctx(0, num(0, 4)), ctx(1, DOMAIN), prim(2, "new_name")), prim(3)),
    (ctx(4, flag(0, True), ctx(1, ctx(1, DOMAIN))),
     ctx(4, ctx(0, ctx(0, variable(ctx(0, DOMAIN)))), ctx(1, *DATA, num(0, 10), num(0, 3)))),
    (ctx(4, ctx(1, ctx(0, *(variable(each) for each in SPECIFICATIONS)))), ctx(4, ctx(1, num(0, 4)))),
    (ctx(4, ctx(1, ctx(0, *(variable(ctx(0, DOMAIN), each) for each in ALTERNATES)))), ctx(4, ctx(1, prim(7, floating(1e-3))))),
    (ctx(5, ctx(0, variable(ctx(0, DOMAIN)), variable(ctx(0, VMD))), ctx(0, num(5, 5), ctx(2, *DATA))),
     ctx(5, num(0, 3), prim(1))),
    (ctx(5, ctx(1, DOMAIN), ctx(0, prim(7, floating(2.5)))), ctx(5, prim(1))),
    (ctx(6, ctx(1, num(0, 12))), ctx(6, flag(0, True), ctx(1, num(0, 12)), ctx(2, TYPES[12]))),
    (ctx(7, ctx(0, VMD), ctx(1, prim(1, "DB1")), ctx(2, TYPES[3])), prim(7)),
    (ctx(8, ctx(0, VMD), ctx(1, *SCATTERED)), prim(8)),
    (ctx(9, DOMAIN), ctx(9, flag(0, True), ctx(1, *SCATTERED))),
    (ctx(10, num(0, 0), ctx(1, *NAMES)), ctx(10, num(0, 3), num(1, 2))),
    (ctx(10, num(0, 2), prim(2, "SUBST_A")), ctx(10, num(0, 0), num(1, 0))),
    (ctx(11, ASSOCIATION, ctx(0, variable(ctx(0, DOMAIN)), variable(ctx(0, VMD), ALTERNATES[0]))), prim(11)),
    (ctx(12, ASSOCIATION), ctx(12, flag(0, True), ctx(1, variable(ctx(0, DOMAIN))))),
    (ctx(13, num(0, 0), ctx(1, *NAMES)), ctx(13, num(0, 3), num(1, 3))),
    (ctx(15, VMD), ctx(15, flag(0, False), TYPES[11])),
    (ctx(16, num(0, 0), ctx(1, *NAMES)), ctx(16, num(0, 3), num(1, 3))),
    (ctx(17, prim(0, "desk 1"), flag(1, False), ctx(2, vis("Name?")), num(3, 60)), prim(17, "typed")),
    (ctx(18, prim(0, "desk 1"), ctx(1, vis("line one"), vis("line two"))), prim(18)),
    (ctx(19, ctx(0, VMD), prim(1, "token"), num(2, 64), num(3, 10), num(4, 20), flag(5, True), flag(6, False)),
     ctx(19, prim(1, "token"))),
    (ctx(20, ctx(0, VMD), prim(1, "token")), prim(20)),
    (ctx(21, ctx(0, VMD), num(1, 3)), prim(21)),
    (ctx(22, VMD), prim(22)),
    (ctx(23, VMD), ctx(23, flag(0, False), num(1, 0), num(2, 3), num(3, 1), num(4, 0))),
    (ctx(24, ctx(0, VMD), prim(1, "token")), ctx(24, ctx(0, prim(0, "free"), prim(1, "owned"), prim(2, "hung")), flag(1, False))),
    (ctx(25, ctx(0, VMD), num(1, 1), prim(2, b"\1")), ctx(25, ctx(0, semaphore_entry()), flag(1, False))),
    (ctx(26, prim(0, "PROG"), ctx(1, *CAPABILITIES), flag(2, False)), prim(26)),
    (prim(27, "PROG"), ctx(27, prim(0, bytes(range(64))), flag(1, True))),
    (ctx(28, prim(0, "PROG")), prim(28)),
    (prim(29, "PROG"), ctx(29, num(0, 5), ctx(1, *CAPABILITIES))),
    (num(30, 5), ctx(30, prim(0, b"\xCA\xFE"), flag(1, False))),
    (num(31, 5), prim(31)),
    (ctx(32, prim(0, "PROG"), ctx(1, *CAPABILITIES), flag(2, True), ctx(4, FILE)), prim(32)),
    (ctx(33, prim(0, "PROG"), ctx(1, FILE)), prim(33)),
    (ctx(34, prim(0, "PROG"), flag(2, True), ctx(4, FILE)), prim(34)),
    (ctx(35, prim(0, "PROG"), ctx(1, FILE)), prim(35)),
    (prim(36, "PROG"), prim(36)),
    (prim(37, "PROG"), ctx(37, ctx(0, *CAPABILITIES), num(1, 2), flag(2, True), flag(3, False), ctx(4, vis("PI_1")), num(5, 0))),
    (ctx(38, prim(0, "PI_1"), ctx(1, vis("PROG"), vis("DATA")), flag(2, True), flag(3, False)), prim(38)),
    (prim(39, "PI_1"), prim(39)),
    (ctx(40, prim(0, "PI_1"), prim(1, "cold")), prim(40)),
    (ctx(41, prim(0, "PI_1")), prim(41)),
    (ctx(42, prim(0, "PI_1"), prim(1, "warm")), prim(42)),
    (ctx(43, prim(0, "PI_1")), prim(43)),
    (ctx(44, prim(0, "PI_1")), prim(44)),
    (prim(45, "PI_1"), ctx(45, num(0, 3), ctx(1, vis("PROG")), flag(2, True), flag(3, True), flag(4, False), prim(5, "arg"))),
    (ctx(46, ctx(1, FILE), ctx(2, uni(25, "copy.cfg"))), prim(46)),
    (ctx(47, ctx(0, DOMAIN), num(1, 1), num(2, 64), num(3, 30), flag(4, True), ctx(6, ctx(0, DOMAIN)), num(7, 500)), prim(47)),
    (ctx(48, ctx(0, DOMAIN, VMD)), num(48, 1)),
    (ctx(48, prim(2, "SUBST_A")), num(48, 0)),
    (ctx(49, DOMAIN), ctx(49, flag(0, True), num(1, 1), num(2, 64), num(3, 30), flag(4, True), ctx(6, prim(1)), num(7, 500))),
    (ctx(50, DOMAIN), ctx(50, num(0, 2), num(1, 3), flag(2, True), ctx(3, EVENT_TIME), ctx(4, EVENT_NUMBER))),
    (ctx(51, ctx(0, DOMAIN), flag(1, True), num(2, 10), flag(3, False), num(4, 100)), prim(51)),
    (ctx(52, ctx(0, DOMAIN), num(1, 10)), prim(52)),
    (ctx(53, ctx(0, VMD), ctx(1, ctx(1, ctx(0, VMD), num(2, 64)))), prim(53)),
    (ctx(54, ctx(0, VMD)), num(54, 2)),
    (ctx(55, VMD), ctx(55, flag(0, True), ctx(1))),
    (ctx(57, ctx(0, VMD), ctx(1, DOMAIN), bits(2, b"\x14", 1), num(3, 2), ctx(4, VMD)), prim(57)),
    (ctx(58, ctx(0, VMD)), num(58, 0)),
    (ctx(59, ctx(0, VMD), bits(1, b"\x24", 1), num(2, 1)), ctx(59, ctx(0, num(0, 2)), ctx(1, EVENT_TIME))),
    (ctx(60, VMD), ctx(60, bits(0, b"\x24", 1), flag(1, False), num(2, 1), num(3, 2), num(4, 1))),
    (ctx(61, num(0, 0), ctx(1, *NAMES)), ctx(61, ctx(0, enrollment()), flag(1, False))),
    (ctx(62, ctx(0, VMD), num(2, 2), ctx(3, EVENT_TIME)), prim(62)),
    (ctx(63, flag(0, True), flag(1, True), num(2, 2), ctx(3, num(0, 0), num(1, 127))),
     ctx(63, ctx(0, seq(ctx(0, DOMAIN), num(1, 30), num(2, 2), num(3, 1), ctx(5, EVENT_TIME), ctx(6, EVENT_TIME))), flag(1, False))),
    (ctx(64, flag(0, False), num(2, 0)),
     ctx(64, ctx(0, seq(ctx(0, DOMAIN), num(3, 30), num(4, 2), flag(6, False), num(7, 3), num(8, 7), ctx(9, EVENT_TIME),
                        ctx(10, EVENT_TIME), ctx(11, EVENT_TIME), ctx(12, EVENT_TIME))), flag(1, False))),
    (ctx(65, ctx(0, DOMAIN), ctx(1, prim(0, TIME)), ctx(2, num(1, 100)), ctx(4, vis("tag"))),
     ctx(65, ctx(0, seq(prim(0, b"\0\1"), ctx(1, REFERENCE), ctx(2, CONTENT[0])), seq(prim(0, b"\0\2"), ctx(1, REFERENCE), ctx(2, CONTENT[1]))),
         flag(1, False))),
    (ctx(65, ctx(0, DOMAIN), ctx(1, prim(1, b"\0\1")), ctx(2, prim(0, TIME)), ctx(5, prim(0, TIME), prim(1, b"\0\7"))),
     ctx(65, ctx(0), flag(1, False))),
    (ctx(66, ctx(0, DOMAIN), ctx(1, seq(CONTENT[0]), seq(CONTENT[1]))), prim(66)),
    (ctx(67, ctx(0, DOMAIN), ctx(1, prim(0, TIME), prim(1, b"\0\7"))), num(67, 12)),
    (ctx(68, DOMAIN), ctx(68, num(0, 250), flag(1, True))),
    (ctx(69, ctx(0, DOMAIN)), prim(69)),
    (ctx(70, ctx(0, DOMAIN)), prim(70)),
    (ctx(71, vis("capable")), ctx(71, ctx(0, *CAPABILITIES), flag(1, False))),
    (ctx(72, ctx(0, FILE), num(1, 0)), ctx(72, num(0, 9), ctx(1, ATTRIBUTES))),
    (num(73, 9), ctx(73, prim(0, b"octets of a file"), flag(1, False))),
    (num(74, 9), prim(74)),
    (ctx(75, ctx(0, FILE), ctx(1, uni(25, "renamed.cfg"))), prim(75)),
    (ctx(76, FILE), prim(76)),
    (ctx(77, ctx(0, uni(25, "COMTRADE"))),
     ctx(77, ctx(0, seq(seq(ctx(0, FILE), ctx(1, ATTRIBUTES)), seq(ctx(0, uni(25, "b.dat")), ctx(1, num(0, 7))))), flag(1, False))),
]

ERRORS = [(number, code) for number, most in enumerate((2, 5, 7, 6, 6, 4, 2, 5, 8, 2, 3, 10, 1)) for code in range(most)]
REJECTS = [(number, code) for number in range(1, 12) for code in (0, 1, 2)]


def origin(identity):
    return ctx(2, num(5, 2), prim(9, identity))


CONTROLS = [
    ("SBOw", ctx(2, flag(3, True), origin(b"desk"), num(6, 1), prim(17, UTC), flag(3, False), bits(4, b"\xC0", 6))),
    ("Oper", ctx(2, flag(3, True), origin(b"desk"), num(6, 1), prim(17, UTC), flag(3, False), bits(4, b"\x40", 6))),
    ("Oper", ctx(2, ctx(2, prim(7, floating(10.5))), prim(17, UTC), origin(b""), num(6, 2), prim(17, UTC), flag(3, True),
                 bits(4, b"\0", 6))),
    ("Cancel", ctx(2, flag(3, False), origin(b"desk"), num(6, 3), prim(17, UTC), flag(3, False))),
]


def reports():
    """informationReport bodies: all options, none, segmented, a refused control, an ended one, a plain list."""
    every = [prim(10, "SUBST_A/LLN0$BR$brcb01"), bits(4, b"\x7F\xC0", 6), num(6, 17), prim(12, TIME),
             prim(10, "SUBST_A/LLN0$Events"), flag(3, False), prim(9, b"\0\0\0\0\0\0\0\x2A"), num(6, 1), num(6, 0), flag(3, True),
             bits(4, b"\xA0", 5), prim(10, "SUBST_A/XCBR1$ST$Pos"), prim(10, "SUBST_A/MMXU1$MX$TotW"),
             ctx(2, bits(4, b"\x80", 6), bits(4, b"\0\0", 3), prim(17, UTC)), prim(7, floating(230.5)), bits(4, b"\x40", 2),
             bits(4, b"\x08", 2)]
    none = [prim(10, "urcb"), bits(4, b"\0\0", 6), bits(4, b"\x80", 7), num(5, -7)]
    for body in (every, none):
        yield ctx(0, ctx(1, prim(0, "RPT")), ctx(0, *body))
    failure = ctx(2, prim(10, "SUBST_A/CSWI1$CO$Pos$Oper"), num(5, 2), origin(b"desk"), num(6, 1), num(5, 10))
    yield ctx(0, ctx(0, variable(ctx(0, prim(0, "LastApplError")))), ctx(0, failure))
    yield ctx(0, ctx(0, variable(ctx(0, ctx(1, vis("SUBST_A"), vis("CSWI1$CO$Pos$Oper"))))), ctx(0, CONTROLS[1][1]))
    yield ctx(0, ctx(0, variable(ctx(0, VMD)), variable(ctx(0, DOMAIN))), ctx(0, num(5, 1), num(0, 2)))


def unconfirmed():
    yield from reports()
    yield ctx(1, num(0, 1), num(1, 2))
    yield ctx(2, ctx(0, VMD), ctx(1, ctx(0, DOMAIN)), num(2, 30), num(3, 2), ctx(4, EVENT_TIME), flag(6, True), num(7, 1))


def icc(item):
    return ctx(0, variable(ctx(0, ctx(1, vis("ICC_A"), vis(item)))))


# TASE.2: version and bilateral table, a transfer set, a device selected, operated, tagged and set, a transfer report.
TASE2 = [
    (ctx(4, ctx(1, ctx(0, variable(ctx(0, prim(0, "TASE2_Version")))))), ctx(4, ctx(1, ctx(2, num(5, 2000), num(5, 8))))),
    (ctx(4, ctx(1, icc("Bilateral_Table_ID"))), ctx(4, ctx(1, prim(10, "1.0")))),
    (ctx(4, ctx(1, icc("Next_DSTransfer_Set"))), ctx(4, ctx(1, ctx(2, num(6, 0), prim(10, "ICC_A"), prim(10, "DSTrans1"))))),
    (ctx(5, icc("DSTrans1"), ctx(0, ctx(2, num(5, 10), bits(4, b"\xF0", 4), flag(3, True)))), ctx(5, prim(1))),
    (ctx(4, ctx(1, icc("Breaker_7_SBO"))), ctx(4, ctx(1, num(5, 4711)))),
    (ctx(5, icc("Breaker_7"), ctx(0, num(5, 1))), ctx(5, prim(1))),
    (ctx(5, icc("Breaker_7_TAG"), ctx(0, ctx(2, bits(4, b"\x40", 6), prim(10, "work")))), ctx(5, num(0, 3))),
    (ctx(5, icc("Generator_1"), ctx(0, prim(7, floating(150.5)))), ctx(5, prim(1))),
]
TRANSFER = ctx(0, ctx(0, variable(ctx(0, prim(0, "Transfer_Set_Name"))), variable(ctx(0, ctx(1, vis("ICC_A"), vis("Load"))))),
               ctx(0, prim(10, "DSTrans1"), prim(7, floating(1e4))))


def tpkt(payload, code=b"\x02\xF0\x80"):
    return struct.pack(">BBH", 3, 0, 4 + len(code) + len(payload)) + code + payload


def spdu(identifier, content):
    length = bytes([len(content)]) if len(content) < 255 else b"\xFF" + struct.pack(">H", len(content))
    return bytes([identifier]) + length + content


def parameter(identifier, content):
    return spdu(identifier, content)


def pdv(context, value):
    return tlv(0x60, 1, seq(uni(2, bytes([context])), ctx(0, value)))


def say(pdu):
    return tpkt(b"\1\0\1\0" + pdv(3, pdu))


ACSE, MMS = bytes([0x52, 1, 0, 1]), bytes([0x28, 0xCA, 0x22, 2, 1])
BER = bytes([0x51, 1])
ITEM = parameter(5, parameter(19, b"\0") + parameter(22, b"\2")) + parameter(20, b"\0\2")


def user_information(pdu):
    return ctx(30, tlv(0x20, 8, uni(2, b"\3") + ctx(0, pdu)))


def connect():
    details = ctx(4, num(0, 1), bits(1, b"\xF1\0", 5), bits(2, b"\xEE\x1C\0\0\x04\x08\0\0\x79\xEF\x18", 3))
    initiate = ctx(8, num(0, 65000), num(1, 10), num(2, 10), num(3, 5), details)
    aarq = tlv(0x60, 0, ctx(1, uni(6, OID)) + ctx(2, uni(6, bytes([0x29, 1, 0x87, 0x67, 1]))) + ctx(3, uni(2, b"\x0C")) +
               ctx(6, uni(6, bytes([0x29, 1, 0x87, 0x67]))) + ctx(7, uni(2, b"\x0C")) + bits(10, b"\x80", 7) +
               prim(11, bytes([0x52, 3, 1])) + ctx(12, prim(0, "not for logs")) + user_information(initiate))
    contexts = ctx(4, *(seq(uni(2, bytes([number])), uni(6, syntax), seq(uni(6, BER))) for number, syntax in ((1, ACSE), (3, MMS))))
    cp = uni(17, ctx(0, num(0, 1)) + ctx(2, prim(1, b"\0\0\0\1"), prim(2, b"\0\0\0\2"), contexts, pdv(1, aarq)))
    return tpkt(spdu(13, ITEM + parameter(51, b"\0\1") + parameter(52, b"\0\2") + parameter(193, cp)))


def accept():
    details = ctx(4, num(0, 1), bits(1, b"\xF1\0", 5), bits(2, b"\xEE\x1C\0\0\0\x02\0\0\x40\xED\x18", 3))
    initiate = ctx(9, num(0, 32000), num(1, 5), num(2, 5), num(3, 5), details)
    aare = tlv(0x60, 1, ctx(1, uni(6, OID)) + ctx(2, uni(2, b"\0")) + ctx(3, ctx(1, uni(2, b"\0"))) +
               ctx(4, uni(6, bytes([0x29, 1, 0x87, 0x67, 1]))) + ctx(5, uni(2, b"\x0C")) + user_information(initiate))
    results = ctx(5, *(seq(num(0, 0), prim(1, BER)) for _ in range(2)))
    cpa = uni(17, ctx(0, num(0, 1)) + ctx(2, prim(3, b"\0\0\0\2"), results, pdv(1, aare)))
    return tpkt(spdu(14, ITEM + parameter(52, b"\0\2") + parameter(193, cpa)))


def messages():
    """(message, from the client)."""
    yield tpkt(b"", b"\x11\xE0\0\0\0\1\0\xC0\1\x0D\xC2\2\0\1\xC1\2\0\1"), True
    yield tpkt(b"", b"\x11\xD0\0\1\0\2\0\xC0\1\x0D\xC2\2\0\1\xC1\2\0\1"), False
    yield connect(), True
    yield accept(), False
    asked = 0

    def request(body, modified=b""):
        nonlocal asked
        asked += 1
        return say(ctx(0, uni(2, whole(asked)), modified, body)), True

    for body, answer in SERVICES:
        yield request(body)
        yield say(ctx(1, uni(2, whole(asked)), answer)), False
    yield request(SERVICES[0][0], modifier())
    for number, code in ERRORS:
        yield request(prim(36, "PROG"))
        more = (num(1, 5), prim(2, "why"), ctx(3, num(code % 8, 1))) if code % 2 else ()
        yield say(ctx(2, num(0, asked), error(number, code, *more))), False
    for number, code in REJECTS:
        yield request(prim(2))
        yield say(ctx(4, num(0, asked), num(number, code))), False
    for service, structure in CONTROLS:
        name = ctx(0, ctx(1, vis("SUBST_A"), vis(f"CSWI1$CO$Pos${service}")))
        yield request(ctx(5, ctx(0, variable(name)), ctx(0, structure)))
        yield say(ctx(1, uni(2, whole(asked)), ctx(5, prim(1)))), False
    for body in unconfirmed():
        yield say(ctx(3, body)), False
    for body, answer in TASE2:
        yield request(body)
        yield say(ctx(1, uni(2, whole(asked)), answer)), False
    yield say(ctx(3, TRANSFER)), False
    yield request(prim(36, "PROG"))
    yield say(num(5, asked)), True
    yield say(num(6, asked)), False
    yield say(num(5, asked + 9)), True
    yield say(ctx(7, num(0, asked + 9), ctx(1, ctx(0, num(10, 1))))), False
    yield say(prim(11)), True
    yield say(ctx(13, ctx(0, num(9, 1)))), False
    yield say(prim(11)), True
    yield say(prim(12)), False
    yield tpkt(spdu(9, parameter(193, pdv(1, tlv(0x60, 2, num(0, 0)))))), True
    yield tpkt(spdu(10, parameter(193, pdv(1, tlv(0x60, 3, num(0, 0)))))), False
