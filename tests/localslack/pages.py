"""Requests to the local Slack's page as a browser sends them, and as others might."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any, Protocol

from bot.localslack import LocalSlack


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Reachable(Protocol):
    """Something with an address: a local Slack, here or in another process."""

    @property
    def base_url(self) -> str:
        """Such as http://127.0.0.1:40123."""


def ask(slack: Reachable, path: str, method: str = "GET", body: Any = None, **headers: str | None) -> Answer:
    """One request; `headers` by name with underscores, None leaves one out that would be sent."""
    address = slack.base_url.removeprefix("http://")
    sent: dict[str, str | None] = {"Host": address}
    if method == "POST":
        sent |= {"Origin": slack.base_url, "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        payload = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        if method == "POST":
            sent["Content-Length"] = str(len(payload))
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(payload or None)
        response = connection.getresponse()
        return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def do(slack: LocalSlack, name: str, **order: Any) -> dict[str, Any]:
    """An order of the page's script; Ana gives it where nobody else is named."""
    answer = ask(slack, f"/page/do/{name}", "POST", {"as": slack.person("ana").id, **order})
    assert 200 == answer.status, answer.body
    found: dict[str, Any] = answer.json
    return found
