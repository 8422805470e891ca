"""OAuth in the local Slack: codes, tokens of several workspaces, tokens that expire, and the app's removal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.localslack import SAMPLE_WORKSPACE, LocalSlack, OAuthApp, TimeMachine

MANIFEST = {"display_information": {"name": "Tiny"}, "oauth_config": {"scopes": {"bot": ["chat:write", "users:read"]}}}
BACK = "https://app.example.com/back"
OTHER = replace(SAMPLE_WORKSPACE, team_id="T0SECOND01", team_name="Second")


@pytest.fixture
def clock() -> TimeMachine:
    """A clock that a test moves."""
    return TimeMachine()


@pytest.fixture
def app() -> OAuthApp:
    """An app whose tokens expire."""
    return OAuthApp(rotates=True)


@pytest.fixture
def slacks(clock: TimeMachine, app: OAuthApp) -> Iterator[tuple[LocalSlack, LocalSlack]]:
    """Two workspaces of one app."""
    with (
        LocalSlack.start(clock, manifest=MANIFEST, app=app) as first,
        LocalSlack.start(clock, manifest=MANIFEST, workspace=OTHER, app=app) as second,
    ):
        yield first, second


def client(slack: LocalSlack, token: str | None = None) -> WebClient:
    """A client without retries."""
    return WebClient(token=token, base_url=slack.api_url, retry_handlers=[])


def page(app: OAuthApp, scope: str = "chat:write,users:read", **changes: str) -> str:
    """The address of Slack's page."""
    asked = {"client_id": app.client_id, "scope": scope, "state": "s1", "redirect_uri": BACK} | changes
    return f"https://slack.com/oauth/v2/authorize?{urlencode(asked)}"


def access(slack: LocalSlack, app: OAuthApp, **arguments: Any) -> dict[str, Any]:
    """The answer of oauth.v2.access."""
    given = {"client_id": app.client_id, "client_secret": app.client_secret} | arguments
    return dict(client(slack).oauth_v2_access(**given).data)  # type: ignore[arg-type]


def refusal(call: Any) -> str:
    """Slack's code for a call that is refused."""
    with pytest.raises(SlackApiError) as refused:
        call()
    return str(refused.value.response["error"])


def installed(slack: LocalSlack, app: OAuthApp) -> dict[str, Any]:
    """Install the app in a workspace."""
    code = parse_qs(urlsplit(slack.installs.allow(page(app))).query)["code"][0]
    return access(slack, app, code=code, redirect_uri=BACK)


def test_a_code_is_exchanged_once_by_the_app_alone(slacks: tuple[LocalSlack, LocalSlack], app: OAuthApp) -> None:
    """Every way in which Slack refuses one."""
    slack, _ = slacks
    back = slack.installs.allow(page(app))
    given = parse_qs(urlsplit(back).query)
    code = given["code"][0]
    assert (BACK, ["s1"]) == (back.split("?")[0], given["state"])
    for changes, expected in (
        ({"client_id": "9.9"}, "invalid_client_id"),
        ({"client_secret": "x"}, "bad_client_secret"),
        ({"redirect_uri": "https://else.example.com"}, "bad_redirect_uri"),
        ({"code": "x"}, "invalid_code"),
    ):
        assert expected == refusal(lambda: access(slack, app, **{"code": code, "redirect_uri": BACK} | changes))  # noqa: B023

    answer = access(slack, app, code=code, redirect_uri=BACK)

    assert (SAMPLE_WORKSPACE.team_id, "bot", 43_200) == (
        answer["team"]["id"],
        answer["token_type"],
        answer["expires_in"],
    )
    assert "code_already_used" == refusal(lambda: access(slack, app, code=code, redirect_uri=BACK))
    recorded = str([call.args for call in slack.calls])
    assert app.client_secret not in recorded


def test_slack_shows_an_error_in_place_of_its_page(slacks: tuple[LocalSlack, LocalSlack], app: OAuthApp) -> None:
    """For another app, and for scopes that the manifest does not have."""
    slack, _ = slacks
    with pytest.raises(ValueError, match="invalid_client_id"):
        slack.installs.allow(page(app, client_id="9.9"))
    with pytest.raises(ValueError, match="invalid_scope: admin"):
        slack.installs.allow(page(app, scope="chat:write,admin"))
    with pytest.raises(ValueError, match="bad_redirect_uri"):
        slack.installs.allow(page(app, redirect_uri=""))
    assert slack.installs.deny(page(app)) == f"{BACK}?error=access_denied&state=s1"


def test_a_token_acts_in_its_own_workspace(slacks: tuple[LocalSlack, LocalSlack], app: OAuthApp) -> None:
    """Whichever of them is asked, as all of Slack has one address."""
    first, second = slacks
    token = installed(second, app)["access_token"]

    assert client(first, token).auth_test()["team_id"] == OTHER.team_id
    client(first, token).chat_postMessage(channel=second.channel("general").id, text="hello")

    assert ["hello"] == [message.text for message in second.channel("general").messages]
    assert [] == first.channel("general").messages
    second.faults.add("auth.test", "drop_before")
    with pytest.raises(OSError):  # noqa: PT011 - urllib has several for a broken connection
        client(first, token).auth_test()


def test_a_token_expires_and_is_refreshed_once(
    slacks: tuple[LocalSlack, LocalSlack], app: OAuthApp, clock: TimeMachine
) -> None:
    """A refresh token is used up; the token before it is good until its own end."""
    slack, _ = slacks
    old = installed(slack, app)
    new = access(slack, app, grant_type="refresh_token", refresh_token=old["refresh_token"])
    again = lambda: access(slack, app, grant_type="refresh_token", refresh_token=old["refresh_token"])  # noqa: E731
    assert "invalid_refresh_token" == refusal(again)
    assert client(slack, old["access_token"]).auth_test()["ok"]

    clock.jump(timedelta(hours=12))

    assert "token_expired" == refusal(client(slack, old["access_token"]).auth_test)
    assert "token_expired" == refusal(client(slack, new["access_token"]).auth_test)


def test_a_removed_app_has_no_tokens(slacks: tuple[LocalSlack, LocalSlack], app: OAuthApp) -> None:
    """Both events are told, and only that workspace is concerned."""
    first, second = slacks
    mine, theirs = installed(first, app), installed(second, app)

    first.installs.remove()

    assert "account_inactive" == refusal(client(first, mine["access_token"]).auth_test)
    assert client(second, theirs["access_token"]).auth_test()["ok"]
    told = [delivery.payload["event"]["type"] for delivery in first.deliveries]
    assert ["tokens_revoked", "app_uninstalled"] == told


@pytest.mark.parametrize("header", ["Basic !", "Basic /w==", "Bearer x"])
def test_credentials_that_cannot_be_read_are_those_of_nobody(slacks: Any, app: OAuthApp, header: str) -> None:
    """Neither base64 that is none nor bytes that are no text: `invalid_client_id`, as without credentials."""
    api = client(slacks[0])
    with pytest.raises(SlackApiError) as refused:
        api.api_call("oauth.v2.access", data={"code": "x"}, headers={"Authorization": header})
    assert "invalid_client_id" == refused.value.response["error"]
