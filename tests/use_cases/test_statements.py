"""How many statements a change sends to the database: each costs a person time, who waits for the acknowledgement."""

from datetime import date

from tests.domain.building import OWNER
from tests.repository.statements import recorded
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller

READS = ["SELECT", "SELECT", "SELECT"]  # the enrollment under its lock, its steps, its lists


def verbs(sent: list[tuple[str, object]]) -> list[str]:
    """The first word of each statement."""
    return [statement.split()[0].rstrip(";") for statement, _ in sent]


def test_a_change_is_one_transaction_of_eleven_statements(desk: Desk) -> None:
    """Whoever adds a statement here has a reason for it; see docs/BENCHMARKS.md for what each change costs."""
    number = desk.opened(StepKey.CONNECT_ACCOUNT, waiting=True).id

    with recorded(desk.database) as sent:
        desk.bot.still_waiting(caller(OWNER, "key"), number, StepKey.CONNECT_ACCOUNT, date(2026, 4, 6))

    kept = ["INSERT", "UPDATE", "UPDATE"]  # the idempotency key, the enrollment, its step
    told = ["INSERT", "INSERT", "INSERT"]  # the event, the change that can be undone, the messages
    asked = ["SELECT"]  # the messages that asked about the step, to be edited
    assert ["BEGIN", *READS, *kept, *told, *asked] == verbs(sent)


def test_an_act_opens_no_transaction_but_its_own(desk: Desk) -> None:
    """Only a ticket that carries a list is compared with what the person read; no check is read before there is one."""
    number = desk.opened(StepKey.CONNECT_ACCOUNT).id

    with recorded(desk.database) as sent:
        desk.bot.complete_act(caller(), number, StepKey.CONNECT_ACCOUNT)

    assert 1 == verbs(sent).count("BEGIN")
    assert [] == [statement for statement, _ in sent if "aws_reports" in statement]


def test_a_new_enrollment_deletes_nothing(desk: Desk) -> None:
    """No list or value of it is stored yet."""
    with recorded(desk.database) as sent:
        desk.opened(StepKey.CREATE_SUBSETS)

    assert "DELETE" not in verbs(sent)
