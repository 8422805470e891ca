"""A stub of Slack's Web API in a process of its own: answers every call at once and records the posted messages.

It reads only the channel and the metadata of a message, so that its own work does not show in the figures.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.support.bot_process import ROOT
from tests.support.signed_requests import TEAM, USER


@dataclass(frozen=True)
class Post:
    """A message that came in: where, which one, and when (seconds since 1970)."""

    channel: str
    key: str
    at: float


@dataclass(frozen=True)
class Answering:
    """The other end of it: what the bot and its peers are given, and what has arrived."""

    url: str
    bot_token: str = "xoxb-0000-bench"
    signing_secret: str = "0123456789abcdef"
    team_id: str = TEAM["id"]

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def response_url(self) -> str:
        """Where the answers to commands go."""
        return f"{self.url}/respond"

    def connect_http(self, url: str | None) -> None:
        """It delivers nothing, so it need not know where to."""

    def posts(self) -> list[Post]:
        """Every new message since the last `forget`."""
        with urllib.request.urlopen(f"{self.url}/posts") as answer:
            return [Post(*row) for row in json.load(answer)]

    def calls(self) -> int:
        """How many calls of any method since the last `forget`."""
        return self._number("calls")

    def answers(self) -> int:
        """How many commands were answered through their response_url since then."""
        return self._number("answers")

    def posted(self) -> int:
        """How many new messages since then, repeated ones as well."""
        return self._number("posted")

    def _number(self, what: str) -> int:
        with urllib.request.urlopen(f"{self.url}/{what}") as answer:
            return int(answer.read())

    def forget(self) -> None:
        """Begin to count anew."""
        urllib.request.urlopen(f"{self.url}/forget").close()


@contextmanager
def answering() -> Iterator[Answering]:
    """Start it, and end it afterwards."""
    command = [sys.executable, "-m", "tests.bench.answering"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Answering(process.stdout.readline().strip())
        finally:
            process.stdin.close()  # it ends with the pipe, however this process ends
            process.wait(10)


ANSWERS: dict[str, dict[str, Any]] = {
    "auth.test": {"team_id": TEAM["id"], "team": "bench", "user": "eco", "user_id": "U0ECO", "bot_id": "B0ECO"},
    # Everybody is a full member, who can see the enrollments of every public channel.
    "users.info": {
        "user": {"id": USER, "team_id": TEAM["id"], "name": "ana", "tz": "UTC", "profile": {"display_name": "ana"}}
    },
    "users.list": {"members": []},
    "conversations.info": {"channel": {"id": "C0", "name": "rollout", "is_member": True}},
}


class _Server:
    def __init__(self) -> None:
        self._posts: list[tuple[str, str, float]] = []
        self._calls = self._answers = 0
        self._stamps = itertools.count(1)

    async def call(self, request: web.Request) -> web.Response:
        """Any method of the Web API."""
        body = await request.read()
        method = request.match_info["method"]
        self._calls += 1
        answer: dict[str, Any] = {"ok": True, **ANSWERS.get(method, {})}
        if method in ("chat.postMessage", "chat.update"):
            message = json.loads(body)
            answer |= {"channel": message["channel"], "ts": message.get("ts") or f"{next(self._stamps)}.000000"}
            if method == "chat.postMessage":
                key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key", "")
                self._posts.append((message["channel"], key, time.time()))
        return web.json_response(answer)

    async def answer(self, _: web.Request) -> web.Response:
        """The response_url of a command: what the person is shown."""
        self._calls += 1
        self._answers += 1
        return web.Response(text="ok")

    async def look(self, request: web.Request) -> web.Response:
        """What the measuring side asks for."""
        match request.path:
            case "/posts":
                return web.json_response(self._posts)
            case "/calls":
                return web.Response(text=str(self._calls))
            case "/answers":
                return web.Response(text=str(self._answers))
            case "/posted":
                return web.Response(text=str(len(self._posts)))
        self._posts.clear()
        self._calls = self._answers = 0
        return web.Response()


async def _serve() -> None:
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a caller that was killed is no fault here
    server = _Server()
    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_post("/api/{method}", server.call)
    app.router.add_post("/respond", server.answer)
    app.router.add_get("/{look}", server.look)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
