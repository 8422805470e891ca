"""`Caller`: the person who asks for a change, as the use cases see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.access import Actor
from bot.domain.errors import NeedsConfirmation
from bot.domain.shown_values import Shown


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who asks for a change, with workspace, idempotency key and confirmed warnings.

    Attributes:
        idempotency_key: names the request; a repeated one changes nothing.
        confirmed: the warnings that the person has confirmed.
        warnings: what they have to confirm beside what a use case finds; asked at the same time.
        execution: the run of a workflow's step that asks; it is completed in the transaction of the change.
        ticket_version: the enrollment's version in which the person read the ticket that they say they have sent.
        shown: what the person's form showed when it was opened; None where it showed no recorded values.
    """

    workspace: str
    actor: Actor
    idempotency_key: str | None = None
    confirmed: frozenset[str] = field(default_factory=frozenset)
    warnings: tuple[str, ...] = ()
    shown: Shown | None = None
    ticket_version: int | None = None
    execution: str | None = None

    def for_one_of_many(self, enrollment_id: int) -> Caller:
        """The same caller with a key for one of the enrollments that one request changes."""
        return replace(self, idempotency_key=self.idempotency_key and f"{self.idempotency_key}:{enrollment_id}")

    def require(self, warnings: Sequence[str]) -> None:
        """Raise `NeedsConfirmation` unless every warning has been confirmed."""
        asked = (*self.warnings, *warnings)
        if not self.confirmed.issuperset(asked):
            raise NeedsConfirmation(asked)
