"""The watch after the connection: what breaks is told once, and once that it works again."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain import aws_events
from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.aws_events import LOST
from bot.domain.enrollment import Change, Enrollment, EventKind, State, Status
from tests.domain.building import NOW, started
from tests.support.usual_procedure import CONNECT

HOUR = timedelta(hours=1)
STALE = Finding("files.delivered", Verdict.FAIL, "Files in the bucket", "the newest is old", fix="Fix the policy.")
GONE = Finding("role.exists", Verdict.FAIL, "Role for Spot", "there is no role", fix="Make it again.")
BLIND = Finding("account.identity", Verdict.UNKNOWN, "The account", "access denied", fix="Let the bot in.")
UNCLEAR = Finding("role.trust", Verdict.UNKNOWN, "Role: trusts Spot", "it has conditions", fix="Look.")
RIGHT = Finding("cur.status", Verdict.PASS, "Report: last delivery", "SUCCESS")


def connected(**changes: object) -> Enrollment:
    """An active enrollment whose account is connected."""
    enrollment = started()
    step = replace(enrollment.step(CONNECT), state=State.DONE)
    steps = tuple(step if each.key == CONNECT else each for each in enrollment.steps)
    return replace(enrollment, steps=steps, **changes)  # type: ignore[arg-type]  # names of its fields


def look(enrollment: Enrollment, *findings: Finding, since: datetime | None = None) -> Change | None:
    """What a look with these findings changes."""
    return aws_events.watched(enrollment, CheckReport((RIGHT, *findings)), since, NOW)


def test_what_breaks_is_told_with_its_fix() -> None:
    """The thread has the first finding with its fix, and names the others; the card has all titles."""
    change = look(connected(), STALE, GONE)

    assert change is not None
    (event,) = change.events
    assert EventKind.AWS_BROKE == event.kind
    told = event.details
    assert (STALE.title, STALE.found, STALE.fix) == (told["title"], told["found"], told["fix"])
    assert (["Role for Spot"], 0) == (told["others"], told["more"])
    after = change.enrollment
    assert (NOW, "Files in the bucket; Role for Spot") == (after.aws_broken_at, after.aws_broken)


def test_what_stays_broken_is_told_once() -> None:
    """Also when something else breaks besides."""
    broken = connected(aws_broken_at=NOW - HOUR, aws_broken="Files in the bucket")

    assert look(broken, STALE) is None
    assert look(broken, STALE, GONE) is None


def test_what_works_again_is_told_with_how_long_it_took() -> None:
    """And the card has no line any more."""
    change = look(connected(aws_broken_at=NOW - 5 * HOUR, aws_broken="Role for Spot"))

    assert change is not None
    assert ("Role for Spot", "5 hours") == (change.events[0].details["what"], change.events[0].details["after"])
    assert (None, None) == (change.enrollment.aws_broken_at, change.enrollment.aws_broken)


@pytest.mark.parametrize("broken_at", [None, NOW - HOUR])
def test_a_look_that_sees_nothing_tells_nothing(broken_at: datetime | None) -> None:
    """AWS may be away for an hour: neither broken nor healed."""
    assert look(connected(aws_broken_at=broken_at), BLIND, since=NOW - LOST + HOUR) is None


def test_two_days_without_a_look_are_told() -> None:
    """Somebody may have taken the bot's access away: silence would look like health."""
    change = look(connected(), BLIND, since=NOW - LOST)

    assert change is not None
    assert (BLIND.title, BLIND.fix) == (change.events[0].details["title"], change.events[0].details["fix"])
    assert (NOW - LOST).isoformat() == change.events[0].details["unseen_since"]
    assert change.enrollment.aws_broken == "no access for the bot", "nobody knows whether anything broke"


def test_a_setting_that_was_never_clear_is_nothing_broken() -> None:
    """A trust policy with conditions is `cannot tell` for ever, and that heals what was broken."""
    assert look(connected(), UNCLEAR, since=NOW - 9 * LOST) is None
    assert look(connected(aws_broken_at=NOW - HOUR, aws_broken="x"), UNCLEAR) is not None


@pytest.mark.parametrize(
    "enrollment", [started(), connected(status=Status.CANCELLED), connected(status=Status.COMPLETED)]
)
def test_only_a_connected_account_of_an_active_enrollment_is_watched(enrollment: Enrollment) -> None:
    """Before, the file watch looks; after, nobody asks."""
    assert look(enrollment, STALE) is None
