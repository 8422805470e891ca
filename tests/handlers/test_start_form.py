"""The start form: every trap at its field, several at once, nothing typed lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.access import Actor
from bot.localslack import Person
from bot.use_cases import Caller, StartForm
from tests.support.bot_world import ACCOUNT, ORG, World
from tests.support.walkthrough import accepted

WHERE = "Find it in the Spot console: user icon, Settings, General Details, My Organization."
EIGHT = "A Spot organization ID is a number of 6 to 20 digits."
TWELVE = "An AWS account ID has 12 digits, for example 1234-5678-9012."
ZEROS = "A spreadsheet drops zeros at the beginning: if this is from one, format the column as text."
GOOD: dict[str, Any] = {"account_id": ACCOUNT, "account_name": "Production", "spot_org_id": ORG, "owner": "ana"}


def submit(world: World, person: Person | None = None, **fields: Any) -> None:
    """Open the form in the rollout channel, fill it and submit it."""
    who = person or world.ana
    who.command("/eco", "enroll", channel="eco-rollout")
    world.fill(who, "Start an enrollment", **(GOOD | fields))


def test_the_form_has_the_labels_that_the_documentation_uses(world: World) -> None:
    """In order; the channel in which it was asked for and the asker as the owner are proposed."""
    world.ben.command("/eco", "enroll", channel="eco-rollout")

    form = world.ben.wait_view("Start an enrollment")

    assert [
        "Which of these is true for you?",
        "AWS management account ID",
        "Account name",
        "Spot organization ID",
        "Progress channel",
        "Owner",
        "Collaborators",
        "Already under way? We are at",
        "Since",
    ] == list(form.labels.values())
    assert (world.channel.id, world.ben.id) == (form.values["channel_id"], form.values["owner"])
    assert ("Start", "Cancel") == (form.submit, form.close)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("account_id", "12345678901", f"“12345678901” has 11 digits. {TWELVE} {ZEROS}"),
        ("account_id", "1234-5678-90123", f"“1234-5678-90123” has 13 digits. {TWELVE}"),
        ("account_id", "our payer", f"“our payer” is not a number. {TWELVE}"),
        ("spot_org_id", "o-a1b2c3d4e5", f"“o-a1b2c3d4e5” looks like an AWS Organizations ID. {EIGHT} {WHERE}"),
        ("spot_org_id", "o-1a2b3c4d", f"“o-1a2b3c4d” looks like an Ocean cluster ID. {EIGHT} {WHERE}"),
        ("spot_org_id", "act-1a2b3c4d", f"“act-1a2b3c4d” looks like a Spot account ID. {EIGHT} {WHERE}"),
        ("spot_org_id", "12345", f"“12345” has 5 digits. {EIGHT} {WHERE}"),
        ("spot_org_id", "1" * 21, f"“{'1' * 21}” has 21 digits. {EIGHT} {WHERE}"),
        ("spot_org_id", "6060-7987-4885", f"“6060-7987-4885” looks like an AWS account ID. {EIGHT} {WHERE}"),
        (
            "spot_org_id",
            ACCOUNT,
            f"{ACCOUNT} is the AWS account ID. The Spot organization ID is another number. {WHERE}",
        ),
        ("account_name", "   ", "Enter the account name."),
        ("since", "2026-11-01", "Choose the step you are at, or leave the date empty."),
    ],
)
def test_a_fault_stands_at_its_field_and_names_the_value(world: World, field: str, typed: str, sentence: str) -> None:
    """What the value looks like, and where the right one is; the other fields are not blamed."""
    submit(world, **{field: typed})

    form = world.ana.wait_view("Start an enrollment")
    assert {field: sentence} == form.errors
    assert typed == form.values[field]
    assert [] == world.enrollments()


@pytest.mark.parametrize("typed", ["1234-5678-9012", "1234 5678 9012", " 123456789012 ", "1234\u20115678\u20119012"])
def test_an_account_id_is_taken_as_people_paste_it(world: World, typed: str) -> None:
    """Dashes and spaces are accepted; twelve digits are kept, and shown in fours."""
    submit(world, account_id=typed)
    world.deliver()

    assert ACCOUNT == world.enrollment().account_id
    assert "1234-5678-9012" in world.card().blocks[1]["text"]["text"]
    assert "(1234-5678-9012)" in world.card().text


def test_several_faults_are_told_at_once_and_nothing_typed_is_lost(world: World) -> None:
    """Each at its field; all that was typed and chosen is still there."""
    typed = {
        "account_id": "1234",
        "account_name": "Zweite <Produktion>",
        "spot_org_id": "o-a1b2c3d4e5",
        "channel_id": "finops",
        "owner": "ben",
        "collaborators": ["dev", "eve"],
        "since": "2026-11-20",
    }
    submit(world, **typed)

    form = world.ana.wait_view("Start an enrollment")
    assert {"account_id", "spot_org_id", "since"} == set(form.errors)
    assert {
        "procedure": "aws-management-account",
        "account_id": "1234",
        "account_name": "Zweite <Produktion>",
        "spot_org_id": "o-a1b2c3d4e5",
        "channel_id": world.slack.channel("finops").id,
        "owner": world.ben.id,
        "collaborators": [world.dev.id, world.eve.id],
        "position": None,
        "since": "2026-11-20",
    } == form.values


def test_a_second_enrollment_of_the_same_organization_is_a_warning(world: World) -> None:
    """It names the other one to its people, keeps what was typed, and submitting again confirms."""
    world.start(collaborators=["ben"])
    submit(world, world.ben, account_id="210987654321", account_name="Second", owner="ben", collaborators=["dev"])

    form = world.ben.wait_view("Start an enrollment")
    assert f"Spot organization {ORG} already belongs to “Production”." in form.shown
    assert "Start anyway" == form.submit
    assert ("210987654321", "Second", ORG, [world.dev.id]) == tuple(
        form.values[name] for name in ("account_id", "account_name", "spot_org_id", "collaborators")
    )
    assert 1 == len(world.enrollments())

    accepted(world.ben.submit())
    world.deliver()

    assert ["Production", "Second"] == [e.account_name for e in world.enrollments()]


def test_a_warning_that_was_confirmed_does_not_confirm_another(world: World) -> None:
    """Who corrects the value into the next doubtful one is asked anew."""
    world.start(spot_org_id=ORG)
    world.start(account_id="111111111111", account_name="Another", spot_org_id="7777777")
    submit(world, account_id="210987654321")
    world.ana.wait_view("Start an enrollment")

    world.fill(world.ana, "Start an enrollment", spot_org_id="7777777")

    assert "already belongs to “Another”." in world.ana.view.shown
    assert 2 == len(world.enrollments())


def test_the_same_account_twice_is_an_error_that_names_the_live_one(world: World) -> None:
    """With its name, its state and the way to it; also where it was completed, not where it was cancelled."""
    world.start()
    submit(world, spot_org_id="7777777", account_name="Again")

    form = world.ana.wait_view("Start an enrollment")
    assert {"account_id"} == set(form.errors)
    sentence = form.errors["account_id"]
    assert (
        "1234-5678-9012 already has an enrollment: Production (active) in #eco-rollout. "
        "Type /eco status 1234-5678-9012 to see it."
    ) == sentence

    world.ana.close_all()
    world.ana.click(world.card(), "Cancel enrollment")
    accepted(world.fill(world.ana, "Cancel enrollment", reason="wrong account"))
    submit(world, account_name="Again")
    assert ["cancelled", "active"] == [e.status.value for e in world.enrollments()]


def test_the_bot_joins_a_public_channel(world: World) -> None:
    """Choosing a public channel is enough: the bot goes there by itself and posts the card."""
    finops = world.slack.channel("finops")
    assert world.slack.bot_user_id not in finops.members

    submit(world, channel_id="finops")
    world.deliver()

    assert world.slack.bot_user_id in finops.members
    assert world.card("finops").text.startswith("Eco enrollment of Production")


def test_a_private_channel_without_the_bot_asks_for_an_invitation(world: World) -> None:
    """In the form, with everything kept; after the invitation submitting again works."""
    private = world.slack.channel("finance-private")
    submit(world, channel_id="finance-private", account_name="Quiet")

    form = world.ana.wait_view("Start an enrollment")
    assert (
        "I am not in this private channel. Type /invite and my name there, then try again. Or choose another channel."
    ) == form.errors["channel_id"]
    assert ("Quiet", private.id) == (form.values["account_name"], form.values["channel_id"])
    assert [] == world.enrollments()

    private.add_member("bot")
    accepted(world.ana.submit())
    world.deliver()

    assert "Quiet" in world.card("finance-private").text


def test_a_channel_that_was_archived_meanwhile_is_not_accepted(world: World) -> None:
    """The form says so at the field."""
    world.ana.command("/eco", "enroll", channel="eco-rollout")
    world.ana.wait_view("Start an enrollment")
    world.ana.fill(GOOD | {"channel_id": "finops"})
    world.slack.channel("finops").archive()

    world.ana.submit()

    assert {"channel_id": "This channel is archived. Choose another one."} == world.ana.view.errors
    assert [] == world.enrollments()


def test_the_owner_and_the_collaborators_see_who_they_are_on_the_card(world: World) -> None:
    """Somebody may start it for others; the thread says who did."""
    world.start(owner="ben", collaborators=["dev", "ben", "eve"])

    card = world.card()
    assert f", owner <@{world.ben.id}>" in card.blocks[1]["text"]["text"]
    assert f", collaborators <@{world.dev.id}> <@{world.eve.id}>" in card.blocks[1]["text"]["text"]
    assert f"<@{world.ana.id}>" in world.thread()[0].text


def test_one_person_starts_at_most_twenty_enrollments_an_hour(world_on: World) -> None:
    """The form says when the next one can be started; somebody else is not held up; an hour later all goes on."""
    world = world_on
    use, who = world.app.enrollments, Caller(world.workspace, Actor(world.ana.id))
    for n in range(20):
        account = f"{n + 1:012}"
        use.start(who, StartForm(account, f"Account {n}", world.channel.id, world.ana.id))
        world.clock.jump(timedelta(seconds=30))

    world.ana.command("/eco", "enroll")
    world.fill(world.ana, "Start an enrollment", account_id="999999999999", account_name="One more")
    assert {"account_id": "You can start 20 enrollments an hour. Try again in 50 minutes."} == world.ana.view.errors
    assert 20 == len(world.enrollments())

    world.start(world.ben, account_id="888888888888", account_name="Ben's", spot_org_id=None)
    world.clock.jump(timedelta(minutes=50))
    accepted(world.ana.submit())
    assert 22 == len(world.enrollments())
