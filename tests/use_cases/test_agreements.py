"""Who is asked to agree that a second use of an organization may send tickets by email, and what ends the question."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import Enrollment, EventKind
from bot.domain.errors import NeedsConfirmation, NotAllowed, StepConflict
from bot.repository import tables as t
from bot.use_cases import Caller, OwnedEnrollments, StartForm
from tests.domain.building import MATE, ORG, OWNER, POLICY, STRANGER, edited
from tests.use_cases.asking import WORKSPACE, Desk, caller, form

NEW_OWNER = "U0NEW"


@pytest.fixture
def book(desk: Desk) -> OwnedEnrollments:
    """All use cases."""
    return OwnedEnrollments(desk.database, desk.clock, POLICY)


@pytest.fixture
def two(desk: Desk) -> tuple[Enrollment, Enrollment]:
    """Owner's enrollment, and a second one of a stranger with the same organization, which waits for the owner."""
    first = desk.start(spot_org_id=ORG, collaborators=(MATE,))
    return first, as_stranger(lambda stranger: desk.bot.start(stranger, second_form()))


def second_form(**fields: Any) -> StartForm:
    """The start form of the second one."""
    values = {"account_id": "2" * 12, "account_name": "Second", "owner": STRANGER, "collaborators": ()}
    return form(**values | {"spot_org_id": ORG} | fields)


def as_stranger(change: Callable[[Caller], Enrollment]) -> Enrollment:
    """Let the stranger change something, and confirm what is asked."""
    try:
        return change(caller(STRANGER))
    except NeedsConfirmation as question:
        return change(caller(STRANGER, confirmed=tuple(map(str, question.warnings))))


def asked(desk: Desk) -> list[str]:
    """Whom a direct message asks about an organization, in order."""
    with desk.database.read() as connection:
        found = connection.execute(
            sa.select(t.outbox.c.payload).where(t.outbox.c.kind == "direct").order_by(t.outbox.c.id)
        )
        return [row[0]["to"][0] for row in found if row[0].get("about") == "organization"]


def hand_over(desk: Desk, enrollment: Enrollment) -> None:
    """The owner of the first gives it away."""
    now = desk.bot.get(WORKSPACE, enrollment.id)
    desk.bot.edit(caller(), enrollment.id, edited(now, owner=NEW_OWNER, owner_zone="UTC"))


def test_the_new_owner_of_the_first_is_asked_for_what_its_former_owner_has_not_given(
    desk: Desk, two: tuple[Enrollment, Enrollment]
) -> None:
    """Otherwise nobody who may agree would know."""
    assert [OWNER] == asked(desk)

    hand_over(desk, two[0])

    assert [OWNER, NEW_OWNER] == asked(desk)


def test_nobody_is_asked_for_what_was_given(
    desk: Desk, book: OwnedEnrollments, two: tuple[Enrollment, Enrollment]
) -> None:
    """The former owner had agreed; sent twice, the agreement is told once."""
    for _ in range(2):
        book.agree_to_emails(caller(idempotency_key="agree"), two[1].id)

    hand_over(desk, two[0])

    assert [OWNER] == asked(desk)
    with desk.database.read() as connection:
        agreed = sa.select(sa.func.count()).where(t.events.c.kind == EventKind.EMAIL_AGREED.value)
        assert 1 == connection.execute(agreed).scalar_one()


def test_nobody_is_asked_for_an_enrollment_that_was_cancelled(desk: Desk, two: tuple[Enrollment, Enrollment]) -> None:
    """It sends no tickets."""
    desk.bot.cancel(caller(STRANGER), two[1].id, "a mistake")

    hand_over(desk, two[0])

    assert [OWNER] == asked(desk)


@pytest.mark.parametrize("how", ["cancelled", "another organization"])
def test_where_the_first_is_gone_nobody_has_to_agree(
    desk: Desk, book: OwnedEnrollments, two: tuple[Enrollment, Enrollment], how: str
) -> None:
    """Its button, which may still be there, says so; before that, only its owner may press it."""
    first, second = two
    with pytest.raises(NotAllowed):
        book.agree_to_emails(caller(STRANGER), second.id)
    if how == "cancelled":
        desk.bot.cancel(caller(), first.id, "over")
    else:
        desk.bot.edit(caller(), first.id, edited(desk.bot.get(WORKSPACE, first.id), spot_org_id="7000001"))

    with pytest.raises(StepConflict, match=r"^Nobody has to agree any more\.$"):
        book.agree_to_emails(caller(), second.id)


def test_an_organization_that_was_another_one_and_was_never_agreed_to_is_asked_about(
    desk: Desk, two: tuple[Enrollment, Enrollment]
) -> None:
    """A slip and its correction give nobody an agreement that they never had."""
    second = two[1]
    for organization in ("7000002", ORG):
        wanted = edited(desk.bot.get(WORKSPACE, second.id), spot_org_id=organization)
        as_stranger(partial(desk.bot.edit, enrollment_id=second.id, wanted=wanted))

    with desk.database.read() as connection:
        held = sa.select(sa.func.count()).where(t.events.c.kind == EventKind.EMAIL_HELD.value)
        assert 2 == connection.execute(held).scalar_one()
