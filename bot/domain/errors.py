"""Domain errors: reasons to refuse a request, as sentences for the person who made it.

A message names people as `<@ID>` and channels as `<#ID>`; whoever shows it decides how they are written there. Only the
IDs in `ids` are meant: what somebody typed may look like one.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.language.spoken import gettext


def _or_joined(users: Sequence[str]) -> str:
    return f" {gettext('or')} ".join(f"<@{user}>" for user in users)


class DomainError(Exception):
    """The request cannot be carried out; `str()` of it is a sentence for the person.

    Attributes:
        ids: of the people and channels that the sentence names.
    """

    def __init__(self, message: str = "", *, ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.ids = tuple(ids)


class InvalidInput(DomainError):
    """A typed value is missing or invalid.

    Attributes:
        field: the form's name of the field, or "" where the caller knows it.
    """

    def __init__(self, message: str, field: str = "", *, ids: Sequence[str] = ()) -> None:
        super().__init__(message, ids=ids)
        self.field = field


class InvalidForm(DomainError):
    """Several fields of one form are wrong: `faults` maps the field's name to its sentence."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


class NeedsConfirmation(DomainError):
    """The input may be a mistake, so the person has to confirm it.

    Attributes:
        warnings: one sentence each, in the order of the form.
    """

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__(" ".join(warnings))
        self.warnings = tuple(warnings)


class NotAllowed(DomainError):
    """The person may not change this enrollment; `ask` are the user IDs who may."""

    def __init__(self, ask: Sequence[str]) -> None:
        self.ask = tuple(ask)
        words = gettext("Only the owner, the collaborators and admins may change this enrollment. Ask {people}.")
        super().__init__(words.format(people=_or_joined(self.ask)), ids=self.ask)


class NotVisible(DomainError):
    """The person may not see this enrollment; `ask` are the user IDs of its people."""

    def __init__(self, ask: Sequence[str]) -> None:
        self.ask = tuple(ask)
        words = gettext("You can't see this enrollment. Ask {people}.")
        super().__init__(words.format(people=_or_joined(self.ask)), ids=self.ask)


class NotAStarter(DomainError):
    """The person may not start enrollments or send tickets by email; `ask` are the user IDs who can let them."""

    def __init__(self, what: str, ask: Sequence[str]) -> None:
        people = " or ".join(f"<@{user}>" for user in ask) or "an admin of this Slack"
        super().__init__(f"You may not {what} here. Ask {people} to do it for you.", ids=ask)


class UnknownEnrollment(DomainError):
    """The enrollment does not exist (any more)."""

    def __init__(self) -> None:
        super().__init__(gettext("There is no such enrollment here. `/eco list` shows them all."))


class AlreadyEnrolled(InvalidInput):
    """The management account already has an enrollment that was not cancelled."""

    def __init__(self, account: str, name: str, channel: str, status: str, enrollment_id: int) -> None:
        super().__init__(
            f"{account} already has an enrollment: {name} ({status}) in <#{channel}>. "
            f"Type /eco status {account} to see it.",
            field="account_id",
            ids=[channel],
        )
        self.enrollment_id = enrollment_id

    @classmethod
    def unseen(cls, account: str, owner: str, enrollment_id: int) -> AlreadyEnrolled:
        """The same for somebody who may not see that enrollment: whom to ask, and neither name nor channel."""
        error = cls.__new__(cls)
        words = f"{account} already has an enrollment. Ask <@{owner}> about it."
        InvalidInput.__init__(error, words, "account_id", ids=[owner])
        error.enrollment_id = enrollment_id
        return error


class StepConflict(DomainError):
    """The state of the step does not allow the action: somebody was faster, or the card is outdated."""


class NothingToDo(DomainError):
    """The request would change nothing."""


class Conflict(DomainError):
    """Somebody else changed the enrollment at the same instant; the caller may try again."""

    def __init__(self) -> None:
        super().__init__("Somebody else changed this enrollment at the same moment. Please try again.")
