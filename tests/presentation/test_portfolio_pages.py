"""Pages of the portfolio, as a home tab and as a message: within Slack's limits, and saying what is late and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.portfolio import Portfolio, PortfolioQuery, PortfolioRow, Segment, Sort
from bot.handlers import home_filter
from bot.localslack import limits
from bot.presentation import home, portfolio_list
from bot.presentation.portfolio_rows import PER_PAGE, Entry, row_text
from bot.presentation.portfolio_state import as_state, format_query, from_state, parse_query
from tests.presentation.extremes import NAMES, NOW, STATES, enrollment
from tests.presentation.reading import check_message, check_modal
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE

EXTREME = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
LINK = "https://eco-demo.slack.com/archives/C0ROLLOUT1/p1764000000000100"
#: A query with everything in it, as long as it can be.
FULL = PortfolioQuery(
    Segment.FINISHING, "U0OWNER0001", "C0ROLLOUT1", StepKey.FULL_ECO, "AWS and Spot", "<" * 100, Sort.FORECAST, 2
)


def entry(made: Enrollment, key: str = StepKey.CONNECT_ACCOUNT, **changed: Any) -> Entry:
    """The row of an enrollment at one of its steps."""
    step, over = made.step(key), made.status is not Status.ACTIVE
    row = PortfolioRow(
        made.id,
        made.account_id,
        made.account_name,
        made.channel_id,
        made.owner,
        made.status,
        made.started_at,
        made.ended_at,
        made.finished,
        len(PROCEDURE),
        made.procedure_reference,
        step=None if over else key,
        state=None if over else step.state_at(NOW),
        since=step.since,
        earliest=step.earliest,
        latest=step.latest,
        late=step.latest if step.state_at(NOW) is State.DUE else None,
    )
    return Entry(replace(row, **changed), made, link=LINK, may_change=True)


def crowded(name: str) -> list[Entry]:
    """A page of rows with the longest that people can write, in a closed channel."""
    notes = {"note": "<" * 500, "noted_by": "U0BEN00001", "noted_at": NOW}
    blocked = {"blocked_by": "customer", "blocked_why": "&" * 500, "target": date(2026, 11, 20), "late": NOW}
    days = {"finish_first": date(2026, 11, 30), "finish_last": date(2026, 12, 24)}
    made = []
    for number in range(1, PER_PAGE + 1):
        full = enrollment(name, STATES[number % len(STATES)], number=number)
        full = full.with_step(StepKey.CONNECT_ACCOUNT, **notes)
        made.append(replace(entry(full, **blocked, **days), closed="channel_not_found"))
    return made


def portfolio(entries: list[Entry], page: int = 2, pages: int = 30) -> Portfolio:
    """A page of many."""
    counts = dict.fromkeys(Segment, pages * PER_PAGE)
    return Portfolio(tuple(each.row for each in entries), page, pages, pages * PER_PAGE, counts)


@EXTREME
def test_a_page_fits_wherever_it_is_shown(name: str) -> None:
    """With names, notes and reasons at the edge of what people may enter, and a filter of everything."""
    entries = crowded(name)
    found = portfolio(entries)

    view = home.build(home.Home(FULL, found, entries, [name] * 10, by_email=True), NOW)

    limits.check_view({**view, "private_metadata": format_query(FULL)}, "home")
    assert 2 * PER_PAGE + 8 <= len(view["blocks"]) <= 100
    message = portfolio_list.build(found, FULL, entries, NOW, [name] * 10)
    check_message(message)
    assert len(json.dumps(message.blocks, ensure_ascii=False)) < 12_000
    assert PER_PAGE == str(message.blocks).count("'eco.list.open'")


def test_the_form_of_the_filters_fits() -> None:
    """Empty, and filled with everything."""
    check_modal(home_filter.build(PortfolioQuery()))
    check_modal(home_filter.build(FULL))


def test_a_step_that_offers_nothing_has_no_row_of_buttons() -> None:
    """A ticket that lacks a value and has no list offers nothing: an empty row would be refused."""
    made = enrollment("Acme", State.LOCKED).with_shared({"spot_org_id": None})
    made = made.with_step(StepKey.ENABLE_SUBSETS, state=State.OPEN)
    row = entry(made, StepKey.ENABLE_SUBSETS)

    limits.check_view(home.build(home.Home(PortfolioQuery(), portfolio([row], 1, 1), [row]), NOW), "home")


def test_a_late_row_says_since_when_whose_turn_it_is_why_it_waits_and_the_last_note() -> None:
    """A manager's question, "which are late, and why?", is answered in one look."""
    noted = {"note": "They promised Friday", "noted_by": "U0BEN00001", "noted_at": NOW - timedelta(days=1)}
    put_off = {"snoozed_by": "U0BEN00001", "snoozed_at": NOW, "snooze_note": "support is slow"}
    made = enrollment("Acme", State.DUE).with_step(StepKey.CONNECT_ACCOUNT, **noted, **put_off)

    said = row_text(entry(made), NOW)

    assert f"*<{LINK}|Acme>* (0000-0000-0001) in <#C0ROLLOUT1>, owner <@U0OWNER00001>" in said
    assert ":bell: *Connect the management account* — due since " in said
    assert f"*late*. <@{made.owner}>'s turn: Are Cost Analysis and the dashboard there?" in said
    assert "<@U0BEN00001>: still waiting, " in said
    assert "(support is slow)" in said
    assert "They promised Friday" in said


def test_a_late_row_says_what_is_wrong_in_aws() -> None:
    """What the last check found, and what broke since; a row that is not late is shorter."""
    checked = {"checked_at": NOW, "checked_by": "U0BEN00001", "checked_result": "26 pass, 2 fail, 2 cannot tell"}
    late = replace(enrollment("Acme", State.DUE), **checked, aws_broken_at=NOW, aws_broken="Role for <Spot>")

    said = row_text(entry(late), NOW).splitlines()

    assert any(line.endswith("by <@U0BEN00001>: 26 pass, 2 fail, 2 cannot tell") for line in said)
    assert any(line.startswith(":warning: Trouble in AWS since ") for line in said)
    assert "Role for &lt;Spot&gt;" in "\n".join(said)
    assert "" not in said
    assert "26 pass" not in row_text(entry(replace(enrollment("Acme"), **checked)), NOW)


def test_a_row_has_the_forecast_in_the_words_of_the_card() -> None:
    """Any day, where only optional steps are left: a day would be a promise that nobody makes."""
    days = {"finish_first": date(2026, 11, 30), "finish_last": date(2026, 12, 4)}
    made = enrollment("Acme")
    assert "*, forecast Nov 30 to Dec 4\n" in row_text(entry(made, **days), NOW)
    for spec in PROCEDURE:
        if not spec.optional:
            made = made.with_step(spec.key, state=State.DONE)
    assert "*, forecast any day\n" in row_text(entry(made, StepKey.ASSOCIATE_CUSTOMERS, **days), NOW)


def test_a_blocked_row_says_by_whom_and_why() -> None:
    """Instead of whose turn it is; a step past its target day says the day."""
    made = enrollment("Acme", State.OPEN).with_step(StepKey.CONNECT_ACCOUNT, blocked_at=NOW)
    blocked = {"blocked_by": "spot", "blocked_why": "the contract is not signed"}

    said = row_text(entry(made, **blocked, target=date(2026, 11, 20), late=NOW), NOW)

    assert "*late*: its target was Fri, Nov 20." in said
    assert ":no_entry: Blocked by Spot since " in said
    assert ": the contract is not signed" in said
    assert "'s turn" not in said


def test_the_assignee_is_whose_turn_it_is_and_a_target_to_come_is_told() -> None:
    """The owner is still named as the owner."""
    said = row_text(entry(enrollment("Acme"), assignee="U0EVE00001", target=date(2026, 12, 4)), NOW)

    assert "<@U0EVE00001>'s turn." in said
    assert ", target Fri, Dec 4." in said
    assert "*late*" not in said


def test_a_row_has_one_button_for_what_is_next_and_a_menu_with_the_rest() -> None:
    """Who may not change an enrollment has **Open** alone."""
    row = entry(enrollment("Acme", State.DUE))

    view = home.build(home.Home(PortfolioQuery(), portfolio([row], 1, 1), [row]), NOW)
    *_, buttons, _, order = view["blocks"]
    assert ["step.its_ready", "step.still_waiting", "menu"] == [e["action_id"] for e in buttons["elements"]]
    assert ["home.sort"] == [e["action_id"] for e in order["elements"]]
    only_seen = replace(row, may_change=False)
    view = home.build(home.Home(PortfolioQuery(), portfolio([row], 1, 1), [only_seen]), NOW)
    assert "enrollment.open" == view["blocks"][-3]["accessory"]["action_id"]


@pytest.mark.parametrize("query", [PortfolioQuery(), FULL, PortfolioQuery(segment=Segment.DONE, page=7)])
def test_a_query_travels_in_buttons_and_in_the_metadata_of_a_view(query: PortfolioQuery) -> None:
    """And comes back as it was."""
    assert query == parse_query(format_query(query))


def test_a_state_of_another_version_is_read_as_far_as_it_is_known() -> None:
    """A step that is gone, a part that does not exist, a page that is none."""
    odd = {"segment": "x", "step": "gone", "sort": "y", "page": "3", "more": 1}

    assert {"segment": "all"} == as_state(from_state(odd))
