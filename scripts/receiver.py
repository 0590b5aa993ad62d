#!/usr/bin/python3
"""receiver.py --port N --secret FILE [--save FILE]: receives greywatch's webhooks on loopback, checks the Standard Webhooks
signature (HMAC-SHA256 of id.timestamp.body, at most five minutes old), and prints each alert for a person. A delivery with a
bad signature is answered with 401 and printed as refused. --save appends each good body as one line."""
import argparse
import base64
import hashlib
import hmac
import http.server
import json
import sys
import time


def signature_holds(secret, headers, body):
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identity or not stamp.isdigit() or abs(time.time() - int(stamp)) > 300:
        return False
    mac = hmac.new(secret, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(mac).decode()
    return any(hmac.compare_digest(wanted, given) for given in headers.get("webhook-signature", "").split())


def tell(event):
    data = event.get("data", {})
    state = "FIRING" if data.get("state") == "firing" else str(data.get("state", "?")).upper()
    print(f"\n  *** {state} · {data.get('severity', '?')} · {data.get('scope', '?')} · score {data.get('score', {}).get('score', 0):.1f} ***")
    print(f"  {data.get('title', '')}")
    for line in str(data.get("text", "")).splitlines():
        print(f"  | {line}")
    sys.stdout.flush()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 4 << 20))
        good = signature_holds(self.server.secret, self.headers, body)
        self.send_response(204 if good else 401)
        self.end_headers()
        if not good:
            print("  refused a delivery: its signature does not hold", flush=True)
            return
        if self.server.save:
            with open(self.server.save, "ab") as file:
                file.write(body.replace(b"\n", b" ") + b"\n")
        tell(json.loads(body))

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--save")
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Receiver)
    with open(arguments.secret) as file:
        server.secret = base64.b64decode(file.read().strip().removeprefix("whsec_"))
    server.save = arguments.save
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
