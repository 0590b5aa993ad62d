#!/usr/bin/env python3
"""midstream.py AGENT [CAPTURE…]: protocols are recognised again in the middle of a connection.

Each capture below GREYWATCH_CORPUS (default ../shared/captures) is read whole, then with its first 50 packets cut off, then with
ten segments in the middle of its busiest connection taken out. In every connection that still has enough to say, the same
messages must be read again, beginning with the sixth after the cut at the latest; how many are read alike, field by field,
is told (what hangs on a request before the cut is not). Where a protocol cannot do that,
midstream_exceptions.tsv says so, with the reason. Exit 77 when the corpus is not there."""
import collections
import csv
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

CORPUS = pathlib.Path(os.environ.get("GREYWATCH_CORPUS") or "../shared/captures")
HERE = pathlib.Path(__file__).resolve().parent
CUT, REMOVED, ALLOWED = 50, 10, 5


def pcap_records(octets):
    """(header, records) of a .pcap: the file's header and each record with its own; None when it is something else."""
    if len(octets) < 24 or octets[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        return None
    order = "<" if octets[0] in (0xD4, 0x4D) else ">"
    records, at = [], 24
    while at + 16 <= len(octets):
        length = struct.unpack(order + "I", octets[at + 8:at + 12])[0]
        records.append(octets[at:at + 16 + length])
        at += 16 + length
    return octets[:24], records


def as_pcap(capture, folder):
    """The capture, or what tshark's editcap makes of a .pcapng."""
    octets = capture.read_bytes()
    if pcap_records(octets):
        return octets
    made = pathlib.Path(folder) / "converted.pcap"
    done = subprocess.run(["editcap", "-F", "pcap", str(capture), str(made)], capture_output=True)
    return made.read_bytes() if done.returncode == 0 and made.exists() else b""


def messages(agent, path):
    """{(protocol, connection): {frame: [what was said]}}, in order; damaged messages are left out."""
    done = subprocess.run([agent, "replay", "--emit", "observations", str(path)], capture_output=True, text=True, errors="replace")
    said = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in done.stdout.splitlines():
        one = json.loads(line)
        if one.get("network.community_id", "").startswith("1:") and one["greywatch.status"] != "malformed":
            protocol = one["network.protocol"]
            own = {key: value for key, value in one.items() if key.startswith(protocol + ".")}
            said[protocol, one["network.community_id"]][one["frame.number"]].append(json.dumps(own, sort_keys=True))
    return said


def judge(name, variant, kept, whole, again, tally, faults, excepted):
    """`kept` tells the old frame number of each new one, and which frames lie behind the cut."""
    for (protocol, connection), said in whole.items():
        rest = [(frame, what) for frame, all_said in said.items() if frame in kept["after"] for what in all_said]
        if len(rest) <= ALLOWED:
            continue
        new = {kept["old"][frame]: all_said for frame, all_said in again.get((protocol, connection), {}).items()}
        missing = next((place for place, (frame, _) in enumerate(rest) if frame in new), None)
        row = tally[protocol]
        row["connections"] += 1
        if missing is not None:
            row["worst"] = max(row["worst"], missing)
            row["messages"] += len(rest) - missing
            row["alike"] += sum(what in new.get(frame, ()) for frame, what in rest[missing:])
        if missing is None or missing > ALLOWED:
            if (name, protocol) in excepted:
                row["excepted"] += 1
            else:
                faults.append(f"{name}, {variant}: {protocol} {connection}: "
                              f"{'never' if missing is None else f'after {missing} messages'} of {len(rest)}")


def main():
    agent = sys.argv[1]
    captures = [pathlib.Path(path) for path in sys.argv[2:]]
    if not captures:
        if not CORPUS.is_dir():
            print(f"skipped: no corpus of captures at {CORPUS}")
            return 77
        captures = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".pcap", ".pcapng"))
    with open(HERE / "midstream_exceptions.tsv") as file:
        excepted = {(row[0], row[1]) for row in csv.reader(file, delimiter="\t") if row and not row[0].startswith("#")}
    tally = collections.defaultdict(lambda: {"connections": 0, "worst": 0, "messages": 0, "alike": 0, "excepted": 0})
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        cut = pathlib.Path(folder) / "cut.pcap"
        for capture in captures:
            octets = as_pcap(capture, folder)
            parsed = pcap_records(octets)
            if not parsed:
                continue
            header, records = parsed
            source = pathlib.Path(folder) / "whole.pcap"
            source.write_bytes(octets)
            whole = messages(agent, source)
            if not whole:
                continue
            for variant in ("first 50 packets cut off", "ten segments taken out"):
                if variant.startswith("first"):
                    gone = set(range(1, CUT + 1))
                    after = set(range(CUT + 1, len(records) + 1))
                    wanted = whole
                else:
                    key = max(whole, key=lambda each: len(whole[each]))
                    frames = sorted(whole[key])
                    middle = max(0, len(frames) // 2 - REMOVED // 2)
                    gone = set(frames[middle:middle + REMOVED])
                    after = set(range(max(gone) + 1, len(records) + 1))
                    wanted = {key: whole[key]}
                old = [0] + [number for number in range(1, len(records) + 1) if number not in gone]
                cut.write_bytes(header + b"".join(records[number - 1] for number in old[1:]))
                again = messages(agent, cut)
                judge(capture.name, variant, {"after": after, "old": old}, wanted, again, tally, faults, excepted)
    for protocol, row in sorted(tally.items()):
        print(f"{protocol}: {row['connections']} connections, recognised after {row['worst']} messages at worst, "
              f"{row['excepted']} excepted by name; {row['alike']} of {row['messages']} messages from there on read alike, field by field")
    for fault in faults:
        print("not recognised again:", fault)
    return 1 if faults or not tally else 0


if __name__ == "__main__":
    sys.exit(main())
