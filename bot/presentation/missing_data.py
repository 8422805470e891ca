"""What **It's not there** answers: cause and fix of a message of the vendor, and the message to its support."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.aws.vendor_messages import MESSAGES, belonging
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.language.spoken import ENGLISH, speaking
from bot.presentation import texts, ticket_texts
from bot.presentation.blocks import Block, section
from bot.presentation.check_findings import finding_blocks
from bot.presentation.ticket_texts import TicketPage, TicketText

#: The message for a page that says nothing.
SILENT = "nothing"
#: Characters of a finding in the message to support: the most with which the message fits on one page to copy.
_FOUND = (240, 80, 20)
#: Sections and bytes of all findings in the window.
_SECTIONS, _BYTES = 50, 90_000


def answer(enrollment: Enrollment, key: str, report: CheckReport | None, note: str = "") -> list[Block]:
    """Cause, what to look at, and the findings that belong to a message and do not pass.

    Args:
        report: the result of a check; None where there is none.
        note: why there is no fresh result, in Slack's notation.
    """
    message = MESSAGES[key]
    found = belonging(message, report.findings) if report else ()
    said = texts.say(
        "checks/not_there",
        enrollment=enrollment,
        message=message,
        note=texts.Mrkdwn(note),
        checked=report is not None,
        failed=sum(finding.verdict is Verdict.FAIL for finding in found),
        unknown=sum(finding.verdict is Verdict.UNKNOWN for finding in found),
    )
    to_look_at = [finding for finding in found if finding.verdict is not Verdict.PASS]
    return [section(said), *finding_blocks(enrollment, to_look_at, _SECTIONS, _BYTES)]


def message_to_support(enrollment: Enrollment, key: str, report: CheckReport | None) -> TicketPage:
    """The message to support on one page: who we are, what Eco says, role, bucket, and what the check found."""
    written = (_message(enrollment, key, report, room) for room in _FOUND)
    pages = [ticket_texts.pages((each,)) for each in written]
    return next((made[0] for made in pages if len(made) == 1), pages[-1][0])


@speaking(ENGLISH)
def _message(enrollment: Enrollment, key: str, report: CheckReport | None, room: int) -> TicketText:
    message, step = MESSAGES[key], enrollment.procedure.watched_step or ""
    found = belonging(message, report.findings) if report else ()
    text = texts.say_plain(
        "support/no_data",
        enrollment=enrollment,
        step=enrollment.step(step),
        spec=enrollment.spec(step),
        message=message,
        silent=key == SILENT,
        role_arn=_known(enrollment.value("role_arn"), report.role_arn if report else None),
        bucket=_known(enrollment.value("bucket"), report.bucket if report else None),
        findings=[_on_one_line(finding, room) for finding in found if finding.verdict is not Verdict.PASS],
        passed=[finding.title for finding in found if finding.verdict is Verdict.PASS],
    )
    return TicketText(ticket_texts.subject(enrollment, "No data in Eco"), f"{text}\n")


def _known(recorded: str | None, found: str | None) -> str | None:
    """What is recorded, and beside it what a check found instead."""
    if recorded and found and recorded != found:
        return f"{recorded} (our check of AWS found {found})"
    return recorded or found


def _on_one_line(finding: Finding, room: int) -> Finding:
    """A finding for one line of plain text; what is cut ends with an ellipsis."""
    return replace(finding, found=shorten(" ".join(finding.found.split()), room))
