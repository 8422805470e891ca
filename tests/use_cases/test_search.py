"""Which enrollment a person means, and what can be looked up."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import EventKind
from bot.domain.errors import UnknownEnrollment
from bot.repository import tables as t
from tests.domain.building import MATE, OWNER, STRANGER
from tests.repository.keeping import start
from tests.use_cases.asking import Desk, caller

# number of the account, its name, its channel
ENROLLED = [
    (1, "Acme", "C1"),
    (2, "Acme Europe", "C2"),
    (3, "Beta", "C2"),
    (4, "Öko-Strom GmbH", "C3"),
    (5, "100%_sure", "C3"),
    (6, "beta", "C4"),
    (7, "Acme Europe North", "C5"),
]


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Seven enrollments in five channels; the seventh was cancelled."""
    for number, name, channel in ENROLLED:
        last = desk.start(account_id=f"{number:012}", account_name=name, channel_id=channel)
        desk.clock.turn(timedelta(minutes=1))
    desk.bot.cancel(caller(), last.id, "no need")
    return desk


# what is typed, in which channel, the names that it may mean
MEANT = {
    "an ID": ("000000000002", "C1", ["Acme Europe"]),
    "an ID with dashes": ("0000-0000-0002", "C1", ["Acme Europe"]),
    "an ID with spaces": (" 0000 0000 0002 ", "C1", ["Acme Europe"]),
    "an ID with typographic dashes": ("0000\u20130000\u20130002", "C1", ["Acme Europe"]),
    "an ID that is not enrolled": ("000000000099", "C1", []),
    "an exact name": ("Acme", "C9", ["Acme"]),
    "a name in other letters": ("aCME eUROPE", "C9", ["Acme Europe"]),
    "a name that two have": ("BETA", "C9", ["Beta", "beta"]),
    "the beginning of a name": ("Acme E", "C9", ["Acme Europe"]),
    "the beginning of several": ("ac", "C9", ["Acme", "Acme Europe"]),
    "a part of a name": ("europe", "C9", ["Acme Europe"]),
    "an accent": ("öko", "C9", ["Öko-Strom GmbH"]),
    "an exact name with an accent": ("ÖKO-strom gmbh", "C9", ["Öko-Strom GmbH"]),
    "signs that databases read as wildcards": ("%", "C9", ["100%_sure"]),
    "another such sign": ("0%_s", "C9", ["100%_sure"]),
    "other spaces": ("  acme   europe ", "C9", ["Acme Europe"]),
    "an accent as two signs": ("o\u0308ko", "C9", ["Öko-Strom GmbH"]),
    "nobody": ("Gamma", "C9", []),
    "nothing that can be seen": ("\u200b", "C9", []),
    "a very long name": ("x" * 300, "C9", []),
    "the channel with one": ("", "C1", ["Acme"]),
    "the channel with two": ("  ", "C2", ["Acme Europe", "Beta"]),
    "a channel with none": ("", "C9", []),
    "a channel whose only one was cancelled": ("", "C5", []),
    "a cancelled one by its ID": ("000000000007", "C9", ["Acme Europe North"]),
    "a cancelled one by its name": ("Acme Europe North", "C9", ["Acme Europe North"]),
    "a cancelled one by a part that no other has": ("north", "C9", ["Acme Europe North"]),
}


def meant(desk: Desk, typed: str, channel: str) -> list[int]:
    """The IDs of what somebody may mean; as many as are counted."""
    found = desk.bot.matching("T0ECO", typed, channel)
    assert found.total == len(found.options)
    return [choice.id for choice in found.options]


def test_what_a_person_may_mean(full: Desk) -> None:
    """An ID or an exact name is clear, else every name that begins so, else every one that holds it."""
    found = {
        case: [e.account_name for e in full.bot.matching("T0ECO", typed, channel).options]
        for case, (typed, channel, _) in MEANT.items()
    }

    assert {case: expected for case, (_, _, expected) in MEANT.items()} == found


def test_another_workspace_has_others(full: Desk) -> None:
    """Neither by ID, name nor channel."""
    asked = ("000000000001", "Acme", "")

    assert [0, 0, 0] == [full.bot.matching("T0NEW", typed, "C1").total for typed in asked]


def test_the_newest_of_an_account_is_meant(desk: Desk) -> None:
    """The live one where there is one, else the last that was cancelled."""
    old, gone = (desk.bot.cancel(caller(), desk.start(account_name=name).id, "no need") for name in ("Old", "Gone"))
    assert [gone.id] == meant(desk, "123456789012", "C1")

    live = desk.start(account_name="Live")

    assert [live.id] == meant(desk, "1234-5678-9012", "C1")
    assert [old.id] == meant(desk, "old", "C1")


def test_the_active_one_of_a_channel_is_meant_before_others(desk: Desk) -> None:
    """A channel with one active and several completed ones is clear."""
    first, second = desk.start(), desk.start(account_id="210987654321")
    with desk.database.write() as connection:
        done = sa.update(t.enrollments).where(t.enrollments.c.id == first.id).values(status="completed")
        connection.execute(done)

    assert [second.id] == meant(desk, "", "C0PROGRESS")


def test_a_person_sees_what_they_own_or_work_on(desk: Desk) -> None:
    """Cancelled ones too, the oldest first."""
    mine, ours = desk.start(collaborators=()), desk.start(account_id="210987654321")
    desk.bot.cancel(caller(), mine.id, "no need")

    found = [[e.id for e in desk.bot.of_person("T0ECO", who)] for who in (OWNER, MATE, STRANGER)]

    assert [[mine.id, ours.id], [ours.id], []] == found
    assert [ours.id] == [e.id for e in desk.bot.live("T0ECO")]
    assert [mine.id, ours.id] == [e.id for e in desk.bot.all("T0ECO")]


def test_a_message_leads_to_its_enrollment_and_back(desk: Desk) -> None:
    """The card is found once it was posted; any other message leads nowhere."""
    enrollment = desk.start()
    assert None is desk.bot.card("T0ECO", enrollment.id)
    with desk.database.write() as connection:
        posted = sa.update(t.outbox).where(t.outbox.c.kind == "card").values(ts="1.1", posted_channel="C0PROGRESS")
        connection.execute(posted)

    assert ("C0PROGRESS", "1.1") == desk.bot.card("T0ECO", enrollment.id)
    assert enrollment.id == desk.bot.of_message("T0ECO", "C0PROGRESS", "1.1")
    assert None is desk.bot.of_message("T0ECO", "C0PROGRESS", "1.2")


def test_the_history_tells_everything_in_order(desk: Desk) -> None:
    """What, who and when; an enrollment of another workspace has none to tell."""
    enrollment = desk.start()
    desk.clock.turn(timedelta(hours=1))
    desk.bot.cancel(caller(MATE), enrollment.id, "no need")

    history = desk.bot.history("T0ECO", enrollment.id)

    assert [(EventKind.STARTED, OWNER), (EventKind.CANCELLED, MATE)] == [(event.kind, by) for event, by, _ in history]
    assert timedelta(hours=1) == history[1][2] - history[0][2]
    with pytest.raises(UnknownEnrollment):
        desk.bot.history("T0OTHER", enrollment.id)


def test_closed_channels_are_told(desk: Desk) -> None:
    """For the home tab, with why Slack refuses them."""
    start(desk.database)
    assert {} == desk.bot.closed_channels("T0ECO")
    with desk.database.write() as connection:
        connection.execute(sa.update(t.channel_leases).values(closed_at=desk.clock.now(), closed_reason="is_archived"))

    assert {"C0PROGRESS": "is_archived"} == desk.bot.closed_channels("T0ECO")
