"""One request of Slack: who asks, where, about what; and what it can be answered with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slack_bolt import BoltContext

from bot.courtesy import Courtesy
from bot.domain.access import Actor, require_change
from bot.domain.enrollment import Enrollment
from bot.domain.step_spec import StepKey
from bot.presentation.buttons import parse_value
from bot.slack.directory import Directory
from bot.slack.gateway import Gateway
from bot.use_cases import AwsChecks, Caller, Enrollments, TicketEmails
from handlers.forms import metadata_of, read_state

#: What a form carries about where it was opened: on the home tab; on top of the modal with this ID, which shows a card.
HOME = "home"
CARD = "card"


@dataclass(frozen=True)
class Services:
    """What the features work with; `emails` is None where tickets do not go by email."""

    enrollments: Enrollments
    directory: Directory
    gateway: Gateway
    courtesy: Courtesy
    aws_checks: AwsChecks
    ticket_emails: TicketEmails | None = None


@dataclass(frozen=True)
class Response:
    """What Slack is told, and what happens after that.

    Attributes:
        ack: the body of the acknowledgement: a `response_action` for a form.
        view: a modal to open. tell: a sentence that only the person sees. message: the same, with blocks.
        replace: the message takes the place of the one (seen by this person alone) that was acted on.
        home: the person's home tab is to be drawn anew. card: so is the card in the modal with this ID.
    """

    ack: dict[str, Any] = field(default_factory=dict)
    view: dict[str, Any] | None = None
    tell: str | None = None
    message: dict[str, Any] | None = None
    replace: bool = False
    home: bool = False
    card: str | None = None


def field_errors(faults: dict[str, str]) -> Response:
    """The form stays as it is, with a sentence at each field."""
    return Response(ack={"response_action": "errors", "errors": faults})


def replace_view(view: dict[str, Any]) -> Response:
    """The form is exchanged for another one in its place."""
    return Response(ack={"response_action": "update", "view": view})


class Request:
    """One request of Slack: who, where, about what."""

    def __init__(self, services: Services, body: dict[str, Any], context: BoltContext) -> None:
        self.services = services
        self.body = body
        enterprise, team = context.enterprise_id, context.team_id
        self.workspace_id = workspace_name(enterprise, team)
        self.user = str(context.user_id)
        self.view: dict[str, Any] = body.get("view") or {}
        self.action: dict[str, Any] = (body.get("actions") or [{}])[0]

    @property
    def enrollments(self) -> Enrollments:
        return self.services.enrollments

    @property
    def by_email(self) -> bool:
        """Whether tickets can be sent by email."""
        return self.services.ticket_emails is not None

    @property
    def channel(self) -> str:
        """The channel in which it happened; "" on the home tab and in a form."""
        found = self.body.get("channel") or {}
        return str(self.body.get("channel_id") or found.get("id") or "")

    @property
    def in_modal(self) -> bool:
        """Whether it happened in a modal."""
        return self.view.get("type") == "modal"

    @property
    def on_home(self) -> bool:
        """Whether it happened on the home tab."""
        return self.view.get("type") == "home"

    @property
    def in_ephemeral_message(self) -> bool:
        """Whether it happened in a message that only this person sees."""
        return bool((self.body.get("container") or {}).get("is_ephemeral"))

    def actor(self) -> Actor:
        """The person, with their rights."""
        return Actor(self.user, self.services.directory.is_admin(self.user))

    def caller(self) -> Caller:
        """The person as the one who asks for a change, with a name for this very request."""
        confirmed = frozenset(self.metadata.get("warnings", ()))
        return Caller(self.workspace_id, self.actor(), self._idempotency_key(), confirmed)

    def _idempotency_key(self) -> str | None:
        if self.body.get("type") == "view_submission":
            return f"view:{self.view.get('id')}:{self.view.get('hash')}"
        if self.action.get("action_ts"):
            pressed = f"{self.action.get('action_id')}:{self.action.get('value')}"
            return f"action:{self.action['action_ts']}:{self.user}:{pressed}"
        return None

    @property
    def name(self) -> str | None:
        """What Slack calls this request; a repeated delivery of it has the same."""
        found = self.body.get("trigger_id") or self.body.get("event_id")
        return str(found) if found else None

    @property
    def metadata(self) -> dict[str, Any]:
        """What a form carries about itself."""
        return metadata_of(self.view)

    @property
    def values(self) -> dict[str, Any]:
        """What was typed into a form, by field."""
        return read_state(self.view)

    def target_ids(self) -> tuple[int, StepKey | None]:
        """The ID of the enrollment, and the step, of a button or a form; the use case loads it, under its lock."""
        if self.body.get("type") == "view_submission":
            number, step = self.metadata["enrollment"], self.metadata.get("step")
            return number, StepKey(step) if step else None
        return parse_value(self.action.get("value") or self.action["selected_option"]["value"])

    def step_target_ids(self) -> tuple[int, StepKey]:
        """The same, of what is always about a step."""
        number, key = self.target_ids()
        assert key is not None, "a step's button and form name their step"
        return number, key

    def load_target(self) -> tuple[Enrollment, StepKey | None]:
        """The enrollment and the step that a button, or a form, is about, as they are now."""
        number, key = self.target_ids()
        return self.enrollments.get(self.workspace_id, number), key

    def load_target_for_change(self) -> tuple[Enrollment, StepKey]:
        """The target of a step's button, if the person may change it; `NotAllowed` otherwise."""
        enrollment, key = self.load_target()
        require_change(enrollment, self.actor())
        assert key is not None, "a step's button names its step"
        return enrollment, key


def workspace_name(enterprise_id: str | None, team_id: str | None) -> str:
    """The name under which everything of a workspace is kept."""
    return f"{enterprise_id}:{team_id}" if enterprise_id else str(team_id)
