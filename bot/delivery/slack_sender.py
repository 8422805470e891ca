"""Sends one message to Slack: renders it as things are now, looks up whether it was posted before, posts it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.delivery import answered_reminders, bulk_outbox, card_facts, direct_reminders, outbox, outbox_writer
from bot.delivery.attempt import posted_before, require_time
from bot.delivery.channel_leases import LEASE
from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from bot.delivery.digest_delivery import NOTHING_TO_SAY, Digests, enrollments_told
from bot.delivery.email_sender import EmailSender
from bot.delivery.file_sender import Draw, FileSender, cannot_draw
from bot.delivery.outbox import OutboxRow
from bot.delivery.posted_before import SLOWEST, LookupUnfinished, NotPosted, PostedBefore, Sought
from bot.delivery.reminded_people import message_of, people_of
from bot.delivery.reminder_delivery import still_due
from bot.delivery.retry_policy import settlement_for_error
from bot.domain.digest_contents import compose
from bot.domain.enrollment import Enrollment, EventKind
from bot.domain.forecast import NO_DURATIONS, Durations, Forecast, forecast
from bot.domain.schedule import Clock
from bot.presentation import answered, bulk_messages, card, digest, direct_messages, notifications, rounds, texts
from bot.presentation.card import Message
from bot.repository import enrollment_reader
from bot.repository.database import Connection, Database
from bot.repository.outbox_columns import MessageKind, RowState
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway, Posted
from bot.slack.slack_errors import Malformed, MessageGone

log = logging.getLogger(__name__)

#: How often a row may find that the card above it was deleted.
_CARD_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class SlackSender:
    """Sends single messages; it decides nothing about time or order."""

    database: Database
    gateway: Gateway
    directory: Directory
    emails: EmailSender
    digests: Digests
    clock: Clock
    posted_before: PostedBefore
    durations: Callable[[str], Durations] = lambda _: NO_DURATIONS
    draw: Draw = cannot_draw

    def send(self, message: OutboundMessage) -> Settlement:
        """Send one message; return how its row and channel are to be settled.

        Raises:
            SlackFault: it could not be sent. LookupError, ValueError, UnknownEnrollment: it could not be loaded.
        """
        if message.problem is not None:
            raise message.problem
        row = message.row
        try:
            return self._send(message)
        except MessageGone:
            gone = row.ts if row.kind is MessageKind.CARD else message.thread_ts
            if row.enrollment_id is None or gone is None or row.attempts >= _CARD_ATTEMPTS:
                raise
            log.info("the card of %s was deleted and is posted again", row.key)
            with self.database.write() as connection:
                outbox_writer.post_card_anew(connection, row.workspace, row.enrollment_id, gone, self.clock.now())
            return Settlement(RowState.OWED, row.due_at, error="the card was deleted")
        except NotPosted:
            # It is claimed anew, so that `attempted_at` tells when the post begins.
            return Settlement(RowState.OWED, row.due_at, error="it was not found")
        except LookupUnfinished as stopped:
            later = settlement_for_error(stopped.fault, row, message.lease.failures, self.clock.now())
            return replace(later, posting=True, lookup=stopped.progress)

    def _send(self, message: OutboundMessage) -> Settlement:
        match message.row.kind:
            case MessageKind.CARD:
                return self._card(message)
            case MessageKind.RETIRED | MessageKind.DELETED:
                return self._retired(message)
            case MessageKind.THREAD:
                assert message.told is not None, f"{message.row.key} tells of no event"
                return _sent(self._post(message, Message(texts.thread_line(message.about, *message.told, self._name))))
            case MessageKind.REMINDER | MessageKind.ROUND:
                return self._reminder(message)
            case MessageKind.ANSWERED:
                return self._answered(message)
            case MessageKind.DIGEST:
                return self._digest(message)
            case MessageKind.FILE:
                return self._files.ticket(message)
            case MessageKind.EXPORT | MessageKind.LIST:
                return self._files.export(message)
            case MessageKind.CALENDAR:
                return self._calendar(message)
            case MessageKind.TIMELINE:
                return self._files.timeline(message, self._forecast(message.about))
            case MessageKind.DIRECT | MessageKind.BULK | MessageKind.BULK_PROGRESS:
                return self._direct(message)
            case _:
                assert message.row.kind is MessageKind.EMAIL, "the dispatcher sends events itself"
                require_time(message, self.clock.now())
                return self.emails.send(message.row)

    def _card(self, claimed: OutboundMessage) -> Settlement:
        row, enrollment = claimed.row, claimed.about
        ended, covered = card_facts.read(self.database, enrollment)
        now, made = self.clock.now(), self._forecast(enrollment)
        away = [claimed.absences[user] for user in enrollment.people if user in claimed.absences]
        message = card.build(
            enrollment, now, by_email=self.emails.on, ended=ended, forecast=made, away=away, covered=covered
        )
        if row.ts is None or row.posted_channel is None:
            posted = self._post(claimed, message)
        else:
            posted = self._edit(row, row.posted_channel, row.ts, message)
        changes_at = min((absence.ends_at for absence in away), default=None)
        return replace(_sent(posted, enrollment.version), changes_at=changes_at)

    def _edit(self, row: OutboxRow, channel: str, ts: str, message: Message) -> Posted:
        return _or_as_text(row, message, lambda blocks: self.gateway.update(channel, ts, message.text, blocks, row.key))

    def _retired(self, claimed: OutboundMessage) -> Settlement:
        row, deleted = claimed.row, claimed.row.kind is MessageKind.DELETED
        message = direct_messages.deleted(row.payload) if deleted else notifications.retired(claimed.about)
        channel, ts = row.payload["channel"], row.payload["ts"]
        if ts is None:
            since, until = (
                datetime.fromisoformat(at) if at else None for at in map(row.payload.get, ("since", "until"))
            )
            key, stop_at = outbox.card_key(claimed.about.id), claimed.claimed_at + LEASE - SLOWEST
            sought = Sought(key, [(channel, None)], since or row.owed_at, until, stop_at)
            try:
                ts = self.posted_before.find(row, sought).ts
            except NotPosted:
                return Settlement(RowState.DROPPED, error="no card was posted there")
        try:
            posted = self._edit(row, channel, ts, message)
        except MessageGone:
            return Settlement(RowState.DROPPED, error="the old card is gone")
        return _sent(posted)

    def _reminder(self, claimed: OutboundMessage) -> Settlement:
        row, now = claimed.row, self.clock.now()
        with self.database.read() as connection:  # somebody may have answered since it was claimed
            versions = enrollment_reader.versions(connection, [due.enrollment.id for due in claimed.items])
            items = still_due(connection, claimed.items, versions)
            about = [due.enrollment for due in items]
            people = people_of(connection, self.directory, row, items, about, now)
            links = self._links(connection, row, about) if row.kind is MessageKind.ROUND else {}
        if not items:  # if Slack has it nevertheless, it is edited next
            found = posted_before(self.posted_before, claimed, row.channel)
            return _sent(found) if found else Settlement(RowState.DROPPED, error="its reason went away")
        late = bool(row.payload.get("late"))
        message = message_of(row, items, now, people, links, late=late, by_email=self.emails.on)
        return replace(_sent(self._post(claimed, message)), direct=people.direct())

    def _answered(self, claimed: OutboundMessage) -> Settlement:
        now = self.clock.now()
        with self.database.read() as connection:
            asked = answered_reminders.read(connection, claimed.row.payload["message"])
            row, items = asked.row, asked.open or asked.again
            about = [*(each.enrollment for each in asked.answers), *(due.enrollment for due in items)]
            people = people_of(connection, self.directory, row, items, about, now)
            links = self._links(connection, row, about)
        if not (asked.answers or asked.again) or row.ts is None or row.posted_channel is None:
            return Settlement(RowState.DROPPED, error="there is nothing to edit")
        if not asked.open:  # it keeps the words that it had
            now = datetime.fromtimestamp(float(row.ts), UTC)
        asks = message_of(row, items, now, people, links, by_email=self.emails.on) if items else None
        if asks is not None and not asked.open:
            asks = answered.without_buttons(asks)
        message = answered.build(asked.answers, asks, len(asked.again), links)
        try:
            self._edit(row, row.posted_channel, row.ts, message)
        except MessageGone:
            return Settlement(RowState.DROPPED, error="the message is gone")
        return Settlement(RowState.SENT)

    def _digest(self, claimed: OutboundMessage) -> Settlement:
        row, now = claimed.row, self.clock.now()
        with self.database.read() as connection:
            obstacle = self.digests.obstacle(connection, row, now)
            told = enrollments_told(connection, row, now)
            about = [*told, *(due.enrollment for due in claimed.items)]
            people = people_of(connection, self.directory, row, claimed.items, about, now)
            links = self._links(connection, row, told)
        contents = compose(told, now, self.digests.policy, people.contacts, self.durations(row.workspace))
        if obstacle is not None or not contents:
            found = posted_before(self.posted_before, claimed, row.channel)
            return _sent(found) if found else Settlement(RowState.DROPPED, error=obstacle or NOTHING_TO_SAY)
        foot = [rounds.answer_button(row.id)] if contents.needed else []
        message = digest.build(contents, self._name, links, foot=foot, asked=people.asked)
        return replace(_sent(self._post(claimed, message)), direct=people.direct())

    @property
    def _files(self) -> FileSender:
        return FileSender(self.database, self.gateway, self.directory, self.clock, self.posted_before, self.draw)

    def _forecast(self, enrollment: Enrollment) -> Forecast | None:
        return forecast(enrollment, self.clock.now(), self.digests.policy, self.durations(enrollment.workspace))

    def _name(self, user: str) -> str:
        return self.directory.person(user).name

    def _calendar(self, claimed: OutboundMessage) -> Settlement:
        with self.database.read() as connection:
            links = self._links(connection, claimed.row, [claimed.about])
        return self._files.calendar(claimed, links.get(claimed.about.id))

    def _links(self, connection: Connection, row: OutboxRow, enrollments: Sequence[Enrollment]) -> dict[int, str]:
        """Enrollment ID -> the address of its card, for the cards that are posted."""
        places = outbox.cards_of(connection, row.workspace, [enrollment.id for enrollment in enrollments])
        return {number: self.gateway.link(channel, ts) for number, (channel, ts) in places.items()}

    def _direct(self, claimed: OutboundMessage) -> Settlement:
        payload = claimed.row.payload
        if "bulk" in payload:
            return self._bulk(claimed)
        if payload.get("about") == direct_reminders.ABOUT:
            return self._direct_reminders(claimed, payload["to"][0])
        instead = sorted(self.directory.admin_users()) if direct_messages.admins_may_get(payload) else ()
        reachable = self.directory.active([*payload["to"], *instead])
        if not reachable:
            return Settlement(RowState.FAILED, error="nobody who could be told is in Slack any more")
        message = direct_messages.build({**payload, "row": claimed.row.id})
        return _sent(self._post(claimed, message, self.gateway.open_direct(reachable[0])))

    def _direct_reminders(self, claimed: OutboundMessage, user: str) -> Settlement:
        """The reminders of one person, as far as they still ask and that person is still the one to ask."""
        row, now = claimed.row, self.clock.now()
        with self.database.read() as connection:
            asked = direct_reminders.still_asked(connection, row)
            about = [due.enrollment for due in asked]
            people = people_of(connection, self.directory, row, asked, about, now)
            links = self._links(connection, row, about)
        mine = [due for due in asked if people.asked(due.enrollment, due.enrollment.step(due.key)).hears(user)]
        if not mine or not self.directory.active([user]):
            place = self.gateway.open_direct(user) if row.posting else ""
            found = posted_before(self.posted_before, claimed, place)
            return _sent(found) if found else Settlement(RowState.DROPPED, error="its reasons went away")
        message = rounds.direct(mine, now, row.id, self._name, links)
        return _sent(self._post(claimed, message, self.gateway.open_direct(user)))

    def _bulk(self, claimed: OutboundMessage) -> Settlement:
        with self.database.read() as connection:
            found, shown = bulk_outbox.read(connection, claimed.row)
        if found is None:
            return Settlement(RowState.DROPPED, error="there is nothing to say")
        message = bulk_messages.build(found)
        if shown is None:
            return _sent(self._post(claimed, message, self.gateway.open_direct(found.by)))
        row, channel, ts = shown
        try:
            self._edit(row, channel, ts, message)
        except MessageGone:
            return Settlement(RowState.DROPPED, error="the message is gone")
        return Settlement(RowState.SENT)

    def _post(self, claimed: OutboundMessage, message: Message, channel: str = "") -> Posted:
        """Post a message in its row's channel or in `channel`, unless a look-up finds it there."""
        row, place = claimed.row, channel or claimed.row.channel
        found = posted_before(self.posted_before, claimed, place)
        if found is not None:
            return found
        require_time(claimed, self.clock.now())
        thread_ts = claimed.thread_ts
        completed = claimed.told is not None and claimed.told[0].kind is EventKind.COMPLETED
        broadcast = row.kind is MessageKind.REMINDER or completed
        return _or_as_text(
            row,
            message,
            lambda blocks: self.gateway.post(
                place, message.text, blocks, row.key, thread_ts=thread_ts, broadcast=broadcast
            ),
        )


def _or_as_text(row: OutboxRow, message: Message, call: Callable[[list[dict[str, Any]] | None], Posted]) -> Posted:
    """Send a message; if Slack refuses its blocks, send its text alone."""
    try:
        return call(message.blocks)
    except Malformed:
        if message.blocks is None:
            raise
        log.exception("Slack refuses the blocks of %s, its text is sent alone", row.key)
        return call(None)


def _sent(posted: Posted, version: int | None = None) -> Settlement:
    return Settlement(RowState.SENT, posted_channel=posted.channel, ts=posted.ts, version=version)
