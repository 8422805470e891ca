"""People of a party: stored with the enrollment, and allowed to act on the steps of their party and on nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.edit_form import Edit, edit_values
from bot.domain.enrollment import Enrollment, EventKind
from bot.domain.errors import NotAllowed, NotVisible
from bot.domain.party_people import PartyPerson
from bot.domain.portfolio import PortfolioQuery
from bot.domain.shown_values import shown
from bot.domain.start_form import from_json
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import Caller, Portfolios
from bot.use_cases.portfolios import PartySteps
from bot.use_cases.records import Records
from tests.domain.building import DAY, MATE, NOW, OWNER, POLICY, STRANGER, edited
from tests.support.extracted import OWN, PARTY, PROCEDURE, REPORT, THEIRS
from tests.use_cases.asking import WORKSPACE, Desk, caller, form
from tests.use_cases.test_permission import METHODS, NOTED

PAT, MIA = "U0PAT", "U0MIA"
FIRST = THEIRS[0]
SOON = NOW.date() + DAY


def people(*users: str) -> tuple[PartyPerson, ...]:
    """People of the party."""
    return tuple(PartyPerson(PARTY.key, user) for user in users)


def start(desk: Desk, *users: str, **fields: Any) -> Enrollment:
    """An enrollment of an MSP's customer, with these people of the MSP; both sides have an open step."""
    return desk.start(procedure=PROCEDURE.reference, party_people=people(*users), **fields)


def waiting(desk: Desk) -> Enrollment:
    """The same once the MSP has acted on its first step."""
    return desk.bot.complete_act(caller(PAT), start(desk, PAT).id, FIRST, REPORT)


def changed(enrollment: Enrollment, *users: str) -> Edit:
    """The edit form with other people of the party."""
    values = {key: enrollment.value(key) for key in PROCEDURE.shared}
    return replace(edited(enrollment, party_people=people(*users)), values=values)


def test_they_are_stored_with_the_enrollment_in_the_order_in_which_they_were_chosen(desk: Desk) -> None:
    """And found again with it, for their party alone."""
    stored = desk.bot.get(WORKSPACE, start(desk, PAT, MIA).id)

    assert ((PAT, MIA), ()) == (stored.people_of(PARTY.key), stored.people_of("us"))
    assert (OWNER, MATE) == stored.people


def test_a_start_that_waits_as_json_keeps_them() -> None:
    """Those of an earlier version had none."""
    wanted = form(procedure=PROCEDURE.reference, party_people=people(PAT))
    plain = wanted.as_json()

    assert wanted == from_json(plain)
    del plain["party_people"]
    assert () == from_json(plain).party_people


def told(desk: Desk) -> list[str]:
    """Who is owed a message that they act for a party now, the oldest first."""
    o = t.outbox.c
    with desk.database.read() as connection:
        rows = connection.execute(sa.select(o.payload).where(o.kind == MessageKind.DIRECT.value).order_by(o.id))
        return [payload["to"][0] for (payload,) in rows.all() if payload["about"] == "party"]


def test_who_is_named_is_told_once(desk: Desk) -> None:
    """At the start and by an edit; who stays, is named again as before, or names themselves, is not told."""
    number = start(desk, PAT).id
    assert [PAT] == told(desk)

    for users in ((PAT, MIA), (MIA, PAT), (MIA, PAT, OWNER)):
        desk.bot.edit(caller(), number, changed(desk.bot.get(WORKSPACE, number), *users))

    assert [PAT, MIA] == told(desk)


def test_people_of_a_party_that_the_procedure_lacks_are_not_told(desk: Desk) -> None:
    """They have nothing to do there."""
    desk.start(party_people=people(PAT))

    assert [] == told(desk)


def test_an_edit_replaces_them_and_can_be_undone(desk: Desk) -> None:
    """The audit says who they were and who they are."""
    before = start(desk, PAT)

    after = desk.bot.edit(caller(), before.id, changed(before, MIA, STRANGER))

    assert people(MIA, STRANGER) == desk.bot.get(WORKSPACE, before.id).party_people == after.party_people
    event, *_ = desk.bot.history(WORKSPACE, before.id)[-1]
    assert (EventKind.EDITED, {"changed": {f"party.{PARTY.key}": [[PAT], [MIA, STRANGER]]}}) == (
        event.kind,
        event.details,
    )
    book = Records(desk.database, desk.clock, POLICY)
    book.undo(caller(), before.id, book.undoable(caller(), before.id).number)
    assert people(PAT) == desk.bot.get(WORKSPACE, before.id).party_people


def test_the_people_who_were_left_as_shown_stay_as_somebody_else_changed_them(desk: Desk) -> None:
    """As with every field of the form."""

    before = start(desk, PAT)
    seen = shown(before, edit_values(before))
    desk.bot.edit(caller(), before.id, changed(before, MIA))

    after = desk.bot.edit(caller(shown=seen), before.id, replace(changed(before, PAT), account_name="Renamed"))

    assert ("Renamed", people(MIA)) == (after.account_name, after.party_people)


def test_people_of_a_former_procedures_party_stay_and_see_nothing(desk: Desk) -> None:
    """They come back with the procedure; no form that doesn't show them takes them away."""
    before = desk.start(party_people=people(PAT))

    after = desk.bot.edit(caller(), before.id, replace(edited(before), account_name="Renamed"))

    assert ("Renamed", people(PAT)) == (after.account_name, after.party_people)
    with pytest.raises(NotVisible):
        desk.bot.seen_by(Actor(PAT)).get_in_part(WORKSPACE, before.id)


Use = Callable[[Desk, Caller, Enrollment, str], Any]
#: What a step's buttons do -> where the step has to be, and the use.
OF_STEP: dict[str, tuple[Callable[[Desk], Enrollment], Use]] = {
    "complete_act": (lambda d: start(d, PAT), lambda d, who, e, key: d.bot.complete_act(who, e.id, key, REPORT)),
    "remind_later": (lambda d: start(d, PAT), lambda d, who, e, key: d.bot.remind_later(who, e.id, key, SOON)),
    "change_details": (lambda d: start(d, PAT), lambda d, who, e, key: d.bot.change_details(who, e.id, key, NOTED)),
    "confirm": (waiting, lambda d, who, e, key: d.bot.confirm(who, e.id, key)),
    "still_waiting": (waiting, lambda d, who, e, key: d.bot.still_waiting(who, e.id, key, SOON)),
    "correct": (
        waiting,
        lambda d, who, e, key: d.bot.correct(who, e.id, key, REPORT | {"report_prefix": "other"}),
    ),
    "take_back": (waiting, lambda d, who, e, key: d.bot.take_back(who, e.id, key)),
}


@pytest.mark.parametrize("who", [PAT, OWNER, MATE])
@pytest.mark.parametrize("name", OF_STEP)
def test_a_step_of_theirs_is_for_them_and_for_the_enrollments_own_people(desk: Desk, name: str, who: str) -> None:
    """The owner records what the MSP tells, and either side answers the wait."""
    prepare, use = OF_STEP[name]
    before = prepare(desk)

    after = use(desk, caller(who), before, FIRST)

    assert before.version + 1 == after.version
    assert who == desk.bot.history(WORKSPACE, after.id)[-1][1]


@pytest.mark.parametrize("name", OF_STEP)
def test_they_may_act_on_no_other_step(desk: Desk, name: str) -> None:
    """Whatever its state; the refusal names the people of the enrollment."""
    prepare, use = OF_STEP[name]
    before = prepare(desk)

    for key in OWN:
        with pytest.raises(NotAllowed) as refused:
            use(desk, caller(PAT), before, key)
        assert (OWNER, MATE) == refused.value.ask
    assert before == desk.bot.get(WORKSPACE, before.id)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in (*OF_STEP, "skip")])
def test_they_may_change_nothing_else(desk: Desk, name: str) -> None:
    """No use case of the enrollment as a whole or of its lists; the procedure has no step to skip."""
    before = start(desk, PAT)
    _, use = METHODS[name]

    with pytest.raises(NotAllowed):
        use(desk, caller(PAT), before)
    assert before == desk.bot.get(WORKSPACE, before.id)


def test_somebody_of_no_party_may_not_act_on_its_steps(desk: Desk) -> None:
    """Nor somebody who was one of them."""
    before = start(desk, PAT)
    desk.bot.edit(caller(), before.id, changed(before, MIA))

    for who in (STRANGER, PAT):
        with pytest.raises(NotAllowed):
            desk.bot.complete_act(caller(who), before.id, FIRST, REPORT)


def test_they_see_their_steps_and_not_the_enrollment(desk: Desk) -> None:
    """Of several, those of their party; in a channel that they can see, all of it."""
    number = start(desk, PAT).id
    pat = desk.bot.seen_by(Actor(PAT))

    _, shown = pat.get_in_part(WORKSPACE, number)

    assert frozenset(THEIRS) == shown
    assert number == pat.get(WORKSPACE, number, FIRST).id
    for refused in (
        lambda: pat.get(WORKSPACE, number),
        lambda: pat.get(WORKSPACE, number, OWN[0]),
        lambda: pat.history(WORKSPACE, number),
        lambda: desk.bot.seen_by(Actor(STRANGER)).get_in_part(WORKSPACE, number),
        lambda: desk.bot.seen_by(Actor(STRANGER)).get(WORKSPACE, number, FIRST),
    ):
        with pytest.raises(NotVisible):
            refused()
    assert ([], {}, 0) == (pat.live(WORKSPACE), pat.several(WORKSPACE, [number]), pat.choices(WORKSPACE).total)
    there = desk.bot.seen_by(Actor(PAT, sees_channel=lambda _: True))
    assert frozenset((*THEIRS, *OWN)) == there.get_in_part(WORKSPACE, number)[1]


def test_the_home_tab_finds_their_steps_under_way(desk: Desk) -> None:
    """Those that are due first, then the open ones; ten at most, and how many there are; of active enrollments."""
    book = Portfolios(desk.database, desk.clock)
    made = [start(desk, PAT, account_id=f"{number:012}") for number in range(1, 13)]
    desk.bot.complete_act(caller(PAT), made[3].id, FIRST, REPORT)
    desk.bot.complete_act(caller(PAT), made[4].id, FIRST, REPORT)
    desk.bot.cancel(caller(), made[5].id, "no need")
    desk.clock.turn(timedelta(days=2))
    desk.bot.complete_act(caller(PAT), made[6].id, FIRST, REPORT)
    desk.bot.confirm(caller(PAT), made[4].id, FIRST)

    found = book.steps_of_parties(WORKSPACE, Actor(PAT))

    due, still_open = made[3], (*made[:3], *made[7:])
    expected = [(due.id, FIRST), *((each.id, FIRST) for each in still_open), (made[4].id, THEIRS[2])]
    assert (expected, 11) == ([(enrollment.id, key) for enrollment, key in found.shown], found.total)
    assert PartySteps() == book.steps_of_parties(WORKSPACE, Actor(STRANGER))
    assert PartySteps() == book.steps_of_parties("T0OTHER", Actor(PAT))
    assert 11 == book.steps_of_parties(WORKSPACE, Actor(STRANGER, stands_in_for=frozenset((PAT,)))).total
    assert 0 == book.page(WORKSPACE, PortfolioQuery(), Actor(PAT)).found


def test_who_has_the_enrollment_in_their_portfolio_has_its_steps_there(desk: Desk) -> None:
    """A collaborator who is one of the MSP's people, too, sees it once."""
    start(desk, MATE)

    assert PartySteps() == Portfolios(desk.database, desk.clock).steps_of_parties(WORKSPACE, Actor(MATE))


def test_they_cannot_make_somebody_see_the_enrollment_by_assigning_a_step(desk: Desk) -> None:
    """An assignee sees all of it, so the assignee stays; what else they entered is stored."""
    number = start(desk, PAT).id
    desk.bot.change_details(caller(), number, FIRST, NOTED | {"assignee": MATE})

    after = desk.bot.change_details(caller(PAT), number, FIRST, NOTED | {"assignee": PAT, "note": "soon"})

    assert (MATE, "soon", PAT) == (
        after.step(FIRST).assignee,
        after.step(FIRST).note,
        after.step(FIRST).noted_by,
    )
