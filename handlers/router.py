"""Between Slack and the features: who asks, what is answered, and what every error becomes.

A listener is a plain function from a `Request` to an `Response`. It runs before Slack is acknowledged, so what it has
committed is safe; what needs Slack again (open a form, tell somebody) happens after that, off the request.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bot.domain.errors import DomainError, InvalidForm, InvalidInput
from bot.presentation.texts import escape
from bot.slack.slack_errors import SlackFault
from handlers.forms import carrying, first_field, notice, readable
from handlers.request import CARD, HOME, Request, Response, Services, field_errors, replace_view

log = logging.getLogger(__name__)

Listener = Callable[[Request], Response]
Draw = Callable[[Request], dict[str, Any]]
#: What fills a modal once it is open: told the request and the modal's ID.
Fill = Callable[[Request, str], None]
Later = Callable[[Callable[[], None]], None]

#: By what Slack names what was used, in the body of a request.
_NAMED_BY: dict[str, Callable[[dict[str, Any]], str]] = {
    "command": lambda body: str(body["command"]),
    "shortcut": lambda body: str(body["callback_id"]),
    "action": lambda body: str(body["actions"][0]["action_id"]),
    "form": lambda body: str(body["view"]["callback_id"]),
    "event": lambda body: str(body["event"]["type"]),
}


def error_text(error: DomainError) -> str:
    """A domain error in Slack's notation: what people typed is escaped, the people it names are mentions."""
    return re.sub(r"&lt;([@#][A-Z0-9]+)&gt;", r"<\1>", escape(str(error)))


def _in_its_place(request: Request, answer: Response) -> Response:
    """A form remembers where it was opened, and once it is accepted, what shows the enrollment there is drawn anew."""
    origin = {name: request.metadata[name] for name in (HOME, CARD) if name in request.metadata}
    if request.on_home:
        origin = {HOME: True}
    elif request.in_modal and request.action:
        origin[CARD] = request.view["id"]
    if not origin:
        return answer
    if answer.view is not None:
        return replace(answer, view=carrying(answer.view, origin))
    if answer.ack.get("response_action") == "update":
        return replace(answer, ack={**answer.ack, "view": carrying(answer.ack["view"], origin)})
    if request.body.get("type") == "view_submission" and not answer.ack:
        return replace(answer, home=HOME in origin, card=origin.get(CARD))
    return answer


class _Recent:
    """The names of the last requests that were answered, so that nothing is said twice to somebody."""

    def __init__(self, most: int = 2000) -> None:
        self._names: deque[str] = deque(maxlen=most)
        self._mutex = threading.Lock()

    def is_new(self, name: str | None) -> bool:
        """Whether the name comes for the first time; from now on it is known."""
        with self._mutex:
            if name in self._names:
                return False
            if name is not None:
                self._names.append(name)
            return True


@dataclass(frozen=True)
class _Entry:
    """Who listens to one thing that Slack names; `fill` goes on with the modal that the answer has opened."""

    kind: str
    listen: Listener
    fill: Fill | None = None


class Router:
    """Collects the features' listeners, so that each of them is acknowledged, answered and guarded the same way.

    Args:
        later: has something done in another thread.
    """

    def __init__(self, services: Services, draw_home: Draw, draw_card: Draw, later: Later) -> None:
        self.services = services
        self._draw_home = draw_home
        self._draw_card = draw_card
        self._later = later
        self._answered = _Recent()
        self._entries: dict[str, dict[str, _Entry]] = {kind: {} for kind in _NAMED_BY}

    def command(self, name: str, listener: Listener) -> None:
        """A slash command: it changes nothing by itself, so it is acknowledged at once and answered afterwards."""
        self._add("command", name, listener)

    def shortcut(self, callback_id: str, listener: Listener) -> None:
        """A global or a message shortcut."""
        self._add("shortcut", callback_id, listener)

    def action(self, action_id: str, listener: Listener, fill: Fill | None = None) -> None:
        """A button or a menu."""
        self._add("action", action_id, listener, fill)

    def submission(self, callback_id: str, listener: Listener) -> None:
        """A form that was submitted."""
        self._add("form", callback_id, listener)

    def event(self, name: str, listener: Listener) -> None:
        """An event of the Events API."""
        self._add("event", name, listener)

    def listen(self, app: App) -> None:
        """Register with a Bolt app: one listener a kind, because Bolt tries them one after the other.

        Commands come first: where nothing else is done before the acknowledgement, each vain try counts.
        """
        names = {kind: re.compile(f"^({'|'.join(map(re.escape, found))})$") for kind, found in self._entries.items()}
        app.command(names["command"])(self._taking("command"))
        app.action(names["action"])(self._taking("action"))
        app.view(names["form"])(self._taking("form"))
        app.shortcut(names["shortcut"])(self._taking("shortcut"))
        for name in self._entries["event"]:
            app.event(name)(self._taking("event"))

    def _add(self, kind: str, name: str, listener: Listener, fill: Fill | None = None) -> None:
        if name in self._entries[kind]:
            raise ValueError(f"two listeners for the {kind} {name}")
        self._entries[kind][name] = _Entry(kind, listener, fill)

    def _taking(self, kind: str) -> Callable[..., None]:
        entries, name_of = self._entries[kind], _NAMED_BY[kind]

        def take(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
            entry, request = entries[name_of(body)], Request(self.services, body, context)
            if kind == "command":
                ack()
                self._later(lambda: self._finish(request, entry))
                return
            answer = self._listen(request, entry)
            ack(**answer.ack)
            if answer.view or answer.tell or answer.message or answer.home or answer.card:
                self._later(lambda: self._finish(request, entry, answer))

        return take

    def _listen(self, request: Request, entry: _Entry) -> Response:
        try:
            return _in_its_place(request, entry.listen(request))
        except DomainError as error:
            return self._refusal(request, error)
        except Exception as error:  # noqa: BLE001  # the person gets a reference, the log has the rest, the process lives
            return self._apology(request, entry.kind, error)

    def _refusal(self, request: Request, error: DomainError) -> Response:
        """A domain error as an answer: at the field where there is one, else in a sentence that the person sees."""
        if request.body.get("type") != "view_submission":
            return Response(tell=error_text(error))
        if isinstance(error, InvalidForm):
            return field_errors(error.faults)
        at = error.field if isinstance(error, InvalidInput) and error.field else first_field(request.view)
        if at is None:
            return replace_view(notice("That did not work", error_text(error)))
        # Fields show plain text: people are written by name there.
        directory = self.services.directory
        return field_errors(
            {at: readable(str(error), lambda user: directory.person(user).name, directory.channel_label)}
        )

    def _apology(self, request: Request, kind: str, error: Exception) -> Response:
        sentence = report_failure(kind, error)
        if request.body.get("type") == "view_submission":
            at = first_field(request.view)
            return field_errors({at: sentence}) if at else replace_view(notice("Something went wrong", sentence))
        return Response(tell=sentence)

    def _finish(self, request: Request, entry: _Entry, answer: Response | None = None) -> None:
        """Carry an answer out, once, or find it first; a failure here is told where it still can be."""
        self.services.courtesy.give_way()
        if not self._answered.is_new(request.name):
            log.info("%s was delivered again and has been answered", request.name)
            return
        try:
            opened = self._carry_out(request, answer or self._listen(request, entry))
            if opened is not None and entry.fill is not None:
                entry.fill(request, opened)
        except Exception as error:  # noqa: BLE001  # the same promise after the acknowledgement
            sentence = self._apology(request, "answer", error).tell
            try:
                if sentence:
                    self._tell(request, {"text": sentence}, replace=False)
            except SlackFault as fault:
                log.warning("the person could not be told: %s", fault)

    def _carry_out(self, request: Request, answer: Response) -> str | None:
        """Do what an answer asks for; give the ID of the modal that it opened."""
        gateway = self.services.gateway
        opened = self._open(request, answer.view) if answer.view is not None else None
        if answer.tell is not None:
            self._tell(request, {"text": answer.tell}, replace=False)
        if answer.message is not None:
            self._tell(request, answer.message, replace=answer.replace)
        if answer.home:
            gateway.publish_home(request.user, self._draw_home(request))
        if answer.card is not None:
            try:
                gateway.update_view(answer.card, self._draw_card(request))
            except SlackFault as fault:
                log.info("the card's modal was not drawn anew: %s", fault)  # most likely it was closed
        return opened

    def _open(self, request: Request, view: dict[str, Any]) -> str:
        """Open a modal, on top of the one in which a button was pressed."""
        gateway = self.services.gateway
        open_view = gateway.push_view if request.in_modal and "actions" in request.body else gateway.open_view
        return open_view(request.body["trigger_id"], view)

    def _tell(self, request: Request, message: dict[str, Any], *, replace: bool) -> None:
        """Show something to the person alone, where they are."""
        gateway, url = self.services.gateway, request.body.get("response_url")
        if url:
            gateway.respond(url, message, replace=replace, thread_ts=_thread_of(request))
        elif request.body.get("trigger_id") and request.body.get("type") != "view_submission":
            self._open(request, notice("Eco enrollment", message["text"]))
        elif request.channel:
            gateway.post_ephemeral(request.channel, request.user, message["text"])
        else:
            gateway.post_direct(request.user, message)


def report_failure(kind: str, error: Exception) -> str:
    """A sentence with a reference for the person; the log has the same reference and the rest."""
    reference = secrets.token_hex(4)
    log.error("the %s failed (reference %s)", kind, reference, exc_info=error, extra={"reference": reference})
    return (
        f"Something went wrong here, and nothing was changed. Please try again; if it happens again, "
        f"tell whoever runs this bot the reference {reference}."
    )


def _thread_of(request: Request) -> str | None:
    """The thread in which a person acted. A card with replies names itself as its thread, yet stands in the channel."""
    original = request.body.get("message") or {}
    thread: str | None = original.get("thread_ts")
    if request.body.get("type") == "message_action":  # asked for on a message: the answer belongs to its thread
        return thread or original.get("ts")
    return thread if thread != original.get("ts") else None
