#!/usr/bin/env python3
"""Compares what greywatch-agent reads with what Wireshark reads, value by value.

For each capture, real or made up by synthetic.py, both programs are run; the values of every field in wireshark_fields.tsv are collected by frame and
compared as lists, in order. Where Wireshark has several fields, by the kind of message, they are given as a|b. A disagreement that known_differences.tsv does not list fails the run, as does an agreement
below 99.9 %. Without the corpus only what is made up is compared, which is said; the exit status is then 77.
"""
import argparse
import calendar
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import synthetic
import synthetic_management
from readings import LIST_READINGS, READINGS

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SKIPPED = 77
LEAST_AGREEMENT = 0.999
EXAMPLES = 3
BETWEEN = "\x1f"  # between the values of one field of one frame in tshark's output
NO_OCTETS = "<MISSING>"  # how tshark writes octets of which there are none

# What a capture that begins midway does not say: the presentation contexts that ACSE and MMS nearly always have.
# Nor does Wireshark look for MQTT and LDAP at the ports of two captures.
# RDP is looked for behind TPKT at its own port only as far as heuristics go.
PREFERENCES = ["-d", "tcp.port==17501,mqtt", "-d", "tcp.port==1389,ldap", "-d", "tcp.port==3389,tpkt", "-o", 'uat:pres_context_list:"1","2.2.1.0.1"', "-o", 'uat:pres_context_list:"3","1.0.9506.2.1"']

TIME = re.compile(r"(\w{3}) +(\d+), (\d{4}) (\d\d):(\d\d):(\d\d)\.(\d+) UTC")
# Layers of Wireshark's that are one protocol of ours, beside those that its fields are named after.
LAYERS = {"dns": {"mdns", "llmnr"}, "dhcpv6": {"dhcpv6.bulk_leasequery"}, "rdp": {"t124", "t125"}, "kerberos": {"kpasswd"}, "ldap": {"cldap"}}
# What carries the beginning of a packet that went wrong: layers behind it are quoted, not said.
QUOTING = ("icmp", "icmpv6")
# Texts that mean one thing: Wireshark's, ours.
ALIKE = {"<Root>": "."}

# ours, theirs: names, separated by "|" in the table where one program tells apart what the other does not;
# scale: a factor, or how to read both values (READINGS) or lists of them (LIST_READINGS)
class Field(collections.namedtuple("Field", "ours theirs scale unless given")):
    def is_compared(self, said):
        """In a frame where Wireshark has values of the fields `said`?"""
        return not said & set(self.unless) and said >= set(self.given)


def rows(path):
    """Rows of a tab-separated file; empty lines and lines with # are comments."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, line.split("\t")


def read_fields(path):
    """Fields by protocol, which is the first word of our name. A fourth column names fields of Wireshark's, a|b: frames that
    have one of them are not compared in this field, because Wireshark then says the value there, or says others here. Of names
    with a + in front a frame must have all to be compared: where two kinds of messages are compared each in its own way."""
    fields = collections.defaultdict(list)
    for number, row in rows(path):
        if len(row) not in (3, 4):
            sys.exit(f"{path}:{number}: three or four columns are expected, not {len(row)}")
        ours, theirs, scale, *unless = row
        scale = scale if scale in READINGS or scale in LIST_READINGS else float(scale)
        named = unless[0].split("|") if unless else []
        fields[ours.split(".")[0]].append(
            Field(ours.split("|"), theirs.split("|"), scale, [name for name in named if name[0] != "+"],
                  [name[1:] for name in named if name[0] == "+"]))
    return fields


def read_known(path):
    """(capture, field) of the differences that are explained. The field "frame 7" stands for all fields of
    that frame of the capture, which Wireshark does not read; "PROTOCOL.*" sets a whole capture apart, one
    whose octets somebody changed at random: what both sides make of damage is compared, and does not count."""
    known = {}
    for number, row in rows(path):
        if len(row) != 4:
            sys.exit(f"{path}:{number}: four columns are expected, not {len(row)}")
        capture, field, right, reason = row
        known[capture, field] = f"{right}: {reason}"
    return known


def run(command):
    """Standard output of a command that may complain about a damaged capture."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", env={**os.environ, "TZ": "UTC"})
    if done.returncode not in (0, 1, 2):
        sys.exit(f"{command[0]} ended with status {done.returncode}: {done.stderr.strip()[-400:]}")
    if done.returncode != 0 and not done.stdout:
        print(f"{command[0]} read nothing of {command[-1]}: {done.stderr.strip()[-400:]}")
    return done.stdout


def our_values(agent, capture, fields):
    """{protocol: {frame: {field: [value]}}} of the agent."""
    wanted = {protocol: {name for field in of for name in field.ours} for protocol, of in fields.items()}
    frames = {protocol: collections.defaultdict(lambda: collections.defaultdict(list)) for protocol in fields}
    for line in run([agent, "replay", "--emit", "observations", str(capture)]).splitlines():
        said = json.loads(line)
        protocol = said.get("network.protocol")
        if protocol not in frames:
            continue
        values = frames[protocol][int(said["frame.number"])]
        for name in wanted[protocol] & said.keys():
            value = said[name]
            values[name].extend(value if isinstance(value, list) else [value])
    return frames


def their_values(tshark, capture, fields):
    """{protocol: {frame: {field: [text]}}} of tshark, by Wireshark's names."""
    names = sorted({name for of in fields.values() for field in of for name in (*field.theirs, *field.unless, *field.given)})
    # Our frames of HTTP are those where a head ends, whatever body follows.
    command = [tshark, "-n", "-o", "http.desegment_body:FALSE", "-T", "fields", "-E", "occurrence=a", "-E",
               f"aggregator={BETWEEN}", "-E", "separator=/t",
               "-e", "frame.number", "-e", "frame.protocols"]
    for name in names:
        command += ["-e", name]
    tags = {protocol: {name.split(".")[0] for field in of for name in field.theirs} | LAYERS.get(protocol, set())
            for protocol, of in fields.items()}
    frames = {protocol: {} for protocol in fields}
    for line in run(command + PREFERENCES + ["-r", str(capture)]).splitlines():
        number, protocols, *columns = line.split("\t")
        layers = said_layers(protocols)
        for protocol in fields:
            if tags[protocol] & layers:
                frames[protocol][int(number)] = {
                    name: ["" if value == NO_OCTETS else value for value in column.split(BETWEEN)]
                    for name, column in zip(names, columns) if column}
    return frames


def said_layers(protocols):
    """The layers of a frame, without those of a packet that an error message quotes."""
    layers = protocols.split(":")
    ends = [layers.index(quoting) + 1 for quoting in QUOTING if quoting in layers]
    return set(layers[:min(ends, default=len(layers))])


def number(value):
    """The value as a number, or None: truth values, decimal, hexadecimal, times as seconds since 1970."""
    if value is None:
        return math.nan  # how NDJSON writes what is not finite
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    try:
        return int(value, 0) if value.lower().startswith("0x") else int(value)
    except ValueError:
        pass
    if moment := TIME.fullmatch(value):
        month, *rest, fraction = moment.groups()
        day, year, hour, minute, second = map(int, rest)
        whole = calendar.timegm((year, list(calendar.month_abbr).index(month), day, hour, minute, second))
        return whole + float(f"0.{fraction}") if int(fraction) else whole
    try:
        return float(value)
    except ValueError:
        return {"true": 1, "false": 0}.get(value.lower())


def float32(value):
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.inf


def rfc3339(text):
    """A time of Wireshark's as we write one in text; other texts as they are."""
    if not (moment := TIME.fullmatch(text)):
        return text
    month, day, year, hour, minute, second, fraction = moment.groups()
    return f"{year}-{list(calendar.month_abbr).index(month):02}-{int(day):02}T{hour}:{minute}:{second}.{fraction}Z"


def same(ours, theirs, scale):
    """Is our value, scaled, Wireshark's text? Texts are compared without blanks behind them, octets without their colons."""
    if isinstance(ours, str) and ours in (theirs, theirs.removeprefix("0x"), rfc3339(theirs)):
        return True  # octets may look like a number: 425e9736
    a, b = number(ours), number(theirs)
    theirs = ALIKE.get(theirs, theirs)
    if a is None or b is None:
        ours, theirs = str(ours).rstrip(" "), theirs.rstrip(" ")
        return ours == theirs or ours.replace(":", "") == theirs.replace(":", "")
    if isinstance(a, int) and isinstance(b, int):
        return a == b if scale == 1 else a * scale == b
    if math.isnan(b) or math.isinf(b) or math.isnan(a):
        return math.isnan(a) and not math.isfinite(b)
    a *= scale
    # Wireshark prints six to nine significant digits of a float.
    return a == b or float32(a) == float32(b) or abs(a - b) <= 1e-5 * max(abs(a), abs(b))


def same_list(ours, theirs, scale):
    if ours == [""] and not theirs:
        return True  # a lone empty text is an empty column of tshark's
    if scale in LIST_READINGS:
        return LIST_READINGS[scale](ours, theirs, lambda a, b: same(a, b, 1))
    alike = READINGS.get(scale) or (lambda a, b: same(a, b, scale))
    return len(ours) == len(theirs) and all(alike(a, b) for a, b in zip(ours, theirs))


def shown(values):
    """A list for a person: a long one by its front."""
    text = str(values)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(values)} values)"


class Tally:
    def __init__(self):
        self.compared = self.agree = self.frames = 0
        self.apart = self.apart_agree = 0  # of captures that are set apart
        self.differences = collections.Counter()  # by field
        self.explained = collections.Counter()
        self.examples = collections.defaultdict(list)
        self.unexplained = []

    def count(self, capture, field, frame, ours, theirs, agrees, known, apart):
        if apart:
            self.apart += 1
            self.apart_agree += agrees
            return
        self.compared += 1
        if agrees:
            self.agree += 1
            return
        self.differences[field] += 1
        if (capture, field) in known or (capture, f"frame {frame}") in known:
            self.explained[field] += 1
        else:
            self.unexplained.append((capture, field, frame, ours, theirs))
        if len(self.examples[field]) < EXAMPLES:
            self.examples[field].append(f"{capture} frame {frame}: ours {shown(ours)}, Wireshark's {shown(theirs)}")


def compare(capture, fields, mine, their, known, tally):
    """Compares one capture of one protocol."""
    apart = (capture, fields[0].ours[0].split(".")[0] + ".*") in known
    for frame in sorted(mine.keys() | their.keys()):
        tally.frames += 1
        if frame not in their:
            if not mine[frame]:
                continue  # we only say that the octets are no message
            tally.count(capture, "only_ours", frame, "a message", "nothing", False, known, apart)
            continue
        if frame not in mine:
            if not any(name in their[frame] for field in fields if field.is_compared(their[frame].keys())
                       for name in field.theirs):
                continue  # Wireshark says nothing there that is compared
            tally.count(capture, "only_wireshark", frame, "nothing", "a message", False, known, apart)
            continue
        for field in fields:
            if not field.is_compared(their[frame].keys()):
                continue
            ours = [value for name in field.ours for value in mine[frame].get(name, [])]
            theirs = [value for name in field.theirs for value in their[frame].get(name, [])]
            if ours == [""] and not theirs:
                ours = []  # tshark's columns do not tell an empty text from none
            if ours or theirs:
                tally.count(capture, "|".join(field.ours), frame, ours, theirs, same_list(ours, theirs, field.scale), known,
                            apart)


def corpus():
    """All captures of the corpus: what is no message of a protocol must not be read as one either."""
    folder = pathlib.Path(os.environ.get("GREYWATCH_CORPUS") or ROOT.parent / "shared" / "captures")
    if not folder.is_dir():
        print(f"all real captures skipped, there is no {folder}")
    return sorted(path for path in folder.rglob("*") if path.suffix in (".pcap", ".pcapng"))


def newest_agent():
    agents = sorted(ROOT.glob("build/*/bin/greywatch-agent"), key=lambda path: path.stat().st_mtime)
    return str(agents[-1]) if agents else sys.exit("no build/*/bin/greywatch-agent: build it, or name it with --agent")


def report(protocol, tally):
    missing, extra = tally.differences["only_wireshark"], tally.differences["only_ours"]
    share = tally.agree / tally.compared if tally.compared else 1.0
    print(f"{protocol}: {tally.frames} frames, {tally.compared} values compared, {tally.agree} agree "
          f"({100 * share:.3f} %), {missing} frames only Wireshark reads, {extra} frames only the agent reads")
    if tally.apart:
        print(f"  of damaged captures {tally.apart} values compared apart, {tally.apart_agree} agree")
    for field, count in sorted(tally.differences.items()):
        if count:
            print(f"  {field}: {count} differ, {tally.explained[field]} of them explained")
            for example in tally.examples[field]:
                print(f"    {example}")
    return share


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", type=pathlib.Path, help="without any: the whole corpus")
    parser.add_argument("--agent", help="greywatch-agent to run; the newest build otherwise")
    parser.add_argument("--tshark", default="tshark")
    parser.add_argument("--protocol", action="append", help="only this protocol, may be repeated")
    arguments = parser.parse_args()
    fields = read_fields(HERE / "wireshark_fields.tsv")
    if arguments.protocol:
        fields = {protocol: of for protocol, of in fields.items() if protocol in arguments.protocol}
    known = read_known(HERE / "known_differences.tsv")
    agent = arguments.agent or newest_agent()
    tallies = {protocol: Tally() for protocol in fields}

    def compare_all(captures):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            theirs = pool.map(lambda path: their_values(arguments.tshark, path, fields), captures)
            for path, their in zip(captures, theirs):
                mine = our_values(agent, path, fields)
                for protocol, of in fields.items():
                    compare(path.name, of, mine[protocol], their[protocol], known, tallies[protocol])

    real = arguments.captures or corpus()
    compare_all(real)
    if not arguments.captures:
        with tempfile.TemporaryDirectory() as folder:
            for made_up in (synthetic, synthetic_management):
                compare_all(made_up.write(pathlib.Path(folder)))
    failed = False
    for protocol, tally in sorted(tallies.items()):
        share = report(protocol, tally)
        failed = failed or share < LEAST_AGREEMENT or bool(tally.unexplained)
    for capture, field, frame, ours, theirs in [each for tally in tallies.values() for each in tally.unexplained][:20]:
        print(f"not explained: {capture} frame {frame} {field}: ours {shown(ours)}, Wireshark's {shown(theirs)}")
    return 1 if failed else 0 if real else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
