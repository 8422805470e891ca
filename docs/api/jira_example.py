"""An issue in Jira for each ticket to Spot support, and its number back into the enrollment.

Run it behind HTTPS and set ECO_WEBHOOK_URL to its /eco. In Jira, make an automation that posts this to its /jira once
somebody has sent the ticket and entered Spot's number, with a secret of your choice in the header Authorization and
here in FROM_JIRA:
{"issue": "ECO-12", "enrollment": 12, "step": "enable_subsets", "number": "4711"}
It needs nothing but Python.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = base64.b64decode(os.environ["ECO_WEBHOOK_SECRET"].removeprefix("whsec_"))


def call(url, token, body=None, headers=None):
    """Send JSON, or read it."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": token, "Content-Type": "application/json", **(headers or {})}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return json.load(answer)


def eco(path, body=None, headers=None):
    """Ask the bot."""
    return call(f"{os.environ['ECO_URL']}/api/v1/{path}", f"Bearer {os.environ['ECO_TOKEN']}", body, headers)


def jira(path, body=None):
    """Ask Jira."""
    return call(f"{os.environ['JIRA_URL']}/rest/api/2/{path}", os.environ["JIRA_AUTHORIZATION"], body)


def is_genuine(headers, body):
    """Whether the bot has sent this within five minutes."""
    number, at, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    signed = b".".join((number.encode(), at.encode(), body))
    proof = "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(proof.encode(), given.encode()) and abs(time.time() - int(at)) < 300


def on_event(event):
    """Make an issue for each ticket that can be sent now; a label finds the one that there is."""
    enrollment = eco(f"enrollments/{event['subject']}")
    for step in enrollment["steps"]:
        if not (step["has_ticket"] and step["state"] == "open"):
            continue
        label = f"eco-{enrollment['id']}-{step['key']}"
        if jira(f"search?jql=labels={label}")["total"] == 0:
            summary = f"{enrollment['account_name']}: {step['title']}"
            fields = {"project": {"key": os.environ["JIRA_PROJECT"]}, "issuetype": {"name": "Task"}}
            jira("issue", {"fields": {**fields, "summary": summary, "labels": [label]}})


def on_number(told):
    """Bring the number back; Jira may say it twice."""
    path = f"enrollments/{told['enrollment']}/steps/{told['step']}/ticket"
    eco(path, {"number": told["number"]}, {"Idempotency-Key": told["issue"]})


class Receiver(BaseHTTPRequestHandler):
    """Takes what the bot and Jira tell. Whatever fails answers 500, and is told again."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        given = self.headers.get("Authorization", "").encode()
        if self.path == "/eco" and is_genuine(self.headers, body):
            on_event(json.loads(body))
        elif self.path == "/jira" and hmac.compare_digest(given, os.environ["FROM_JIRA"].encode()):
            on_number(json.loads(body))
        else:
            self.send_error(401)
            return
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver).serve_forever()
