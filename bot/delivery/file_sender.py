"""Sends files: tickets, exports and calendars in direct messages, pictures of timelines in the cards' threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.delivery import export_files, list_files
from bot.delivery.attempt import posted_before, require_time
from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from bot.delivery.export_files import ExportFile
from bot.delivery.posted_before import PostedBefore
from bot.domain.calendar_entries import entries_of
from bot.domain.forecast import Forecast
from bot.domain.schedule import Clock
from bot.presentation import calendar_file, notifications, ticket_wording, timeline_picture
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway

log = logging.getLogger(__name__)

#: Draws the chart of `timeline_picture` as a PNG; None if that is not possible.
Draw = Callable[[Mapping[str, Any]], bytes | None]

_LEFT = "whoever asked for it is not in Slack any more"


@dataclass(frozen=True, slots=True)
class FileSender:
    """Uploads the file of one row, unless a look-up finds it."""

    database: Database
    gateway: Gateway
    directory: Directory
    clock: Clock
    posted_before: PostedBefore
    draw: Draw

    def ticket(self, claimed: OutboundMessage) -> Settlement:
        """Send a long ticket to whoever asked for it."""
        payload, step = claimed.row.payload, claimed.row.payload["step"]
        # Rows of former versions name neither a person nor the text.
        text, parts = payload.get("text") or ticket_wording.ticket(claimed.about, step), payload.get("parts", 1)
        name, content, comment = notifications.ticket_file(claimed.about, step, text, payload.get("entries"), parts)
        return self._direct(claimed, name, content, comment)

    def export(self, claimed: OutboundMessage) -> Settlement:
        """Send the record of an enrollment, one of its lists, or a list of enrollments, to whoever asked for it."""
        row, now = claimed.row, self.clock.now()
        file: ExportFile | None
        if row.kind is MessageKind.LIST:
            file = list_files.of_row(self.database, self.directory, row, claimed.about)
        elif row.enrollment_id is None:
            file = export_files.of_list(self.database, self.directory, row, now)
        else:
            file = export_files.of_enrollment(self.database, self.directory, row, claimed.about, now)
        if file is None:
            return Settlement(RowState.DROPPED, error="whoever asked for it may not see it any more")
        return self._direct(claimed, file.name, file.content, file.comment)

    def calendar(self, claimed: OutboundMessage, link: str | None) -> Settlement:
        """Send an enrollment's dates, as they are now, to whoever asked for them; `link` leads to its card."""
        about, name = claimed.about, claimed.row.payload["file"]
        entries, links = entries_of(about), {about.id: link} if link else {}
        comment = calendar_file.comment(about, entries, name)
        return self._direct(claimed, name, calendar_file.render(entries, self.clock.now(), links), comment)

    def timeline(self, claimed: OutboundMessage, made: Forecast | None) -> Settlement:
        """Post a picture into the card's thread; if it cannot be drawn, its words alone."""
        row, file, user = claimed.row, claimed.row.payload["file"], claimed.row.payload["user"]
        found = posted_before(self.posted_before, claimed, row.channel, file)
        if found is not None:
            return Settlement(RowState.SENT, posted_channel=found.channel, ts=found.ts)
        picture = timeline_picture.build(claimed.about, self.clock.now(), made, user, file)
        drawn = self.draw(picture.chart)
        require_time(claimed, self.clock.now())
        if drawn is None:
            posted = self.gateway.post(row.channel, picture.instead, None, row.key, thread_ts=claimed.thread_ts)
            return Settlement(RowState.SENT, posted_channel=posted.channel, ts=posted.ts)
        self.gateway.upload(
            row.channel, claimed.thread_ts, file, drawn, picture.comment, alternative=picture.alternative
        )
        return Settlement(RowState.SENT)

    def _direct(self, claimed: OutboundMessage, name: str, content: str | bytes, comment: str) -> Settlement:
        """Send a file to the person whom the row names, else to the owner."""
        reachable = self.directory.active(claimed.row.payload.get("to") or [claimed.about.owner])
        if not reachable:
            return Settlement(RowState.FAILED, error=_LEFT)
        place = self.gateway.open_direct(reachable[0])
        found = posted_before(self.posted_before, claimed, place, name)
        if found is not None:
            return Settlement(RowState.SENT, posted_channel=found.channel, ts=found.ts)
        require_time(claimed, self.clock.now())
        self.gateway.upload(place, None, name, content, comment)
        return Settlement(RowState.SENT)


def cannot_draw(_: Mapping[str, Any]) -> bytes | None:
    """No picture is drawn where nobody has said how."""
    return None
