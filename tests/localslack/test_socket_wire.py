"""One websocket on the wire, held by a plain client: frames of odd kinds and sizes, and an end in the middle."""

import asyncio
import json
import socket as sockets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from bot.localslack import LocalSlack, Person
from tests.localslack.tiny import client_of

Talk = Callable[[aiohttp.ClientWebSocketResponse], Awaitable[Any]]


def connected(slack: LocalSlack, talk: Talk) -> Any:
    """What a bot that speaks like this gets to know."""
    url = client_of(slack, slack.app_token).apps_connections_open(app_token=slack.app_token)["url"]

    async def run() -> Any:
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
            assert "hello" == (await websocket.receive_json(timeout=5))["type"]
            return await talk(websocket)

    return asyncio.run(run())


@pytest.mark.parametrize("length", [1, 300, 70_000])
def test_a_message_that_stalls_arrives_whole(slack: LocalSlack, ana: Person, length: int) -> None:
    """Of any size: WebSockets write the length of a frame in three ways."""
    message = ana.post("general", "x" * length)
    slack.faults.add("socket", "stall", at=10, delay=0.01)

    async def talk(websocket: aiohttp.ClientWebSocketResponse) -> Any:
        using = asyncio.create_task(asyncio.to_thread(ana.message_shortcut, "take", message))
        envelope = await websocket.receive_json(timeout=5)
        await websocket.send_json({"envelope_id": envelope["envelope_id"]})
        return envelope["payload"]["message"]["text"], (await using).error

    assert ("x" * length, None) == connected(slack, talk)


def test_bytes_are_no_acknowledgement(slack: LocalSlack, ana: Person) -> None:
    """Slack reads text: a binary frame is ignored, and the text after it is the answer."""

    async def talk(websocket: aiohttp.ClientWebSocketResponse) -> Any:
        typing = asyncio.create_task(asyncio.to_thread(ana.command, "/tiny"))
        envelope = (await websocket.receive_json(timeout=5))["envelope_id"]
        bytes_, text = ({"envelope_id": envelope, "payload": {"text": word}} for word in ("bytes", "text"))
        await websocket.send_bytes(json.dumps(bytes_).encode())
        await websocket.send_json(text)
        return await typing

    delivery = connected(slack, talk)
    assert (None, {"text": "text"}) == (delivery.error, delivery.response)


def test_a_connection_that_ends_in_the_middle_of_a_message_fails_the_delivery(slack: LocalSlack, ana: Person) -> None:
    """`dispatch_failed`: the rest of the message has nowhere to go."""
    slack.faults.add("socket", "stall", at=10, delay=0.5)

    async def talk(websocket: aiohttp.ClientWebSocketResponse) -> Any:
        opening = asyncio.create_task(asyncio.to_thread(ana.open_home))
        async with asyncio.timeout(5):
            while slack.faults.pending:  # noqa: ASYNC110  # the stall has not begun, and nothing tells when it does
                await asyncio.sleep(0.005)
        websocket.get_extra_info("socket").shutdown(sockets.SHUT_RDWR)
        return await opening

    delivery = connected(slack, talk)
    assert ("dispatch_failed", "the websocket is closed") == (delivery.error, delivery.detail)
