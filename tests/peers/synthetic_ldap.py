"""LDAP sessions made up for the comparison: every operation, over TCP and UDP. RFC 4511."""
import struct

from synthetic_asn1 import element, integer, octets, sequence

BASE = "dc=grid,dc=example"
RESULTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 32, 33, 34, 36, 48, 49, 50, 51, 52, 53, 54, 64, 65, 66, 67, 68, 69, 71, 80]


def message(number, op, contents, controls=None, primitive=False):
    """Microsoft writes every length in four octets; so do odd numbers here."""
    body = integer(number) + element((0x40 if primitive else 0x60) | op, contents) + (element(0xA0, controls) if controls else b"")
    return b"\x30\x84" + struct.pack(">I", len(body)) + body if number % 2 else element(0x30, body)


def enumerated(value):
    return integer(value, 10)


def boolean(value):
    return element(1, b"\xff" if value else b"\0")


def result(code, matched="", said="", more=b""):
    return enumerated(code) + octets(matched) + octets(said) + more


def control(oid, critical=False, value=None):
    return sequence(octets(oid), boolean(True) if critical else b"", octets(value) if value else b"")


def search(base, scope, asked, attributes, dereference=0, size=0, seconds=0, types=False):
    return (octets(base) + enumerated(scope) + enumerated(dereference) + integer(size) + integer(seconds) + boolean(types) + asked +
            sequence(*map(octets, attributes)))


def present(name):
    return octets(name, 0x87)


def compared(kind, name, value):
    return element(0xA0 | kind, octets(name) + octets(value))


def filters():
    yield present("objectClass")
    yield compared(3, "servicePrincipalName", "MSSQLSvc/hist")
    yield element(0xA0, compared(3, "objectCategory", "person") + element(0xA1, compared(5, "cn", "a") + compared(6, "cn", "z")) +
                  element(0xA2, compared(8, "sn", "x")))
    yield element(0xA4, octets("cn") + sequence(octets("a", 0x80), octets("b", 0x81), octets("c", 0x82)))
    yield element(0xA9, octets("1.2.840.113556.1.4.803", 0x81) + octets("userAccountControl", 0x82) + octets("4194304", 0x83))
    yield element(0xA9, octets("caseExactMatch", 0x81) + octets("cn", 0x82) + octets("(x)", 0x83) + element(0x84, b"\xff"))


def attributes(*pairs):
    return sequence(*(sequence(octets(name), element(0x31, b"".join(map(octets, values)))) for name, values in pairs))


def connection():
    """(message, from the client)."""
    number = 0

    def ask(op, contents, answer=None, said=b"", primitive=False, controls=None):
        nonlocal number
        number += 1
        yield message(number, op, contents, controls, primitive), True
        if answer is not None:
            yield message(number, answer, said), False

    yield from ask(0, integer(3) + octets("cn=admin," + BASE) + octets("made up", 0x80), 1, result(0))
    yield from ask(0, integer(3) + octets("") + octets("", 0x80), 1, result(0))
    yield from ask(0, integer(2) + octets("cn=old") + octets("x", 0x80), 1, result(2, "", "version"))
    for code in RESULTS:
        yield from ask(3, search(BASE, code % 3, present("cn"), ["cn"], code % 4, code, code * 2, code % 2), 5, result(code, BASE, f"code {code}"))
    for each in filters():
        yield from ask(3, search("ou=people," + BASE, 2, each, ["*", "+", "memberOf"]))
        for entry in range(3):
            yield message(number, 4, octets(f"cn=user{entry},{BASE}") + attributes(("cn", [f"user{entry}"]), ("objectClass", ["top", "person"]))), False
        yield message(number, 19, octets("ldap://other.example/" + BASE) + octets("ldap://third.example/")), False
        yield message(number, 5, result(0)), False
    yield from ask(3, search("", 0, present("objectClass"), []))
    yield message(number, 4, octets("") + attributes(("defaultNamingContext", [BASE]), ("dnsHostName", ["dc1.grid.example"]))) + \
        message(number, 5, result(0)), False
    yield from ask(6, octets("cn=a," + BASE) + sequence(*(sequence(enumerated(kind), sequence(octets(f"attribute{kind}"), element(0x31, octets("v"))))
                                                          for kind in (0, 1, 2, 3))), 7, result(50))
    yield from ask(8, octets("cn=b," + BASE) + attributes(("objectClass", ["person"]), ("sn", ["b"])), 9, result(68))
    yield from ask(10, f"cn=b,{BASE}".encode(), 11, result(66), primitive=True, controls=control("1.2.840.113556.1.4.805", True))
    yield from ask(12, octets("cn=b," + BASE) + octets("cn=c") + boolean(True) + octets("ou=x," + BASE, 0x80), 13, result(0))
    yield from ask(12, octets("cn=b," + BASE) + octets("cn=d") + boolean(False), 13, result(53))
    yield from ask(14, octets("cn=c," + BASE) + sequence(octets("sn"), octets("c")), 15, result(6))
    yield from ask(16, b"\5", primitive=True)
    yield from ask(23, octets("1.3.6.1.4.1.4203.1.11.3", 0x80), 24, result(0, more=octets("dn:cn=admin", 0x8B)))
    yield from ask(23, octets("1.3.6.1.1.8", 0x80) + octets(sequence(integer(3)), 0x81), 24, result(119, more=octets("1.3.6.1.1.8", 0x8A)))
    yield from ask(3, search(BASE, 2, present("cn"), []), 5, result(12),
                   controls=control("1.2.840.113556.1.4.319", True, sequence(integer(100), octets(""))) + control("2.16.840.1.113730.3.4.2"))
    yield message(0, 24, result(52, more=octets("1.3.6.1.4.1.1466.20036", 0x8A))), False
    yield from ask(0, integer(3) + octets("") + element(0xA3, octets("GSSAPI") + octets(b"\x60\x00")), 1, result(14))
    yield from ask(2, b"", primitive=True)


def datagrams():
    """A domain controller is asked for, as stations of Windows do. MS-ADTS, 6.3.3."""
    for number in range(20):
        asked = element(0xA0, compared(3, "DnsDomain", "grid.example") + compared(3, "Host", f"STATION{number}") + compared(3, "NtVer", b"\6\0\0\0"))
        yield message(number, 3, search("", 0, asked, ["Netlogon"])), True
        yield message(number, 4, octets("") + attributes(("Netlogon", [b"\x17\0\0\0" + bytes(number)]))) + message(number, 5, result(0)), False


def sessions():
    return {"ldap": (389, connection())}
