"""Makes the change of a list from what a person gave for it, in a form or in a preview."""

from __future__ import annotations

from datetime import datetime

from bot.domain import customer_users, lifecycle, transitions
from bot.domain.access import Actor, require_change
from bot.domain.enrollment import Change, Enrollment, Policy
from bot.domain.list_changes import NO_NAMES, Draft, unknown_names, with_names


def change(
    draft: Draft, actor: Actor, add_names: bool, before: Enrollment, by: str, now: datetime, policy: Policy
) -> Change:
    """Save a draft; names of a step whose act it finishes finish that step.

    Args:
        add_names: add the names that were never recorded to their lists, which is for who may change the enrollment.

    Raises:
        NothingToDo, StepConflict: see `lifecycle.change_list` and `transitions.complete_act`. NotAllowed.
    """
    changes = draft.changes(before)
    if draft.acted_on is not None:
        key = before.procedure.step_with(draft.list_name) or ""
        (field,) = (field for field in before.spec(key).collects if field.list_name == draft.list_name)
        names = before.with_list(draft.list_name, changes.after).names_in(draft.list_name)
        return transitions.complete_act(before, key, by, now, policy, {field.key: names}, draft.acted_on, draft.source)
    names_to_add = unknown_names(before, draft.list_name, changes.given) if add_names else NO_NAMES
    if names_to_add:
        require_change(before, actor)
    after = with_names(before.with_list(draft.list_name, changes.after), names_to_add)
    after = customer_users.marked(after, changes.users) if changes.users else after
    if after.workflows != before.workflows:
        after = transitions.withdraw_incomplete(after, now)
    return lifecycle.change_list(before, draft.list_name, changes, by, now, policy, draft.source, after)
