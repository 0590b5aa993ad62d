#!/usr/bin/env python3
"""protocols.py [--bin DIR] [--packets N] [SESSION…]: what each protocol costs the agent, on sessions that tests/peers and sessions.py make up.

Each session is written again and again, every time between other hosts and later, until the file has so many packets; then it is read by
a loop of libpcap alone and by `greywatch-agent replay --emit none`, in turn. Printed are nanoseconds of CPU a packet and an
observation, and the ratio to the bare loop (medians of five runs). Only sessions whose names begin with a SESSION, where any
are given. The many short sessions of RDP and of TDS are taken in turn, as one."""
import argparse
import json
import pathlib
import statistics
import struct
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))
import replay  # noqa: E402
import sessions  # noqa: E402
import synthetic  # noqa: E402
import synthetic_management  # noqa: E402

IPV4, ETHERNET = b"\x08\x00", 14
START = 1_700_000_000_000_000  # microseconds
SHORT = ("rdp", "tds")


def records(path):
    octets = path.read_bytes()
    at, found = 24, []
    while at < len(octets):
        second, micro, length = struct.unpack("<III", octets[at:at + 12])
        found.append((second * 1_000_000 + micro, octets[at + 16:at + 16 + length]))
        at += 16 + length
    return octets[:24], found


def elsewhere(frame, turn):
    """The frame between two hosts that are another pair in each turn; of what is not IPv4 the source's MAC address differs."""
    hosts = struct.pack(">H", turn & 0xFFFF)
    if frame[12:14] == IPV4:
        source, destination = ETHERNET + 12, ETHERNET + 16
        if frame[destination] >= 224:  # a group stays what it is
            return frame[:source + 1] + hosts + frame[source + 3:]
        return frame[:source + 1] + hosts + frame[source + 3:destination + 1] + hosts + frame[destination + 3:]
    return frame[:8] + hosts + frame[10:]


def write(path, parts, packets):
    """Takes the sessions `parts` in turn until there are so many packets, each between other hosts and later."""
    read = [records(part) for part in parts]
    with open(path, "wb") as out:
        out.write(read[0][0])
        written = turn = begin = 0
        while written < packets:
            frames = read[turn % len(read)][1]
            for time, frame in frames:
                time += begin - frames[0][0] + START
                out.write(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(frame), len(frame)) + elsewhere(frame, turn))
            written += len(frames)
            begin += frames[-1][0] - frames[0][0] + 1_000_000
            turn += 1


def made_up(folder):
    """Names and the captures of each."""
    found = {}
    for maker in (synthetic, synthetic_management, sessions):
        for path in maker.write(folder):
            name = path.stem.removeprefix("synthetic_")
            protocol = name.split(".")[0]
            name = protocol if protocol in SHORT else name
            found.setdefault(name, []).append(path)
    return sorted(found.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/gcc-release/bin")
    parser.add_argument("--packets", type=int, default=200_000)
    parser.add_argument("sessions", nargs="*", metavar="SESSION")
    arguments = parser.parse_args()
    print(f"{'session':24} {'packets':>8} {'octets':>7} {'ns/packet':>10} {'ns/observation':>15} {'bare loop':>10} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, parts in made_up(folder):
            if arguments.sessions and not name.startswith(tuple(arguments.sessions)):
                continue
            path = folder / "long.pcap"
            write(path, parts, arguments.packets)
            bare = [f"{arguments.bin}/bench_bare_loop", str(path)]
            agent = [f"{arguments.bin}/greywatch-agent", "replay", "--emit", "none", "--stats", str(path)]
            rows = [(replay.run(bare)[0], replay.run(agent)) for _ in range(5)]
            stats = json.loads(rows[-1][1][3].strip().splitlines()[-1])
            loop = statistics.median(row[0] for row in rows)
            ours = statistics.median(row[1][0] for row in rows)
            packets, said = stats["packets"], max(stats["observations"], 1)
            print(f"{name:24} {packets:8} {stats['bytes'] // packets:7} {ours / packets * 1e9:10.0f} "
                  f"{ours / said * 1e9:15.0f} {loop / packets * 1e9:10.0f} {ours / loop:6.1f}")


if __name__ == "__main__":
    main()
