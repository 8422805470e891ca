"""The views.* methods: open, push, update, publish; with triggers, hashes and the stack of three."""

from __future__ import annotations

import json

from . import limits
from .api_chat import with_ids
from .call_arguments import Arguments
from .core import TRIGGER_LIFETIME, Core
from .input_state import values_of
from .local_errors import SlackError
from .rendering import view_json
from .workspace_model import Json, StoredView, Trigger

STACK_LIMIT = 3


def open_(core: Core, args: Arguments) -> Json:
    """views.open: starts a new stack; the app's other modals of this person close."""
    view, trigger = _view(args), _trigger(core, args)
    check_view(core, view, "modal")
    _demand_free_external_id(core, view, None)
    trigger.used = True
    for old in core.workspace.stacks.pop(trigger.user, []):
        core.workspace.views.pop(old, None)
    opened = add_view(core, view, trigger.user, opened_in=trigger.channel)
    return {"view": view_json(core, opened)}


def push(core: Core, args: Arguments) -> Json:
    """views.push: onto the stack that the trigger came from."""
    view, trigger = _view(args), _trigger(core, args)
    stack = core.workspace.stack(trigger.user)
    if trigger.view_id is None or trigger.view_id not in [open_view.id for open_view in stack]:
        raise SlackError("not_found")
    check_view(core, view, "modal")
    _demand_free_external_id(core, view, None)
    if len(stack) >= STACK_LIMIT:
        raise SlackError("push_limit_reached")
    trigger.used = True
    return {"view": view_json(core, add_view(core, view, trigger.user, opened_in=stack[-1].opened_in))}


def update(core: Core, args: Arguments) -> Json:
    """views.update: by id or external_id; a stale `hash` is refused."""
    view = _view(args)
    stored = _open_view(core, args)
    if stored is None:
        raise SlackError("not_found")
    _demand_hash(args, stored)
    check_view(core, view, stored.type)
    _demand_free_external_id(core, view, stored)
    replace_view(core, stored, view)
    return {"view": view_json(core, stored)}


def publish(core: Core, args: Arguments) -> Json:
    """views.publish: the home tab of one person."""
    user = core.workspace.users.get(args.required("user_id"))
    if user is None or user.is_bot:
        raise SlackError("invalid_arguments")
    view = _view(args)
    check_view(core, view, "home")
    stored = core.workspace.views.get(core.workspace.homes.get(user.id, ""))
    if stored is None:
        view_id = core.workspace.new_id("V")
        stored = StoredView(view_id, "home", user.id, {}, "", view_id)
        for workspace in core.organization.workspaces.values() if core.organization else (core.workspace,):
            workspace.views[view_id] = stored  # an organization's people have one home tab of the app
            workspace.homes[user.id] = view_id
    else:
        _demand_hash(args, stored)
    replace_view(core, stored, view)
    return {"view": view_json(core, stored)}


def check_view(core: Core, view: Json, expected_type: str) -> None:
    """Raise SlackError for a view that Slack would refuse; one that asks for files needs the scope to read them."""
    limits.check_view(view, expected_type)
    elements = [block.get("element") or {} for block in view.get("blocks") or []]
    if any(element.get("type") == "file_input" for element in elements):
        core.require_scope(("files:read",))


def add_view(core: Core, source: Json, user: str, opened_in: str | None) -> StoredView:
    """Put a new modal on top of the person's stack."""
    stack = core.workspace.stack(user)
    view_id = core.workspace.new_id("V")
    view = StoredView(
        id=view_id,
        type="modal",
        user=user,
        source={},
        hash="",
        root_id=stack[0].id if stack else view_id,
        previous_id=stack[-1].id if stack else None,
        opened_in=opened_in,
    )
    core.workspace.views[view_id] = view
    core.workspace.stacks.setdefault(user, []).append(view_id)
    replace_view(core, view, source)
    return view


def replace_view(core: Core, view: StoredView, source: Json) -> None:
    """Replace a view's content. Typed values stay if their block_id and action_id stay."""
    view.source = {**source, "blocks": with_ids(source.get("blocks"))}
    view.values = values_of(view.blocks, view.values, view.opened_in)
    view.errors = {}
    view.hash = core.workspace.new_hash()
    core.workspace.changed()


def close_top(core: Core, user: str) -> StoredView | None:
    """Take the topmost modal away, so that the one below is seen again."""
    stack = core.workspace.stacks.get(user, [])
    if not stack:
        return None
    view = core.workspace.views.pop(stack.pop())
    core.workspace.changed()
    return view


def clear_stack(core: Core, user: str) -> list[StoredView]:
    """Take all modals away, the topmost first."""
    closed = []
    while view := close_top(core, user):
        closed.append(view)
    return closed


def _view(args: Arguments) -> Json:
    view = args.object("view", "invalid_arguments")
    if view is None:
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]})
    copy: Json = json.loads(json.dumps(view))
    return copy


def _trigger(core: Core, args: Arguments) -> Trigger:
    trigger = core.workspace.triggers.get(args.text("trigger_id"))
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if core.workspace.seconds() - trigger.created > TRIGGER_LIFETIME:
        raise SlackError("expired_trigger_id")
    return trigger


def _open_view(core: Core, args: Arguments) -> StoredView | None:
    if view_id := args.text("view_id"):
        return core.workspace.views.get(view_id)
    external_id = args.required("external_id")
    views = core.workspace.views.values()
    return next((view for view in views if view.source.get("external_id") == external_id), None)


def _demand_hash(args: Arguments, view: StoredView) -> None:
    if (given := args.text("hash")) and given != view.hash:
        raise SlackError("hash_conflict")


def _demand_free_external_id(core: Core, view: Json, own: StoredView | None) -> None:
    external_id = view.get("external_id")
    if external_id and any(
        other is not own and other.source.get("external_id") == external_id for other in core.workspace.views.values()
    ):
        raise SlackError("duplicate_external_id")
