"""The slash command: its verbs, its hub, what it answers and what it opens; also where the bot is no member."""

from __future__ import annotations

import pytest

from bot.localslack import Message
from tests.support.bot_world import World
from tests.support.steps import TOTAL, StepKey
from tests.support.walkthrough import act, add_line, reach, told

ACCOUNTS = ("1234-5678-9012", "123456789012", "1234 5678 9012", "Production", "production", "Prod", "duct", "")
VERBS = {
    "pairs": ("Pairs", "pairs.save"),
    "customers": ("End customers", "customers.save"),
    "accounts": ("AWS accounts", "subset_accounts.save"),
    "ticket": ("Ticket", "tickets.mark_sent"),
}


def answer(world: World, text: str, channel: str = "eco-rollout") -> Message:
    """What Ben sees after typing `/eco TEXT`."""
    delivery = world.ben.command("/eco", text, channel=channel)
    return world.slack.wait_for(lambda: (delivery.ephemerals or [None])[-1], 5, f"the answer to /eco {text}")


def test_the_bare_command_is_a_small_hub(world: World) -> None:
    """It says how many one has, and its buttons start, list and help."""
    world.start(collaborators=["ben"])

    hub = answer(world, "")

    assert "You have 1 enrollment." in hub.shown
    assert ["Start one", "See the list", "Help"] == hub.buttons
    world.ben.click(hub, "Start one")
    assert "Start an enrollment" == world.ben.wait_view().title
    helped = world.ben.click(hub, "Help")
    assert "`/eco enroll` starts an enrollment" in told(world, world.ben, helped)
    world.ben.close_all()
    world.ben.click(hub, "See the list")
    assert "*Production* (1234-5678-9012)" in listed(world)


def listed(world: World) -> str:
    """The text of the list that takes the hub's place."""

    def look() -> str | None:
        return next((m.text for m in world.ben.ephemerals() if m.text.startswith("1 enrollment.")), None)

    return world.slack.wait_for(look, 5, "the list")


def test_the_hub_of_a_person_without_enrollments_says_so(world: World) -> None:
    """There may be others to see, or none at all."""
    empty = answer(world, "")
    world.start()
    others = answer(world, "")

    assert "You have no enrollments yet." in empty.shown
    assert "You have no enrollments yet." in others.shown
    assert (["Start one", "Help"], ["Start one", "See the list", "Help"]) == (empty.buttons, others.buttons)


@pytest.mark.parametrize("typed", ["enroll", "ENROLL", "  enroll  ", "enroll whatever"])
def test_enroll_opens_the_start_form(world: World, typed: str) -> None:
    """Whatever stands behind it, in whatever letters."""
    world.ben.command("/eco", typed)

    assert "Start an enrollment" == world.ben.wait_view().title


def test_help_names_every_verb_and_every_button(world: World) -> None:
    """So that nobody has to guess."""
    said = answer(world, "help").text

    verbs = ("enroll", "status", "list", "pairs", "customers", "ticket", "details", "export", "undo", "timeline")
    verbs += ("accounts", "import", "lists", "check", "calendar", "away", "handover", "quiet", "language", "help")
    assert [] == [verb for verb in verbs if f"/eco {verb}" not in said]
    assert len(verbs) == sum(line.startswith("`/eco ") for line in said.splitlines()), "one verb a line"
    words = ("Mark done", "Mark sent", "It's ready", "Still waiting", "Skip", "Reopen", "Reopen a step…")
    assert [] == [word for word in words if f"*{word}*" not in said]


@pytest.mark.parametrize("typed", ["status\nProduction", "status   Production", "\tstatus\tProduction "])
def test_any_white_space_stands_between_a_verb_and_an_account(world: World, typed: str) -> None:
    """People paste."""
    world.start()

    assert "Eco enrollment of Production" in answer(world, typed).text


@pytest.mark.parametrize("typed", ["enrol", "foo bar", "123456789012", "<!channel>", "`x`"])
def test_an_unknown_verb_gets_the_help(world: World, typed: str) -> None:
    """What was typed is quoted, harmlessly."""
    said = answer(world, typed).text

    assert said.startswith("I don't know `/eco ")
    assert "<!channel>" not in said
    assert "`/eco enroll` starts an enrollment" in said


@pytest.mark.parametrize("account", ACCOUNTS)
def test_status_finds_an_enrollment_by_id_by_name_and_by_its_channel(world: World, account: str) -> None:
    """With dashes, with spaces, by the beginning or a part of the name in any letters, or by nothing."""
    world.start()

    shown = answer(world, f"status {account}")

    assert world.card().text == shown.text
    assert world.card().buttons == shown.buttons
    assert shown.ephemeral


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("account", ["1234-5678-9012", "production", ""])
def test_the_other_verbs_open_their_form(world: World, verb: str, account: str) -> None:
    """For the enrollment that is meant."""
    world.start(collaborators=["ben"], position="enable_subsets")

    world.ben.command("/eco", f"{verb} {account}")

    title, callback = VERBS[verb]
    assert callback == world.ben.wait_view(title).callback_id


@pytest.mark.parametrize("verb", ["status", *VERBS])
def test_an_unknown_account_gets_the_choices_which_carry_the_verb_on(world: World, verb: str) -> None:
    """No error: a menu of what there is, and choosing goes on where the person was."""
    world.start(collaborators=["ben"], position="enable_subsets")
    world.start(account_id="222222222222", account_name="Staging", spot_org_id="7777777", position="enable_subsets",
                collaborators=["ben"])  # fmt: skip

    menu = answer(world, f"{verb} 999999999999")
    assert "No enrollment matches “999999999999”. Which one do you mean?" == menu.text

    delivery = world.ben.choose(menu, "eco.choose", "Staging (2222-2222-2222)")

    if verb == "status":
        world.slack.wait_for(lambda: "Staging" in world.ben.ephemerals()[-1].text or None, 5, "the status")
        assert 1 == len(world.ben.ephemerals()), "the answer takes the menu's place"
    else:
        form = world.ben.wait_view(VERBS[verb][0])
        assert '"enrollment":2' in form.private_metadata
    assert delivery.ok


def test_an_ambiguous_name_gets_the_choices_that_fit(world: World) -> None:
    """Only those, each with its account ID."""
    for number, name in enumerate(("Prod EU", "Prod US", "Staging"), 1):
        world.start(account_id=str(number) * 12, account_name=name, spot_org_id=str(number) * 7)

    menu = answer(world, "status prod")

    assert "Several enrollments match “prod”. Which one do you mean?" == menu.text
    options = menu.blocks[1]["elements"][0]["options"]
    assert ["Prod EU (1111-1111-1111)", "Prod US (2222-2222-2222)"] == [o["text"]["text"] for o in options]


def test_nothing_typed_in_a_channel_with_several_gets_those_of_the_channel(world: World) -> None:
    """And in a channel with none, all there are."""
    world.start(account_id="111111111111", account_name="One", spot_org_id="1111111")
    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222")
    world.start(account_id="333333333333", account_name="Far", spot_org_id="3333333", channel_id="finops")

    assert "This channel has several enrollments. Which one do you mean?" == answer(world, "status").text
    assert "*" not in answer(world, "status").text
    assert "Eco enrollment of Far" in answer(world, "status", channel="finops").text
    elsewhere = answer(world, "status", channel="eco-private")
    assert "This channel has no enrollment. Which one do you mean?" == elsewhere.text
    assert 3 == len(elsewhere.blocks[1]["elements"][0]["options"])


@pytest.mark.parametrize("verb", ["status", "list", *VERBS])
def test_without_any_enrollment_every_verb_says_how_to_start(world: World, verb: str) -> None:
    """Also with an account."""
    assert "There is no enrollment yet. `/eco enroll` starts one." == answer(world, verb).text
    assert "There is no enrollment yet. `/eco enroll` starts one." == answer(world, f"{verb} 123456789012").text


def test_the_list_shows_everybodys_with_what_is_next(world: World) -> None:
    """Name, account, channel, owner, progress, and the step that is next; also in the text alone."""
    world.start()
    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222", position="create_subsets")

    shown = answer(world, "list")

    assert "2 enrollments, most urgent first." == shown.blocks[0]["text"]["text"]
    for said in (shown.shown, shown.text):
        assert f"(1234-5678-9012) in <#{world.channel.id}>, owner <@{world.ana.id}>" in said
        assert f"*1 of {TOTAL} steps*" in said
        assert f"*3 of {TOTAL} steps*" in said
        assert "*Create subsets* — open since " in said


def test_the_ticket_verb_shows_the_ticket_that_is_to_be_sent_now(world: World) -> None:
    """Else the one that was sent and is waited for; else it says that there is none."""
    world.start(position="connect_account", collaborators=["ben"])
    assert "Production has no ticket to send right now. Its card shows what's next." == answer(world, "ticket").text

    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222", position="enable_subsets",
                collaborators=["ben"])  # fmt: skip
    world.ben.command("/eco", "ticket two")
    form = world.ben.wait_view("Ticket")
    assert "Spot Organization ID 2222222." in form.shown
    assert "Mark sent" == form.submit

    world.ben.submit()
    world.fill(world.ben, "Mark sent", ticket_number="4711")
    world.deliver()
    world.ben.command("/eco", "ticket two")
    assert "" == world.ben.wait_view("Ticket").submit


def test_an_incomplete_ticket_says_what_is_missing(world: World) -> None:
    """As an answer to the command, where there is no form to show."""
    reach(world, StepKey.ASSOCIATE_CUSTOMERS, collaborators=["ben"])
    world.click(world.ana, "Mark done", StepKey.CREATE_WORKFLOWS)
    world.fill(world.ana, "Mark done", names="Standard")
    world.deliver()

    said = answer(world, "ticket").text

    assert "Add at least one end customer first." == said
    add_line(world, world.ana, StepKey.ASSOCIATE_CUSTOMERS)
    act(world, world.ana, StepKey.ASSOCIATE_CUSTOMERS)


def test_everything_works_in_a_private_channel_without_the_bot(world: World) -> None:
    """Answers come through Slack's own address for the request; nothing is posted there."""
    world.start(collaborators=["ben"], position="enable_subsets")
    private = "finance-private"

    hub = answer(world, "", channel=private)
    world.ben.click(hub, "See the list")
    assert "*Production*" in listed(world)
    shown = answer(world, "status Production", channel=private)
    world.ben.click(shown, "Show ticket")
    world.ben.wait_view("Ticket")
    world.ben.close_all()
    menu = answer(world, "pairs nobody", channel=private)
    world.ben.choose(menu, "eco.choose", "Production (1234-5678-9012)")
    world.ben.wait_view("Pairs")

    assert [] == world.slack.channel(private).messages
    assert [] == [call for call in world.slack.calls if not call.ok]


def test_a_button_on_ones_own_copy_of_the_card_works_and_draws_it_anew(world: World) -> None:
    """The copy that `status` shows is as good as the card in the channel."""
    world.start(collaborators=["ben"])
    act(world, world.ana, StepKey.CONNECT_ACCOUNT)
    world.jump(days=3)
    copy = answer(world, "status Production", channel="finance-private")

    world.ben.click(copy, "It's ready")

    world.slack.wait_for(lambda: "account: done" in world.ben.ephemerals()[-1].text or None, 5, "the new copy")
    assert 1 == len(world.ben.ephemerals("finance-private"))
    world.deliver()
    assert "Connect the management account: done" in world.card().text
