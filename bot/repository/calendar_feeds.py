"""Private calendar feeds: whose token it is, and the dated steps that a feed shows; one query each."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.calendar_entries import DatedStep
from bot.domain.enrollment import State, Status, Step
from bot.domain.procedure import known_fields
from bot.domain.step_spec import StepSpec, specs
from bot.repository import stored_procedures
from bot.repository import tables as t
from bot.repository.upsert import dialect_insert

#: The most steps that a feed shows, the newest changes first: what a calendar program takes without complaint.
MOST = 1000

_f, _e, _s, _v, _c = (table.c for table in (t.calendar_feeds, t.enrollments, t.steps, t.step_values, t.collaborators))


@dataclass(frozen=True, slots=True)
class SeenStep:
    """A dated step, and what decides who sees it."""

    dated: DatedStep
    channel_id: str
    card: tuple[str, str] | None


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def put(connection: Connection, workspace: str, user: str, token: str, now: datetime) -> None:
    """Give a person a feed with that token; an earlier one of theirs ends."""
    values = {"workspace": workspace, "user_id": user, "token_hash": hash_of(token), "made_at": now}
    insert = dialect_insert(connection.dialect.name, t.calendar_feeds).values(values)
    again = {"token_hash": insert.excluded.token_hash, "made_at": insert.excluded.made_at}
    connection.execute(insert.on_conflict_do_update(index_elements=["workspace", "user_id"], set_=again))


def remove(connection: Connection, workspace: str, user: str) -> bool:
    """End a person's feed; return whether there was one."""
    mine = sa.and_(_f.workspace == workspace, _f.user_id == user)
    return connection.execute(sa.delete(t.calendar_feeds).where(mine)).rowcount == 1


def made_at(connection: Connection, workspace: str, user: str) -> datetime | None:
    """Since when a person has their feed; None without one."""
    mine = sa.and_(_f.workspace == workspace, _f.user_id == user)
    return connection.execute(sa.select(_f.made_at).where(mine)).scalar()


def owner_of(connection: Connection, workspace: str, token: str) -> str | None:
    """Whose token it is; None for an unknown one."""
    wanted = hash_of(token)
    query = sa.select(_f.user_id, _f.token_hash).where(_f.token_hash == wanted, _f.workspace == workspace)
    row = connection.execute(query).first()
    return row.user_id if row is not None and hmac.compare_digest(row.token_hash, wanted) else None


def workspace_of(connection: Connection, token: str) -> str | None:
    """The workspace of a token; None for an unknown one."""
    return connection.execute(sa.select(_f.workspace).where(_f.token_hash == hash_of(token))).scalar()


def _mine(user: str) -> sa.ColumnElement[bool]:
    """The enrollments that a person owns or collaborates on, or of which a step is assigned to them."""
    collaborates = sa.exists().where(_c.enrollment_id == _e.id, _c.user_id == user)
    assigned = sa.exists().where(_s.enrollment_id == _e.id, _s.assignee == user).correlate(t.enrollments)
    return sa.or_(_e.owner == user, collaborates, assigned)


def _active(workspace: str) -> sa.ColumnElement[bool]:
    return sa.and_(_e.workspace == workspace, _e.status == Status.ACTIVE.value)


def has_own(connection: Connection, workspace: str, user: str) -> bool:
    """Whether a person has an active enrollment of their own."""
    return connection.execute(sa.select(_e.id).where(_active(workspace), _mine(user)).limit(1)).first() is not None


def dated_steps(connection: Connection, workspace: str, of: str | None) -> list[SeenStep]:
    """The steps with dates of the active enrollments, or of those of one person.

    Args:
        of: only enrollments that this person owns or collaborates on, or of which a step is assigned to them.
    """
    card = t.outbox.alias("card")
    of_card = sa.and_(
        card.c.workspace == _e.workspace, card.c.key == sa.literal("card:").concat(sa.cast(_e.id, sa.Text))
    )
    day = sa.and_(
        _v.enrollment_id == _e.id,
        _v.step == _s.key,
        _v.key.in_([field.key for field in known_fields().values() if field.starts_wait]),
    )
    states = [State.LOCKED.value, State.OPEN.value, State.WAITING.value]
    dated = sa.or_(_s.state == State.WAITING.value, _s.target.is_not(None), _v.value.is_not(None))
    query = (
        sa.select(
            *(_e.workspace, _e.id, _e.version, _e.account_name, _e.owner_zone, _e.channel_id, _e.procedure),
            *(_s.key, _s.state, _s.since, _s.acted_at, _s.window_start, _s.earliest, _s.latest, _s.target),
            *(_v.key.label("field"), _v.value, card.c.posted_channel, card.c.ts),
        )
        .select_from(
            sa.join(t.enrollments, t.steps, _s.enrollment_id == _e.id)
            .outerjoin(t.step_values, day)
            .outerjoin(card, of_card)
        )
        .where(_active(workspace), _s.state.in_(states), dated, *([_mine(of)] if of is not None else ()))
        .order_by(_e.id.desc(), _s.key)
        .limit(MOST)
    )
    found = [(row, stored_procedures.find(connection, row.procedure)) for row in connection.execute(query).all()]
    return [_seen(row, specs(procedure)[row.key]) for row, procedure in found if row.key in specs(procedure)]


def _seen(row: Any, spec: StepSpec) -> SeenStep:
    step = Step(
        row.key,
        State(row.state),
        row.since,
        acted_at=row.acted_at,
        window_start=row.window_start,
        earliest=row.earliest,
        latest=row.latest,
        target=row.target,
        values={row.field: row.value} if row.field else {},
    )
    dated = DatedStep(row.workspace, row.id, row.version, row.account_name, row.owner_zone, step, spec)
    return SeenStep(dated, row.channel_id, (row.posted_channel, row.ts) if row.ts else None)
