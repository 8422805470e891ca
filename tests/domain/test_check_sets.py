"""The sets of checks: each report has the items of its set, and a step offers what its set has."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import aws_events
from bot.domain.actions import Action, actions_for
from bot.domain.aws.catalog import ITEMS
from bot.domain.aws.check_sets import CHECK_SETS, check_set
from bot.domain.aws.facts import Organization, Reason, Unseen
from bot.domain.aws.preflight import RECORDED, CheckReport, Finding, Verdict
from bot.domain.enrollment import State
from bot.domain.procedure import BUILT_IN
from bot.domain.step_spec import Procedure
from tests.domain.aws_snapshots import ACCOUNT, GREEN, OTHER, TARGET, look
from tests.domain.building import NOW, OWNER, blank, reach
from tests.support.findings import of, trouble
from tests.support.steps import StepKey

MEMBER = replace(TARGET, checks="member")
UNDER_OTHER = replace(GREEN, organization=Organization("o-1", OTHER), accounts=Unseen(Reason.SKIPPED))
PROCEDURES = {procedure.key: procedure for procedure in BUILT_IN}


@pytest.mark.parametrize("name", CHECK_SETS)
def test_a_set_names_items_that_exist(name: str) -> None:
    """Each name is an item of the catalog, or begins some."""
    assert [] == [part for part in CHECK_SETS[name].items if not any(item.startswith(part) for item in ITEMS)]


@pytest.mark.parametrize("target", [TARGET, MEMBER], ids=lambda target: target.checks)
def test_a_report_has_the_items_of_its_set_alone(target: object) -> None:
    """It says which set it is of, also after it was stored."""
    report = look(GREEN, target)  # type: ignore[arg-type]  # a target

    assert target.checks == CheckReport.from_json(report.to_json()).checks  # type: ignore[attr-defined]
    allowed = CHECK_SETS[report.checks].items
    assert [] == [found.item for found in report.findings if not found.item.startswith(allowed)]
    assert [] == [
        part for part in allowed if part != "full." and not any(f.item.startswith(part) for f in report.findings)
    ]


def test_a_report_of_an_older_version_is_of_a_management_account() -> None:
    """Reports that were stored before there were other sets do not name theirs."""
    stored = look(GREEN).to_json()
    del stored["checks"]

    assert "aws" == CheckReport.from_json(stored).checks


@pytest.mark.parametrize(
    ("organization", "words"),
    [
        (Organization("o-1", OTHER), "a member account; 9999-8888-7777 manages the organization o-1"),
        (Organization("o-1", ACCOUNT), "it manages the organization o-1"),
        (None, "it is in no organization"),
    ],
)  # fmt: skip
def test_a_member_account_may_have_any_place(organization: Organization | None, words: str) -> None:
    """It passes and says which; a management account is told the same as an open question."""
    snapshot = replace(UNDER_OTHER, organization=organization)

    report = look(snapshot, MEMBER)

    assert {} == trouble(report)
    assert words in of(report, "account.member").found


def test_what_only_a_payer_has_is_left_out_for_a_member() -> None:
    """The accounts of the organization are not looked at, nor missed; none is offered for a list of subsets."""
    report = look(UNDER_OTHER, MEMBER)

    assert [] == [found for found in report.findings if found.item in ("account.management", "account.accounts")]
    assert ((), ()) == (report.accounts, report.members)


def test_a_place_that_cannot_be_read_is_no_pass() -> None:
    """As for every other item."""
    report = look(replace(UNDER_OTHER, organization=Unseen(Reason.TIMED_OUT)), MEMBER)

    assert {"account.member": Verdict.UNKNOWN} == trouble(report)


def test_the_guide_names_each_set_and_what_it_reads() -> None:
    """Whoever writes a procedure finds there which keys its shared fields need."""
    guide = (Path(__file__).parents[2] / "docs/PROCEDURES.md").read_text(encoding="utf-8")
    section = guide.split("### Checks\n")[1].split("\n### ")[0]

    assert [] == [name for name in CHECK_SETS if f"| `{name}` |" not in section]
    assert [] == [key for key in RECORDED if f"`{key}`" not in section]


def test_an_unknown_set_offers_nothing() -> None:
    """A stored procedure may name one that this version does not have."""
    assert (False, False, False) == (check_set("x").watched, check_set("x").explains, check_set("").sets_up)


def test_each_procedure_watches_the_step_whose_set_is_watched() -> None:
    """At most one, and none where nothing is watched."""
    assert "connect_account" == PROCEDURES["aws-management-account"].watched_step
    assert "connect_account" == PROCEDURES["aws-member-account"].watched_step
    assert "connect_account" == PROCEDURES["aws-msp-extract"].watched_step, "and not that of the crawler before it"
    assert "deliver_report" == PROCEDURES["aws-msp-delivered"].watched_step
    assert PROCEDURES["aws-several-organizations"].watched_step is None


@pytest.mark.parametrize("procedure", BUILT_IN, ids=lambda procedure: procedure.key)
def test_a_step_offers_what_its_set_has(procedure: Procedure) -> None:
    """**Check AWS** while it is open, waits or is due; **It's not there** once it is due."""
    for spec in procedure.steps:
        new = blank(procedure_reference=procedure.reference)
        for state in (State.OPEN, State.WAITING):
            waits = {"latest": NOW, "acted_at": NOW - timedelta(days=2)} if state is State.WAITING else {}
            at = new.with_step(spec.key, state=state, **waits)
            offered = actions_for(at, spec.key, NOW + timedelta(days=1))
            checked = bool(spec.checks) or (spec.checks_again and state is State.WAITING)
            assert checked == (Action.CHECK_AWS in offered), spec.key
            due = state is State.WAITING
            assert (due and check_set(spec.checks).explains) == (Action.NOT_THERE in offered), spec.key


def test_a_check_from_a_step_without_a_set_is_that_of_the_watched_step() -> None:
    """*Full Eco* has no set of its own, and offers the check while it waits."""
    assert "aws" == PROCEDURES["aws-management-account"].checks_from("full_eco")
    assert "member" == PROCEDURES["aws-member-account"].checks_from("connect_account")
    assert "" == PROCEDURES["aws-several-organizations"].checks_from("sign_up")


def test_a_check_of_another_set_leaves_the_result_of_the_watched_step() -> None:
    """The thread tells it; the card keeps what was found for the step that is watched."""
    enrollment, now = reach(StepKey.CONNECT_ACCOUNT, State.OPEN)
    first = aws_events.checked(enrollment, look(GREEN), OWNER, now, "connect_account").enrollment
    other = CheckReport((Finding("x", Verdict.FAIL, "Crawler"),), checks="crawler")

    change = aws_events.checked(first, other, OWNER, now, "connect_account")

    assert first.checked_result == change.enrollment.checked_result
    assert "1 fail" in str(change.events[0].details["result"])
