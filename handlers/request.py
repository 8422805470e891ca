"""`Request`: a request of Slack, with its person, place, target and language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from typing import Any

from slack_bolt import BoltContext

from bot.domain.access import Actor, require_change
from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidForm, NotAStarter, StepConflict
from bot.domain.lifecycle import require_step
from bot.domain.shown_values import Shown
from bot.domain.step_spec import StepKey
from bot.handlers.forms import Fields, metadata_of, read_state
from bot.handlers.services import Services
from bot.handlers.speech import Spoken, spoken_in
from bot.handlers.teams import runner_of, team_of_app, team_of_person
from bot.language.spoken import gettext
from bot.presentation.buttons import ENROLLMENT_PREFIX, MENU, STEP_PREFIX, parse_option, parse_value
from bot.telemetry.log_context import note
from bot.use_cases import Caller, OwnedEnrollments, Plans

#: Metadata of a form that was opened on the home tab (what that shows), on top of a modal with a card (that modal's
#: ID), or from an ephemeral copy of a card (the response_url of that press).
FROM_HOME = "home"
FROM_CARD = "card"
FROM_COPY = "copy"
#: Metadata of the modal that **Answer** opens: the ID of the message's row.
FROM_REMINDERS = "reminders"
#: Metadata of the modal with the history, and of a form on top of it: which entries it shows.
FROM_HISTORY = "history"
#: How many admins a refusal names.
_ASKED = 3
#: Metadata of a form that shows recorded values: what they were when it was opened.
SHOWN = "shown"
#: Metadata: the enrollment's version in which a ticket was shown.
TICKET_VERSION = "ticket_version"


def pressed(body: dict[str, Any]) -> dict[str, Any]:
    """The button or menu of a click, else {}; an option of an overflow menu counts as the button it stands for."""
    action: dict[str, Any] = (body.get("actions") or [{}])[0]
    if action.get("action_id") != MENU:
        return action
    action_id, value = parse_option(action["selected_option"]["value"])
    return {**action, "action_id": action_id, "value": value}


class Request:
    """A command, shortcut, click, form or event.

    Attributes:
        body: the payload as Slack sent it.
        workspace: the workspace through which Slack is called.
        workspace_id: the ID of that workspace, under which everything is stored, whatever the payload says.
        user: the ID of the person.
        view: the modal or home tab on which it happened, else {}.
        action: the button or menu, else {}.
    """

    def __init__(self, services: Services, body: dict[str, Any], context: BoltContext) -> None:
        self.services = services
        self.body = body
        self.workspace = services.workspace
        self.workspace_id = services.workspace.id
        runner = runner_of(body)
        self.user = str(context.user_id) if runner is None else runner
        self.view: dict[str, Any] = body.get("view") or {}
        self.action = pressed(body)

    @property
    def id(self) -> str | None:
        """Slack's ID of the request; a repeated delivery has the same one."""
        request_id = self.body.get("trigger_id") or self.body.get("event_id")
        return str(request_id) if request_id else None

    @cached_property
    def enrollments(self) -> OwnedEnrollments:
        """The use cases of enrollments; queries find only what the person may see."""
        return self.services.enrollments.seen_by(self.actor())

    @property
    def plans(self) -> Plans:
        """The use cases of forecasts, timelines and calendars."""
        assert self.services.plans is not None, "the services were made without plans"
        return self.services.plans

    @property
    def by_email(self) -> bool:
        """Whether tickets can be sent by email."""
        return self.services.ticket_emails is not None

    # Where --------------------------------------------------------------------------------------------------

    @property
    def channel(self) -> str:
        """The channel's ID; "" on the home tab and in a modal."""
        channel = self.body.get("channel") or {}
        return str(self.body.get("channel_id") or channel.get("id") or "")

    @property
    def is_submission(self) -> bool:
        """Whether a form was submitted."""
        return self.body.get("type") == "view_submission"

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

    @property
    def on_card_copy(self) -> bool:
        """Whether a button of an ephemeral copy of a card was pressed."""
        action_id = str(self.action.get("action_id"))
        return self.in_ephemeral_message and action_id.startswith((STEP_PREFIX, ENROLLMENT_PREFIX))

    @property
    def is_command(self) -> bool:
        """Whether somebody typed a slash command."""
        return "command" in self.body

    @property
    def is_press(self) -> bool:
        """Whether somebody pressed something, so that Slack opens a modal for them."""
        return bool(self.body.get("trigger_id")) and not self.is_submission and not self.is_command

    @property
    def is_served(self) -> bool:
        """Whether it is for the workspace that this process serves: it came through the app's installation there."""
        return self.workspace.serves(team_of_app(self.body))

    @cached_property
    def spoken(self) -> Spoken:
        """The language in which it is answered."""
        look_up = partial(self.services.enrollments.languages, self.workspace_id, self.channel)
        return spoken_in(self.metadata, look_up)

    # Who ----------------------------------------------------------------------------------------------------

    @property
    def is_foreign_person(self) -> bool:
        """Whether the person belongs to another workspace, and acts in a channel that is shared with it.

        Events do not tell; there it is False.
        """
        return not self.workspace.is_member(self.user, team_of_person(self.body))

    def actor(self) -> Actor:
        """The person with their rights."""
        directory = self.workspace.directory
        sees_channel = partial(directory.sees_channel, self.user)
        return Actor(self.user, directory.is_admin(self.user), sees_channel, self._stands_in_for)

    @cached_property
    def _stands_in_for(self) -> frozenset[str]:
        return self.services.enrollments.represented(self.workspace_id, self.user)

    def require_starter(self, what: str) -> None:
        """Raise `NotAStarter` unless the person may start enrollments and send tickets by email; `what` they want."""
        person = self.workspace.directory.person_now(self.user)
        if person is not None and not person.teams:
            raise StepConflict(gettext("Slack does not tell me who you are right now. Try again in a minute."))
        if not self.workspace.rights.may_start(self.user):
            raise NotAStarter(what, sorted(self.workspace.directory.admin_users())[:_ASKED])

    def caller(self, warnings: Iterable[str] = ()) -> Caller:
        """The person as the caller of a use case, with the request's idempotency key and the confirmed warnings.

        Args:
            warnings: what has to be confirmed beside the use case's own warnings.
        """
        confirmed = frozenset(self.metadata.get("warnings", ()))
        key = self._idempotency_key()
        return Caller(
            self.workspace_id,
            self.actor(),
            key,
            confirmed,
            tuple(warnings),
            self.shown,
            self.metadata.get(TICKET_VERSION),
            self.execution,
        )

    def _idempotency_key(self) -> str | None:
        if self.is_submission:
            return f"view:{self.view.get('id')}:{self.view.get('hash')}"
        if self.action.get("action_ts"):
            button = f"{self.action.get('action_id')}:{self.action.get('value')}"
            return f"action:{self.action['action_ts']}:{self.user}:{button}"
        return f"run:{self.execution}" if self.execution else None

    @property
    def execution(self) -> str | None:
        """The run of a custom step that this is; None for anything else."""
        run = (self.body.get("event") or {}).get("function_execution_id")
        return str(run) if run else None

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a run of a custom step, by name."""
        return dict((self.body.get("event") or {}).get("inputs") or {})

    def join_channel(self, channel_id: str) -> None:
        """Join the channel that was chosen in a form's field `channel_id`; raises `InvalidForm` if that fails."""
        fault = self.workspace.directory.join_channel(channel_id)
        fault = fault or self.workspace.rights.why_not_channel(self.user, channel_id)
        if fault is not None:
            raise InvalidForm({"channel_id": fault})

    def check_people(self, fields: Fields, people: Mapping[str, Iterable[str]]) -> None:
        """Note a fault at each of these fields that names somebody who is no living person."""
        for name, users in people.items():
            if name not in fields.faults and (fault := self.workspace.rights.why_no_person(users)) is not None:
                fields.faults[name] = fault

    # What ---------------------------------------------------------------------------------------------------

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata that the form was built with."""
        return metadata_of(self.view)

    @property
    def shown(self) -> Shown | None:
        """The recorded values that the form showed when it was opened; None if it showed none."""
        kept = self.metadata.get(SHOWN)
        return Shown(kept["version"], kept["digests"]) if kept else None

    @property
    def values(self) -> dict[str, Any]:
        """The values typed into the form, by field."""
        return read_state(self.view)

    def target_ids(self) -> tuple[int, StepKey | None]:
        """The enrollment's ID and the step's key of a button or form, without loading the enrollment."""
        if self.is_submission:
            enrollment_id, key = self.metadata["enrollment"], self.metadata.get("step") or None
        else:
            enrollment_id, key = parse_value(self.action.get("value") or self.action["selected_option"]["value"])
        note(enrollment=enrollment_id)
        return enrollment_id, key

    def step_target_ids(self) -> tuple[int, StepKey]:
        """`target_ids` of a button or form that always belongs to a step."""
        enrollment_id, key = self.target_ids()
        assert key is not None, "a step's button and form name their step"
        return enrollment_id, key

    def load_target(self) -> tuple[Enrollment, StepKey | None]:
        """The enrollment as it is now, and the step's key, of a button or form."""
        enrollment_id, key = self.target_ids()
        enrollment = self.enrollments.get(self.workspace_id, enrollment_id)
        if key is not None:
            require_step(enrollment, key)
        return enrollment, key

    def load_step_target(self) -> tuple[Enrollment, StepKey]:
        """`load_target` of a button or form that always belongs to a step, for those who may see that step."""
        enrollment_id, key = self.step_target_ids()
        enrollment = self.enrollments.get(self.workspace_id, enrollment_id, key)
        require_step(enrollment, key)
        return enrollment, key

    def load_target_for_change(self) -> tuple[Enrollment, StepKey]:
        """`load_step_target`; raises `NotAllowed` unless the person may change that step."""
        enrollment, key = self.load_step_target()
        require_change(enrollment, self.actor(), key)
        return enrollment, key
