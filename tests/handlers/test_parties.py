"""An MSP whose people do their steps: what they are asked, what they see and what they may, in Slack."""

from __future__ import annotations

import pytest

from bot.domain.enrollment import State, Status
from bot.domain.procedure import BUILT_IN
from bot.localslack import Person
from tests.handlers.test_home import opened
from tests.handlers.test_visibility import asked
from tests.support.any_procedure import act, finish_everything, start
from tests.support.bot_world import ACCOUNT, World
from tests.support.extracted import OWN, PARTY, PROCEDURE, REPORT, THEIRS
from tests.support.outsiders import APP, GUEST, PARTNER, add
from tests.support.walkthrough import accepted, answer_to, told

PEOPLE = f"party.{PARTY.key}"
FIRST = PROCEDURE.spec(THEIRS[0])
OURS = PROCEDURE.spec(OWN[0])


def begun(world: World, *people: Person) -> None:
    """Ana's enrollment with these people at the MSP; both sides have an open step."""
    start(world, world.ana, PROCEDURE, **{PEOPLE: [person.name for person in people]})


def partner(world: World) -> Person:
    """Pat, of another workspace, who shares the channel."""
    return add(world, PARTNER, world.channel.name)


def guest(world: World) -> Person:
    """Gus, a guest, who is not in the channel."""
    return add(world, GUEST)


@pytest.mark.parametrize("procedure", [each for each in BUILT_IN if each.parties], ids=lambda each: each.key)
def test_two_sides_go_through_a_procedure(world_on: World, procedure: object) -> None:
    """The MSP's partner does the MSP's steps from the card in the shared channel, Ana does ours; each is named."""
    world = world_on
    assert procedure in BUILT_IN
    pat = partner(world)
    start(world, world.ana, procedure, **{PEOPLE: ["pat"]})  # type: ignore[arg-type]

    finish_everything(world, world.ana, pat)

    enrollment = world.enrollment()
    assert Status.COMPLETED is enrollment.status
    for step in enrollment.steps:
        whose = pat.id if enrollment.spec(step.key).party == PARTY.key else world.ana.id
        assert whose == step.finished_by, step.key
        assert step.acted_by in (None, whose), step.key
    assert [] == [call for call in world.slack.calls if not call.ok]
    assert [] == [delivery for delivery in world.slack.deliveries if not delivery.ok]


def test_the_card_says_whose_turn_it_is(world: World) -> None:
    """The party with its people; ours with the owner, as ever."""
    pat = partner(world)
    begun(world, pat)

    said = world.card().shown

    assert f"*The MSP: {FIRST.title}* — open. The MSP's turn (<@{pat.id}>)." in said
    assert f"*{OURS.title}* — open. <@{world.ana.id}>'s turn." in said


def test_the_start_form_and_edit_ask_for_them(world: World) -> None:
    """Where the procedure has a party; apps are refused at the field, people of another workspace are not."""
    pat, gus = partner(world), guest(world)
    add(world, APP)
    world.ana.command("/eco", "enroll", channel=world.channel.name)
    assert PARTY.label not in world.ana.wait_view("Start an enrollment").shown
    world.ana.close_all()
    begun(world, pat)
    world.ana.click(world.card(), "Edit")
    form = world.ana.wait_view("Edit")
    assert [pat.id] == form.values[PEOPLE]

    world.ana.fill({PEOPLE: ["pat", "helper"]})
    world.ana.submit()
    assert "is an app" in world.ana.wait_view("Edit").errors[PEOPLE]
    accepted(world.fill(world.ana, "Edit", **{PEOPLE: ["gus"]}))
    world.deliver()

    assert (gus.id,) == world.enrollment().people_of(PARTY.key)
    assert f"<@{world.ana.id}> changed the people of the MSP." in [line.text for line in world.thread()]


def test_who_is_named_is_told_and_opens_their_steps(world: World) -> None:
    """By direct message, also a guest who is not in the channel."""
    gus = guest(world)
    begun(world, gus)

    message = next(each for each in gus.direct_messages if "asked you" in each.text)

    head = f"<@{world.ana.id}> asked you to do the steps of the MSP in the Eco enrollment of *Production*"
    assert message.text.startswith(head)
    gus.click(message, "Open")
    shown = gus.wait_view("Enrollment").shown
    assert FIRST.title in shown
    assert OURS.title not in shown


def test_a_partner_may_press_nothing_of_ours(world: World) -> None:
    """The answer names whom to ask."""
    pat = partner(world)
    begun(world, pat)
    before = world.enrollment()

    for label in ("Mark done", "Details"):
        said = told(world, pat, pat.click(world.card(), label, near=OURS.title))
        assert f"Ask <@{world.ana.id}>." in said
        pat.close_all()
    for label in ("Edit", "Cancel enrollment", "More…"):
        assert f"Ask <@{world.ana.id}>." in told(world, pat, pat.click(world.card(), label))
        pat.close_all()

    assert before == world.enrollment()


def test_every_button_of_their_step_is_theirs(world: World) -> None:
    """While it is open, and while it waits; no assignee can be chosen."""
    pat = partner(world)
    begun(world, pat)
    for label, title in (("Mark done", "Mark done"), ("Remind me later", "Remind me later"), ("Details", "Details")):
        pat.click(world.card(), label, near=FIRST.title)
        assert "Assignee" not in pat.wait_view(title).shown
        pat.close_all()
    act(world, pat, FIRST)

    for label in ("Correct", "Details", "It's ready"):
        pat.click(world.card(), label, near=FIRST.title)
        pat.wait_view(label)
        pat.close_all()
    pat.click(world.card(), "It's ready", near=FIRST.title)
    accepted(world.fill(pat, "It's ready"))

    assert pat.id == world.enrollment().step(FIRST.key).finished_by


@pytest.mark.parametrize("label", ["Mark done", "Remind me later", "Details", "Correct", "It's ready"])
def test_a_form_that_was_opened_while_they_were_one_of_them_is_checked_again(world: World, label: str) -> None:
    """Nothing is stored for who is none of the MSP's people any more, and they are told whom to ask."""
    pat = partner(world)
    begun(world, pat)
    if label in ("Correct", "It's ready"):
        act(world, pat, FIRST)
    pat.click(world.card(), label, near=FIRST.title)
    pat.wait_view(label)
    typed = {"Mark done": REPORT, "Correct": {"report_prefix": "other"}, "It's ready": {}}
    pat.fill(typed.get(label, {"note": "mine"}))
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", **{PEOPLE: []}))
    world.deliver()
    before = world.enrollment()

    pat.submit()

    form = pat.view
    assert form is not None
    assert "Ask" in (" ".join(form.errors.values()) or form.shown)
    assert before == world.enrollment()


def test_the_owner_records_what_the_msp_tells(world: World) -> None:
    """The thread says that the MSP did it."""
    begun(world)
    act(world, world.ana, FIRST)

    (line,) = [line.text for line in world.thread() if "created the report" in line.text]
    assert line.startswith(f"<@{world.ana.id}>: the MSP created the report (")
    assert world.ana.id == world.enrollment().step(FIRST.key).acted_by


def test_a_guest_finds_their_steps_on_the_home_tab(world: World) -> None:
    """With buttons that work there, and nothing of the rest; the card opens with their steps alone."""
    gus = guest(world)
    begun(world, gus)

    home = opened(world, gus)

    assert "*Steps that you do for others*" in home.shown
    assert f"*Production*\n:point_right: *The MSP: {FIRST.title}* — open." in home.shown
    assert "Text for the MSP" not in home.buttons
    for hidden in (OURS.title, "1234-5678-9012", "0 of 12"):
        assert hidden not in home.shown
    gus.click("home", "Mark done")
    accepted(world.fill(gus, "Mark done", **REPORT))
    world.slack.wait_for(lambda: "waiting for AWS" in gus.home.shown or None, 5, "the home tab after the act")

    gus.click("home", "Open")
    assert_theirs_alone(world, gus.wait_view("Enrollment").shown)


def assert_theirs_alone(world: World, said: str) -> None:
    """A card that shows the enrollment's name and the MSP's steps, and nothing of the rest."""
    assert "Production" in said
    for key in THEIRS:
        assert PROCEDURE.spec(key).title in said
    for hidden in (*(PROCEDURE.spec(key).title for key in OWN), "1234-5678-9012", ACCOUNT, "0 of 12", "Export"):
        assert hidden not in said


def test_lists_find_what_is_the_turn_of_the_party(world: World) -> None:
    """The home tab's filter offers it."""
    begun(world)
    act(world, world.ana, OURS)
    opened(world, world.ana)
    world.ana.click("home", "Search and filter")

    accepted(world.fill(world.ana, "Search and filter", party=PARTY.name))

    home = world.slack.wait_for(
        lambda: world.ana.home if "1 enrollment" in world.ana.home.shown else None, 5, "the list"
    )
    assert "The MSP's turn." in home.shown


def test_nobody_else_has_that_section(world: World) -> None:
    """The owner sees the steps where they have always been."""
    begun(world, guest(world))

    assert "Steps that you do for others" not in opened(world, world.ana).shown


def test_a_guest_gets_their_part_by_command_and_nothing_more(world: World) -> None:
    """`/eco status` shows their steps, and its buttons work; no other verb finds the enrollment."""
    gus = guest(world)
    world.channel.add_member(gus)
    begun(world, gus)
    world.slack.channel("eco-portfolio").add_member(gus)

    copy = answer_to(world, gus.command("/eco", "status Production", channel="eco-portfolio"))

    assert_theirs_alone(world, copy.shown)
    for verb in ("ticket", "pairs", "customers", "lists", "check", "details", "export", "undo", "timeline", "calendar"):
        assert "There is no enrollment that you can see." == asked(world, gus, f"{verb} Production"), verb
    for verb in ("list", ""):
        assert "Production" not in asked(world, gus, verb)
    gus.click(copy, "Mark done", near=FIRST.title)
    accepted(world.fill(gus, "Mark done", **REPORT))
    assert State.WAITING is world.enrollment().step(FIRST.key).state


def test_who_sees_the_enrollment_anyway_sees_all_of_it(world: World) -> None:
    """Dev is a full member in the public channel, and one of the MSP's people."""
    begun(world, world.dev)

    said = answer_to(world, world.dev.command("/eco", "status Production", channel=world.channel.name)).shown

    assert OURS.title in said
    assert "1234-5678-9012" in said


def test_details_without_the_field_leave_the_assignee(world: World) -> None:
    """Gus, who may not choose one, has the form open while Ana makes him a collaborator: he only adds a note."""
    gus = guest(world)
    begun(world, gus)
    world.ana.click(world.card(), "Details", near=FIRST.title)
    accepted(world.fill(world.ana, "Details", assignee="dev"))
    world.deliver()
    gus.click(opened(world, gus), "Open")
    gus.click(gus.wait_view("Enrollment"), "Details", near=FIRST.title)
    assert "assignee" not in gus.wait_view("Details").values
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", collaborators=["gus"]))

    accepted(world.fill(gus, "Details", note="in the works"))

    assert (world.dev.id, "in the works") == (
        world.enrollment().step(FIRST.key).assignee,
        world.enrollment().step(FIRST.key).note,
    )
