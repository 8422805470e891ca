"""Who is asked about an enrollment: its people, stand-ins, more of them if nobody answers; what people chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.contacts import (
    Absence,
    Asked,
    Availability,
    Preference,
    Reminding,
    plan_absence,
    represented_by,
    stand_in_of,
    whom_to_ask,
)
from bot.domain.enrollment import State
from bot.domain.errors import InvalidInput
from bot.domain.party_people import PartyPerson
from tests.domain.building import NOW, started
from tests.support.extracted import OWN, PARTY, THEIRS
from tests.support.extracted import PROCEDURE as EXTRACTED
from tests.support.steps import StepKey

OLGA, BEN, CHI, DEV, EVE, ADMIN = "UOLGA", "UBEN", "UCHI", "UDEV", "UEVE", "UADMIN"
TODAY = NOW.date()


def away(**stand_ins: str) -> dict[str, Absence]:
    """Who is away, and who stands in: `UOLGA="UBEN"`."""
    return {
        user: Absence(user, stand_in, TODAY + timedelta(days=3), NOW + timedelta(days=3))
        for user, stand_in in stand_ins.items()
    }


def asked(
    absences: Mapping[str, Absence] | None = None,
    *,
    gone: tuple[str, ...] = (),
    chosen: Mapping[str, Preference] | None = None,
    unanswered: int = 0,
    assignee: str | None = None,
) -> Asked:
    """Whom the bot asks about Olga's enrollment, on which Ben collaborates."""
    made = replace(started(owner=OLGA, collaborators=(BEN,)), id=7)
    made = made.with_step(StepKey.SIGN_UP, assignee=assignee)
    around = Availability(
        absences or {},
        lambda user: (chosen or {}).get(user, Preference()),
        lambda user: user not in gone,
        lambda: (ADMIN, CHI),
    )
    return whom_to_ask(made, made.step(StepKey.SIGN_UP), unanswered, around)


PAT, MIA = "UPAT", "UMIA"


@pytest.mark.parametrize(
    ("people", "state", "absences", "gone", "unanswered", "expected"),
    [
        ((PAT, MIA), State.OPEN, {}, (), 0, (PAT, MIA)),
        ((PAT, MIA), State.OPEN, {}, (PAT,), 0, (MIA,)),
        ((PAT,), State.OPEN, {}, (PAT,), 0, (OLGA,)),
        ((PAT,), State.OPEN, away(UPAT=DEV), (), 0, (DEV,)),
        ((), State.OPEN, {}, (), 0, (OLGA,)),
        ((PAT,), State.WAITING, {}, (), 0, (OLGA, PAT)),
        ((PAT,), State.WAITING, {}, (OLGA,), 0, (PAT,)),
        ((PAT,), State.OPEN, {}, (), 3, (PAT, OLGA, BEN)),
        ((PAT,), State.OPEN, {}, (), 6, (PAT, OLGA, BEN, ADMIN, CHI)),
    ],
)
def test_a_step_of_a_party_asks_its_people(
    people: tuple[str, ...],
    state: State,
    absences: dict[str, Absence],
    gone: tuple[str, ...],
    unanswered: int,
    expected: tuple[str, ...],
) -> None:
    """Else the owner; after the party's act both, and more people as for any step."""
    named = tuple(PartyPerson(PARTY.key, user) for user in people)
    made = started(
        owner=OLGA, collaborators=(BEN,), procedure_reference=EXTRACTED.reference, party_people=named
    ).with_step(THEIRS[0], state=state)
    around = Availability(absences, lambda _: Preference(), lambda user: user not in gone, lambda: (ADMIN, CHI))

    assert expected == whom_to_ask(made, made.step(THEIRS[0]), unanswered, around).people
    assert PAT not in whom_to_ask(made, made.step(OWN[0]), 0, around).people


@pytest.mark.parametrize(
    ("absences", "gone", "expected"),
    [
        ({}, (), (OLGA,)),
        ({}, (OLGA,), (BEN,)),
        ({}, (OLGA, BEN), (ADMIN, CHI)),
        (away(UOLGA=DEV), (), (DEV,)),
        (away(UOLGA=DEV, UDEV=EVE), (), (EVE,)),
        (away(UOLGA=DEV), (DEV,), (BEN,)),
        (away(UOLGA=DEV), (DEV, BEN), (ADMIN, CHI)),
        (away(UOLGA=DEV, UDEV=OLGA), (), (BEN,)),
        (away(UOLGA=BEN, UBEN=OLGA), (), (ADMIN, CHI)),
        (away(UOLGA=DEV, UADMIN=EVE), (DEV, BEN), (CHI,)),
        (away(UOLGA=DEV, UADMIN=EVE, UCHI=EVE), (DEV, BEN), (ADMIN, CHI)),
    ],
)
def test_the_first_who_can_be_reached_are_asked(
    absences: dict[str, Absence], gone: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """The owner or the stand-in, else the collaborators, else the admins; a circle of stand-ins reaches nobody."""
    found = asked(absences, gone=gone)

    assert (expected, expected) == (found.people, found.mentioned)


def test_the_assignee_of_a_step_is_asked_instead_of_the_owner() -> None:
    """Or their stand-in; once they have left Slack, the owner again."""
    assert (EVE,) == asked(assignee=EVE).people
    assert (DEV,) == asked(away(UEVE=DEV), assignee=EVE).people
    assert (OLGA,) == asked(gone=(EVE,), assignee=EVE).people


@pytest.mark.parametrize(
    ("unanswered", "expected"),
    [(2, (OLGA,)), (3, (OLGA, BEN)), (5, (OLGA, BEN)), (6, (OLGA, BEN, ADMIN, CHI)), (40, (OLGA, BEN, ADMIN, CHI))],
)
def test_reminders_that_nobody_answers_ask_more_people(unanswered: int, expected: tuple[str, ...]) -> None:
    """After three the collaborators, after six the admins, too."""
    assert expected == asked(unanswered=unanswered).people


def test_who_muted_or_wants_direct_messages_is_not_mentioned() -> None:
    """They are asked, and named; somebody who muted another enrollment is mentioned."""
    chosen = {
        OLGA: Preference(Reminding.DIRECT),
        BEN: Preference(Reminding.DAILY, muted=frozenset({7})),
        CHI: Preference(muted=frozenset({8})),
    }

    found = asked(chosen=chosen, unanswered=6)

    assert ((ADMIN, CHI), (OLGA,), (OLGA, BEN)) == (found.mentioned, found.direct, found.unmentioned)
    assert (True, False) == (found.hears(OLGA), found.hears(BEN))


def test_it_is_said_for_whom_a_stand_in_is_asked_and_who_left() -> None:
    """An owner who is away has not left, whoever stands in."""
    assert [OLGA] == [absence.user for absence in asked(away(UOLGA=DEV)).absences]
    assert [False, True, False] == [
        found.owner_left for found in (asked(), asked(gone=(OLGA,)), asked(away(UOLGA=DEV), gone=(OLGA,)))
    ]


def test_several_steps_in_one_message_mention_each_person_once() -> None:
    """Who is mentioned for one step gets no direct message for the other."""
    both = Asked((OLGA,), (OLGA,)).with_those_of(Asked((BEN, OLGA), (), (OLGA, BEN)))

    assert ((OLGA, BEN), (OLGA,), (BEN,)) == (both.people, both.mentioned, both.direct)


def test_a_stand_in_acts_for_everybody_along_the_chain() -> None:
    """Olga's stand-in Dev is away, too: Eve acts for both, and Dev still for Olga."""
    absences = away(UOLGA=DEV, UDEV=EVE, UBEN=CHI)

    assert (frozenset({OLGA, DEV}), frozenset({OLGA})) == (
        represented_by(EVE, absences),
        represented_by(DEV, absences),
    )
    assert (EVE, CHI, EVE) == tuple(stand_in_of(user, absences) for user in (OLGA, BEN, DEV))
    assert frozenset({DEV}) == represented_by(OLGA, away(UOLGA=DEV, UDEV=OLGA)), "and no circle has no end"


def test_an_absence_ends_with_the_first_moment_of_its_day() -> None:
    """In the zone of whoever is away."""
    found = plan_absence(OLGA, BEN, date(2026, 3, 10), ZoneInfo("America/Sao_Paulo"), {}, NOW)

    assert datetime(2026, 3, 10, 3, 0, tzinfo=UTC) == found.ends_at


@pytest.mark.parametrize(
    ("stand_in", "days", "others", "field", "sentence"),
    [
        (BEN, 0, {}, "until", "Choose a day after today: the day you're back."),
        (BEN, -3, {}, "until", "Choose a day after today: the day you're back."),
        (BEN, 400, {}, "until", "Choose a day within a year."),
        (OLGA, 3, {}, "stand_in", "Choose somebody else: you can't stand in for yourself."),
        (BEN, 3, away(UBEN=OLGA), "stand_in", "<@UBEN> is away, too, and has you as the stand-in."),
        (BEN, 3, away(UBEN=CHI, UCHI=OLGA), "stand_in", "<@UBEN> is away, too, and the stand-ins lead back to you."),
    ],
)
def test_a_wrong_day_and_a_circle_are_refused_at_their_field(
    stand_in: str, days: int, others: dict[str, Absence], field: str, sentence: str
) -> None:
    """With a sentence that says what to choose."""
    with pytest.raises(InvalidInput) as refused:
        plan_absence(OLGA, stand_in, TODAY + timedelta(days=days), UTC, others, NOW)

    assert (field, True) == (refused.value.field, str(refused.value).startswith(sentence))


def test_a_stand_in_who_is_away_with_somebody_else_is_taken() -> None:
    """Their stand-in is asked until they are back; one's own earlier absence is replaced."""
    others = away(UBEN=CHI, UOLGA=DEV)

    assert BEN == plan_absence(OLGA, BEN, TODAY + timedelta(days=9), UTC, others, NOW).stand_in
