"""Downloads: the token goes to Slack's hosts alone, and what comes back is read up to a size and a deadline."""

from __future__ import annotations

import http.client
import itertools
import json

import pytest

from bot.slack.file_download import FOREIGN, SIGN_IN, TOO_LARGE, fetch
from bot.slack.slack_errors import RetryLater, SlackFault
from tests.support.odd_slack import odd_slack

TOKEN = "xoxb-" + "0000-test"
ANSWER = {"a": "b"}
CONTENT = json.dumps(ANSWER).encode()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/list.csv",
        "https://files.slack.com.evil.example/list.csv",
        "https://files.slack.com@evil.example/list.csv",
        "https://files.slack.com:8443/list.csv",
        "https://files.slack.com:port/list.csv",
        "http://files.slack.com/list.csv",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_file_of_another_host_is_not_asked_for(url: str) -> None:
    """Whoever gets the request gets the token with it."""
    with pytest.raises(SlackFault, match=FOREIGN):
        fetch(url, TOKEN, "https://slack.com/api/", 1000, None)


def test_the_content_comes_with_the_token_from_the_host_of_the_web_api() -> None:
    """Also a page, if that is what was uploaded."""
    with odd_slack(ANSWER, {"Content-Type": "text/html"}) as slack:
        assert CONTENT == fetch(f"{slack.url}/page.html", TOKEN, slack.url, len(CONTENT), None)
    with odd_slack(ANSWER, {"Content-Type": "text/csv", "Content-Length": str(len(CONTENT))}) as slack:
        assert CONTENT == fetch(f"{slack.url}/list.csv", TOKEN, slack.url, len(CONTENT), None)


def test_a_page_in_place_of_a_file_asks_to_sign_in() -> None:
    """So Slack answers where the scope files:read is missing; the page is no list."""
    with (
        odd_slack(ANSWER, {"Content-Type": "text/html; charset=utf-8"}) as slack,
        pytest.raises(SlackFault, match=SIGN_IN),
    ):
        fetch(f"{slack.url}/list.csv", TOKEN, slack.url, 1000, None)


@pytest.mark.parametrize("told", [True, False], ids=["says its size", "says no size"])
def test_more_than_was_asked_for_is_too_large(told: bool) -> None:
    """Whether the server says so at once or sends on and on."""
    headers = {"Content-Length": str(len(CONTENT))} if told else {}
    with odd_slack(ANSWER, headers) as slack, pytest.raises(SlackFault, match=TOO_LARGE):
        fetch(f"{slack.url}/list.csv", TOKEN, slack.url, len(CONTENT) - 1, None)
    assert 1 == len(slack.heard)


def test_a_download_that_goes_on_and_on_is_given_up_and_tried_later() -> None:
    """After twenty seconds of the process's own clock."""
    seconds = itertools.chain([0.0], itertools.count(20.5))
    with odd_slack(ANSWER, {}) as slack, pytest.raises(RetryLater) as later:
        fetch(f"{slack.url}/list.csv", TOKEN, slack.url, 1000, None, lambda: next(seconds))
    assert "download_deadline" == later.value.code


def test_nobody_answers_and_it_is_tried_later() -> None:
    """The host is away, or breaks off."""
    with odd_slack(ANSWER, {}) as slack:
        url = slack.url

    with pytest.raises(RetryLater) as later:
        fetch(f"{url}/list.csv", TOKEN, url, 1000, None)

    assert "no_answer" == later.value.code
    assert isinstance(later.value.__cause__, OSError | http.client.HTTPException)
