"""What may be a mistake is asked about once: submitting again confirms it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.enrollment import Customer, Enrollment, Pair
from bot.domain.errors import NeedsConfirmation, NothingToDo, StepConflict
from bot.use_cases import Caller
from tests.domain.building import ORG, edited
from tests.repository.keeping import rows
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller, form

TWICE = f"Spot organization {ORG} already belongs to “Acme”. Spot asks for one management account in each organization."
Act = Callable[[Desk, Caller, Enrollment], Any]


def second(desk: Desk) -> Enrollment:
    """An enrollment beside another one that has the organization."""
    desk.start(spot_org_id=ORG)
    return desk.start(account_id="210987654321", account_name="Beta")


def pairs(*given: Pair, remove: frozenset[Pair] = frozenset()) -> Act:
    """Add pairs."""
    return lambda d, who, e: d.bot.change_pairs(who, e.id, given, remove)


#: What is there before, the act, and the warnings that it raises.
DOUBTS: dict[str, tuple[Callable[[Desk], Enrollment], Act, list[str]]] = {
    "an organization at the start": (
        lambda d: d.start(spot_org_id=ORG),
        lambda d, who, _: d.bot.start(who, form(account_id="210987654321", spot_org_id=ORG)),
        [TWICE],
    ),
    "an organization at the sign-up": (
        second, lambda d, who, e: d.bot.complete_act(who, e.id, StepKey.SIGN_UP, {"spot_org_id": ORG}), [TWICE],
    ),
    "an organization in the edit form": (
        second, lambda d, who, e: d.bot.edit(who, e.id, edited(e, spot_org_id=ORG)), [TWICE],
    ),
    "an unknown subset": (Desk.recorded, pairs(Pair("Dev", "Standard")), ["“Dev” isn't on your list of subsets."]),
    "an unknown billing workflow": (
        Desk.recorded, pairs(Pair("Test", "Gold")), ["“Gold” isn't on your list of billing workflows."],
    ),
    "a pair that is replaced": (
        Desk.recorded, pairs(Pair("Prod", "Reseller")),
        ["This replaces the billing workflow of “Prod” (now “Standard”)."],
    ),
    "all of these": (
        Desk.recorded, pairs(Pair("Prod", "Gold"), Pair("Dev", "Standard")),
        ["“Dev” isn't on your list of subsets.", "“Gold” isn't on your list of billing workflows.",
         "This replaces the billing workflow of “Prod” (now “Standard”)."],
    ),
    "an end customer of an unknown subset": (
        Desk.recorded,
        lambda d, who, e: d.bot.change_customers(who, e.id, [Customer("Dev", "a@b.example", "909090")], frozenset()),
        ["“Dev” isn't on your list of subsets."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("prepare", "act", "warnings"), DOUBTS.values(), ids=DOUBTS)
def test_a_doubt_is_asked_about_and_changes_nothing_yet(
    desk: Desk, prepare: Callable[[Desk], Enrollment], act: Act, warnings: list[str]
) -> None:
    """Nothing is stored, owed or kept as a idempotency_key until the person confirms."""
    enrollment = prepare(desk)
    before, desk.woken = (desk.bot.all("T0ECO"), rows(desk.database)), 0

    with pytest.raises(NeedsConfirmation) as asked:
        act(desk, caller(idempotency_key="r1"), enrollment)

    assert tuple(warnings) == asked.value.warnings
    assert (before, 0) == ((desk.bot.all("T0ECO"), rows(desk.database)), desk.woken)


@pytest.mark.parametrize(("prepare", "act", "warnings"), DOUBTS.values(), ids=DOUBTS)
def test_confirming_lets_it_pass(
    desk: Desk, prepare: Callable[[Desk], Enrollment], act: Act, warnings: list[str]
) -> None:
    """Submitting the same form again, with what it warned of, carries it out."""
    enrollment = prepare(desk)
    others = len(desk.bot.all("T0ECO"))

    after = act(desk, caller(idempotency_key="r1", confirmed=tuple(warnings)), enrollment)

    assert after.version > enrollment.version or len(desk.bot.all("T0ECO")) == others + 1


def test_what_was_not_confirmed_is_asked_again(desk: Desk) -> None:
    """Confirming one warning is not confirming another that came up meanwhile."""
    enrollment = desk.recorded()
    known = ("“Dev” isn't on your list of subsets.",)

    with pytest.raises(NeedsConfirmation):
        desk.bot.change_pairs(caller(confirmed=known), enrollment.id, [Pair("Dev", "Gold")], frozenset())


CLEAR: dict[str, tuple[Callable[[Desk], Enrollment], Act]] = {
    "known names": (Desk.recorded, pairs(Pair("Test", "Reseller"))),
    "names of a team that recorded none": (Desk.start, pairs(Pair("Dev", "Gold"))),
    "a pair whose old one is removed in the same form": (
        Desk.recorded, pairs(Pair("Prod", "Reseller"), remove=frozenset({Pair("Prod", "Standard")})),
    ),
    "an organization whose other enrollment was cancelled": (
        lambda d: d.bot.cancel(caller(), d.start(spot_org_id=ORG).id, "no need"),
        lambda d, who, _: d.bot.start(who, form(spot_org_id=ORG)),
    ),
    "an edit that leaves a shared organization as it is": (
        lambda d: d.bot.complete_act(caller(confirmed=(TWICE,)), second(d).id, StepKey.SIGN_UP, {"spot_org_id": ORG}),
        lambda d, who, e: d.bot.edit(who, e.id, edited(e, account_name="New")),
    ),
    "an organization that only this enrollment has": (
        Desk.start, lambda d, who, e: d.bot.complete_act(who, e.id, StepKey.SIGN_UP, {"spot_org_id": ORG}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("prepare", "act"), CLEAR.values(), ids=CLEAR)
def test_where_there_is_no_doubt_nothing_is_asked(desk: Desk, prepare: Callable[[Desk], Enrollment], act: Act) -> None:
    """Warnings are for what may be wrong."""
    assert act(desk, caller(), prepare(desk))


def test_what_is_wrong_for_sure_is_told_before_what_may_be(desk: Desk) -> None:
    """Nobody confirms a warning to learn that it cannot be done at all."""
    enrollment = second(desk)
    done = desk.bot.complete_act(caller(), enrollment.id, StepKey.SIGN_UP, {"spot_org_id": "707070"})

    with pytest.raises(StepConflict):
        desk.bot.complete_act(caller(), done.id, StepKey.SIGN_UP, {"spot_org_id": ORG})
    with pytest.raises(NothingToDo):
        desk.bot.edit(caller(), done.id, edited(done))


# --- The owner's zone, which nobody types ---


def test_an_owners_zone_is_kept_for_all_that_they_own(desk: Desk) -> None:
    """Reminders move into the hours there; other owners' and cancelled enrollments stay."""
    first, other = desk.start(), desk.start(account_id="210987654321", owner="U0OTHER")
    gone = desk.bot.cancel(caller(), desk.start(account_id="333333333333").id, "no need")
    before = first.step(StepKey.SIGN_UP).reminder
    assert before is not None

    desk.bot.set_zone("T0ECO", first.owner, "Asia/Tokyo")

    after = desk.bot.get("T0ECO", first.id)
    reminder = after.step(StepKey.SIGN_UP).reminder
    assert reminder is not None
    assert ("Asia/Tokyo", before.number) == (after.owner_zone, reminder.number)
    assert before.due_at < reminder.due_at
    assert [other, gone] == [desk.bot.get("T0ECO", other.id), desk.bot.get("T0ECO", gone.id)]
    owed = {row["key"]: (row["state"], row["due_at"]) for row in rows(desk.database) if row["kind"] == "reminder"}
    assert ("owed", reminder.due_at) == owed[f"reminder:{first.id}:sign_up:1"]
    assert f"reminder:{first.id}:sign_up:2" not in owed, "the same reminder, at another time"
    assert len(desk.bot.history("T0ECO", first.id)) == 1
    assert replace(after, steps=first.steps, owner_zone="UTC", version=1) == first


def test_a_zone_that_is_known_already_changes_nothing(desk: Desk) -> None:
    """Slack is asked often, and answers the same."""
    enrollment = desk.start(owner_zone="Asia/Tokyo")
    owed = rows(desk.database)

    desk.bot.set_zone("T0ECO", enrollment.owner, "Asia/Tokyo")

    assert (enrollment, owed) == (desk.bot.get("T0ECO", enrollment.id), rows(desk.database))
