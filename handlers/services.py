"""`Services`: the use cases and the workspace that listeners work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.use_cases import AwsChecks, BulkStarts, OwnedEnrollments, Plans, Portfolios, TicketEmails
from bot.workspace import Workspace


@dataclass(frozen=True)
class Services:
    """What listeners work with.

    Attributes:
        portfolios: lists of enrollments.
        ticket_emails: None where the settings do not allow tickets by email.
        count_refused: counts a request of a workspace that is not served, by its kind.
        workflow_steps: whether workflows may use the bot's custom steps.
        check_token: asks Slack, after the acknowledgement, whether it still accepts the token; told which event came.
    """

    enrollments: OwnedEnrollments
    workspace: Workspace
    aws_checks: AwsChecks
    portfolios: Portfolios
    ticket_emails: TicketEmails | None = None
    count_refused: Callable[[str], None] = lambda _: None
    check_token: Callable[[str], None] = lambda _: None
    plans: Plans | None = None
    bulk_starts: BulkStarts | None = None
    workflow_steps: bool = False
