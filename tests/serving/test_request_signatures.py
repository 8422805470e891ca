"""Signature checks over real sockets: only requests that Slack signed within five minutes are accepted."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.serving.signatures import SignatureChecker
from tests.support.http_site import COMMAND, NOW, SECRET, Site, running, sign


@pytest.fixture
def site() -> Iterator[Site]:
    """A server in HTTP mode."""
    with running() as site:
        yield site


@pytest.mark.parametrize("age", [0, 299, 300, -299, -300])
def test_what_slack_signed_within_five_minutes_comes_through(site: Site, age: int) -> None:
    """A valid signature with a fresh timestamp is accepted, whichever clock is slow."""
    timestamp = NOW - age

    answer = site.deliver(X_Slack_Request_Timestamp=str(timestamp), X_Slack_Signature=sign(COMMAND, timestamp))

    assert 200 == answer.status
    assert {"command": "/eco", "text": "help", "team_id": "T1", "user_id": "U1"} == site.seen[0].body


def signed(timestamp: str | int, **other: Any) -> dict[str, Any]:
    """Headers with a valid signature for a timestamp."""
    text = str(timestamp)
    return {"X_Slack_Request_Timestamp": text.encode(), "X_Slack_Signature": sign(COMMAND, text)} | other


REFUSED = {
    "no timestamp": {"X_Slack_Request_Timestamp": None},
    "no signature": {"X_Slack_Signature": None},
    "neither": {"X_Slack_Request_Timestamp": None, "X_Slack_Signature": None},
    "an empty timestamp": signed(""),
    "words for a timestamp": signed("abc"),
    "wide digits": signed("\uff11\uff12"),
    "the right time in wide digits": signed("".join(chr(0xFF10 + int(digit)) for digit in str(NOW))),
    "superscript digits": signed("²"),
    "a fraction": signed(f"{NOW}.5"),
    "a sign": signed(f"+{NOW}"),
    "underscores": signed(f"{NOW:_}"),
    "a huge number": signed("9" * 400),
    "a number longer than Python reads": signed("9" * 5000),
    "a negative number": signed(-NOW),
    "stale": signed(NOW - 301),
    "from the future": signed(NOW + 301),
    "two timestamps": signed(f"{NOW}, {NOW}"),
    "signed with another secret": {"X_Slack_Signature": sign(COMMAND, NOW, "another")},
    "signed for another body": {"X_Slack_Signature": sign(COMMAND + b"x")},
    "signed for another time": {"X_Slack_Signature": sign(COMMAND, NOW - 1)},
    "an empty signature": {"X_Slack_Signature": ""},
    "a signature without its version": {"X_Slack_Signature": sign(COMMAND).removeprefix("v0=")},
    "a signature of another version": {"X_Slack_Signature": sign(COMMAND).replace("v0", "v1")},
    "a signature in capitals": {"X_Slack_Signature": sign(COMMAND).upper()},
    "a signature that is not ASCII": {"X_Slack_Signature": "v0=ä".encode()},
    "half a signature": {"X_Slack_Signature": sign(COMMAND)[:35]},
}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
def test_what_slack_did_not_sign_gets_401_and_leaves_no_trace(
    site: Site, headers: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Missing, malformed, wrong and stale signatures get the same response and reach no handler; one line says why."""
    with caplog.at_level(logging.DEBUG):
        answer = site.deliver(**headers)

    assert 401 == answer.status
    assert [] == site.seen
    assert 1 == len([record for record in caplog.records if record.name.startswith("bot")])
    assert "help" not in caplog.text
    assert "help" not in answer.text


def test_a_body_that_is_no_text_is_refused(site: Site) -> None:
    """Slack sends UTF-8, so another body is rejected, whatever its signature."""
    assert 401 == site.deliver(b"\xff\xfe").status
    assert [] == site.seen


def test_the_clock_of_the_gate_is_the_machines_by_default() -> None:
    """By default, signatures are checked against the machine's clock."""
    gate = SignatureChecker(SECRET)
    now = str(int(time.time()))

    assert gate.admits(COMMAND, now, sign(COMMAND, now))
    assert not gate.admits(COMMAND, str(NOW - 10**9), sign(COMMAND, NOW - 10**9))


REASONS = {
    "missing": ["no timestamp", "no signature", "neither"],
    "malformed": ["an empty timestamp", "words for a timestamp", "half a signature", "a signature that is not ASCII"],
    "secret": ["signed with another secret", "signed for another body", "signed for another time"],
    "clock": ["stale", "from the future"],
}


@pytest.mark.parametrize(
    ("reason", "headers"),
    [(reason, REFUSED[case]) for reason, cases in REASONS.items() for case in cases],
    ids=[case for cases in REASONS.values() for case in cases],
)
def test_a_refusal_is_counted_by_its_reason(site: Site, reason: str, headers: dict[str, Any]) -> None:
    """A wrong secret and a clock that is off are told apart, and from what Slack never sent."""
    site.deliver(**headers)

    assert [reason] == site.refused


def test_a_refusal_is_logged_once_a_minute_with_its_remedy(caplog: pytest.LogCaptureFixture) -> None:
    """The line names the secret to copy, or by how much the clocks differ; a flood of refusals is one line a minute."""
    now = [float(NOW)]
    gate = SignatureChecker(SECRET, lambda: now[0])

    def refuse(times: int) -> None:
        for _ in range(times):
            assert not gate.admits(COMMAND, str(NOW), sign(COMMAND, NOW, "another"))
            assert not gate.admits(COMMAND, str(NOW - 420), sign(COMMAND, NOW - 420))

    refuse(50)
    [secret, clock] = [record.getMessage() for record in caplog.records]
    now[0] += 59
    refuse(1)
    assert 2 == len(caplog.records)
    now[0] += 1
    refuse(1)

    assert 4 == len(caplog.records)
    assert "SECRET" in secret
    assert "Basic Information" in secret
    assert "differs from this machine's by 7 min (it is behind)" in clock
    assert SECRET not in caplog.text
