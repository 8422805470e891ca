"""A pytest plugin: this process has a procedure of ten steps. It must be loaded before anything of the bot.

The step, its wait and its ticket's template are all that a new step needs; nothing else is changed here.
"""

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.domain import procedure
from bot.domain.step_spec import Field, StepSpec, Window

TENTH = StepSpec(
    "daily_exports",
    "Enable daily exports",
    "Send the ticket that asks for daily exports.",
    collects=(
        procedure.TICKET_NUMBER,
        Field(
            "region",
            "line",
            "Region of the exports",
            "region",
            hint="Where the exports go.",
            when_waiting="exports to {}",
            when_done="region {}",
            in_thread="region {}",
        ),
        Field("begins", "date", "First day", "first day", optional=True, starts_wait=True),
    ),
    ticket="daily_exports",
    ticket_needs=(procedure.ORGANIZATION.key,),
    wait="daily_exports",
    waiting_on="Spot support",
    acted="asked you to enable daily exports",
    confirm="Is the first export there?",
    requires=("create_subsets",),
    links=(("Spot console", "https://console.spotinst.com"),),
)
TICKET = 'Please enable daily exports for {{ enrollment.value("spot_org_id") }}.\n'

_NINE = procedure.USUAL
_TEN = replace(_NINE, steps=(*_NINE.steps, TENTH), waits={**_NINE.waits, "daily_exports": Window(timedelta(days=3))})
procedure.USUAL = _TEN
procedure.offer(_TEN)


def pytest_configure() -> None:
    """Put the ticket's text beside the others, in a copy of the templates."""
    from bot.presentation import texts

    copy = Path(tempfile.mkdtemp(prefix="ten-steps-")) / "templates"
    shutil.copytree(texts.TEMPLATES, copy)
    (copy / "tickets" / "daily_exports.txt.j2").write_text(TICKET)
    texts.TEMPLATES = copy


def pytest_unconfigure() -> None:
    """Take the copy away."""
    from bot.presentation import texts

    shutil.rmtree(texts.TEMPLATES.parent)
