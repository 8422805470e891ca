"""Search for enrollments by account ID, account name, channel or collected value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.aws.check_sets import MANAGEMENT
from bot.domain.aws.preflight import RECORDED, Target
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id, search_key
from bot.domain.step_spec import StepKey
from bot.repository import check_results, stored_procedures
from bot.repository import tables as t
from bot.repository.enrollment_reader import Unreadable, load_readable
from bot.repository.outbox_columns import MessageKind
from bot.repository.sight import Sight
from bot.repository.sight import condition as visible

_e = t.enrollments.c
#: The condition for enrollments that are active or completed.
NOT_CANCELLED = _e.status != Status.CANCELLED.value


def with_value(connection: Connection, workspace: str, key: str, value: str) -> list[Enrollment]:
    """The enrollments in which a shared field has that value, as far as they can be read."""
    v = t.step_values.c
    having = sa.select(v.enrollment_id).where(v.key == key, v.value == value)
    return load_readable(connection, workspace, t.enrollments.c.id.in_(having))[0]


def others_with_value(connection: Connection, enrollment: Enrollment, key: str, value: str) -> list[int]:
    """The IDs of the other enrollments of a workspace in which a shared field has that value."""
    v = t.step_values.c
    query = sa.select(_e.id).join_from(t.enrollments, t.step_values, v.enrollment_id == _e.id)
    query = query.where(v.key == key, v.value == value, _e.workspace == enrollment.workspace, _e.id != enrollment.id)
    return list(connection.execute(query.distinct().order_by(_e.id)).scalars())


def of_round(connection: Connection, workspace: str, row_id: int) -> list[tuple[Enrollment, frozenset[StepKey]]]:
    """The readable active enrollments that a round or a direct message names, each with its steps.

    For a digest, all of its channel.
    """
    o, e = t.outbox.c, t.enrollments.c
    message = sa.select(o.kind, o.channel, o.payload).where(o.workspace == workspace, o.id == row_id)
    row = connection.execute(message).first()
    if row is None:
        return []
    active = e.status == Status.ACTIVE.value
    if row.kind == MessageKind.DIGEST.value:
        found = load_readable(connection, workspace, e.channel_id == row.channel, active)[0]
        return [(enrollment, frozenset(step.key for step in enrollment.steps)) for enrollment in found]
    named: dict[int, set[StepKey]] = {}
    for number, key, *_ in row.payload.get("items", ()) if row.kind == MessageKind.DIRECT.value else ():
        named.setdefault(number, set()).add(key)
    merged = sa.select(o.enrollment_id, o.payload).where(o.workspace == workspace, o.merged_into == row_id)
    for one in connection.execute(merged).all():
        named.setdefault(one.enrollment_id, set()).add(one.payload["step"])
    found = load_readable(connection, workspace, e.id.in_(named), active)[0]
    return [(enrollment, frozenset(named[enrollment.id])) for enrollment in found]


@dataclass(frozen=True, slots=True)
class Involved:
    """An enrollment with the people who may change it, the owner first."""

    id: int
    account_name: str
    people: tuple[str, ...]

    @property
    def owner(self) -> str:
        """Its owner's user ID."""
        return self.people[0]


def in_channel(connection: Connection, workspace: str, channel: str) -> list[Involved]:
    """The enrollments of a channel that are not cancelled, the oldest first, without their steps."""
    c = t.collaborators.c
    query = (
        sa.select(_e.id, _e.account_name, _e.owner, c.user_id)
        .select_from(t.enrollments.outerjoin(t.collaborators, c.enrollment_id == _e.id))
        .where(_e.workspace == workspace, _e.channel_id == channel, NOT_CANCELLED)
        .order_by(_e.started_at, _e.id, c.position)
    )
    people: dict[tuple[int, str], list[str]] = {}
    for row in connection.execute(query).all():
        people.setdefault((row.id, row.account_name), [row.owner]).append(row.user_id or row.owner)
    return [Involved(*head, tuple(dict.fromkeys(users))) for head, users in people.items()]


def with_missing_steps(connection: Connection) -> list[tuple[str, int]]:
    """(workspace, ID) of the active enrollments that were stored before the procedure had all of its steps."""
    e, s, p = t.enrollments.c, t.steps.c, t.procedure_steps.c
    stored = sa.and_(s.enrollment_id == e.id, s.key == p.key)
    query = (
        sa.select(e.workspace, e.id)
        .select_from(t.enrollments.join(t.procedure_steps, p.procedure == e.procedure).outerjoin(t.steps, stored))
        .where(e.status == Status.ACTIVE.value, s.key.is_(None))
        .distinct()
        .order_by(e.id)
    )
    return [(row.workspace, row.id) for row in connection.execute(query)]


def on_each_procedure(connection: Connection) -> dict[str, Counter[str]]:
    """Reference of a procedure -> how many enrollments go through it, by their status."""
    query = sa.select(_e.procedure, _e.status, sa.func.count().label("number")).group_by(_e.procedure, _e.status)
    found: dict[str, Counter[str]] = {}
    for row in connection.execute(query).all():
        found.setdefault(row.procedure, Counter())[row.status] = row.number
    return found


def not_cancelled(
    connection: Connection, workspace: str, accounts: Sequence[str], reference: str | None
) -> tuple[list[Enrollment], list[Unreadable]]:
    """The enrollments of these accounts, and those that go through a procedure, without the cancelled ones.

    With them those of which something cannot be read.
    """
    wanted = [_e.account_id.in_(accounts), *([_e.procedure == reference] if reference is not None else [])]
    return load_readable(connection, workspace, NOT_CANCELLED, sa.or_(*wanted))


@dataclass(frozen=True, slots=True)
class Choice:
    """What tells an enrollment from others."""

    id: int
    account_id: str
    account_name: str


@dataclass(frozen=True, slots=True)
class Matches:
    """The first enrollments that somebody may mean, and how many there are in all."""

    options: tuple[Choice, ...] = ()
    total: int = 0


#: How many enrollments somebody can choose among at once: a menu of Slack has 100 options.
MOST_CHOICES = 100


def meanings(account: str, channel_id: str) -> list[sa.ColumnElement[bool]]:
    """What `account` may mean in a channel, as conditions: the first one that an enrollment meets is meant.

    `account` is an account ID, or a name: an equal one, else those that begin with it, else those that contain it.
    If it is empty: the channel's only active enrollment, else all of the channel's. A cancelled enrollment is found
    by ID or name if no other one matches.
    """
    if not account.strip():
        return [sa.and_(_e.channel_id == channel_id, NOT_CANCELLED)]
    if (account_id := _account_id(account)) is not None:
        mine = _e.account_id == account_id
        return [sa.and_(mine, NOT_CANCELLED), mine]
    if not (words := search_key(account)):
        return []
    fitting = (_e.name_key == words, begins(_e.name_key, words), _e.name_key.contains(words, autoescape=True))
    return [condition for fits in fitting for condition in (sa.and_(fits, NOT_CANCELLED), fits)]


def names_account(account: str) -> bool:
    """Whether somebody typed an account ID: of several cancelled enrollments of an account, the newest is meant."""
    return _account_id(account) is not None


def active_in(channel_id: str) -> sa.ColumnElement[bool]:
    """The condition for the active enrollments of a channel."""
    return sa.and_(_e.channel_id == channel_id, _e.status == Status.ACTIVE.value)


def begins(column: sa.Column[Any], words: str) -> sa.ColumnElement[bool]:
    """The condition for a column that is sorted by code point to begin with words; a range of its index."""
    return sa.and_(column >= words, column < words + "\U0010ffff")


def choices(connection: Connection, sight: Sight, condition: sa.ColumnElement[bool]) -> Matches:
    """The enrollments that meet a condition and that somebody may see, the oldest first."""
    seen = sa.and_(visible(everything=sight.everything, in_part=sight.in_part), condition)
    query = sa.select(_e.id, _e.account_id, _e.account_name).where(seen).order_by(_e.started_at, _e.id)
    options = tuple(Choice(*row) for row in connection.execute(query.limit(MOST_CHOICES), sight.values).all())
    if len(options) < MOST_CHOICES:
        return Matches(options, len(options))
    total = connection.execute(
        sa.select(sa.func.count()).select_from(t.enrollments).where(seen), sight.values
    ).scalar_one()
    return Matches(options, int(total))


def enrolled(connection: Connection, workspace: str, accounts: Sequence[str]) -> set[str]:
    """Those of these account IDs that have an enrollment which was not cancelled."""
    c = t.enrollments.c
    query = sa.select(c.account_id).where(c.workspace == workspace, c.account_id.in_(accounts), NOT_CANCELLED)
    return set(connection.execute(query).scalars())


def last_starts(connection: Connection, workspace: str, user: str, count: int) -> list[datetime]:
    """When a person started their last `count` enrollments by hand, the newest first; bulk starts do not count."""
    c, row = t.enrollments.c, t.bulk_start_rows.c
    by_hand = ~sa.exists().where(row.enrollment_id == c.id)
    query = sa.select(c.started_at).where(c.workspace == workspace, c.started_by == user, by_hand)
    return list(connection.execute(query.order_by(c.started_at.desc()).limit(count)).scalars())


def _account_id(wanted: str) -> str | None:
    try:
        return parse_account_id(wanted)
    except InvalidInput:
        return None


def aws_target(connection: Connection, account_id: str, workspace: str | None = None) -> Target:
    """The target of an AWS check, from the account's newest enrollment (in one workspace) that is not cancelled."""
    c = t.enrollments.c
    of_workspace = sa.true() if workspace is None else c.workspace == workspace
    known = sa.select(c.id, c.external_id, c.procedure).where(c.account_id == account_id, NOT_CANCELLED, of_workspace)
    row = connection.execute(known.order_by(c.id.desc()).limit(1)).first()
    if row is None:
        return Target(account_id)
    v = t.step_values.c
    rows = connection.execute(sa.select(v.key, v.value).where(v.enrollment_id == row.id, v.key.in_(RECORDED))).all()
    seen = check_results.last_files(connection, row.id)
    checks = stored_procedures.find(connection, row.procedure).checks_from(None) or MANAGEMENT
    recorded = {found.key: found.value for found in rows}
    return Target(account_id, row.external_id, **recorded, seen=seen, checks=checks)
