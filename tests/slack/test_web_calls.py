"""Calls of the Web API: what a strange answer means, when a list of pages ends, and that nothing is posted twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler

from bot.slack.gateway import Gateway
from bot.slack.slack_errors import ChannelUnavailable, RetryLater, SlackFault, UnknownOutcome
from bot.slack.web_client import connect
from tests.support.odd_slack import odd_slack

TOKEN = "xoxb-" + "0000-test"


def gateway(url: str, team: str | None = None) -> Gateway:
    """A gateway to a Web API."""
    return Gateway(connect(f"{url}/", TOKEN), lambda: datetime.now(UTC), team=team)


def test_an_answer_without_what_every_answer_has_is_of_unknown_outcome() -> None:
    """Slack may have posted the message: the bot looks for it before it posts again."""
    with odd_slack({"ok": True}, {}) as slack, pytest.raises(UnknownOutcome, match="it has no channel"):
        gateway(slack.url).open_direct("U0ANA")


def test_a_list_of_pages_without_an_end_is_given_up() -> None:
    """A cursor that leads nowhere must not keep a thread for ever."""
    answer = {"ok": True, "members": [], "response_metadata": {"next_cursor": "again"}}
    with odd_slack(answer, {}) as slack:
        with pytest.raises(SlackFault, match=r"too_many_pages: users_list has more than 20 pages"):
            list(gateway(slack.url).users())
        assert 20 == len(slack.heard)


def test_a_workspace_that_has_not_been_given_the_app_yet_is_asked_again_later() -> None:
    """With the token of an organization: its admins may give it back at any moment. Without, it is a refusal."""
    with odd_slack({"ok": False, "error": "team_access_not_granted"}, {}) as slack:
        for team, kind in (("T0ONE", RetryLater), (None, ChannelUnavailable)):
            with pytest.raises(SlackFault) as fault:
                gateway(slack.url, team).open_direct("U0ANA")
            assert kind is type(fault.value)
            assert "team_access_not_granted" == fault.value.code


@pytest.mark.parametrize("code", ["service_unavailable", "team_added_to_org"])
def test_what_slack_cannot_do_just_now_is_tried_later(code: str) -> None:
    """As after a rate limit, though nobody says for how long."""
    with odd_slack({"ok": False, "error": code}, {}) as slack, pytest.raises(RetryLater) as fault:
        gateway(slack.url).open_direct("U0ANA")
    assert (code, None) == (fault.value.code, fault.value.after)


def test_a_client_that_repeats_by_itself_is_refused() -> None:
    """It would post a message twice whose answer was lost."""
    client = connect("https://slack.com/api/", TOKEN)
    client.retry_handlers.append(ConnectionErrorRetryHandler())

    with pytest.raises(ValueError, match="the client must not retry: a message could be posted twice"):
        Gateway(client, lambda: datetime.now(UTC))
