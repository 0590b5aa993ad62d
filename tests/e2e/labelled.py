#!/usr/bin/env python3
"""labelled.py AGENT: replays the labelled captures of GREYWATCH_CORPUS (default ../shared/captures) and holds the findings to the
labels. A finding covers a packet when it names its frame, or when the packet lies between its first and last, between the same two
addresses. Exit 77 when the corpus is not there."""
import csv
import json
import os
import subprocess
import sys

CORPUS = os.environ.get("GREYWATCH_CORPUS") or "../shared/captures"


def replay(agent, capture, *options):
    done = subprocess.run([agent, "replay", *options, capture], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        sys.exit(f"{capture}: exit {done.returncode}: {done.stderr}")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return [record for record in records if record["event.kind"] == "alert"]


def packets(capture):
    """(frame, time, source, destination) of every packet, by tshark."""
    text = subprocess.run(["tshark", "-r", capture, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Time", "-e", "ip.src",
                           "-e", "ip.dst", "-t", "ud"], capture_output=True, text=True, check=True).stdout
    for line in text.splitlines():
        number, stamp, source, destination = (line.split("\t") + ["", ""])[:4]
        yield int(number), stamp.replace(" ", "T")[:26], source, destination


def covers(finding, packet):
    number, stamp, source, destination = packet
    if finding["frame.number"] == number:
        return True
    ends = {finding.get("source.ip"), finding.get("destination.ip")}
    return {source, destination} == ends and finding["greywatch.first"][:26] <= stamp <= finding["greywatch.last"][:26]


def fake_command(agent):
    """Lemay and Fernandez, CSET 2016: ten packets of a stranger's command, learning from the minutes before it."""
    name = f"{CORPUS}/modbus/lemay__send_a_fake_command_modbus_6RTU_with_operate"
    with open(f"{name}_labeled.csv") as file:
        attack = {int(row[0]) for row in csv.reader(file, delimiter=";") if row[0].isdigit() and row[1] == "1"}
    faults = []
    for what, options in {
        "its own head": [],
        "its own head and other captures": ["--learn", f"{CORPUS}/modbus/iti__modbusSmall.pcap", "--learn",
                                            f"{CORPUS}/modbus/icsnpp-modbus__modbus_example.pcap"],
    }.items():
        findings = replay(agent, f"{name}.pcap", "--learn-until", "2015-02-24T17:39:00Z", *options)
        attacked = [packet for packet in packets(f"{name}.pcap") if packet[0] in attack]
        covered = [packet for packet in attacked if any(covers(finding, packet) for finding in findings)]
        false = [finding for finding in findings if not any(covers(finding, packet) for packet in attacked)]
        print(f"fake command, learned from {what}: {len(covered)} of {len(attack)} attack packets covered, {len(false)} false findings")
        if len(attack) != 10 or len(covered) != 10 or len(false) > 2:
            faults.append(f"fake command, learned from {what}")
    return faults


def wattson(agent):
    """Simulated control centre: the second run of the same kind is quiet, packets cloned, removed or swapped are found."""
    folder = f"{CORPUS}/iec104"
    learn = ["--learn", f"{folder}/wattson__train.pcap"]
    quiet = len(replay(agent, f"{folder}/wattson__test.pcap", *learn))
    print(f"wattson test: {quiet} findings")
    faults = ["wattson test"] if quiet else []
    for rate in ("C-0.01-0", "C-0.01-1", "R-0.01-0", "R-0.01-1", "S-0.01-0", "S-0.01-1"):
        found = len(replay(agent, f"{folder}/wattson__{rate}.pcap", *learn))
        print(f"wattson {rate}: {found} findings")
        if not found:
            faults.append(f"wattson {rate}")
    return faults


def main():
    agent = sys.argv[1]
    if not os.path.isdir(f"{CORPUS}/modbus"):
        print(f"skipped: no corpus of captures at {CORPUS}")
        sys.exit(77)
    faults = fake_command(agent) + wattson(agent)
    for fault in faults:
        print(f"failed: {fault}")
    sys.exit(1 if faults else 0)


main()
