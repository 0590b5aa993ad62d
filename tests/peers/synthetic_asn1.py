"""What made-up sessions in BER are built of. Lengths are definite and as short as they can be."""


def element(identifier, contents):
    length = len(contents)
    if length < 128:
        return bytes([identifier, length]) + contents
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([identifier, 0x80 | len(octets)]) + octets + contents


def integer(value, identifier=2):
    return element(identifier, value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, "big", signed=True))


def octets(value, identifier=4):
    return element(identifier, value.encode() if isinstance(value, str) else value)


def sequence(*parts, identifier=0x30):
    return element(identifier, b"".join(parts))
