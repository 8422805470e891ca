"""Socket Mode: Bolt's own handler works against the local Slack."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.tiny import client_of, modal, text_input


@pytest.fixture
def app(slack: LocalSlack) -> App:
    """A Bolt app that opens and takes a form."""
    app = App(name="tiny-bot", client=client_of(slack))

    @app.command("/tiny")
    def start(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack("one moment")
        client.views_open(trigger_id=body["trigger_id"], view=modal("Form", text_input("a", "A")))

    app.view("form")(lambda ack: ack(response_action="errors", errors={"a": "No."}))
    app.event("app_home_opened")(lambda: None)
    return app


@pytest.fixture
def handler(slack: LocalSlack, app: App) -> Iterator[SocketModeHandler]:
    """The app, connected."""
    handler = SocketModeHandler(app, slack.app_token)
    handler.connect()
    slack.wait_for(lambda: slack.socket_connections == 1, what="a websocket")
    yield handler
    handler.close()
    slack.wait_for(lambda: slack.socket_connections == 0, what="the websocket to close")


def test_a_whole_form_goes_over_a_websocket(slack: LocalSlack, handler: SocketModeHandler, ana: Person) -> None:
    """Commands and submissions are acknowledged with their payload."""
    delivery = ana.command("/tiny", "x" * 2000)
    assert (None, "socket", {"text": "one moment"}) == (delivery.error, delivery.transport, delivery.response)
    assert ["one moment"] == [message.text for message in delivery.ephemerals]
    ana.wait_view("Form")
    ana.fill({"A": "x"})
    ana.submit()
    assert ana.view is not None
    assert {"A": "No."} == ana.view.errors_by_label
    assert ana.open_home().ok


def test_what_is_not_acknowledged_times_out(clock: TimeMachine) -> None:
    """Over a websocket there is no status: a command nobody handles is `operation_timeout`."""
    with LocalSlack.start(clock, ack_limit=0.2) as slack:
        handler = SocketModeHandler(App(name="tiny-bot", client=client_of(slack)), slack.app_token)
        handler.connect()
        slack.wait_for(lambda: slack.socket_connections == 1, what="a websocket")
        assert "operation_timeout" == slack.person("ana").command("/unknown").error
        handler.close()


def test_several_connections_take_turns(slack: LocalSlack, app: App, ana: Person) -> None:
    """Each payload goes to one of them."""
    taken: list[int] = []
    handlers = []
    for number in range(2):
        handler = SocketModeHandler(app, slack.app_token)
        handler.client.socket_mode_request_listeners.append(lambda client, request, number=number: taken.append(number))
        handler.connect()
        handlers.append(handler)
    slack.wait_for(lambda: slack.socket_connections == 2, what="two websockets")
    for _ in range(4):
        assert ana.open_home().ok
    slack.wait_for(lambda: len(taken) == 4, what="four deliveries")
    for handler in handlers:
        handler.close()

    assert [0, 0, 1, 1] == sorted(taken)


def test_a_refreshed_connection_comes_back(slack: LocalSlack, handler: SocketModeHandler, ana: Person) -> None:
    """Slack asks for it every few hours; deliveries go on."""
    slack.refresh_sockets()
    slack.wait_for(lambda: len(slack.calls_of("apps.connections.open")) == 2, what="a new ticket")
    slack.wait_for(lambda: ana.open_home().ok, what="a delivery over the new connection")


async def talk(url: str, slack: LocalSlack) -> list[Any]:
    """Open a websocket as a bot would and note what passes, to its end."""
    seen: list[Any] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
        seen.append(await websocket.receive_json())
        for junk in ("no json", "[]", '{"envelope_id": "unknown"}'):
            await websocket.send_str(junk)
        home = asyncio.create_task(asyncio.to_thread(slack.person("ana").open_home))
        seen.append(envelope := await websocket.receive_json())
        await websocket.send_json({"envelope_id": envelope["envelope_id"]})
        seen.append((await home).error)
        async with session.get(url.replace("ws", "http", 1)) as again:
            seen.append(again.status)
        stopping = asyncio.create_task(asyncio.to_thread(slack.stop))
        seen.append(await websocket.receive_json())
        await websocket.receive()
    await stopping
    return seen


def test_what_passes_over_the_wire(slack: LocalSlack) -> None:
    """Hello, an envelope, a ticket that is used up, and a word of goodbye; junk is ignored."""
    url = client_of(slack, slack.app_token).apps_connections_open(app_token=slack.app_token)["url"]
    hello, envelope, error, again, goodbye = asyncio.run(talk(url, slack))

    assert ("hello", 1, slack.app_id) == (
        hello["type"],
        hello["num_connections"],
        hello["connection_info"]["app_id"],
    )
    assert ("events_api", False, "app_home_opened") == (
        envelope["type"],
        envelope["accepts_response_payload"],
        envelope["payload"]["event"]["type"],
    )
    assert (None, 401) == (error, again)
    assert ("disconnect", "link_disabled") == (goodbye["type"], goodbye["reason"])


def test_http_goes_before_socket_mode(slack: LocalSlack, handler: SocketModeHandler, ana: Person) -> None:
    """With an address deliveries are posted; without one they are sent."""
    slack.connect_http("http://127.0.0.1:9/")
    assert ("http", "dispatch_failed") == (
        (delivery := ana.open_home()).transport,
        delivery.error,
    )
    slack.connect_http(None)
    assert ("socket", None) == ((delivery := ana.open_home()).transport, delivery.error)
