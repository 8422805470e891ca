"""What a person is asked to confirm before a change is stored, as far as it depends on what is stored elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.access import Actor, may_change, may_see
from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment
from bot.domain.errors import AlreadyEnrolled
from bot.domain.procedure import SHARED, SPECS
from bot.domain.step_spec import AWS, StepKey
from bot.domain.value_types import TYPES
from bot.domain.warnings import failed_check, shared_value
from bot.repository import check_results, search
from bot.repository.check_results import CheckKind
from bot.repository.database import Connection


def shared_values(
    connection: Connection, enrollment: Enrollment, values: Mapping[str, str | None], actor: Actor
) -> list[str]:
    """Warnings about values of shared fields that another enrollment has, too; named to its people and admins."""
    warnings = []
    for key, value in values.items():
        sentence = TYPES[SHARED[key][1].type].shared_warning
        if sentence and value:
            others = search.with_value(connection, enrollment.workspace, key, value)
            warnings += shared_value(enrollment, sentence, value, others, lambda other: may_change(other, actor))
    return warnings


def new_values(connection: Connection, before: Enrollment, after: Enrollment, actor: Actor) -> list[str]:
    """`shared_values` of those that a change has given."""
    changed = {key: after.value(key) for key in SHARED if after.value(key) != before.value(key)}
    return shared_values(connection, before, changed, actor)


def failed_checks(connection: Connection, enrollment: Enrollment, step: StepKey) -> list[str]:
    """Warnings about what the last AWS check of a step found wrong; none where nobody has checked."""
    if SPECS[step].checks != AWS or enrollment.checked_at is None:
        return []
    return failed_check(last_report(connection, enrollment.id))


def as_seen(known: AlreadyEnrolled, there: Enrollment, actor: Actor) -> AlreadyEnrolled:
    """The refusal of a second enrollment; without name and channel for who may not see the one that is there."""
    return known if may_see(there, actor) else AlreadyEnrolled.unseen(there.account_id, there.owner, there.id)


def last_report(connection: Connection, enrollment_id: int) -> CheckReport | None:
    """The newest preflight report of an enrollment."""
    result = check_results.last(connection, enrollment_id, CheckKind.PREFLIGHT)
    return CheckReport.from_json(result.found) if result is not None else None
