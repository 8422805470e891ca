"""The weekly digest as a message: what it says, whom it mentions, and what it counts where there is no room."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.digest_contents import compose
from bot.domain.enrollment import Enrollment, State, Status, Step
from bot.domain.schedule import day_words
from bot.presentation import digest
from bot.presentation.card import Message
from bot.presentation.texts import day
from tests.domain import building
from tests.domain.building import DAY, HOUR, MATE, NOW, ORG, OWNER, POLICY, acted, finished, opened, started
from tests.presentation import extremes
from tests.presentation.reading import check_message, mrkdwn
from tests.support.steps import StepKey

K = StepKey
#: Slack refuses blocks of more than about 12,000 characters.
MOST_JSON = 12_000
Contacts = Callable[[Enrollment, Step], tuple[str, ...]]


def owner_of(enrollment: Enrollment, _: Step) -> tuple[str, ...]:
    """Everybody is still in Slack."""
    return (enrollment.owner,)


def name_of(user: str) -> str:
    """A name that can be told from a mention."""
    return f"name-{user}"


def made(*enrollments: Enrollment, contacts: Contacts = owner_of, later: timedelta = DAY + HOUR) -> Message:
    """The digest of a channel with these enrollments, some time after they were made."""
    return digest.build(compose(enrollments, NOW + later, POLICY, contacts), name_of)


def named(enrollment: Enrollment, name: str, number: int = 1, **fields: object) -> Enrollment:
    """The enrollment of another account."""
    return replace(enrollment, account_name=name, account_id=f"{number:012}", id=number, **fields)  # type: ignore[arg-type]


def lines(message: Message) -> list[str]:
    """The lines of the blocks."""
    return "\n".join(mrkdwn(message.blocks)).splitlines()


def four() -> list[Enrollment]:
    """One that is due, one to act on, one that waits, one that was completed."""
    return [
        named(acted(acted(opened(K.FULL_ECO), K.FULL_ECO), K.ENABLE_SUBSETS), "Acme Prod", 1),
        named(finished(started(spot_org_id=ORG), K.CONNECT_ACCOUNT, now=NOW + HOUR), "B & Co", 2),
        named(acted(opened(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT, NOW - 3 * DAY), "Gamma", 3, owner=MATE),
        named(finished(done_but_one(), K.ASSOCIATE_CUSTOMERS, now=NOW + DAY), "Delta", 4),
    ]


def test_what_broke_in_aws_is_named_until_it_works() -> None:
    """The longest broken first, in blocks and in the text alone; nothing of it once it works, or is over."""
    longer = named(started(), "Long", 1, aws_broken_at=NOW - 3 * DAY, aws_broken="Role for <Spot>")
    shorter = named(started(), "Short", 2, aws_broken_at=NOW, aws_broken="Files in the bucket")
    over = named(started(), "Over", 3, aws_broken_at=NOW, aws_broken="x", status=Status.CANCELLED)

    message = made(shorter, over, longer)

    for said in ("\n".join(lines(message)), message.text):
        assert "*Trouble in AWS*" in said
        assert said.index("Role for &lt;Spot&gt;, since") < said.index("Files in the bucket, since")
        assert "Over" not in said
    assert "Broken" not in made(named(started(), "Fine", 4)).text


def done_but_one() -> Enrollment:
    """An enrollment with one optional step left."""
    return finished(opened(K.VALIDATE_WORKFLOWS), K.VALIDATE_WORKFLOWS, K.FULL_ECO, K.ASSOCIATE_WORKFLOWS)


def test_a_digest_says_what_needs_us_what_waits_what_was_done_and_what_may_finish() -> None:
    """One line for each, the most urgent first; the days of waits are told in the reader's zone."""
    message = made(*four())

    assert [
        "*Needs you*",
        f"<@{MATE}>",
        f"• *Gamma*: Connect the management account (due since {day(NOW - DAY)})",
        f"<@{OWNER}>",
        f"• *B &amp; Co*: Enable the Subsets feature (open since {day_words(NOW.date())}), "
        "Full Eco: strategy call and ramp-up (optional)",
        "*Waiting*",
        "• *Acme Prod*: Enable the Subsets feature is waiting for Spot support. "
        f"They give no date; I'll ask you {day(NOW + 2 * DAY)}",
        "• *Acme Prod*: Full Eco: strategy call and ramp-up is waiting for Spot, "
        f"ready between {day(NOW + 28 * DAY)} and {day(NOW + 42 * DAY)}",
        "*Done in the last 7 days*",
        f"• *B &amp; Co*: Connect the management account (name-{OWNER})",
        f"• *Delta* is complete: Associate end customers (name-{OWNER})",
        "*Forecast*",
        "• *B &amp; Co*: Mon, Mar 9",
        "• *Gamma*: Mon, Mar 9",
        "• *Acme Prod*: between Wed, Apr 1 and Wed, Apr 15",
    ] == lines(message)


def test_the_text_says_the_same_as_the_blocks() -> None:
    """Notifications and screen readers read nothing else."""
    message = made(*four())

    said = [line for line in message.text.splitlines() if line]
    assert ["Eco enrollments this week", *lines(message)] == said


WAITS = {
    "up to 48 hours": (K.CONNECT_ACCOUNT, f"is waiting for AWS and Spot until {day(NOW + 2 * DAY)}"),
    "about four days": (K.ASSOCIATE_WORKFLOWS, f"is waiting for Spot support until about {day(NOW + 4 * DAY)}"),
}


@pytest.mark.parametrize(("key", "words"), WAITS.values(), ids=WAITS)
def test_a_wait_is_told_as_it_was_promised(key: StepKey, words: str) -> None:
    """For whom and until when."""
    said = lines(made(acted(opened(key), key), later=HOUR))

    assert [line for line in said if line.endswith(words)]


def test_a_wait_that_may_be_over_says_until_when_it_is_expected() -> None:
    """It needs a look, and is not late."""
    said = lines(made(acted(opened(K.FULL_ECO), K.FULL_ECO), later=timedelta(weeks=4)))

    ready = f"Full Eco: strategy call and ramp-up (may be ready, expected by {day(NOW + 42 * DAY)})"
    assert [line for line in said if ready in line]


def test_parts_without_anything_are_left_out() -> None:
    """A heading never stands alone."""
    said = lines(made(started(), later=HOUR))

    assert ["*Needs you*", "*Forecast*"] == [line for line in said if line.startswith("*")]


def test_a_skipped_step_is_told_as_skipped() -> None:
    """With who skipped it."""
    enrollment, _ = building.reach(K.FULL_ECO, State.SKIPPED)
    early = replace(enrollment, started_at=NOW - DAY)

    assert f"Full Eco: strategy call and ramp-up skipped (name-{MATE})" in made(early).text


def test_an_enrollment_with_optional_steps_alone_may_be_finished_any_day() -> None:
    """It says that they are optional, twice."""
    said = lines(made(done_but_one(), later=HOUR))

    assert "• *Acme*: Associate end customers (optional)" in said
    assert "• *Acme*: any day, as only optional steps are left" in said


def test_each_owner_is_mentioned_once_in_a_message() -> None:
    """However many of the owner's enrollments it names, and who did something last week is named, not mentioned."""
    several = [named(opened(K.CONNECT_ACCOUNT), f"Account {n}", n) for n in range(1, 6)]

    message = made(*several, *[named(each, f"other {n}", 10 + n) for n, each in enumerate(four())])

    for said in (message.text, "\n".join(lines(message))):
        assert {OWNER: 1, MATE: 1} == {user: said.count(f"<@{user}>") for user in (OWNER, MATE)}


def test_who_stands_in_for_several_owners_is_mentioned_once() -> None:
    """The second group of people names them."""
    gone = named(opened(K.CONNECT_ACCOUNT), "Gone", 1, owner="U0GONE")
    theirs = named(opened(K.CONNECT_ACCOUNT), "Theirs", 2, owner=MATE)
    stand_in = {"U0GONE": (MATE, OWNER), MATE: (MATE,)}

    said = lines(made(gone, theirs, contacts=lambda enrollment, _: stand_in[enrollment.owner], later=HOUR))

    assert [f"<@{MATE}> <@{OWNER}>", f"name-{MATE}"] == [line for line in said if "•" not in line][1:3]
    assert [line for line in said if line.endswith("Its owner name-U0GONE has left Slack: *Edit* names another one.")]


def test_where_everybody_has_left_slack_the_channel_is_asked() -> None:
    """A digest comes all the same."""
    said = lines(made(opened(K.CONNECT_ACCOUNT), contacts=lambda *_: (), later=HOUR))

    assert "Everybody here" in said
    assert "<@" not in "\n".join(said)


def test_an_account_id_is_shown_only_where_two_have_the_same_name() -> None:
    """A name says enough otherwise."""
    two = [named(opened(K.CONNECT_ACCOUNT), "Production", n) for n in (1, 2)]

    message = made(*two, named(opened(K.CONNECT_ACCOUNT), "Test", 3), later=HOUR)

    for shown in ("*Production (0000-0000-0001)*", "*Production (0000-0000-0002)*", "*Test*"):
        assert shown in message.text


def crowd(name: str, count: int, owners: int) -> list[Enrollment]:
    """Enrollments in every state, of several owners."""
    states = (State.DUE, State.OPEN, State.WAITING, State.DONE)
    found = []
    for number in range(1, count + 1):
        enrollment = extremes.enrollment(name, states[number % 4], number=number)
        fields = {"started_at": extremes.NOW - timedelta(days=60), "owner": f"U0OWNER{number % owners:05}"}
        found.append(replace(enrollment, **fields))  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("name", extremes.NAMES.values(), ids=extremes.NAMES)
@pytest.mark.parametrize(("count", "owners"), [(1, 1), (15, 3), (200, 1), (200, 200)])
def test_any_number_of_enrollments_fits(name: str, count: int, owners: int) -> None:
    """Within Slack's limits for blocks and text, with every enrollment shown or counted in each part."""
    every = crowd(name, count, owners)
    contents = compose(every, extremes.NOW, POLICY, owner_of)

    message = digest.build(contents, name_of)

    check_message(message)
    assert len(json.dumps(message.blocks)) < MOST_JSON - 1_000, "there is no room for buttons"
    assert len(message.text) < 3_900
    wanted = [len(part) for part in (contents.needed, contents.waiting, contents.done, contents.forecasts) if part]
    assert wanted == counted(lines(message)) == counted(message.text.splitlines())


def counted(said: list[str]) -> list[int]:
    """How many entries each part shows or counts."""
    parts: list[int] = []
    for line in said:
        if re.fullmatch(r"\*[A-Za-z0-9 ]+\*", line):
            parts.append(0)
        elif line.startswith("•"):
            parts[-1] += 1
        elif more := re.match(r"(?:And )?(\d+) (?:more|in all)", line):
            parts[-1] += int(more[1])
    return parts


def test_what_is_left_out_is_the_least_urgent() -> None:
    """Of two hundred enrollments of an owner those that are due come first."""
    every = [named(opened(K.CONNECT_ACCOUNT), f"Open {n}", n) for n in range(1, 191)]
    due = acted(opened(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT, NOW - 3 * DAY)
    every += [named(due, f"Due {n}", n) for n in range(191, 201)]

    message = made(*every)

    assert [f"Due {n}" for n in range(191, 201)] == re.findall(r"Due \d+", message.text)[:10]
    assert 10 == len(set(re.findall(r"Due \d+", "\n".join(lines(message)))))
    assert re.search(r"And \d+ more: `/eco list` shows every enrollment\.", message.text)


def test_the_owners_of_what_is_left_out_are_mentioned() -> None:
    """Somebody whose enrollment is only counted is still told that there is one."""
    every = [named(opened(K.CONNECT_ACCOUNT), "W" * 80, n, owner=f"U0OWNER{n:03}") for n in range(1, 71)]

    said = "\n".join(lines(made(*every)))

    assert [1] * 70 == [said.count(f"<@U0OWNER{n:03}>") for n in range(1, 71)]


def test_a_digest_escapes_what_people_typed() -> None:
    """No name mentions anybody, in whichever part it stands."""
    hostile = [replace(each, account_name=extremes.HOSTILE) for each in four()]
    message = digest.build(compose(hostile, NOW + DAY + HOUR, POLICY, owner_of), lambda user: extremes.HOSTILE)

    for said in (message.text, json.dumps(message.blocks)):
        assert "<!channel>" not in said
        assert "<@U0EVE" not in said
        assert "&lt;!channel&gt; &amp; " in said


def test_nothing_to_say_is_an_empty_digest() -> None:
    """Its sender asks before it builds a message."""
    over = replace(four()[3], ended_at=NOW - 30 * DAY, status=Status.COMPLETED)

    assert not compose([over], NOW + 60 * DAY, POLICY, owner_of)
