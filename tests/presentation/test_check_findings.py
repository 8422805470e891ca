"""Findings as blocks: however long and however many, within Slack's limits, and nothing is cut without a word."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain.aws.facts import Policies, Role, RoleFacts
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Target, Verdict
from bot.domain.aws.rules import judge
from bot.localslack import limits
from bot.presentation import check_findings
from bot.presentation.texts import escape
from tests.domain.aws_snapshots import GREEN
from tests.presentation.extremes import NAMES, NOW, enrollment
from tests.presentation.reading import mrkdwn


def said(report: CheckReport, name: str = "Production") -> str:
    """Everything that a modal says of a report; the modal is one that Slack takes."""
    blocks = check_findings.build(enrollment(name), report, NOW, "U0ANA00001")
    title = {"type": "plain_text", "text": "Check AWS"}
    limits.check_view({"type": "modal", "callback_id": "aws.check", "title": title, "blocks": blocks}, "modal")
    return "\n".join(mrkdwn(blocks))


@pytest.mark.parametrize("count", [0, 1, 17, 18, 60, 200, 1000])
@pytest.mark.parametrize("verdict", Verdict, ids=lambda verdict: verdict.name)
@pytest.mark.parametrize("letter", ["x", "<", "🚀", "é "], ids=["plain", "escaped", "emoji", "words"])
def test_any_number_of_the_longest_findings_fits(count: int, verdict: Verdict, letter: str) -> None:
    """What is shown and what is counted as left out come to all of them."""
    item = Finding("item", verdict, "Item " + letter * 500, letter * 5000, letter * 5000, letter * 5000)

    words = said(CheckReport((item,) * count))

    shown = len(re.findall(rf"{check_findings.SIGNS[verdict]} \*?{verdict.value}\*? — ", words))
    left = re.search(r"And (\d+) more findings?", words)
    assert count == shown + (int(left[1]) if left else 0)
    assert shown or not count


@pytest.mark.parametrize("count", [10, 100, 300])
def test_passes_are_left_out_before_fails(count: int) -> None:
    """Who has to fix something sees all of it first."""
    verdicts = (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN)
    items = tuple(Finding("i", verdict, f"T{n}", "f" * 300) for n in range(count) for verdict in verdicts)

    words = said(CheckReport(items))

    order = [":x:", ":question:", ":white_check_mark:"]
    signs = re.findall(r"^(:x:|:question:|:white_check_mark:) ", words, re.M)
    assert signs == sorted(signs, key=order.index)
    if ":white_check_mark:" in signs:
        assert count == signs.count(":x:") == signs.count(":question:")


@pytest.mark.parametrize(
    ("length", "shown"),
    [(8, True), (800, True), (2900, False), (9000, False)],
    ids=["short", "usual", "long", "huge"],
)
def test_a_policy_to_paste_is_shown_whole_or_not_at_all(length: int, shown: bool) -> None:
    """A part of a policy is no policy: where it does not fit, it is said where to see it."""
    text = "{" + '"a<b' * (length // 4) + "}"
    item = Finding("i", Verdict.FAIL, "Title", "found " * 20, "expected " * 20, "fix " * 50, text)

    words = said(CheckReport((item,)))

    assert shown == (f"```\n{escape(text)}\n```" in words)
    assert shown != ("can see the text to paste" in words)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_name_of_an_account_fits_into_its_head(name: str) -> None:
    """Escaped, with the counts of all three verdicts."""
    words = said(CheckReport((Finding("i", Verdict.PASS, "T"),)), name)

    assert "*1 pass, 0 fail, 0 cannot tell*" in words
    assert "<!channel>" not in words


@pytest.mark.parametrize(
    ("found", "expected", "words"),
    [
        ("HOURLY", "HOURLY", ":white_check_mark: pass — T: HOURLY"),
        (
            "both may",
            "both accounts of Spot",
            ":white_check_mark: pass — T: both may (expected: both accounts of Spot)",
        ),
        ("", "", ":white_check_mark: pass — T"),
    ],
)
def test_a_pass_is_one_line_with_what_was_expected(found: str, expected: str, words: str) -> None:
    """Said once where both are the same."""
    assert words in said(CheckReport((Finding("i", Verdict.PASS, "T", found, expected),))).splitlines()


def test_a_cut_says_how_much_is_missing() -> None:
    """To the character, also where escaping makes it longer; what fits stands whole."""
    assert "x" * 100 == check_findings.cut("x" * 100, 100)
    assert "&lt;" * 25 == check_findings.cut("<" * 25, 100)
    for text in ("x" * 5000, "<" * 5000, "&🚀" * 2500):
        shown = check_findings.cut(text, 200)
        match = re.fullmatch(r"(.*) … \(and ([\d,]+) characters more\)", shown)
        assert match
        assert len(shown) <= 200
        kept = match[1].replace("&lt;", "<").replace("&amp;", "&")
        assert text == kept + text[len(kept) :]
        assert len(text) == len(kept) + int(match[2].replace(",", ""))


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        (DeliveredFiles(), "*Files in the bucket*: none yet."),
        (DeliveredFiles(problem="<denied>"), ":question: *Files in the bucket* — cannot tell: &lt;denied&gt;"),
        (DeliveredFiles(1, 999), "1 data file, 999 bytes."),
        (DeliveredFiles(2, 4_200_000, counted_all=False), "2 data files or more, 4.2 MB."),
        (DeliveredFiles(2, 10**15, NOW, NOW, ("20261101-20261201",)), "billing periods 20261101-20261201."),
        (DeliveredFiles(2, 1, periods=tuple(map(str, range(9)))), "billing periods 0, 1, 2, 3, 4, 5 and 3 more."),
    ],
)
def test_the_files_are_told_in_a_sentence(delivered: DeliveredFiles, expected: str) -> None:
    """What could not be seen is not told as none."""
    assert expected in said(CheckReport(delivered=delivered))


def test_without_a_look_at_the_files_nothing_is_said_of_them() -> None:
    """There was no bucket to look into."""
    assert "Files in the bucket" not in said(CheckReport())


@pytest.mark.parametrize(("verdict", "told"), [(Verdict.FAIL, True), (Verdict.UNKNOWN, True), (Verdict.PASS, False)])
def test_whoever_has_something_to_fix_learns_where_and_when_to_check_again(verdict: Verdict, told: bool) -> None:
    """The fixes name pages of the console; the account and its region stand above all of them."""
    words = said(CheckReport((Finding("i", Verdict.PASS, "Identity"), Finding("i", verdict, "Report", fix="Do it."))))

    where = "sign in to this account and choose US East (N. Virginia). Wait a minute after a change, then press"
    assert told is (where in words)
    assert told is ("*Check again*" in words)


def test_the_longest_fix_is_shown_whole() -> None:
    """The one for a full policy that allows nothing: whoever has to follow it needs each action."""
    full = "arn:aws:iam::123456789012:role/SpotByNetApp_Finops_FullPermissions"
    facts = RoleFacts(Role(full, {}), Policies(), Policies())
    report = judge(replace(GREEN, full=facts), Target("123456789012", full_role_arn=full), NOW)

    (finding,) = (each for each in report.findings if each.item == "full.permissions")

    assert finding.fix.startswith("These permissions let Spot buy commitments with your money")
    assert "dynamodb:PurchaseReservedCapacityOfferings" in finding.fix
    assert "characters more" not in said(report)
