"""Only this machine's browser, on the page's own address, may use the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.localslack import LocalSlack, PageState, TimeMachine
from tests.localslack.pages import ask


@pytest.fixture
def slack(clock: TimeMachine) -> Iterator[LocalSlack]:
    """A workspace with its page."""
    with LocalSlack.start(clock, page=PageState(clock)) as running:
        yield running


ORDER = {"as": "U0ANA00001", "channel": "C0GENERAL1", "text": "hello"}
PATHS = ("/", "/page/setup", "/page/static/main.js", "/page/inspector", "/page/live?as=U0ANA00001")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:80"]
)
def test_another_host_name_is_refused(slack: LocalSlack, path: str, host: str) -> None:
    """A name that somebody points at this machine does not open the page (DNS rebinding)."""
    assert 403 == ask(slack, path, Host=host).status


def test_localhost_is_the_same_page(slack: LocalSlack) -> None:
    """The page answers by the other name of this machine, too."""
    port = slack.base_url.rsplit(":", 1)[1]

    assert 200 == ask(slack, "/", Host=f"localhost:{port}").status


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_orders_of_another_page_are_refused(slack: LocalSlack, origin: str | None) -> None:
    """Without the page's own origin no order is carried out, and nothing is left of it."""
    answer = ask(slack, "/page/do/post", "POST", ORDER, Origin=origin)

    assert 403 == answer.status
    assert [] == slack.channel("general").messages


def test_a_form_of_another_page_is_refused(slack: LocalSlack) -> None:
    """What a plain form can send without asking is not read."""
    answer = ask(slack, "/page/do/post", "POST", ORDER, Content_Type="text/plain")

    assert 403 == answer.status


def test_a_websocket_of_another_page_is_refused(slack: LocalSlack) -> None:
    """Browsers let any page open a websocket anywhere; its origin is looked at."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}

    for origin in (None, "http://evil.example"):
        assert 403 == ask(slack, "/page/live?as=U0ANA00001", Origin=origin, **upgrade, **key).status


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_not_embed_it(slack: LocalSlack, site: str) -> None:
    """A script, picture or frame from elsewhere gets nothing; a link to the page may be followed."""
    assert 403 == ask(slack, "/page/static/main.js", Sec_Fetch_Site=site, Sec_Fetch_Dest="script").status
    assert 200 == ask(slack, "/", Sec_Fetch_Site=site, Sec_Fetch_Dest="document").status


def test_nothing_runs_but_the_files_of_the_page(slack: LocalSlack) -> None:
    """The policy forbids everything that is not the page's own, and the page has no inline script or style."""
    answer = ask(slack, "/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert b"<style" not in answer.body
    assert b"style=" not in answer.body
    assert answer.body.count(b"<script ") == answer.body.count(b"<script src=") + answer.body.count(
        b'type="module" src='
    )


@pytest.mark.parametrize("name", ["..%2fguard.py", "%2e%2e/guard.py", "nothing.js", "..", "%00"])
def test_only_the_files_of_the_page_are_served(slack: LocalSlack, name: str) -> None:
    """No path leads out of the folder."""
    assert 404 == ask(slack, f"/page/static/{name}").status


def test_without_a_page_state_there_is_no_page(clock: TimeMachine) -> None:
    """Tests and other users of the local Slack have no page that could be in their way."""
    with LocalSlack.start(clock) as plain:
        assert 404 == ask(plain, "/").status


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "{}", '{"as": "U0ANA00001"}'])
def test_an_order_that_cannot_be_read_is_refused(slack: LocalSlack, body: str) -> None:
    """A broken order is a refusal with a sentence, never a fault of the server."""
    answer = ask(slack, "/page/do/post", "POST", body)

    assert 400 == answer.status
    assert "refused" in answer.json


def test_nobody_acts_as_the_bot_or_as_nobody(slack: LocalSlack) -> None:
    """There are five people to act as."""
    for user in (slack.bot_user_id, "U0NOBODY01"):
        assert 404 == ask(slack, "/page/do/post", "POST", {**ORDER, "as": user}).status
