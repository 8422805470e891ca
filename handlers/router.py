"""The router: passes requests of Slack to listeners, acknowledges them, shows the responses, and reports every error.

A listener is a plain function from a `Request` to a `Response`. It runs before the acknowledgement, so an acknowledged
change is committed. Further calls of Slack, such as opening a modal, follow in another thread. A slash command changes
nothing, so it is acknowledged first and its listener runs in that thread, too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.domain.errors import DomainError, InvalidForm, InvalidInput
from bot.handlers.failures import at_fields, error_text, failure_response, readable, report_unshown
from bot.handlers.forms import first_field, notice
from bot.handlers.home_tabs import HomeTabs, RenderHome, RunAfterAck
from bot.handlers.places import answer_view, home_state, thread_of, with_origin
from bot.handlers.recent_ids import RecentIds
from bot.handlers.redrawing import redraw
from bot.handlers.refused_workspaces import refuse, say_refused
from bot.handlers.request import Request, pressed
from bot.handlers.response import Response, field_errors, replace_view, show_text
from bot.handlers.services import Services
from bot.handlers.speech import answering
from bot.language.spoken import gettext
from bot.presentation.buttons import MENU
from bot.slack.slack_errors import SlackFault
from bot.telemetry.log_context import note

log = logging.getLogger(__name__)

Listener = Callable[[Request], Response]
#: Renders a view for the person of a request.
Render = Callable[[Request], dict[str, Any]]
#: Called with the ID of the modal that a listener's response has opened.
AfterOpen = Callable[[Request, str], None]

_BUSY = "You're asking faster than I can answer. Wait a few seconds, then try again."
_TOO_LATE = "I was too slow to open that: Slack gives me three seconds. Please try again."
#: Slack's codes for a trigger that opens no modal any more.
_EXPIRED = frozenset({"expired_trigger_id", "trigger_expired", "exchanged_trigger_id"})
_OUT_OF_DATE = "This copy is out of date. Run `/eco status` for a new one."

#: How many people and channels a refusal calls by their names: each may cost a call before the acknowledgement.
_NAMED = 3

#: Kind of request -> the name, in its body, by which listeners are registered.
_NAME_IN_BODY: dict[str, Callable[[dict[str, Any]], str]] = {
    "command": lambda body: str(body["command"]),
    "shortcut": lambda body: str(body["callback_id"]),
    "action": lambda body: str(pressed(body)["action_id"]),
    "form": lambda body: str(body["view"]["callback_id"]),
    "event": lambda body: str(body["event"]["type"]),
    "function": lambda body: str(body["event"]["function"]["callback_id"]),
}


@dataclass(frozen=True)
class _Route:
    """A registered listener."""

    kind: str
    listener: Listener
    after_open: AfterOpen | None = None


class Router:
    """The listeners of all features, registered with Bolt in one way.

    Args:
        render_home, render_card, render_copy: render what a response asks to refresh.
        run_after_ack: runs work in another thread.
    """

    def __init__(
        self,
        services: Services,
        render_home: RenderHome,
        render_card: Render,
        render_copy: Render,
        run_after_ack: RunAfterAck,
    ) -> None:
        self._services = services
        self._render_card = render_card
        self._render_copy = render_copy
        self._run_after_ack = run_after_ack
        self._answered = RecentIds()
        self.homes = HomeTabs(services, render_home, run_after_ack)
        self._routes: dict[str, dict[str, _Route]] = {kind: {} for kind in _NAME_IN_BODY}

    def command(self, name: str, listener: Listener) -> None:
        """Add the listener of a slash command; it must not change anything."""
        self._add("command", name, listener)

    def shortcut(self, callback_id: str, listener: Listener) -> None:
        """Add the listener of a global or message shortcut."""
        self._add("shortcut", callback_id, listener)

    def action(self, action_id: str, listener: Listener, after_open: AfterOpen | None = None) -> None:
        """Add the listener of a button or menu; `after_open` continues with the modal that it opens."""
        self._add("action", action_id, listener, after_open)

    def submission(self, callback_id: str, listener: Listener) -> None:
        """Add the listener of a submitted form."""
        self._add("form", callback_id, listener)

    def event(self, name: str, listener: Listener) -> None:
        """Add the listener of an event of the Events API."""
        self._add("event", name, listener)

    def function(self, callback_id: str, listener: Listener) -> None:
        """Add the listener of a custom step of workflows; whatever it answers, it owes to Slack in the outbox."""
        self._add("function", callback_id, listener)

    def register(self, app: App) -> None:
        """Register with a Bolt app: one Bolt listener for each kind of request, because Bolt tries them one by one.

        Commands come first. Nothing else happens before their acknowledgement, so a failed try counts most there.
        """
        names = {kind: re.compile(f"^({'|'.join(map(re.escape, routes))})$") for kind, routes in self._routes.items()}
        app.command(names["command"])(self._bolt_listener("command"))
        app.action(MENU)(self._bolt_listener("action"))
        app.action(names["action"])(self._bolt_listener("action"))
        app.view(names["form"])(self._bolt_listener("form"))
        app.shortcut(names["shortcut"])(self._bolt_listener("shortcut"))
        for name in self._routes["event"]:
            app.event(name)(self._bolt_listener("event"))
        for name in self._routes["function"]:
            app.function(name, auto_acknowledge=False)(self._bolt_listener("function"))

    def _add(self, kind: str, name: str, listener: Listener, after_open: AfterOpen | None = None) -> None:
        if name in self._routes[kind]:
            raise ValueError(f"two listeners for the {kind} {name}")
        self._routes[kind][name] = _Route(kind, listener, after_open)

    # Before the acknowledgement -----------------------------------------------------------------------------

    def _bolt_listener(self, kind: str) -> Callable[..., None]:
        routes, name_of = self._routes[kind], _NAME_IN_BODY[kind]

        def handle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
            route, request = routes[name_of(body)], Request(self._services, body, context)
            note(workspace=request.workspace_id)
            if not request.is_served:
                ack(**refuse(request, kind))
                self._run_after_ack(lambda: say_refused(request), request.user, False)
                return
            if kind == "command":
                # It may open a modal, whose trigger ends after three seconds.
                is_taken = self._run_after_ack(lambda: self._after_ack(request, route), request.user, True)
                ack() if is_taken else ack(_busy(request))
                return
            if kind == "function":
                route.listener(request)  # what it raises could not be stored: without an answer Slack sends it again
                ack()
                return
            with answering(request.spoken):
                response = self._run_listener(request, route)
                ack(**_marked(request, response.ack))
                if response.is_shown:
                    work = partial(self._after_ack, request, route, response)
                    if not self._run_after_ack(work, request.user, response.view is not None):
                        log.info("an answer is not shown: too many of %s are waiting", request.user)

        return handle

    def _run_listener(self, request: Request, route: _Route) -> Response:
        try:
            return with_origin(request, route.listener(request))
        except DomainError as error:
            return self._refusal(request, error)
        except Exception as error:  # noqa: BLE001  # any bug: the person gets a reference, the log has the traceback
            return failure_response(request, route.kind, error)

    def _refusal(self, request: Request, error: DomainError) -> Response:
        """Show a domain error: at its field of the form, at the first field, or as a message."""
        if not request.is_submission:
            return show_text(error_text(error))
        if isinstance(error, InvalidForm):
            return field_errors(at_fields(request.view, error.faults))
        field = error.field if isinstance(error, InvalidInput) and error.field else first_field(request.view)
        if field is None:
            return replace_view(notice(gettext("That did not work"), error_text(error)))
        # Errors at fields are plain text, in which mentions do not work.
        directory = request.workspace.directory
        named = frozenset(error.ids[:_NAMED])
        words = readable(
            str(error),
            error.ids,
            lambda user: directory.person(user).name if user in named else gettext("somebody else"),
            directory.channel_label,
        )
        return field_errors({field: words})

    # After the acknowledgement ------------------------------------------------------------------------------

    def _after_ack(self, request: Request, route: _Route, response: Response | None = None) -> None:
        """Show a response, once; without one, run the listener first. Report any error to the person."""
        if not self._answered.add(request.id):
            log.info("a repeated delivery of %s is ignored: it was answered", request.id)
            return
        with answering(request.spoken):
            self._answer(request, route, response)

    def _answer(self, request: Request, route: _Route, response: Response | None) -> None:
        try:
            view_id = self._show(request, response or self._run_listener(request, route))
            if view_id is not None and route.after_open is not None:
                route.after_open(request, view_id)
        except Exception as error:  # noqa: BLE001  # as in _run_listener
            if isinstance(error, SlackFault) and error.code in _EXPIRED:
                log.info("an answer came too late: %s", error.code)
                message: dict[str, Any] | None = {"text": gettext(_TOO_LATE)}
            else:
                words = report_unshown(error)
                message = None if request.is_submission else {"text": words}
            try:
                if message:
                    self._show_message(request, message)
            except SlackFault as fault:
                log.warning("the error could not be shown to the person: %s", fault)

    def _show(self, request: Request, response: Response) -> str | None:
        """Show everything in a response; return the ID of the modal that it opens."""
        gateway = request.workspace.gateway
        view_id = self._open(request, response.view) if response.view is not None else None
        if response.in_place is not None:
            try:
                gateway.update_view(request.view["id"], response.in_place)
            except SlackFault as fault:
                log.info("the modal was not shown again: %s", fault)  # most likely it was closed
        if response.message is not None and response.replace_original:
            message = response.message
            self._draw_copy(request, request.body["response_url"], lambda: message)
        elif response.message is not None:
            self._show_message(request, response.message)
        if response.refresh_home:
            state = home_state(request) if response.home_state is None else response.home_state
            self.homes.show(request.user, state)
        if response.refresh_card is not None:
            try:
                redraw(lambda: self._render_card(request), partial(gateway.update_view, response.refresh_card))
            except SlackFault as fault:
                log.info("the modal with the card was not refreshed: %s", fault)  # most likely it was closed
        if response.refresh_copy is not None:
            self._draw_copy(request, response.refresh_copy, lambda: self._render_copy(request))
        if response.then is not None:
            response.then()
        return view_id

    def _draw_copy(self, request: Request, response_url: str, render: Callable[[], dict[str, Any]]) -> None:
        """Draw an ephemeral message again; Slack takes that for half an hour."""
        try:
            redraw(render, partial(request.workspace.gateway.respond, response_url, replace=True))
        except SlackFault as fault:
            log.info("the copy of the card was not refreshed: %s", fault)
            self._open(request, notice("Eco enrollment", gettext(_OUT_OF_DATE)))

    def _open(self, request: Request, view: dict[str, Any]) -> str:
        """Open a modal: on top of the current one after a click in a modal."""
        gateway = request.workspace.gateway
        open_view = gateway.push_view if request.in_modal and "actions" in request.body else gateway.open_view
        return open_view(request.body["trigger_id"], view)

    def _show_message(self, request: Request, message: dict[str, Any]) -> None:
        """Show a message to the person alone: a press is answered by a modal, if Slack opens it."""
        if request.is_press:
            try:
                self._open(request, answer_view(message))
                return
            except SlackFault as fault:
                log.info("the answer was not shown as a modal: %s", fault)
        gateway, response_url = request.workspace.gateway, request.body.get("response_url")
        if response_url:
            gateway.respond(response_url, message, thread_ts=thread_of(request))
        elif request.channel:
            gateway.post_ephemeral(request.channel, request.user, message["text"])
        else:
            gateway.post_direct(request.user, message)


def _marked(request: Request, answer: dict[str, Any]) -> dict[str, Any]:
    view = answer.get("view")
    return answer if view is None else {**answer, "view": request.workspace.gateway.marked(view)}


def _busy(request: Request) -> str:
    with answering(request.spoken):
        return gettext(_BUSY)
