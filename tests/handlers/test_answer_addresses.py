"""Answers through a `response_url` go to Slack only, go no further, and what comes back is read in part only."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot.slack.gateway import Gateway
from bot.slack.slack_errors import SlackFault
from bot.slack.web_client import connect
from tests.support.odd_slack import odd_slack

MESSAGE = {"text": "hello"}


def gateway(api_url: str) -> Gateway:
    """A gateway to that Web API."""
    return Gateway(connect(api_url, "xoxb-" + "0000-test"), lambda: datetime.now(UTC))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/commands/T/1/x",
        "https://evil.example/commands",
        "https://hooks.slack.com.evil.example/commands",
        "https://evilslack.com/commands",
        "http://hooks.slack.com/commands",
        "https://hooks.slack.com:8443/commands",
        "https://hooks.slack.com@evil.example/commands",
        "https://slack.com:port/commands",
        "file:///etc/passwd",
    ],
)
def test_other_hosts_get_no_answer(url: str) -> None:
    """A forged address learns nothing of an enrollment, nor of the network that the bot is in."""
    with odd_slack({"ok": True}, {}) as other:
        with pytest.raises(SlackFault, match="foreign_response_url"):
            gateway("https://slack.com/api/").respond(url.replace("{port}", other.url.rpartition(":")[2]), MESSAGE)

        assert [] == other.heard


def test_a_redirect_is_not_followed() -> None:
    """Whoever is named there gets nothing; it is a refusal like any other."""
    with odd_slack({"ok": True}, {}) as other, odd_slack({}, {"Location": f"{other.url}/in"}, 302) as slack:
        with pytest.raises(SlackFault, match="http_302"):
            gateway(f"{slack.url}/api/").respond(f"{slack.url}/commands/T/1/x", MESSAGE)

        assert (1, []) == (len(slack.heard), other.heard)


@pytest.mark.parametrize("status", [200, 500])
def test_of_a_long_answer_64_kb_are_read(status: int) -> None:
    """The rest is left: an answer without an end costs neither memory nor time."""
    with odd_slack({}, {}, status) as slack:
        slack.body = b"x" * (64 << 20)
        with suppress(SlackFault):
            gateway(f"{slack.url}/api/").respond(f"{slack.url}/commands/T/1/x", MESSAGE)

        assert slack.sent < 32 << 20


def test_the_host_of_slack_api_url_gets_answers_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local Slack; no proxy leads to this machine, whatever the environment says."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with odd_slack({"ok": True, "team_id": "T1"}, {}) as slack:
        made = gateway(f"{slack.url}/api/")
        made.respond(f"{slack.url}/commands/T/1/x", MESSAGE)
        assert "T1" == made.identity()["team_id"]

    assert ["/commands/T/1/x", "/api/auth.test"] == [path for path, _ in slack.heard]
