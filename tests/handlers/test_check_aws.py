"""**Check AWS** as people meet it: a modal at once, filled when the look is over, its result kept and told."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.enrollment import State
from bot.localslack import Person
from tests.handlers.test_faults import break_database, mend_database
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import (
    CONNECT,
    FOUND,
    SUMMARY,
    PlayedAws,
    card_words,
    check,
    checks_told,
    settled,
    shows,
)
from tests.support.steps import StepKey
from tests.support.walkthrough import act, confirm, reach, told


def test_a_modal_opens_at_once_and_is_filled_when_the_look_is_over(checked: World, aws: PlayedAws) -> None:
    """Slow AWS holds up neither the acknowledgement nor the modal."""
    aws.hold()
    checked.click(checked.ana, "Check AWS", CONNECT)
    first = shows(checked, checked.ana, "Checking AWS for *Production* (1234-5678-9012)")

    aws.let_go()

    filled = shows(checked, checked.ana, SUMMARY)
    assert first.id == filled.id
    assert ["123456789012"] == [target.account_id for target in aws.preflights]
    assert checked.enrollment().external_id == aws.preflights[0].external_id


def test_every_finding_stands_there_with_sign_and_word_the_worst_first(checked: World) -> None:
    """What was found, what was expected, how to fix it; "cannot tell" is no pass."""
    shown = check(checked, checked.ana).shown

    lines = [line for line in shown.splitlines() if line.startswith((":x:", ":question", ":white"))]
    assert [
        ":x: *fail* — *Resource IDs*",
        ":question: *cannot tell* — *What the role may read*",
        ":question: *cannot tell* — *Region of the bucket*",
        ":white_check_mark: pass — Time granularity: HOURLY",
        ":white_check_mark: pass — CloudFormation stack: eco-role",
    ] == lines
    assert "Found: not included\nExpected: RESOURCES\nFix: Billing console, Data Exports" in shown
    assert "*Files in the bucket*: none yet." in shown


def test_the_modal_has_the_external_id(checked: World) -> None:
    """The platform engineer needs it for the role's trust policy; no two enrollments share one."""
    shown = check(checked, checked.ana).shown

    number = checked.enrollment().external_id
    assert number is not None
    assert re.fullmatch(r"eco-[0-9a-f]{32}", number)
    assert f"`{number}`" in shown
    again = checked.start(account_id="210987654321", spot_org_id="707070", account_name="Other")
    assert number != again.external_id


def test_the_card_and_the_thread_say_the_last_result(checked: World, aws: PlayedAws) -> None:
    """With when and by whom; the copy of `/eco status` too. The next check takes its place."""
    check(checked, checked.ben)
    settled(checked)

    (line,) = (m.text for m in checked.thread() if "checked AWS" in m.text)
    expected = f"<@{checked.ben.id}> checked AWS for *Connect the management account*: {SUMMARY}."
    assert f"{expected} To fix: Resource IDs." == line
    at = int(checked.clock.now().timestamp())
    assert re.search(
        rf"AWS checked <!date\^{str(at)[:8]}\d\d\^[^>]*> by <@{checked.ben.id}>: {SUMMARY}", card_words(checked)
    )
    copy = told(checked, checked.ana, checked.ana.command("/eco", "status"))
    assert SUMMARY in checked.ana.ephemerals()[-1].shown, copy

    aws.report = replace(FOUND, findings=FOUND.findings[:1])
    check(checked, checked.ana, "1 pass, 0 fail, 0 cannot tell")
    settled(checked, 2)
    assert "1 pass, 0 fail, 0 cannot tell" in card_words(checked)
    assert SUMMARY not in card_words(checked)


@pytest.mark.parametrize("state", [State.OPEN, State.WAITING, State.DUE, State.DONE])
def test_the_button_is_there_while_there_is_something_to_check(world: World, state: State) -> None:
    """On the open, waiting and due step; not on a finished one, and on no other step."""
    world.start()
    if state is not State.OPEN:
        act(world, world.ana, CONNECT)
    if state is State.DUE:
        world.jump(hours=49)
    if state is State.DONE:
        confirm(world, world.ana, CONNECT)

    assert (0 if state is State.DONE else 1) == world.card().buttons.count("Check AWS")


def test_two_presses_at_once_look_once(checked: World, aws: PlayedAws) -> None:
    """The second joins: both read the result, and it is told once."""
    aws.hold()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda who: checked.click(who, "Check AWS", CONNECT), (checked.ana, checked.ben)))
    for person in (checked.ana, checked.ben):
        shows(checked, person, "Checking AWS")
    aws.let_go()

    for person in (checked.ana, checked.ben):
        shows(checked, person, SUMMARY)
    settled(checked)
    assert 1 == len(aws.preflights)
    assert 1 == sum("checked AWS" in m.text for m in checked.thread())


def test_a_closed_modal_loses_nothing(checked: World, aws: PlayedAws, caplog: pytest.LogCaptureFixture) -> None:
    """The result is kept and told in the thread; Slack's refusal is no fault of ours."""
    aws.hold()
    checked.click(checked.ana, "Check AWS", CONNECT)
    shows(checked, checked.ana, "Checking AWS")
    checked.ana.close_all()
    aws.let_go()

    settled(checked)
    checked.slack.wait_for(lambda: checked.slack.calls_of("views.update") or None, 10, "the try to show it")

    assert 1 == sum(SUMMARY in m.text for m in checked.thread())
    assert SUMMARY in card_words(checked)
    assert FOUND == checked.app.aws_checks.last(checked.enrollment(), CONNECT)
    assert [] == [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert checked.ana.view is None


def test_a_look_of_another_process_is_told(database_url: str) -> None:
    """Who began it and when; AWS is looked at once. What a dead process had begun is free after a minute."""
    first, second = PlayedAws(), PlayedAws()
    first.hold()
    with running(database_url, aws=first) as one:
        one.start(collaborators=["ben"])
        one.click(one.ana, "Check AWS", CONNECT)
        shows(one, one.ana, "Checking AWS")
        one.slack.wait_for(lambda: first.preflights or None, 10, "the first look")
        with running(database_url, aws=second, at=one.clock.now()) as two:
            two.deliver()
            two.app.enrollments.get(one.workspace, 1)
            other = press_anew(two, one)
            shows(two, other, f"<@{one.ana.id}> started checking AWS for *Production*")
            assert [] == second.preflights
            two.ana.close_all()
            two.clock.jump(timedelta(minutes=2))
            press_anew(two, one)
            shows(two, other, SUMMARY)
        first.let_go()
        shows(one, one.ana, SUMMARY)
    assert (1, 1) == (len(first.preflights), len(second.preflights))


def press_anew(two: World, one: World) -> Person:
    """Let the other process's ana ask for her card, and press the button there."""
    told(two, two.ana, two.ana.command("/eco", "status Production"))
    two.ana.click(two.ana.ephemerals()[-1], "Check AWS")
    return two.ana


def test_without_aws_it_says_what_to_set(world: World) -> None:
    """And everything else works as before."""
    world.start()

    shown = check(world, world.ana, "I can't look into AWS yet.").shown

    assert "ECO_AWS_ROLE" in shown
    assert "docs/AWS.md" in shown
    assert str(world.enrollment().external_id) in shown
    assert 0 == checks_told(world)


def test_without_credentials_it_says_what_to_set(checked: World, aws: PlayedAws) -> None:
    """What the check found stands there, too, and it is no pass."""
    fix = "Where the bot runs: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; see docs/AWS.md."
    aws.report = CheckReport(
        (
            Finding("account.identity", Verdict.UNKNOWN, "The account", "the bot has no credentials", "account", fix),
            Finding("stack", Verdict.UNKNOWN, "Stack", "not looked at", "", "First solve “The account”."),
        )
    )

    shown = check(checked, checked.ana, "0 pass, 0 fail, 2 cannot tell").shown

    first, second = shown.index(f"Fix: {fix}"), shown.index("First solve")
    assert first < second
    assert ":white_check_mark:" not in shown


def test_a_look_that_breaks_gets_a_reference(checked: World, aws: PlayedAws, caplog: pytest.LogCaptureFixture) -> None:
    """The log has it with the traceback; the next press looks again."""
    aws.fault = RuntimeError("something inside")

    shown = check(checked, checked.ana, "Something went wrong here").shown

    match = re.search(r"the reference ([0-9a-f]{8})\.", shown)
    assert match
    (record,) = (r for r in caplog.records if match[1] in r.getMessage())
    assert "the check of AWS failed" in record.getMessage()
    assert record.exc_info is not None
    aws.fault = None
    checked.ana.close_all()
    check(checked, checked.ana)


def test_a_result_that_cannot_be_kept_gets_a_reference(checked: World, aws: PlayedAws) -> None:
    """A database that fails meanwhile is told; the next press works."""
    aws.hold()
    checked.click(checked.ana, "Check AWS", CONNECT)
    shows(checked, checked.ana, "Checking AWS")
    checked.slack.wait_for(lambda: aws.preflights or None, 10, "the look")
    break_database(checked)
    aws.let_go()
    shows(checked, checked.ana, "Something went wrong here")
    mend_database(checked)

    checked.ana.close_all()
    check(checked, checked.ana)
    assert 1 == checks_told(checked)


def test_who_lost_the_right_meanwhile_is_refused(checked: World, aws: PlayedAws) -> None:
    """The step that is finished meanwhile is told, too: an old card's button looks at nothing."""
    act(checked, checked.ana, CONNECT)
    old = checked.card()
    confirm(checked, checked.ana, CONNECT)
    message = checked.slack.core.workspace.messages[old.channel][old.ts]
    message.blocks = old.blocks

    said = told(checked, checked.ben, checked.ben.click(old, "Check AWS"))

    assert f"<@{checked.ana.id}> already confirmed this." == said
    assert [] == aws.preflights


def test_a_modal_that_slack_does_not_open_begins_no_look(checked: World, aws: PlayedAws) -> None:
    """There is nobody to read it; pressing again works."""
    checked.slack.faults.add("views.open", "fatal_error")
    said = told(checked, checked.ana, checked.click(checked.ana, "Check AWS", CONNECT))

    assert "Something went wrong here" in said
    assert [] == aws.preflights
    check(checked, checked.ana)


def test_from_the_home_tab_it_opens_as_well(checked: World) -> None:
    """Also on top of the card that is open as a modal."""
    checked.ana.open_home()
    checked.slack.wait_for(lambda: checked.ana.home, 5, "the home tab")
    checked.ana.click("home", "Check AWS")
    shows(checked, checked.ana, SUMMARY)
    checked.ana.close_all()
    checked.ana.click("home", "Open")
    card = checked.ana.wait_view("Enrollment")
    checked.ana.click(card, "Check AWS")

    checked.ana.wait_view("Check AWS")
    shows(checked, checked.ana, SUMMARY)
    assert 2 == len(checked.ana.views)


def test_a_repeated_press_looks_once(checked: World, aws: PlayedAws) -> None:
    """Slack delivers again what it thinks was lost."""
    delivery = checked.click(checked.ana, "Check AWS", CONNECT)
    shows(checked, checked.ana, SUMMARY)

    checked.slack.redeliver(delivery)
    told(checked, checked.ana, checked.ana.command("/eco", "help"))

    assert 1 == len(aws.preflights)


def test_no_step_before_it_has_the_button(world: World) -> None:
    """There is nothing to look at yet."""
    world.start(spot_org_id="")

    assert "Check AWS" not in world.card().buttons


def test_a_later_step_has_no_button(world: World) -> None:
    """The AWS side is connected by then."""
    reach(world, StepKey.CREATE_SUBSETS)

    assert "Check AWS" not in world.card().buttons
