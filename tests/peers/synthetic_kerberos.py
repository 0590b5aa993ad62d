"""Kerberos sessions made up for the comparison, with what no real capture holds. RFC 4120, 5; RFC 6113; RFC 3244."""
import random
import struct

from synthetic_asn1 import element, integer, octets, sequence

AS_REQ, AS_REP, TGS_REQ, TGS_REP, AP_REQ, AP_REP, PRIV, CRED, ERROR = 10, 11, 12, 13, 14, 15, 21, 22, 30
REALM = "GRID.EXAMPLE"


def fields(*values, first=0):
    """A SEQUENCE with tags from `first` on; None leaves a field out."""
    return sequence(*(element(0xA0 | first + n, value) for n, value in enumerate(values) if value is not None))


def application(tag, contents):
    return element(0x60 | tag, contents)


def text(value):
    return octets(value, 0x1B)


def time(value):
    return octets(value, 0x18)


def bits(value):
    return octets(b"\0" + struct.pack(">I", value), 3)


def principal(kind, *parts):
    return fields(integer(kind), sequence(*map(text, parts)))


def encrypted(chance, etype, kvno=None, length=60):
    return fields(integer(etype), None if kvno is None else integer(kvno), octets(chance.randbytes(length)))


def ticket(chance, server, etype=18, realm=REALM):
    return application(1, fields(integer(5), text(realm), server, encrypted(chance, etype, 3, 200)))


def ap_req(chance, server, options=0x20000000, etype=18):
    return application(AP_REQ, fields(integer(5), integer(AP_REQ), bits(options), ticket(chance, server, etype), encrypted(chance, etype)))


def padata(kind, value=b""):
    return fields(integer(kind), octets(value), first=1)


def request(kind, pa, options, client, server, etypes, nonce, realm=REALM, addresses=None, start=None, renew=None, more=None):
    body = fields(bits(options), client, text(realm), server, start and time(start), time("20370913024805Z"), renew and time(renew), integer(nonce),
                  sequence(*map(integer, etypes)), addresses, None, more)
    return application(kind, fields(integer(5), integer(kind), sequence(*pa) if pa else None, body, first=1))


def reply(chance, kind, client, server, etype, pa=None):
    return application(kind, fields(integer(5), integer(kind), sequence(*pa) if pa else None, text(REALM), client, ticket(chance, server, etype),
                                    encrypted(chance, etype, 2 if kind == AS_REP else None)))


def error(code, client, server, said=None, data=None, asked=None):
    return application(ERROR, fields(integer(5), integer(ERROR), asked and time(asked), integer(17) if asked else None, time("20231114221320Z"),
                                     integer(code * 1000), integer(code), text(REALM) if client else None, client, text(REALM), server,
                                     said and text(said), data and octets(data)))


def fast(chance, armor=None):
    """PA-FX-FAST of a request."""
    held = fields(integer(1), octets(armor)) if armor else None
    return padata(136, element(0xA0, fields(held, fields(integer(16), octets(chance.randbytes(12))), encrypted(chance, 18))))


def messages(chance):
    """(message, from the client)."""
    tgs = principal(2, "krbtgt", REALM)
    salts = sequence(*(fields(integer(etype), text(f"{REALM}user")) for etype in (18, 17)), fields(integer(23)))
    for number in range(12):
        user = principal(1, f"user{number}")
        service = principal((3, 2, 1)[number % 3], ("cifs", "host", "HTTP")[number % 3], f"server{number}.grid.example")
        etypes = ([18, 17, 20, 19, 16, 23, 25, 26], [23, -133, -128, 3, 1, 24, -135], [18])[number % 3]
        addresses = sequence(fields(integer(20), octets(f"STATION{number}".ljust(15) + "\0")), fields(integer(2), octets(bytes([192, 0, 2, number]))))
        yield request(AS_REQ, [padata(128, sequence(element(0xA0, b"\1\1\xff")))], 0x40810010, user, tgs, etypes, 7000 + number,
                      addresses=addresses, start="20231114221320Z", renew="20231121221320Z"), True
        yield error(25, user, tgs, "NEEDED_PREAUTH", sequence(padata(136), padata(19, salts), padata(2), padata(133, b"cookie"))), False
        yield request(AS_REQ, [padata(133, b"cookie"), padata(2, encrypted(chance, etypes[0]))], 0x40810010, user, tgs, etypes, (1 << 31) - number), True
        if number % 4 == 3:
            yield error(24, user, tgs, "PREAUTH_FAILED", sequence(padata(19, salts)), "20231114221319Z"), False
            yield request(AS_REQ, [padata(16, b""), padata(151, b"")], 0, user, tgs, etypes, 5), True
            yield error((6, 14, 18, 23, 37, 68)[number // 4], user, tgs), False
            continue
        yield reply(chance, AS_REP, user, tgs, etypes[0], [padata(19, sequence(fields(integer(etypes[0]), text("salt"))))]), False
        shown = padata(1, ap_req(chance, tgs, 0))
        if number % 2:
            yield request(TGS_REQ, [shown, fast(chance)], 0x00010000, None, service, etypes, number), True
            yield reply(chance, TGS_REP, user, service, 23 if number % 3 else 18,
                        [padata(136, element(0xA0, fields(encrypted(chance, 18))))]), False
        else:
            yield request(TGS_REQ, [shown], 0x40020008, None, service, etypes, number, more=sequence(ticket(chance, service, 17))), True
            yield error((7, 12, 13, 27, 50, 52)[number // 2], None, service, "refused"), False
    yield request(AS_REQ, [fast(chance, ap_req(chance, tgs))], 0x50000000, principal(11, "WELLKNOWN", "ANONYMOUS"), tgs, [18, 17], 99), True
    yield ap_req(chance, principal(3, "host", "rtu.grid.example"), 0x20000000, 17), True
    yield application(AP_REP, fields(integer(5), integer(AP_REP), encrypted(chance, 17))), False


def changes(chance):
    """Changes of a password, without the length of TCP."""
    server = principal(2, "kadmin", "changepw")
    private = application(PRIV, fields(integer(5), integer(PRIV), None, encrypted(chance, 18)))

    def whole(version, first):
        return struct.pack(">HHH", 6 + len(first) + len(private), version, len(first)) + first + private

    for version in (1, 0xFF80):
        yield whole(version, ap_req(chance, server, 0)), True
        yield whole(1, application(AP_REP, fields(integer(5), integer(AP_REP), encrypted(chance, 18)))), False


def datagrams():
    return messages(random.Random(4120))


def password_datagrams():
    return changes(random.Random(3244))


def sessions():
    chance = random.Random(88)
    return {"kerberos": (88, ((struct.pack(">I", len(message)) + message, way) for message, way in messages(chance)))}
