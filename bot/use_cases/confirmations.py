"""What a person is asked to confirm before a change is stored, as far as it depends on what is stored elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.domain import corrections, shown_values
from bot.domain.access import Actor, may_change, may_see
from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment, Pair
from bot.domain.errors import AlreadyEnrolled
from bot.domain.inputs import format_account_id
from bot.domain.list_changes import Draft, unknown_names
from bot.domain.list_checks import accounts_in_several
from bot.domain.list_entries import KINDS
from bot.domain.lists import pair_lines
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.sentences import sentence
from bot.domain.shown_values import FormValues, Shown, quoted, since, spelled_out
from bot.domain.step_spec import StepKey
from bot.domain.subset_coverage import ACCOUNTS
from bot.domain.ticket_numbers import missing_numbers
from bot.domain.tickets import ticket_parts
from bot.domain.value_types import TYPES, ValidatedNames, list_of
from bot.domain.warnings import failed_check, replaced_pairs, shared_value, unknown_warning
from bot.repository import audit, check_results, search
from bot.repository.database import Connection
from bot.use_cases.caller import Caller


def shared_values(
    connection: Connection, enrollment: Enrollment, values: Mapping[str, str | None], actor: Actor
) -> list[str]:
    """Warnings about values of shared fields that another enrollment has, too; named to its people and admins."""
    warnings = []
    for key, value in values.items():
        sentence = TYPES[enrollment.procedure.shared[key][1].type].shared_warning
        if sentence and value:
            others = search.with_value(connection, enrollment.workspace, key, value)
            warnings += shared_value(enrollment, sentence, value, others, lambda other: may_change(other, actor))
    return warnings


def new_values(connection: Connection, before: Enrollment, after: Enrollment, actor: Actor) -> list[str]:
    """`shared_values` of those that a change has given."""
    changed = {key: after.value(key) for key in after.procedure.shared if after.value(key) != before.value(key)}
    return shared_values(connection, before, changed, actor)


def merged(form: Shown | None, before: Enrollment, step: StepKey, values: Mapping[str, object]) -> Mapping[str, object]:
    """The values of a step's form; a field that was left as it was shown keeps what is recorded now."""
    return form.merge(values, corrections.step_values(before, step)) if form else values


def overwritten(
    connection: Connection,
    form: Shown | None,
    before: Enrollment,
    after: Enrollment,
    shows: Callable[[Enrollment], FormValues],
) -> list[str]:
    """Warnings about values that somebody changed after the form was opened and that saving would replace."""
    if form is None:
        return []
    old, new = shows(before), shows(after)
    return shown_values.overwritten(form, old, new, lambda value: _author(connection, form, before, value.stored))


def _validated_unseen(
    connection: Connection, form: Shown | None, before: Enrollment, after: Enrollment, step: StepKey
) -> list[str]:
    """Warnings where all entries of a list are marked as validated, and the form showed other ones."""
    warnings = list[str]()
    for field in before.spec(step).collects if form is not None else ():
        if not isinstance(TYPES[field.type], ValidatedNames) or form is None:
            continue
        names = before.names_in(list_of(field))
        if form.is_outdated(field.key, names) and TYPES[field.type].is_complete(after, field):
            said = since(_author(connection, form, before, list_of(field)), f"{field.noun}s")
            each = spelled_out([quoted(name) for name in names])
            words = "{said} Saving marks all {count} as validated: {names}."
            warnings.append(sentence(words, said=said, count=len(names), names=each))
    return warnings


def of_act(
    caller: Caller,
    step: StepKey,
    lines: int | None,
    connection: Connection,
    before: Enrollment,
    after: Enrollment,
) -> list[str]:
    """What a person confirms who finishes the act of a step; one ticket has `lines` of a list at most (None: any)."""
    parts = len(ticket_parts(before, step, lines))
    return [
        *missing_numbers(parts, after.step(step).values.get(TICKET_NUMBER.key, "")),
        *_validated_unseen(connection, caller.shown, before, after, step),
        *failed_checks(connection, before, step),
        *new_values(connection, before, after, caller.actor),
    ]


def of_list(
    draft: Draft, form: Shown | None, connection: Connection, before: Enrollment, _after: Enrollment
) -> list[str]:
    """What a person confirms who changes a list: names that were never recorded, and pairs that are replaced."""
    warnings = entries_warnings(before, draft)
    if draft.list_name == "pairs":
        warnings += _replaced(connection, form, before, draft.entries, draft.remove)
    return warnings


def entries_warnings(before: Enrollment, draft: Draft) -> list[str]:
    """Warnings about the entries of a draft: names that were never recorded, AWS accounts in several subsets."""
    warnings = names_warnings(before, draft)
    if draft.list_name == ACCOUNTS:
        known = accounts_in_several(before)
        after = before.with_list(ACCOUNTS, draft.changes(before).after)
        warnings += [said for said in accounts_in_several(after) if said not in known]
    return warnings


def names_warnings(before: Enrollment, draft: Draft) -> list[str]:
    """A warning for each list of names that lacks some of those in new or changed pairs or customers."""
    given = draft.changes(before).given
    return [
        warning
        for names, unknown in unknown_names(before, draft.list_name, given).items()
        for warning in unknown_warning(KINDS[names].noun, unknown, before.names_in(names))
    ]


def _replaced(
    connection: Connection, form: Shown | None, before: Enrollment, add: Sequence[Pair], remove: frozenset[Pair]
) -> list[str]:
    """Warnings about recorded pairs that new ones replace; they say who has changed the pairs since."""
    warnings = replaced_pairs([pair for pair in before.pairs if pair not in remove], add)
    if warnings and form is not None and form.is_outdated("pairs", pair_lines(before)):
        return [since(_author(connection, form, before, "pairs"), "pairs"), *warnings]
    return warnings


def _author(connection: Connection, form: Shown, enrollment: Enrollment, stored: str) -> str:
    by = audit.last_author(connection, enrollment.id, form.version, stored)
    return f"<@{by}>" if by else "Somebody"


def failed_checks(connection: Connection, enrollment: Enrollment, step: StepKey) -> list[str]:
    """Warnings about what the last AWS check of a step found wrong; none where nobody has checked."""
    checks = enrollment.spec(step).checks
    # The enrollment tells whether the checks of its watched step were ever made.
    never = enrollment.checked_at is None and checks == enrollment.procedure.checks_from(None)
    return failed_check(last_report(connection, enrollment, step)) if checks and not never else []


def as_seen(known: AlreadyEnrolled, there: Enrollment, actor: Actor) -> AlreadyEnrolled:
    """The refusal of a second enrollment; without name and channel for who may not see the one that is there."""
    if may_see(there, actor):
        return known
    return AlreadyEnrolled.unseen(format_account_id(there.account_id), there.owner, there.id)


def last_report(connection: Connection, enrollment: Enrollment, step: StepKey | None) -> CheckReport | None:
    """The newest report of the checks that a step uses; without a step, of those that the watched step uses."""
    return check_results.last_report(connection, enrollment.id, enrollment.procedure.checks_from(step))
