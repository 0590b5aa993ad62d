"""How values are compared that the two programs write in ways of their own: by the name that stands where others have a scale."""
import calendar
import datetime
import math
import struct


def nanoseconds(text):
    """The instant that a text names, ours or Wireshark's, since 1970."""
    for shape in ("%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S", "%b %d, %Y %H:%M:%S"):
        whole, _, rest = " ".join(text.split()).rstrip("Z").removesuffix(" UTC").partition(".")
        try:
            instant = datetime.datetime.strptime(whole, shape)
        except ValueError:
            continue
        return calendar.timegm(instant.timetuple()) * 10**9 + int(rest.ljust(9, "0"))
    return None


def same_time(ours, theirs):
    """Do both name one instant, but for the rounding of a fraction?"""
    a, b = nanoseconds(str(ours)), nanoseconds(theirs)
    return a is not None and b is not None and abs(a - b) <= 100


def same_floating_point(ours, theirs):
    """Theirs are the octets of a FloatingPoint of ISO 9506-2: the width of the exponent, then IEEE 754."""
    octets = bytes.fromhex(theirs.replace(":", ""))[1:]
    if len(octets) not in (4, 8):
        return False
    (value,) = struct.unpack(">f" if len(octets) == 4 else ">d", octets)
    if ours is None:
        return not math.isfinite(value)  # how NDJSON writes what is not finite
    return math.isclose(ours, value, rel_tol=1e-12)


def same_netbios_name(ours, theirs):
    """Theirs has a word on the service behind."""
    return ours == theirs.partition(" (")[0]


def same_or_null(ours, theirs):
    """Theirs is NULL where a text is empty."""
    return ours == ("" if theirs == "NULL" else theirs)


def same_bcd(ours, theirs):
    """Theirs are the octets of two binary-coded digits, read as a number."""
    return 0 <= int(theirs, 0) <= 0x99 and f"{int(theirs, 0):02x}" == f"{ours:02}"


def same_octets(ours, theirs):
    """Theirs are octets with colons between them, or one octet as a number."""
    return ours == theirs.replace(":", "") or (len(ours) == 2 and theirs.isdigit() and int(ours, 16) == int(theirs))


def same_text_or_octets(ours, theirs):
    """Theirs are octets always, ours a text where all of them are printable."""
    octets = bytes.fromhex(theirs.replace(":", "").removeprefix("0x"))
    return octets in (ours.encode(), bytes.fromhex(ours) if set(ours) <= set("0123456789abcdef") and len(ours) % 2 == 0 else None)


def same_domain_name(ours, theirs):
    """Theirs may end with the root's dot."""
    return ours == (theirs.removesuffix(".") or ".")


def same_behind(ours, theirs, same):
    """Theirs have others in front: what the connection was opened with, or whom the outer message asked."""
    return bool(ours) and len(ours) <= len(theirs) and all(map(same, ours, theirs[len(theirs) - len(ours):]))


def same_twice(ours, theirs, same):
    """Theirs come twice: in a list, then with what each stands for."""
    return len(theirs) == 2 * len(ours) and all(map(same, ours + ours, theirs))


READINGS = {"text_or_octets": same_text_or_octets, "domain_name": same_domain_name, "octets": same_octets, "bcd": same_bcd, "time": same_time, "netbios_name": same_netbios_name, "or_null": same_or_null, "floating_point": same_floating_point}
# How whole lists of values are compared, by what says when two values are the same.
LIST_READINGS = {"behind": same_behind, "twice": same_twice}
