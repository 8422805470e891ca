"""Carries out what a person does in modals and on the Home tab: fill, click, submit, close."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import payloads
from .api_views import STACK_LIMIT, add_view, check_view, clear_stack, close_top, replace_view
from .call_arguments import decode
from .channel_actions import ChannelActions, chosen
from .core import Core
from .element_search import FoundElement, find_button, find_menu, pressed
from .event_delivery import EventSender
from .input_state import entry
from .local_errors import Incomplete, NotPossible, SlackError
from .plaintext import words
from .recorder import Delivery
from .typed_values import fault, options_of, pick, required_faults, typed
from .workspace_model import Json, StoredView, User


class ModalActions:
    """Carries out what people do in views."""

    def __init__(self, core: Core, sender: EventSender, channel_actions: ChannelActions) -> None:
        self.core = core
        self.sender = sender
        self.channel_actions = channel_actions

    def top(self, user: User) -> StoredView:
        """The modal the person looks at."""
        stack = self.core.workspace.stack(user.id)
        if not stack:
            raise NotPossible(f"{user.name} has no form open.")
        return stack[-1]

    def home(self, user: User) -> StoredView:
        """The home tab as published to this person."""
        view = self.core.workspace.views.get(self.core.workspace.homes.get(user.id, ""))
        if view is None:
            raise NotPossible(f"Nothing was published to the home tab of {user.name}.")
        return view

    def reachable(self, user: User, view_id: str) -> StoredView:
        """A view this person can click in: the topmost modal, or the home tab."""
        view = self.core.workspace.views.get(view_id)
        if view is None or view.user != user.id:
            raise NotPossible("That form is closed.")
        if view.type == "modal" and self.top(user) is not view:
            raise NotPossible("Another form lies on top of that one.")
        return view

    async def click(self, user: User, view_id: str, wanted: str, near: str | None, confirm: bool) -> Delivery:
        """Press a button inside a view, or an option of an overflow menu there."""
        self.channel_actions.require_active(user)
        view = self.reachable(user, view_id)
        found = find_button(view.blocks, wanted, near)
        if found.element.get("confirm") and not confirm:
            return self.channel_actions.declined("block_actions")
        return await self._act(user, view, found, pressed(found))

    async def choose(self, user: User, view_id: str, action_id: str, value: Any, near: str | None) -> Delivery:
        """Pick from a menu inside a view; stateful elements keep the value."""
        view = self.reachable(user, view_id)
        found = find_menu(view.blocks, action_id, near)
        extra = chosen(self.core, user, found, value)
        block_id = found.block["block_id"]
        if action_id in view.values.get(block_id, {}):
            view.values[block_id][action_id] = {"type": found.element["type"], **extra}
        return await self._act(user, view, found, extra)

    async def fill(self, user: User, entries: Mapping[str, Any]) -> list[Delivery]:
        """Fill inputs of the topmost form, by label, block_id or action_id; the deliveries are those of
        inputs with `dispatch_action`."""
        deliveries = []
        for name, value in entries.items():
            view = self.top(user)
            block = _input_block(view, name)
            element: Json = block["element"]
            given = value
            if element["type"].endswith("external_select") and _is_typed(value):
                given = await self._suggested(user, view, FoundElement(block, element, ""), value)
            try:
                raw = typed(self.core, user, element, given)
            except ValueError as wrong:
                raise NotPossible(f"{name!r} does not take {value!r}: {wrong}") from wrong
            state = entry(element, raw)
            view.values.setdefault(block["block_id"], {})[element["action_id"]] = state
            view.errors.pop(block["block_id"], None)
            if element["type"] == "file_input" and raw and (sentence := fault(block, element, state)):
                view.errors[block["block_id"]] = sentence
            self.core.workspace.changed()
            if block.get("dispatch_action"):
                extra = {key: part for key, part in state.items() if key != "type"}
                deliveries.append(await self._act(user, view, FoundElement(block, element, ""), extra))
        return deliveries

    async def submit(self, user: User) -> Delivery:
        """Submit the topmost form and apply the app's answer."""
        view = self.top(user)
        if not view.source.get("submit"):
            raise NotPossible("That form has no submit button.")
        if faults := required_faults(view):
            raise Incomplete(faults)
        view.errors = {}
        delivery_id = self.sender.new_id()
        payload = payloads.view_submission(self.core, user, view, delivery_id)
        delivery = await self.sender.deliver("view_submission", payload, delivery_id)
        if delivery.ok:
            try:
                self._answer(user, view, delivery.response or {})
            except SlackError as refusal:
                delivery.error = "invalid_view_response"
                delivery.detail = json.dumps(refusal.answer())
        self.core.workspace.changed()
        return delivery

    async def close(self, user: User) -> Delivery | None:
        """Close the topmost form (all of them, where it says `clear_on_close`)."""
        if self.top(user).source.get("clear_on_close"):
            closed = await self.close_all(user)
            return closed[0] if closed else None
        view = close_top(self.core, user.id)
        if view is None or not view.source.get("notify_on_close"):
            return None
        payload = payloads.view_closed(self.core, user, view, is_cleared=False)
        return await self.sender.deliver("view_closed", payload)

    async def close_all(self, user: User) -> list[Delivery]:
        """Close the whole stack, as the X of a form does."""
        return [
            await self.sender.deliver("view_closed", payloads.view_closed(self.core, user, view, True))
            for view in clear_stack(self.core, user.id)
            if view.source.get("notify_on_close")
        ]

    async def open_home(self, user: User) -> Delivery:
        """Open the app's home tab."""
        self.channel_actions.require_active(user)
        home = self.core.workspace.views.get(self.core.workspace.homes.get(user.id, ""))
        return await self.sender.deliver("event_callback", payloads.app_home_opened(self.core, user, home))

    def _answer(self, user: User, view: StoredView, answer: Json) -> None:
        """Apply the acknowledgement of a submission to the stack."""
        open_ids = self.core.workspace.stacks.get(user.id, [])
        action = answer.get("response_action")
        if action == "clear":
            clear_stack(self.core, user.id)
        elif action == "errors":
            view.errors = _errors(view, answer.get("errors"))
        elif action == "update":
            check_view(self.core, _view(answer), "modal")
            if view.id in open_ids:
                replace_view(self.core, view, _view(answer))
        elif action == "push":
            check_view(self.core, _view(answer), "modal")
            if len(open_ids) >= STACK_LIMIT:
                raise SlackError("push_limit_reached")
            add_view(self.core, _view(answer), user.id, view.opened_in)
        elif action is None:
            if view.id in open_ids:
                open_ids.remove(view.id)
                del self.core.workspace.views[view.id]
        else:
            raise SlackError("invalid_arguments", detail=f"unknown response_action: {action}")

    async def _act(self, user: User, view: StoredView, found: FoundElement, extra: Json) -> Delivery:
        action = payloads.block_action(self.core, found, extra)
        payload = payloads.view_block_actions(self.core, user, view, action)
        return await self.sender.deliver("block_actions", payload)

    async def suggest(self, user: User, view_id: str, block_id: str, typed_so_far: str) -> list[Json]:
        """The bot's options for the text typed into an external select."""
        view = self.reachable(user, view_id)
        block = _input_block(view, block_id)
        found = FoundElement(block, block["element"], "")
        payload = payloads.block_suggestion(self.core, user, view, found, typed_so_far)
        delivery = await self.sender.deliver("block_suggestion", payload)
        return options_of(delivery.response or {})

    async def _suggested(self, user: User, view: StoredView, found: FoundElement, value: Any) -> Any:
        """Ask the bot for the options of an external select, and pick from them."""
        picked = []
        for wanted in [value] if isinstance(value, str) else value:
            payload = payloads.block_suggestion(self.core, user, view, found, wanted)
            delivery = await self.sender.deliver("block_suggestion", payload)
            picked.append(pick(options_of(delivery.response or {}), wanted))
        return picked[0] if isinstance(value, str) else picked


def _is_typed(value: Any) -> bool:
    """Whether an external select was given words to look for, and not options that were picked."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _input_block(view: StoredView, name: str) -> Json:
    inputs = [block for block in view.blocks if block.get("type") == "input"]
    for block in inputs:
        if block["block_id"] == name:
            return block
    labelled = [block for block in inputs if name in (words(block.get("label")), block["element"]["action_id"])]
    if len(labelled) == 1:
        return labelled[0]
    offered = ", ".join(repr(words(block.get("label"))) for block in inputs) or "none"
    count = "several inputs are" if labelled else "no input is"
    raise NotPossible(f"In this form {count} called {name!r}; its inputs: {offered}.")


def _errors(view: StoredView, errors: Any) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block.get("type") == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise SlackError("invalid_arguments", detail=f"errors must name input blocks of the view: {errors}")
    return {str(block_id): str(sentence) for block_id, sentence in errors.items()}


def _view(answer: Json) -> Json:
    view = decode("view", answer.get("view"))
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", detail="missing required field: view")
    found: Json = view
    return found
