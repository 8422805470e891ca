"""The forms of lists: pairs, end customers, AWS accounts, and the names of subsets and billing workflows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, SectionBlock

from bot.domain.access import may_change, require_change
from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidForm, NeedsConfirmation
from bot.domain.list_changes import Draft, unknown_names
from bot.domain.list_entries import KINDS, NAMED, entry_line
from bot.domain.lists import QUOTES_HINT, refuse
from bot.domain.procedure import ORGANIZATION
from bot.domain.sent_lines import tickets_of
from bot.domain.shown_values import FormValue, shown
from bot.domain.subset_coverage import ACCOUNTS as ACCOUNTS_LIST
from bot.handlers import forms, list_preview, list_upload
from bot.handlers.list_fields import REMOVE, known_names, removal_input, removed, see_list, send_button
from bot.handlers.list_preview import ADD_NAMES, WITH_NAMES
from bot.handlers.request import SHOWN, Request
from bot.handlers.response import Response, replace_view, show_text
from bot.handlers.router import Router
from bot.language.spoken import gettext
from bot.presentation import list_marks
from bot.presentation.buttons import STEP_PREFIX, format_value
from bot.presentation.texts import escape

#: Action ID of the button that sends a list as a file; the list's name follows.
DOWNLOAD = "lists.download."


@dataclass(frozen=True)
class ListForm:
    """The form of one list: new entries one a line or in a file, recorded ones to be removed, the names that are known.

    Attributes:
        name: the list's attribute of an enrollment, and the name of the field for new entries.
        button: opens the form from a card; None for lists whose step has a form of its own.
        label, placeholder, hint: of that field.
        known: whether the names of subsets stand above it; workflows: whether those of billing workflows do, too.
    """

    name: str
    button: Action | None
    label: str
    placeholder: str
    hint: str
    known: bool = False
    workflows: bool = False

    @property
    def callback_id(self) -> str:
        """The name under which Slack sends the submitted form."""
        return f"{self.name}.save"

    def register(self, router: Router) -> None:
        """Listen to the buttons and to the form."""
        if self.button is not None:
            action_id = f"{STEP_PREFIX}{self.button.value}"
            router.action(action_id, lambda request: self.open(request, request.load_target()[0]))
        router.action(f"{DOWNLOAD}{self.name}", self.download)
        router.submission(self.callback_id, self.submitted)

    def open(self, request: Request, enrollment: Enrollment) -> Response:
        """Open the form, if the person may change the list."""
        require_change(enrollment, request.actor(), enrollment.procedure.step_with(self.name))
        return Response(view=self.build(enrollment))

    def download(self, request: Request) -> Response:
        """Send the list to the person as a CSV file, which can be edited and uploaded again."""
        enrollment, _ = request.load_target()
        name = request.enrollments.send_list(request.caller(), enrollment.id, self.name, str(request.id))
        words = gettext("I'm sending you the list as the file {name} in a direct message.")
        return show_text(words.format(name=escape(name)))

    def build(
        self, enrollment: Enrollment, typed: Mapping[str, Any] | None = None, warnings: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The form, with what was typed so far."""
        recorded = self._recorded(enrollment)
        blocks: list[Block] = [
            *self._after_ticket(enrollment),
            *(known_names(enrollment, workflows=self.workflows) if self.known else ()),
            forms.text(
                self.name,
                self.label,
                typed,
                lines=True,
                optional=True,
                placeholder=self.placeholder,
                hint=self.hint,
            ),
            list_upload.file_input(),
        ]
        is_checked = enrollment.checked_at is not None and enrollment.procedure.reads_accounts
        if self.name == ACCOUNTS_LIST and is_checked:
            blocks.append(ActionsBlock(block_id="accounts", elements=[send_button(enrollment)]))
        if recorded:
            value = format_value(enrollment.id)
            download = ButtonElement(text=gettext("Download as CSV"), action_id=f"{DOWNLOAD}{self.name}", value=value)
            blocks += [
                list_upload.mode_input(typed),
                removal_input(list(recorded), typed),
                ActionsBlock(block_id="lists.buttons", elements=[download]),
                see_list(enrollment, self.name),
            ]
        values = {self.name: FormValue(f"{self.name}", tuple(recorded), self.name)}
        metadata = {"enrollment": enrollment.id, SHOWN: asdict(shown(enrollment, values))}
        return forms.modal(self.callback_id, KINDS[self.name].title, blocks, metadata=metadata, warnings=warnings)

    def _after_ticket(self, enrollment: Enrollment) -> list[Block]:
        """What becomes of changes after the list's ticket went out."""
        if self.name not in enrollment.procedure.ticket_lists or not tickets_of(enrollment, self.name):
            return []
        said = gettext("The ticket with these went out, so what you change now goes into a follow-up ticket.")
        words = f":envelope_with_arrow: {said} {list_marks.not_heard_of(enrollment, self.name)}".strip()
        return [SectionBlock(block_id="after_ticket", text=words)]

    def submitted(self, request: Request) -> Response:
        """Add and remove; what cannot be read, is long, or replaces the list is shown in a preview first."""
        enrollment, _ = request.load_target()
        require_change(enrollment, request.actor(), enrollment.procedure.step_with(self.name))
        typed, recorded = request.values, self._recorded(enrollment)
        fields, text, file = forms.Fields(typed), str(typed.get(self.name) or ""), list_upload.file_of(typed)
        list_upload.check_either(fields, self.name, typed)
        remove = removed(fields, typed.get(REMOVE), recorded, self._read)
        fields.check()
        replaces = typed.get(list_upload.MODE) == list_upload.REPLACE
        draft = Draft(self.name, "", (), replace=replaces, remove=remove, typed=typed)
        if file is not None:
            return list_upload.read_later(request, enrollment, draft, file)
        if not text.strip() and (replaces or not recorded):
            words = gettext(
                "Enter the whole list, one {noun} a line, or upload a file."
                if replaces
                else "Enter at least one {noun}, one a line, or upload a file."
            )
            raise InvalidForm({self.name: words.format(noun=gettext(KINDS[self.name].noun))})
        read = list_upload.read_lines(draft, text, enrollment.value(ORGANIZATION.key))
        if not read.entries:
            _refuse(read)
        if read.faults or replaces or len(read.entries) > list_upload.MOST_UNSEEN:
            preview = request.enrollments.open_preview(request.caller(), enrollment.id, read)
            return replace_view(list_preview.view(preview))
        return self._save(request, enrollment, read)

    def _save(self, request: Request, enrollment: Enrollment, draft: Draft) -> Response:
        add_names = bool(request.metadata.get(WITH_NAMES))
        try:
            request.enrollments.change_list(request.caller(), enrollment.id, draft, add_names=add_names)
        except NeedsConfirmation as question:
            enrollment, _ = request.load_target()
            view = self.build(enrollment, draft.typed, question.warnings)
            given = draft.changes(enrollment).given
            if unknown_names(enrollment, self.name, given) and may_change(enrollment, request.actor()):
                view["submit"]["text"] = gettext(ADD_NAMES)
                view = forms.with_metadata(view, {WITH_NAMES: True})
            return replace_view(view)
        return Response()

    def _read(self, text: str) -> Sequence[Any]:
        """The entries of typed lines; raises `InvalidInput` with every faulty line."""
        read = list_upload.read_lines(Draft(self.name, "", ()), text)
        _refuse(read)
        return read.entries

    def _recorded(self, enrollment: Enrollment) -> dict[str, Any]:
        """Line -> entry; of billing workflows their names, as they are typed."""
        is_named = self.name in NAMED
        entries = enrollment.names_in(self.name) if is_named else getattr(enrollment, self.name)
        return {entry_line(entry): entry for entry in entries}


def _refuse(read: Draft) -> None:
    """Raise `InvalidInput` where lines cannot be read."""
    words = gettext("Line {number}: {sentence}")
    refuse([words.format(number=number, sentence=sentence) for number, _, sentence in read.faults])


PAIRS = ListForm(
    "pairs",
    Action.ADD_PAIRS,
    label="Subset : billing workflow",
    placeholder="Production : Standard margin",
    hint=f"One pair a line. {QUOTES_HINT}",
    known=True,
    workflows=True,
)
CUSTOMERS = ListForm(
    "customers",
    Action.ADD_CUSTOMERS,
    label="Subset : console email : Spot org ID",
    placeholder="Customer One : admin@customer.example : 606079874885",
    hint="One end customer a line, each with its own Spot organization. Add child organizations in the Spot console: "
    "Settings, Organization, Child Organizations, Add Organization.",
    known=True,
)
ACCOUNTS = ListForm(
    "subset_accounts",
    Action.ADD_ACCOUNTS,
    label="Subset : AWS account",
    placeholder="Production : 1234-5678-9012",
    hint="One AWS account a line. An account belongs to one subset.",
    known=True,
)
_NAMES_HINT = "One name a line, exactly as in Eco."
SUBSETS = ListForm("subsets", None, label="Subset names", placeholder="Production", hint=_NAMES_HINT)
WORKFLOWS = ListForm("workflows", None, label="Billing workflow names", placeholder="Standard margin", hint=_NAMES_HINT)

#: The form of each list, by the list's name.
FORMS: Mapping[str, ListForm] = {each.name: each for each in (PAIRS, CUSTOMERS, SUBSETS, WORKFLOWS, ACCOUNTS)}
