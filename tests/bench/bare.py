"""A bare Bolt app to compare with: empty listeners, behind the bot's own HTTP server and signature check."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.serving.http_server import HttpServer
from bot.serving.wsgi import SignatureChecker, make_wsgi
from tests.bench.answering import Answering
from tests.support.bot_process import ROOT
from tests.support.signed_requests import TEAM


@contextmanager
def running_bare_app(slack: Answering) -> Iterator[int]:
    """Start it in a process of its own, give its port, and end it."""
    command = [sys.executable, "-m", "tests.bench.bare", slack.api_url, slack.bot_token, slack.signing_secret]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


def main(api_url: str, token: str, secret: str) -> None:
    """Serve until standard input ends."""
    identity = AuthorizeResult(
        enterprise_id=None, team_id=TEAM["id"], bot_user_id="U0ECO", bot_id="B0ECO", bot_token=token
    )
    app = App(
        client=WebClient(token=token, base_url=api_url),
        authorize=lambda enterprise_id, team_id: identity,
        process_before_response=True,
        request_verification_enabled=False,
    )

    def empty(ack: Ack) -> None:
        ack()

    app.command("/eco")(empty)
    app.action(re.compile(""))(empty)
    app.view(re.compile(""))(empty)
    wsgi = make_wsgi(app.dispatch, SignatureChecker(secret), list, str)
    listener = HttpServer(wsgi, "127.0.0.1", 0)
    listener.start()
    print(listener.port, flush=True)
    sys.stdin.read()
    listener.stop(1.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
