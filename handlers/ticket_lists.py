"""**Add pairs** and **Add customers**: the forms that change the lists of an enrollment's tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from slack_sdk.models.blocks import Block

from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.enrollment import Customer, Enrollment, Pair
from bot.domain.errors import NeedsConfirmation
from bot.domain.lists import QUOTES_HINT, format_name
from bot.domain.procedure import ORGANIZATION, STEP_OF_LIST
from bot.domain.shown_values import FormValue, shown
from bot.list_files.typed_lists import parse_customers, parse_pairs
from bot.presentation.buttons import STEP_PREFIX
from bot.use_cases import Caller, Enrollments
from handlers import forms
from handlers.list_fields import REMOVE, known_names, removal_input, removed, see_list
from handlers.request import SHOWN, Request
from handlers.response import Response, replace_view
from handlers.router import Router

T = TypeVar("T")


@dataclass(frozen=True)
class ListForm(Generic[T]):
    """The form of one list: new entries one a line, recorded ones to be removed, and the names that are known.

    Attributes:
        name: the list's attribute of an enrollment, and the name of the field for new entries.
        label, placeholder, hint: of that field.
        workflows: whether the names of billing workflows are shown beside those of subsets.
        as_line: an entry as a person types it.
        parse: reads lines, given the account's own Spot organization (None: any is right) and the entries that are
            recorded and must not come again.
        save: the use case that adds and removes entries.
    """

    name: str
    button: Action
    title: str
    label: str
    placeholder: str
    hint: str
    workflows: bool
    as_line: Callable[[T], str]
    parse: Callable[[str, str | None, Iterable[T]], tuple[T, ...]]
    save: Callable[[Enrollments, Caller, int, Sequence[T], frozenset[T]], Enrollment]

    @property
    def callback_id(self) -> str:
        """The name under which Slack sends the submitted form."""
        return f"{self.name}.save"

    def register(self, router: Router) -> None:
        """Listen to the button and to the form."""
        router.action(f"{STEP_PREFIX}{self.button.value}", lambda request: self.open(request, request.load_target()[0]))
        router.submission(self.callback_id, self.submitted)

    def open(self, request: Request, enrollment: Enrollment) -> Response:
        """Open the form, if the person may change the enrollment."""
        require_change(enrollment, request.actor(), STEP_OF_LIST[self.name])
        return Response(view=self.build(enrollment))

    def build(
        self, enrollment: Enrollment, typed: Mapping[str, Any] | None = None, warnings: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The form, with what was typed so far."""
        recorded = self._recorded(enrollment)
        blocks: list[Block] = [
            *known_names(enrollment, workflows=self.workflows),
            forms.text(
                self.name,
                self.label,
                typed,
                lines=True,
                optional=bool(recorded),
                placeholder=self.placeholder,
                hint=self.hint,
            ),
        ]
        if recorded:
            blocks += [removal_input(list(recorded), typed), see_list(enrollment, self.name)]
        values = {self.name: FormValue(f"{self.name}", tuple(recorded), self.name)}
        metadata = {"enrollment": enrollment.id, SHOWN: asdict(shown(enrollment, values))}
        return forms.modal(self.callback_id, self.title, blocks, metadata=metadata, warnings=warnings)

    def submitted(self, request: Request) -> Response:
        """Add and remove; every faulty line is named at the field."""
        enrollment, _ = request.load_target()
        recorded, own = self._recorded(enrollment), enrollment.value(ORGANIZATION.key)
        typed = request.values
        fields = forms.Fields(typed)
        remove = removed(fields, typed.get(REMOVE), recorded, lambda raw: self.parse(raw, None, ()))
        kept = [entry for entry in recorded.values() if entry not in remove]
        read = fields.optional if REMOVE in typed else fields.take
        add: tuple[T, ...] = read(self.name, lambda raw: self.parse(raw, own, kept)) or ()
        fields.check()
        try:
            self.save(request.enrollments, request.caller(), enrollment.id, add, remove)
        except NeedsConfirmation as question:
            enrollment, _ = request.load_target()
            return replace_view(self.build(enrollment, typed, question.warnings))
        return Response()

    def _recorded(self, enrollment: Enrollment) -> dict[str, T]:
        return {self.as_line(entry): entry for entry in getattr(enrollment, self.name)}


PAIRS = ListForm[Pair](
    "pairs",
    Action.ADD_PAIRS,
    title="Pairs",
    label="Subset : billing workflow",
    placeholder="Production : Standard margin",
    hint=f"One pair a line. {QUOTES_HINT}",
    workflows=True,
    as_line=lambda pair: f"{format_name(pair.subset)} : {format_name(pair.workflow)}",
    parse=lambda text, _own, recorded: parse_pairs(text, recorded),
    save=Enrollments.change_pairs,
)
CUSTOMERS = ListForm[Customer](
    "customers",
    Action.ADD_CUSTOMERS,
    title="End customers",
    label="Subset : console email : Spot org ID",
    placeholder="Customer One : admin@customer.example : 606079874885",
    hint="One end customer a line. Each has its own Spot organization.",
    workflows=False,
    as_line=lambda customer: f"{format_name(customer.subset)} : {customer.email} : {customer.spot_org_id}",
    parse=parse_customers,
    save=Enrollments.change_customers,
)
