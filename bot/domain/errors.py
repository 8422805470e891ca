"""Domain errors: reasons to refuse a request, as sentences for the person who made it.

A message names people as `<@ID>` and channels as `<#ID>`; whoever shows it decides how they are written there. Only the
IDs in `ids` are meant: what somebody typed may look like one.

Many are raised while a change is stored, where English is spoken. So a message that is a `Sentence` is told in the
language that is spoken where the error is shown. Whoever stores or logs `str()` of an error speaks English meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.sentences import Row, Words, sentence, told


def _any_of(users: Sequence[str]) -> str:
    return Row([f"<@{user}>" for user in users], "or")


class DomainError(Exception):
    """The request cannot be carried out; `str()` of it is a sentence for the person, in the language spoken then.

    Attributes:
        message: the sentence as it was given. ids: of the people and channels that it names.
    """

    def __init__(self, message: str = "", *, ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.ids = tuple(ids)

    def __str__(self) -> str:
        return told(self.message)


class InvalidInput(DomainError):
    """A typed value is missing or invalid.

    Attributes:
        field: the form's name of the field, or "" where the caller knows it.
    """

    def __init__(self, message: str, field: str = "", *, ids: Sequence[str] = ()) -> None:
        super().__init__(message, ids=ids)
        self.field = field


class InvalidForm(DomainError):
    """Several fields of one form are wrong."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(Row(list(faults.values())))
        self._faults = dict(faults)

    @property
    def faults(self) -> dict[str, str]:
        """The field's name -> its sentence, in the language that is spoken."""
        return {field: told(words) for field, words in self._faults.items()}


class NeedsConfirmation(DomainError):
    """The input may be a mistake, so the person has to confirm it.

    Attributes:
        warnings: one sentence each, in the order of the form.
    """

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__(Row(warnings))
        self.warnings = tuple(warnings)


class NotAllowed(DomainError):
    """The person may not change this enrollment; `ask` are the user IDs who may."""

    def __init__(self, ask: Sequence[str]) -> None:
        self.ask = tuple(ask)
        words = "Only the owner, the collaborators and admins may change this enrollment. Ask {people}."
        super().__init__(sentence(words, people=_any_of(self.ask)), ids=self.ask)


class NotVisible(DomainError):
    """The person may not see this enrollment; `ask` are the user IDs of its people."""

    def __init__(self, ask: Sequence[str]) -> None:
        self.ask = tuple(ask)
        super().__init__(sentence("You can't see this enrollment. Ask {people}.", people=_any_of(self.ask)), ids=ask)


class NotAStarter(DomainError):
    """The person may not start enrollments or send tickets by email; `ask` are the user IDs who can let them."""

    def __init__(self, what: str, ask: Sequence[str]) -> None:
        people = _any_of(ask) or sentence("an admin of this Slack")
        words = "You may not {what} here. Ask {people} to do it for you."
        super().__init__(sentence(words, what=what, people=people), ids=ask)


class UnknownEnrollment(DomainError):
    """The enrollment does not exist (any more)."""

    def __init__(self) -> None:
        super().__init__(sentence("There is no such enrollment here. `/eco list` shows them all."))


class AlreadyEnrolled(InvalidInput):
    """The management account already has an enrollment that was not cancelled."""

    def __init__(self, account: str, name: str, channel: str, status: str, enrollment_id: int) -> None:
        words = sentence(
            "{account} already has an enrollment: {name} ({status}) in {channel}. "
            "Type /eco status {account} to see it.",
            account=account,
            name=name,
            status=Words(status),
            channel=f"<#{channel}>",
        )
        super().__init__(words, field="account_id", ids=[channel])
        self.enrollment_id = enrollment_id

    @classmethod
    def unseen(cls, account: str, owner: str, enrollment_id: int) -> AlreadyEnrolled:
        """The same for somebody who may not see that enrollment: whom to ask, and neither name nor channel."""
        error = cls.__new__(cls)
        words = sentence(
            "{account} already has an enrollment. Ask {owner} about it.", account=account, owner=f"<@{owner}>"
        )
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
        super().__init__(sentence("Somebody else changed this enrollment at the same moment. Please try again."))
