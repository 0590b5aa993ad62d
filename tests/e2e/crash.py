#!/usr/bin/env python3
"""crash.py [--rounds N] [--seed N] [--bin DIR] [--keep]: kills agents, collector or both with SIGKILL at random moments while
findings flow, and then holds the store against every identity that was ever seen in a spool.

Real programs, real traffic: two plants (scripts/plant.py) with strangers that come without end, two agents on loopback, one
collector. What must hold at the end, once the spools are empty:
- every finding seen in a spool while its agent was dead is in the store;
- no event.id is in the store twice;
- no sequence is missing within a life of an agent: a spool that was not closed goes on at the next block of sequences
  (docs/link.md), so gaps in the store may end at the beginning of a block only;
- the collector starts once more and calls its store healthy."""
import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PLANT = os.path.join(ROOT, "scripts", "plant.py")
BLOCK = 65536  # sequences are reserved in blocks of this many
INGEST, WEB, STATION = 17543, 19564, 1602
NODES = {"alder-sub": "127.11.1", "birch-sub": "127.11.2"}
MOST_EXTRA = 20  # rounds beyond those asked for, when too little was seen in spools
KINDS = {"agent": 45, "collector": 25, "both": 30}  # which is killed, in per cent


def fail(text):
    sys.exit(f"crash.py: {text}")


def scrape(port):
    """Samples of a metrics page, labels included; none when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line and line[0] != "#"}


def sample(metrics, name):
    return sum(value for key, value in metrics.items() if key.partition("{")[0] == name)


def until(seconds, happened, what):
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            fail(f"{what} did not happen within {seconds} s")
        time.sleep(0.1)


class Program:
    """One program that is started and killed again and again; what it says goes on in one log."""

    def __init__(self, name, command, folder):
        self.name, self.command, self.log = name, command, os.path.join(folder, name + ".log")
        self.process, self.starts = None, 0

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)
        self.starts += 1

    def running(self):
        return self.process is not None and self.process.poll() is None

    def end(self, how):
        """Fails when the program has ended by itself: nothing but us may end it."""
        if not self.running():
            code = self.process.returncode if self.process else "never started"
            fail(f"{self.name} ended by itself ({code}):\n{tail(self.log)}")
        self.process.send_signal(how)
        self.process.wait(20)

    def kill(self, frozen=0.0):
        """Frozen for a while first, it dies with unread batches or acks in its sockets."""
        if frozen and self.running():
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(frozen)
        self.end(signal.SIGKILL)

    def dispose(self):
        if self.running():
            self.process.kill()
            self.process.wait()


def tail(path):
    with open(path, errors="replace") as file:
        return "".join(file.readlines()[-15:])


class Range:
    """All that runs, in a folder of its own."""

    def __init__(self, binaries, folder, learning):
        self.folder, self.learning = folder, learning
        self.agent_program = os.path.join(binaries, "greywatch-agent")
        self.collector_program = os.path.join(binaries, "greywatch-collector")
        self.store = os.path.join(folder, "greywatch.db")
        self.spooled = set()
        self.duplicates = 0
        self.configure()
        sites = [f"--site={node}={net}" for node, net in NODES.items()]
        traffic = ["--port", str(STATION)]
        self.plant = Program("plant", [PLANT, "run", *sites, *traffic, "--stations=16", "--period=0.5"], folder)
        self.collector = Program(
            "collector", [self.collector_program, "run", "--config", self.path("collector.yaml")], folder
        )
        self.agents = {
            node: Program(node, [self.agent_program, "run", "--config", self.path(node + ".yaml")], folder)
            for node in NODES
        }
        self.strangers = {
            node: Program(
                f"stranger-{node}",
                [PLANT, "intrude", "--net", net, *traffic, "--source=30-250", "--units=2", "--writes=2", "--pause=0.01"],
                folder,
            )
            for node, net in NODES.items()
        }

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def metrics_port(self, node):
        return WEB + 1 + list(NODES).index(node)

    def configure(self):
        rows = [f"  - {{name: {node}, operator: o-{node}, country: XX, region: XX, sector: transmission}}" for node in NODES]
        self.write("inventory.yaml", "\n".join(["nodes:", *rows]) + "\n")
        self.write(
            "collector.yaml",
            f"""inventory: inventory.yaml
store: {{file: {self.store}}}
ingest:
  listen: 127.0.0.1:{INGEST}
  certificate: authority/collector.crt
  key: authority/collector.key
  authority: authority/ca.crt
  heartbeat: 2s
web: {{listen: 127.0.0.1:{WEB}}}
""",
        )
        enroll = [self.collector_program, "enroll", "--config", self.path("collector.yaml"), "--dns", "127.0.0.1", *NODES]
        subprocess.run(enroll, check=True, stdout=subprocess.DEVNULL)
        for node, net in NODES.items():
            identity = self.path(f"authority/nodes/{node}")
            self.write(
                node + ".yaml",
                f"""node: {node}
state: {self.path(node)}
capture:
  - {{interface: lo, filter: net {net}.0/24, buffer: 2MiB}}
learning: {self.learning}s
collector:
  address: 127.0.0.1:{INGEST}
  certificate: {identity}/agent.crt
  key: {identity}/agent.key
  authority: {identity}/ca.crt
spool: 16MiB
metrics: 127.0.0.1:{self.metrics_port(node)}
""",
            )

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{WEB}/readyz", timeout=2) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            return error.code == 200
        except OSError:
            return False

    def list_spool(self, node):
        """The identities that wait at a dead agent."""
        command = [self.agent_program, "spool", "--config", self.path(node + ".yaml")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"{node}: the spool cannot be listed: {done.stderr}")
        ids = [json.loads(line)["event.id"] for line in done.stdout.splitlines()]
        if len(set(ids)) != len(ids):
            fail(f"{node}: an identity waits twice in the spool")
        self.spooled.update(ids)
        return ids

    def refuses_while_running(self, node):
        command = [self.agent_program, "spool", "--config", self.path(node + ".yaml")]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode == 1 and "running agent" in done.stderr and not done.stdout

    def kill_collector(self, frozen=0.0):
        self.duplicates += int(sample(scrape(WEB), "greywatch_store_duplicates_total"))
        self.collector.kill(frozen)

    def learn(self):
        """A time without strangers, and a clean end, after which the baseline is on disk."""
        self.plant.start()
        self.collector.start()
        until(20, self.ready, "the collector's readiness")
        for agent in self.agents.values():
            agent.start()
        time.sleep(self.learning + 2)
        for node, agent in self.agents.items():
            if not self.refuses_while_running(node):
                fail(f"{node}: the spool of a running agent is not refused")
            agent.end(signal.SIGTERM)
            self.list_spool(node)
            agent.start()

    def let_strangers_in(self):
        for stranger in self.strangers.values():
            if stranger.starts and not stranger.running() and stranger.process.returncode != 0:
                fail(f"{stranger.name} failed:\n{tail(stranger.log)}")
            if not stranger.running():
                stranger.start()

    def waiting(self):
        """Some living agent says that findings wait in its spool."""
        return any(sample(scrape(self.metrics_port(node)), "greywatch_spool_records") for node in NODES)

    def round(self, chance, number, starved=False):
        """Kills something. `starved`: chance has left too few spools with anything in them, so both are killed, the
        collector first, and the agents only once findings wait."""
        self.let_strangers_in()
        time.sleep(chance.uniform(0.05, 1.6))
        kind = "both" if starved else chance.choices(list(KINDS), KINDS.values())[0]
        least_dead = len(NODES) if starved else 1
        dead = [] if kind == "collector" else chance.sample(list(NODES), chance.randint(least_dead, len(NODES)))
        down = chance.uniform(0, 0.8)
        frozen = chance.choice([0, chance.uniform(0, 0.4)])
        collector_first = starved or chance.random() < 0.6
        if kind == "both" and collector_first:
            self.kill_collector(frozen)
            time.sleep(down)
        if starved:
            until(30, self.waiting, "a finding that waits for the collector")
        for node in dead:
            self.agents[node].kill(frozen)
        if kind == "collector" or kind == "both" and not collector_first:
            self.kill_collector(frozen)
            time.sleep(down)
        waiting = {node: len(self.list_spool(node)) for node in dead}
        for node in dead:
            self.agents[node].start()
        if kind != "agent":
            self.collector.start()
        print(f"round {number}: killed {kind} {waiting or ''} after {down:.2f} s; {len(self.spooled)} seen in spools", flush=True)

    def drain(self):
        for stranger in self.strangers.values():
            stranger.dispose()
        until(60, self.ready, "the collector's readiness")

        def emptied(node):
            metrics = scrape(self.metrics_port(node))
            return bool(metrics) and sample(metrics, "greywatch_spool_records") == 0

        end = time.monotonic() + 120
        left = dict.fromkeys(NODES, 1)
        while any(left.values()):
            if time.monotonic() > end:
                fail(f"the spools do not drain: {left}")
            for node in [node for node, count in left.items() if count]:
                until(60, lambda: emptied(node), f"the end of what waits at {node}")
                self.agents[node].kill()
                left[node] = len(self.list_spool(node))
                if left[node]:
                    self.agents[node].start()
        # Once more from cold: the start checks the whole file.
        self.kill_collector()
        self.collector.start()
        until(60, self.ready, "the health of the store")
        if sample(scrape(WEB), "greywatch_store_healthy") != 1:
            fail("the store is not healthy")

    def stored(self):
        export = [self.collector_program, "export", "findings", "--store", self.store]
        done = subprocess.run(export, capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"the store cannot be exported: {done.stderr}")
        return [json.loads(line)["event.id"] for line in done.stdout.splitlines()]

    def dispose(self):
        for program in [*self.strangers.values(), *self.agents.values(), self.collector, self.plant]:
            program.dispose()


def missing_sequences(ids):
    """Sentences about gaps that no death of an agent explains."""
    lives = {}
    for node in NODES:
        for identity in ids:
            match = re.fullmatch(re.escape(node) + r"-(\d+)-(\d+)", identity)
            if match:
                lives.setdefault((node, int(match[1])), []).append(int(match[2]))
    for (node, epoch), sequences in lives.items():
        sequences.sort()
        ends = [after for before, after in zip(sequences, sequences[1:]) if after != before + 1]
        # The first gap ends where the second life began; every later life begins whole blocks further on.
        for after in ends[1:]:
            if (after - ends[0]) % BLOCK:
                yield f"{node}, epoch {epoch}: sequences before {after} are missing"


def judge(place, least):
    ids = place.stored()
    stored = set(ids)
    missing = sorted(place.spooled - stored)
    twice = len(ids) - len(stored)
    strange = list(missing_sequences(stored))
    starts = {program.name: program.starts for program in [*place.agents.values(), place.collector]}
    print(
        f"{len(place.spooled)} identities seen in spools, {len(place.spooled) - len(missing)} of them in the store; "
        f"{len(ids)} findings in the store, {twice} twice; {place.duplicates} resent and dropped as duplicates; starts {starts}"
    )
    if missing:
        fail(f"{len(missing)} spooled findings are not in the store, such as {missing[:5]}")
    if twice:
        fail(f"{twice} findings are in the store twice")
    if strange:
        fail("; ".join(strange[:5]))
    if len(ids) < least or len(place.spooled) < least // 10:
        fail(f"too little flowed to mean anything: {least} findings in the store and {least // 10} in spools are wanted")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "gcc-release", "bin"))
    parser.add_argument("--learning", type=int, default=20, metavar="SECONDS")
    parser.add_argument("--least", type=int, default=200, help="findings in the store; a tenth as many seen in spools")
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs, spools and store")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    folder = tempfile.mkdtemp(prefix="greywatch-crash-")
    print(f"seed {seed}, {arguments.rounds} rounds" + (f", in {folder}" if arguments.keep else ""), flush=True)
    place = Range(arguments.bin, folder, arguments.learning)
    chance = random.Random(seed)
    # The time limit of a test run ends this with SIGTERM: what runs here must end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("crash.py: ended from outside"))
    try:
        place.learn()
        for number in range(1, arguments.rounds + 1):
            place.round(chance, number)
        # A collector that acknowledges before every kill leaves spools empty: go on until spools held something.
        for number in range(arguments.rounds + 1, arguments.rounds + MOST_EXTRA + 1):
            if len(place.spooled) >= arguments.least // 10:
                break
            place.round(chance, number, starved=True)
        place.drain()
        judge(place, arguments.least)
    finally:
        place.dispose()
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)


main()
