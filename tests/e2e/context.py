#!/usr/bin/env python3
"""context.py COLLECTOR: tells a running collector of causes on every way there is - API, command line, watched folder,
configured file - over TLS and with a token; then restarts it and asks again."""
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

INGEST, WEB = 17643, 19664
TOKEN = "0123456789abcdef0123"


def fail(text):
    sys.exit(f"context.py: {text}")


def check(condition, text):
    if not condition:
        fail(text)


def moment(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600 * hours))


def cause(name, **more):
    said = {"start": moment(-1), "end": moment(6), "kind": "weather", "group": {"kind": "region", "name": name}}
    return {**said, "source": "weather service", **more}


class Collector:
    def __init__(self, program, folder):
        self.program, self.folder, self.process = program, folder, None
        self.config = os.path.join(folder, "collector.yaml")
        os.mkdir(os.path.join(folder, "told"))
        self.write("inventory.yaml", "nodes: [{name: n1, operator: o, region: north, sector: transmission}]\n")
        self.write("token", TOKEN + "\n")
        self.write("context.ndjson", json.dumps(cause("configured", published=moment(-2))) + "\n")
        self.write(
            "collector.yaml",
            f"""inventory: inventory.yaml
context: context.ndjson
context_folder: told
store: {{file: greywatch.db}}
ingest:
  listen: 127.0.0.1:{INGEST}
  certificate: authority/collector.crt
  key: authority/collector.key
  authority: authority/ca.crt
web:
  listen: 127.0.0.1:{WEB}
  certificate: authority/collector.crt
  key: authority/collector.key
  token_file: token
""",
        )
        self.run("enroll", "--config", self.config, "--dns", "collector.example", "n1")
        # The certificate is the collector's for its agents: its name is not the address that is asked here.
        self.tls = ssl.create_default_context(cafile=os.path.join(folder, "authority/ca.crt"))
        self.tls.check_hostname = False

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def run(self, *arguments, status=0, given=None):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True, input=given)
        check(done.returncode == status, f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen([self.program, "run", "--config", self.config], stdout=log, stderr=log)
        for _ in range(200):
            try:
                if self.ask("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        fail("the collector does not get ready:\n" + self.log())

    def stop(self, how):
        self.process.send_signal(how)
        self.process.wait(20)

    def log(self):
        with open(os.path.join(self.folder, "log")) as file:
            return file.read()

    def ask(self, path, content=None, token=TOKEN, kind="application/x-ndjson"):
        request = urllib.request.Request(f"https://127.0.0.1:{WEB}{path}", data=content)
        request.add_header("Authorization", "Bearer " + token)
        if content is not None:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=5, context=self.tls) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def causes(self, query=""):
        """All pages, two causes each."""
        found, cursor = [], ""
        while cursor is not None:
            status, text = self.ask(f"/api/v1/context?limit=2{query}" + (f"&cursor={cursor}" if cursor else ""))
            check(status == 200, text)
            page = json.loads(text)
            found += page["items"]
            cursor = page["next"]
        return found

    def metric(self, name):
        lines = self.ask("/metrics")[1].splitlines()
        return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + " ")), None)


def main(program):
    with tempfile.TemporaryDirectory(prefix="greywatch-context-") as folder:
        collector = Collector(program, folder)
        collector.start()
        try:
            exercise(collector)
        finally:
            if collector.process.poll() is None:
                collector.process.kill()
                collector.process.wait()


def exercise(collector):
    def lines(*causes):
        return "".join(json.dumps(one) + "\n" for one in causes).encode()

    # The API: all or nothing, and only for who has the token.
    check(collector.ask("/api/v1/context", lines(cause("a")), token="x" * 20)[0] == 401, "told without the token")
    first, second = cause("a", published=moment(-3)), cause("b", published=moment(-3))
    status, text = collector.ask("/api/v1/context", lines(first, second))
    check(status == 201 and json.loads(text)["accepted"] == 2, text)
    status, text = collector.ask("/api/v1/context", lines(first))
    check(status == 200 and json.loads(text) == {**json.loads(text), "accepted": 0, "known": 1}, text)
    status, text = collector.ask("/api/v1/context", lines(cause("c"), {**cause("d"), "kind": "meteor"}))
    check(status == 400 and "line 2: kind" in text, text)

    # The command line, over the same API.
    add = ["context", "add", "--config", collector.config]
    collector.run(*add, "--kind", "maintenance", "--group", "node:n1", "--end", moment(2), "--classes", "command,access")
    piped = collector.run(*add, "-", given=lines(cause("piped")).decode())
    check("1 causes are new" in piped.stderr, piped.stderr)
    bad = collector.run(*add, "-", given="{}\n", status=1)
    check(bad.stderr.startswith("<stdin>:1:1: published is missing") or bad.stderr.startswith("<stdin>:1:1: start"), bad.stderr)

    # The folder.
    collector.write("told/storms.ndjson", lines(cause("watched")).decode() + "no JSON\n")
    end = time.monotonic() + 15
    while "watched" not in str(collector.causes()):
        check(time.monotonic() < end, "the folder is not read:\n" + collector.log())
        time.sleep(0.2)
    check("told/storms.ndjson:2:1: not JSON" in collector.log(), collector.log())

    known = collector.causes()
    said = {(one["group"].get("name"), one["via"].split(" ")[0]) for one in known}
    wanted = {("a", "api"), ("b", "api"), ("n1", "api"), ("piped", "api"), ("watched", "folder"), ("configured", "file")}
    check(said == wanted, f"{said} instead of {wanted}")
    check(all(one["source"] and one["received"] and one["published"] for one in known), str(known))
    check(collector.metric('greywatch_context_entries_total{way="api",result="accepted"}') == 4, collector.ask("/metrics")[1])
    check(collector.metric('greywatch_context_entries_total{way="folder",result="refused"}') == 1, "refusals are not counted")
    check(collector.metric("greywatch_context_standing") == 6, "standing causes are not counted")

    # What was answered is kept, however the collector ends.
    for how in (signal.SIGKILL, signal.SIGTERM):
        collector.stop(how)
        collector.start()
        check(collector.causes() == known, "a restart changed what was declared")
        check(collector.causes("&state=standing") == known and not collector.causes("&state=over"), "states are wrong")
    listed = collector.run("context", "list", "--config", collector.config, "--standing").stdout.splitlines()
    check(sorted(json.loads(line)["id"] for line in listed) == sorted(one["id"] for one in known), "list shows others")
    collector.run(*add, "-", given="\n".join(listed))  # a list can be told again
    check(collector.causes() == known, "telling a list again changed it")
    collector.stop(signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
