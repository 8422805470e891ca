"""Logs the result of each message once it is stored: its key and its channel, never its text."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from bot.delivery.delivery_results import Settlement
from bot.delivery.outbox import EDITS, OutboxRow
from bot.program_name import command_line
from bot.repository.outbox_columns import MessageKind, RowState
from bot.telemetry.log_context import about

log = logging.getLogger(__name__)

#: They follow from a change, which has a line of its own, or are edits.
_QUIET = EDITS | {MessageKind.CARD, MessageKind.THREAD}


def write(ended: Iterable[tuple[OutboxRow, Settlement]]) -> None:
    """Log results that have been committed; retries and refusals are logged where they happen."""
    for row, done in ended:
        failed = done.state is RowState.FAILED
        level = logging.ERROR if failed else logging.DEBUG if row.kind in _QUIET else logging.INFO
        if not (failed or done.sent) or not log.isEnabledFor(level):
            continue
        with about(enrollment=row.enrollment_id, workspace=row.workspace):
            if failed:
                log.error("%s is put aside; see %s", row, command_line("failed"))
            else:
                log.log(level, "%s sent to %s: %s", row.kind.value.replace("_", " "), row.channel, row.key)
