"""The procedure that enrollments go through, as read from its file.

Source: the vendor's procedure "Eco Reports Enrollment" (steps 1 to 8; step 2 holds two tracks, so there are nine
entries in the file). Everything else asks this table and knows a step by its key alone.

docs/PROCEDURES.md says how to add a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from bot.domain.procedure_file import read_procedure
from bot.domain.step_spec import Field, Procedure, StepKey, StepSpec, WaitKey, Window

#: Where the files of the procedures are.
FOLDER = Path(__file__).with_name("procedures")


def _read(name: str) -> Procedure:
    file = FOLDER / f"{name}.toml"
    return read_procedure(file.read_text(encoding="utf-8"), file.name)


AWS_MANAGEMENT_ACCOUNT = _read("aws-management-account")
#: Key -> procedure.
PROCEDURES: Mapping[str, Procedure] = MappingProxyType({AWS_MANAGEMENT_ACCOUNT.key: AWS_MANAGEMENT_ACCOUNT})
PROCEDURE: tuple[StepSpec, ...] = AWS_MANAGEMENT_ACCOUNT.steps
#: The waits, by name. Where support answers by hand, no length is documented: the bot asks after the `nudge`.
WAITS: Mapping[WaitKey, Window] = AWS_MANAGEMENT_ACCOUNT.waits

SPECS: Mapping[StepKey, StepSpec] = MappingProxyType({spec.key: spec for spec in PROCEDURE})

#: Key -> (step, field) of every field whose value belongs to the enrollment.
SHARED: Mapping[str, tuple[StepKey, Field]] = MappingProxyType(
    {field.key: (spec.key, field) for spec in PROCEDURE for field in spec.collects if field.shared}
)

#: Name of a list -> the step whose ticket carries it.
STEP_OF_LIST: Mapping[str, StepKey] = MappingProxyType(
    {spec.list_in_ticket: spec.key for spec in PROCEDURE if spec.list_in_ticket}
)


def _of_type(name: str) -> Field:
    return next(field for spec in PROCEDURE for field in spec.collects if field.type == name)


#: The Spot organization that the account belongs to.
ORGANIZATION = _of_type("organization_id")
#: The number that support gave to a ticket; every step with a ticket collects it.
TICKET_NUMBER = _of_type("ticket_numbers")
