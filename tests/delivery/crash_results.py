"""The results of crash runs: which messages are missing, stand twice, or are out of order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from bot.localslack import LocalSlack
from bot.repository import tables as t
from bot.repository.database import Database

CHANNELS = ("C0ROLLOUT1", "C0ECOPRIV1")
#: Those to whom enrollments are handed over: new owners are told directly.
PEOPLE = ("U0ANA00001", "U0BEN00001")


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Attributes:
        owed: how many messages had to be sent. edits: how many messages tell of new owners and details meanwhile.
        answers: how many reminders were answered meanwhile.
        missing, repeated: keys of messages. disorder: threads out of order.
    """

    seed: int
    owed: int
    kills: int
    edits: int
    answers: int
    missing: list[str]
    repeated: list[str]
    disorder: list[str]

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, nothing sent twice, and every thread is in order."""
        return not (self.missing or self.repeated or self.disorder)


#: Rows that post no message.
_WITHOUT_TS = ("answered", "completion")
_message = t.outbox.alias("message")
_SENT = sa.select(_message.c.id).where(_message.c.state == "sent")


def look(slack: LocalSlack, database: Database, seed: int, killed: int, edits: int, answered: set[str]) -> Result:
    """Compare the messages in a workspace with its rows of the outbox.

    Args:
        answered: the names of the accounts whose reminder was answered.
    """
    mine = t.outbox.c.workspace == slack.team_id
    with database.read() as connection:
        rows = connection.execute(sa.select(t.outbox.c.key).where(t.outbox.c.ts.is_not(None), mine)).scalars().all()
        lost = sa.or_(
            t.outbox.c.state == "failed", sa.and_(t.outbox.c.state == "sent", t.outbox.c.kind.not_in(_WITHOUT_TS))
        )
        unsent = connection.execute(sa.select(t.outbox.c.key).where(t.outbox.c.ts.is_(None), lost, mine)).scalars()
        missing = list(unsent)
        unsaid = sa.and_(t.outbox.c.state == "merged", t.outbox.c.merged_into.not_in(_SENT))
        missing += connection.execute(sa.select(t.outbox.c.key).where(unsaid, mine)).scalars()
    posted, disorder = what_stands(slack, CHANNELS, PEOPLE)
    missing += [key for key in rows if not posted[key]]
    repeated = [key for key, count in posted.items() if count > 1] + _asked_twice(database, slack.team_id)
    runs = slack.workflows.runs
    taken = [call for call in slack.calls if call.method.startswith("functions.") and call.ok]
    completed = Counter(call.args["function_execution_id"] for call in taken)
    missing += [run.id for run in runs if run.state != "completed"]
    repeated += [run for run, count in completed.items() if count > 1]
    owed = len(rows) + len(missing)
    missing += _never_asked(database, slack.team_id) + _not_edited(slack, database, answered)
    return Result(seed, owed, killed, edits, len(answered), missing, repeated, disorder)


def what_stands(slack: LocalSlack, channels: Iterable[str], people: Iterable[str]) -> tuple[Counter[str], list[str]]:
    """How often each message stands in channels and direct messages, by its key; and the threads out of order."""
    posted: Counter[str] = Counter()
    disorder = []
    for name in channels:
        channel = slack.channel(name)
        for card in channel.messages:
            if card.broadcast or card.metadata is None:
                continue
            posted[_key(card.metadata)] += 1
            replies = [_key(reply.metadata) for reply in channel.thread(card.ts) if reply.metadata]
            posted.update(replies)
            lines = [int(key.rpartition(":")[2]) for key in replies if key.startswith("thread:")]
            if lines != sorted(lines):
                disorder.append(_key(card.metadata))
    for person in people:
        posted.update(_key(message.metadata) for message in slack.person(person).direct_messages if message.metadata)
    return posted, disorder


def _said_reminders(database: Database, workspace: str) -> list[tuple[int, str, str, str]]:
    """(enrollment ID, key of its reminder, kind and ts of the message that says it), the last message last."""
    o, m = t.outbox.c, _message.c
    query = (
        sa.select(o.enrollment_id, o.key, m.kind, m.ts)
        .join_from(t.outbox, _message, m.id == sa.func.coalesce(o.merged_into, o.id))
        .where(o.workspace == workspace, o.kind == "reminder", m.state == "sent")
        .order_by(m.id)
    )
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]


def _never_asked(database: Database, workspace: str) -> list[str]:
    """The steps that wait and were never reminded of."""
    asked = {(number, key.split(":")[2]) for number, key, *_ in _said_reminders(database, workspace)}
    s, e = t.steps.c, t.enrollments.c
    waits = sa.select(s.enrollment_id, s.key).join(t.enrollments, e.id == s.enrollment_id)
    with database.read() as connection:
        waiting = connection.execute(waits.where(e.workspace == workspace, s.state == "waiting")).all()
    return [f"reminder:{number}:{step}" for number, step in waiting if (number, step) not in asked]


def _not_edited(slack: LocalSlack, database: Database, answered: set[str]) -> list[str]:
    """The answered reminders whose message does not say who answered; a digest is not edited.

    A message of several reminders that reached Slack only at a later try leaves out what was answered before.
    """
    e = t.enrollments.c
    with database.read() as connection:
        known = connection.execute(sa.select(e.id, e.account_name).where(e.workspace == slack.team_id))
        names = {row.id: row.account_name for row in known}
    said = _said_reminders(database, slack.team_id)
    last = {names[number]: (kind, ts) for number, _, kind, ts in said}
    texts = {}
    for name in CHANNELS:
        for message in slack.channel(name).messages:
            texts[message.ts] = message.shown
            texts |= {reply.ts: reply.shown for reply in slack.channel(name).thread(message.ts)}
    return [
        f"edit:{name}"
        for name in sorted(answered & last.keys())
        if last[name][0] != "digest"
        and re.search(rf"{name}(?!\d)", texts[last[name][1]])
        # The name links to the card, once Slack has told where the workspace is.
        and not re.search(rf"{name}>?\*: Enable the Subsets feature\. Confirmed by", texts[last[name][1]])
    ]


def _asked_twice(database: Database, workspace: str) -> list[str]:
    """The steps that were reminded of twice, under whatever keys: a run is over long before the second reminder."""
    o = t.outbox.c
    said = sa.or_(o.state == "sent", sa.and_(o.state == "merged", o.merged_into.in_(_SENT)))
    with database.read() as connection:
        keys = connection.execute(
            sa.select(o.key).where(o.workspace == workspace, o.kind == "reminder", said)
        ).scalars()
        counts = Counter(key.rpartition(":")[0] for key in keys)
    return [key for key, count in counts.items() if count > 1]


def _key(metadata: dict[str, object]) -> str:
    payload = metadata["event_payload"]
    assert isinstance(payload, dict)
    return str(payload["key"])
