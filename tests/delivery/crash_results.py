"""The results of crash runs: which messages are missing, stand twice, or are out of order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from bot.localslack import LocalSlack
from bot.repository import tables as t
from bot.repository.database import Database

CHANNELS = ("C0ROLLOUT1", "C0ECOPRIV1")


@dataclass(frozen=True)
class Result:
    """The result of a run.

    Attributes:
        owed: how many messages had to be sent. edits: how many owners were changed meanwhile.
        missing, repeated: keys of messages. disorder: threads out of order.
    """

    seed: int
    owed: int
    kills: int
    edits: int
    missing: list[str]
    repeated: list[str]
    disorder: list[str]

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, nothing sent twice, and every thread is in order."""
        return not (self.missing or self.repeated or self.disorder)


_message = t.outbox.alias("message")
_SENT = sa.select(_message.c.id).where(_message.c.state == "sent")


def look(slack: LocalSlack, database: Database, seed: int, killed: int, edits: int) -> Result:
    """Compare the messages in Slack with the rows of the outbox."""
    with database.read() as connection:
        rows = connection.execute(sa.select(t.outbox.c.key).where(t.outbox.c.ts.is_not(None))).scalars().all()
        unsent = connection.execute(
            sa.select(t.outbox.c.key).where(t.outbox.c.ts.is_(None), t.outbox.c.state.in_(["sent", "failed"]))
        ).scalars()
        missing = list(unsent)
        unsaid = sa.and_(t.outbox.c.state == "merged", t.outbox.c.merged_into.not_in(_SENT))
        missing += connection.execute(sa.select(t.outbox.c.key).where(unsaid)).scalars()
    posted: Counter[str] = Counter()
    disorder = []
    for name in CHANNELS:
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
    missing += [key for key in rows if not posted[key]]
    repeated = [key for key, count in posted.items() if count > 1] + _asked_twice(database)
    return Result(seed, len(rows) + len(missing), killed, edits, missing, repeated, disorder)


def _asked_twice(database: Database) -> list[str]:
    """The steps that were reminded of twice, under whatever keys: a run is over long before the second reminder."""
    o = t.outbox.c
    said = sa.or_(o.state == "sent", sa.and_(o.state == "merged", o.merged_into.in_(_SENT)))
    with database.read() as connection:
        keys = connection.execute(sa.select(o.key).where(o.kind == "reminder", said)).scalars()
        counts = Counter(key.rpartition(":")[0] for key in keys)
    return [key for key, count in counts.items() if count > 1]


def _key(metadata: dict[str, object]) -> str:
    payload = metadata["event_payload"]
    assert isinstance(payload, dict)
    return str(payload["key"])
