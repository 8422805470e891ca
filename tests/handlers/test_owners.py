"""Owners: told that they are one, declining, taking over; a second use of an organization; deletion by an admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.enrollment import EventKind, Status
from bot.localslack import Message, Person
from bot.repository import deletions
from tests.support.bot_world import ACCOUNT, ORG, World, running
from tests.support.mail_services import ON
from tests.support.steps import StepKey
from tests.support.walkthrough import told

K = StepKey
SECOND = {"account_id": "999988887777", "account_name": "Second"}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Chi is an admin; tickets can go by email."""
    with running(database_url, **ON) as world:
        yield world


def direct(person: Person) -> list[Message]:
    """What the bot has written to somebody directly."""
    return person.direct_messages


def kinds(world: World, number: int = -1) -> list[EventKind]:
    """The kinds of events of an enrollment."""
    enrollment = world.enrollments()[number]
    return [event.kind for event, _, _ in world.app.enrollments.history(world.workspace, enrollment.id)]


def test_a_new_owner_is_told_and_can_decline(world: World) -> None:
    """Ana starts one for Ben: he is told once, gives it back, and thread, audit and Ana hear of it."""
    world.start(owner="ben")
    [message] = direct(world.ben)
    assert "made you the owner of *Production*" in message.text

    world.ben.click(message, "Decline")
    world.deliver()

    assert (world.ana.id, ()) == (world.enrollment().owner, world.enrollment().collaborators)
    assert EventKind.OWNER_DECLINED is kinds(world)[-1]
    assert any("declined to own this" in line.text for line in world.thread())
    assert "declined to own *Production*. You own it again" in direct(world.ana)[-1].text
    answer = "You declined to own *Production*."  # it comes after the press is acknowledged
    world.slack.wait_for(lambda: answer in direct(world.ben)[-1].text or None, 30, "the answer to the press")
    assert "America/Sao_Paulo" == world.enrollment().owner_zone


def test_edit_by_somebody_else_tells_the_new_owner_and_decline_gives_it_back_to_who_gave_it(world: World) -> None:
    """Ben, a collaborator, hands Ana's enrollment to Dev; Dev declines, so it is Ben's."""
    world.start(collaborators=["ben"])
    world.ben.click(world.card(), "Edit")
    world.fill(world.ben, "Edit", owner="dev")
    world.deliver()

    world.dev.click(direct(world.dev)[-1], "Decline")

    assert world.ben.id == world.enrollment().owner


def test_who_owns_it_by_themselves_is_told_nothing(world: World) -> None:
    """Ana starts her own."""
    world.start()

    assert [] == direct(world.ana)


def test_decline_works_once_and_for_the_owner_alone(world: World) -> None:
    """The button stays in the conversation; pressed later it says who owns it."""
    world.start(owner="ben")
    [message] = direct(world.ben)
    world.app.enrollments.take_over(caller(world, world.chi, admin=True), world.enrollment().id, "UTC")

    said = told(world, world.ben, world.ben.click(message, "Decline"))

    assert f"You don't own this enrollment now. <@{world.chi.id}> does." == said
    assert world.chi.id == world.enrollment().owner


def caller(world: World, person: Person, *, admin: bool = False) -> Any:
    """Somebody as the caller of a use case."""
    from bot.domain.access import Actor
    from bot.use_cases import Caller

    return Caller(world.workspace, Actor(person.id, admin))


def test_an_admin_takes_over(world: World) -> None:
    """From Edit; the former owner stays as a collaborator, and the thread says so."""
    world.start()
    world.chi.click(world.card(), "Edit")
    world.chi.click(world.chi.wait_view("Edit"), "Take over")
    world.chi.wait_view("Take over")
    world.deliver()

    enrollment = world.enrollment()
    assert (world.chi.id, (world.ana.id,)) == (enrollment.owner, enrollment.collaborators)
    assert any("took this over from" in line.text for line in world.thread())


def test_nobody_else_gets_the_admins_buttons(world: World) -> None:
    """Ana owns it and has neither; the use cases refuse her, too."""
    world.start()
    world.ana.click(world.card(), "Edit")

    assert "Take over" not in str(world.ana.wait_view("Edit").blocks)
    assert "Delete…" not in str(world.ana.view.blocks)


def second(world: World, person: Person, **fields: Any) -> None:
    """Start a second enrollment with the organization of the first, and confirm the warning."""
    person.command("/eco", "enroll", channel=world.channel.name)
    world.fill(person, "Start an enrollment", **(SECOND | {"spot_org_id": ORG, "owner": person.name} | fields))
    person.wait_view("Start an enrollment")
    assert person.submit().response in (None, "", {})
    world.deliver()


def test_a_second_use_of_an_organization_tells_the_first_owner_once_and_holds_emails(world: World) -> None:
    """Dev's ticket goes by email only after Ana has agreed; the audit and the thread say so."""
    world.start()
    second(world, world.dev, position="enable_subsets")
    [message] = direct(world.ana)
    assert f"gave Spot organization {ORG} to another enrollment: *Second*" in message.text
    refused = told(world, world.dev, world.dev.click(world.card(), "Send by email", near="Enable the Subsets feature"))
    assert f"I have asked <@{world.ana.id}>." in refused
    world.dev.close_all()

    world.ana.click(message, "Agree")
    world.deliver()

    assert [EventKind.EMAIL_HELD, EventKind.EMAIL_AGREED] == kinds(world)[-2:]
    assert "You agreed: tickets of *Second* may go by email." in direct(world.ana)[-1].text
    world.dev.click(world.card(), "Send by email", near="Enable the Subsets feature")
    world.dev.wait_view("Send by email")


def edit(world: World, person: Person, number: int = -1, **fields: Any) -> None:
    """Change an enrollment in **Edit**, and confirm what that asks."""
    enrollment = world.enrollments()[number]
    person.command("/eco", f"status {enrollment.account_id}", channel=world.channel.name)
    copy = world.slack.wait_for(lambda: person.ephemerals() or None, 30, "the card")[-1]
    person.click(copy, "Edit")
    if world.fill(person, "Edit", **fields).response not in (None, "", {}):
        person.wait_view("Edit")
        assert person.submit().response in (None, "", {})
    world.deliver()


def test_an_agreement_outlives_a_slip_that_is_corrected(world: World) -> None:
    """Dev's organization is another one by mistake and the agreed one again: Ana, whose button is gone, has agreed."""
    world.start()
    second(world, world.dev, position="enable_subsets")
    world.ana.click(direct(world.ana)[-1], "Agree")
    world.deliver()

    edit(world, world.dev, spot_org_id="700001")
    edit(world, world.dev, spot_org_id=ORG)

    assert ORG == world.enrollments()[-1].value("spot_org_id")
    world.dev.click(world.card(), "Send by email", near="Enable the Subsets feature")
    world.dev.wait_view("Send by email")


def test_whoever_gets_the_first_enrollment_is_asked_to_agree(world: World) -> None:
    """Ana hands hers over before she has agreed: the refusal names Ben, so he has the question with its button."""
    world.start()
    second(world, world.dev, position="enable_subsets")
    edit(world, world.ana, 0, owner="ben")

    said = told(world, world.dev, world.dev.click(world.card(), "Send by email", near="Enable the Subsets feature"))
    assert f"I have asked <@{world.ben.id}>." in said
    world.dev.close_all()
    [asked] = [each for each in direct(world.ben) if "to another enrollment: *Second*" in each.text]
    assert asked.text.startswith(f"<@{world.dev.id}> gave Spot organization {ORG}")
    world.ben.click(asked, "Agree")
    world.deliver()

    world.dev.click(world.card(), "Send by email", near="Enable the Subsets feature")
    world.dev.wait_view("Send by email")


def test_an_enrollment_does_not_go_back_to_somebody_who_has_left(world: World) -> None:
    """Ana has left Slack since she gave it to Ben: he keeps it, and is told what to do instead."""
    world.start(owner="ben")
    [message] = direct(world.ben)
    world.slack.deactivate(world.ana)
    world.jump(hours=2)

    said = told(world, world.ben, world.ben.click(message, "Decline"))

    assert "Ana Lima's account is deactivated." in said or "ana's account is deactivated." in said
    assert world.ben.id == world.enrollment().owner


def test_an_admin_may_send_what_is_held_and_agree(world: World) -> None:
    """Chi needs nobody's agreement."""
    world.start()
    second(world, world.dev, position="enable_subsets")

    world.chi.click(world.card(), "Send by email", near="Enable the Subsets feature")
    world.chi.wait_view("Send by email")
    world.app.enrollments.agree_to_emails(caller(world, world.chi, admin=True), world.enrollments()[-1].id)

    assert EventKind.EMAIL_AGREED is kinds(world)[-1]


def test_nobody_else_can_agree(world: World) -> None:
    """Dev, who started the second one, presses a button that he cannot have; he is told whom to ask."""
    from bot.domain.errors import NotAllowed

    world.start()
    second(world, world.dev, position="enable_subsets")

    with pytest.raises(NotAllowed, match=world.ana.id):
        world.app.enrollments.agree_to_emails(caller(world, world.dev), world.enrollments()[-1].id)


def test_naming_the_first_owner_as_owner_does_not_lift_the_hold(world: World) -> None:
    """Dev stays a collaborator of what he started in Ana's name, and still cannot send."""
    world.start()
    second(world, world.dev, position="enable_subsets", owner="ana", collaborators=["dev"])

    said = told(world, world.dev, world.dev.click(world.card(), "Send by email", near="Enable the Subsets feature"))

    assert "has to agree before tickets go by email" in said


def test_one_owner_with_two_accounts_of_an_organization_is_asked_nothing(world: World) -> None:
    """Ana's second account is the usual case."""
    world.start()
    second(world, world.ana, position="enable_subsets")

    assert [] == direct(world.ana)
    world.ana.click(world.card(), "Send by email", near="Enable the Subsets feature")
    world.ana.wait_view("Send by email")


def test_an_admin_deletes_an_enrollment_by_its_name(world: World) -> None:
    """Another name is refused; then it is gone with what was owed, one line is kept, and the card says who did it."""
    world.start(position="connect_account")
    card = world.card()
    world.chi.click(card, "History")
    world.chi.click(world.chi.wait_view("History"), "Delete…")
    world.chi.wait_view("Delete")
    world.chi.fill({"name": "Prod"})
    assert {"name": "Type the account name: Production."} == world.chi.submit().response["errors"]

    world.chi.fill({"name": "production"})
    assert {"response_action": "clear"} == world.chi.submit().response
    world.deliver()

    assert [] == world.enrollments()
    with world.app.database.read() as connection:
        [line] = deletions.lines(connection)
    assert ("Production", world.chi.id) == line[:2]
    said = f"<@{world.chi.id}> deleted the Eco enrollment of *Production*: it was started by mistake."
    assert said == world.channel.message(card.ts).text
    assert world.app.dispatcher.next_due() is None


def test_after_a_deletion_the_account_can_be_enrolled_and_gets_a_card_of_its_own(world: World) -> None:
    """Its ID is a new one, so nothing of the old one's messages comes back."""
    gone = world.start()
    world.app.enrollments.delete(caller(world, world.chi, admin=True), gone.id, "Production")
    world.deliver()

    fresh = world.start()

    assert (ACCOUNT, Status.ACTIVE) == (fresh.account_id, fresh.status)
    assert fresh.id > gone.id
    assert 2 == len([m for m in world.channel.messages if "Production" in m.text])


def test_a_message_on_its_way_keeps_an_enrollment_from_being_deleted(world: World) -> None:
    """It is said, and nothing is half gone; a moment later it works."""
    from sqlalchemy import update

    from bot.domain.errors import StepConflict
    from bot.repository import tables as t

    enrollment = world.start(position="connect_account")
    on_its_way = t.outbox.c.kind == "reminder"
    with world.app.database.write() as connection:
        connection.execute(update(t.outbox).where(on_its_way).values(posting=True))

    with pytest.raises(StepConflict, match="on its way"):
        world.app.enrollments.delete(caller(world, world.chi, admin=True), enrollment.id, "Production")

    assert [enrollment.id] == [each.id for each in world.enrollments()]
