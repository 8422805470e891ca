"""An operator's folder of procedures, for one test: afterwards the process knows ours alone again."""

from pathlib import Path

import pytest

from bot.domain import procedure
from bot.domain.step_spec import Procedure
from bot.procedure_folder import offer_all, read_folder

#: A procedure as a newcomer writes it: two steps of its own, one of ours, a ticket with its text in the file.
OWN = '''\
title = "AWS account of a subsidiary"
fits = "We connect the account of a subsidiary."

[waits]
answer = { window = "2d" }

[tickets.grant_access]
text = """
Please grant our subsidiary access to organization {{ enrollment.value("spot_org_id") }}.
Cost center: {{ enrollment.value("cost_center") or "none" }}
"""

[fields.ticket_number]
type = "ticket_numbers"
label = "Ticket number"
noun = "ticket number"

[[steps]]
same_as = "aws-management-account"
key = "sign_up"

[[steps]]
key = "agree"
title = "Agree with the subsidiary"
instruction = "Agree on who pays."
requires = ["sign_up"]

[[steps.collects]]
key = "cost_center"
type = "line"
label = "Cost center"
noun = "cost center"
shared = true
optional = true

[[steps]]
key = "grant"
title = "Grant access"
instruction = "Send the ticket that asks for access."
collects = ["ticket_number"]
ticket = "grant_access"
ticket_needs = ["spot_org_id"]
wait = "answer"
waiting_on = "Spot support"
acted = "asked you to grant access"
confirm = "Can the subsidiary log in?"
requires = ["agree"]
'''


@pytest.fixture
def ours_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test makes known or offers is forgotten after it."""
    monkeypatch.setattr(procedure, "_KNOWN", dict(procedure._KNOWN))
    monkeypatch.setattr(procedure, "_OFFERED", dict(procedure._OFFERED))


def offered_from(folder: Path, text: str = OWN, key: str = "aws-subsidiary") -> Procedure:
    """Write a file into the folder, and offer the procedures of the folder as a starting process does."""
    (folder / f"{key}.toml").write_text(text, encoding="utf-8")
    read = read_folder(folder)
    assert () == read.faults
    offer_all(read.procedures, read.packs)
    return next(each for each in read.procedures if each.key == key)
