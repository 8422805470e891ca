"""A custom billing workflow that Spot's wizard cannot make, described in free text for a ticket to Spot support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.enrollment import Details, Enrollment
from bot.domain.errors import InvalidInput, StepConflict
from bot.domain.inputs import MAX_NAME, clean_words, parse_name
from bot.domain.sentences import sentence
from bot.domain.shown_values import FormValue
from bot.domain.step_spec import StepKey

#: The names of the fields in the form and in the event.
NAME, RULES = "workflow_name", "workflow_rules"
#: The most characters of the rules: Slack's text field holds no more.
MOST_RULES = 3000
#: The ticket.
TICKET = "custom_workflow"


@dataclass(frozen=True, slots=True)
class WorkflowRequest:
    """The name and the rules of a custom billing workflow, and who described it last."""

    name: str
    rules: str
    by: str = ""

    @property
    def details(self) -> Details:
        """The details of the event that keeps it."""
        return {NAME: self.name, RULES: self.rules}

    def says_the_same(self, other: WorkflowRequest | None) -> bool:
        """Whether another description has the same words."""
        return other is not None and (self.name, self.rules) == (other.name, other.rules)


def step_of(enrollment: Enrollment) -> StepKey:
    """The step from which the ticket is written.

    Raises:
        StepConflict: the enrollment's procedure has none.
    """
    found = next((spec.key for spec in enrollment.procedure.steps if spec.extra_ticket == TICKET), None)
    if found is None:
        raise StepConflict(sentence("This procedure has no custom billing workflows."))
    return found


def of_event(details: Mapping[str, object], by: str) -> WorkflowRequest:
    """The description that an event keeps."""
    return WorkflowRequest(str(details[NAME]), str(details[RULES]), by)


def form_values(known: WorkflowRequest | None) -> dict[str, FormValue]:
    """What the form shows of the last description, by field."""
    return {
        NAME: FormValue("name of the custom billing workflow", known.name if known else None, NAME),
        RULES: FormValue("rules of the custom billing workflow", known.rules if known else None, RULES),
    }


def parse_workflow_name(text: str) -> str:
    """The name of the billing workflow; raises `InvalidInput`."""
    return parse_name(text, "the name of the billing workflow", MAX_NAME)


def parse_rules(text: str) -> str:
    """The rules, line by line as they were typed.

    Raises:
        InvalidInput: there are none, or too many characters.
    """
    value = "\n".join(line.rstrip() for line in clean_words(text).splitlines()).strip()
    if not value:
        raise InvalidInput(sentence("Describe the rules, in the order in which they apply."))
    if len(value) > MOST_RULES:
        words = "The rules can have {most} characters at most. These have {count}."
        raise InvalidInput(sentence(words, most=MOST_RULES, count=len(value)))
    return value
