"""The file of an export: a zip with one HTML page that needs no network, and the same as CSV files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.aws.preflight import Verdict
from bot.domain.evidence import Evidence
from bot.domain.inputs import format_account_id
from bot.domain.schedule import day_words
from bot.domain.step_spec import specs
from bot.presentation import card, template_overrides
from bot.presentation.csv_table import as_csv
from bot.presentation.evidence_tables import labels, listed, notes, sentence, tables
from bot.presentation.plain_text import Names
from bot.presentation.texts import TEMPLATES

#: The page in the zip.
PAGE = "enrollment.html"


def archive(evidence: Evidence, names: Names, now: datetime) -> bytes:
    """The zip."""
    files = {PAGE: page(evidence, names, now).encode()}
    files |= {f"{name}.csv": as_csv(table) for name, table in tables(evidence, names, now).items()}
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return room.getvalue()


def page(evidence: Evidence, names: Names, now: datetime) -> str:
    """The page, in the owner's time zone: without scripts, with all that it shows in itself."""
    enrollment = evidence.enrollment

    def moment(at: datetime | None) -> str:
        return f"{at.astimezone(enrollment.zone):%Y-%m-%d %H:%M}" if at is not None else ""

    values: dict[str, Any] = {
        "enrollment": enrollment,
        "tickets": evidence.tickets,
        "checks": evidence.checks,
        "notes": notes(evidence, names).rows,
        "history": [(entry, sentence(enrollment, entry, names)) for entry in evidence.history],
        "progress": card.progress(enrollment),
        "labels": labels(enrollment),
        "listed": {name: listed(enrollment, name).rows for name in enrollment.procedure.ticket_lists},
        "now": now,
    }
    functions: dict[str, Callable[..., str]] = {"moment": moment, "who": names.who, "channel": names.channel}
    functions["account"] = format_account_id
    values |= {"specs": specs(enrollment.procedure), "day_words": day_words}
    values["worst"] = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)
    return template_overrides.render(environment(), "export/enrollment.html.j2", {**values, **functions})


@cache
def environment() -> Environment:
    """What the page is rendered with: HTML, escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
