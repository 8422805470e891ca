"""Reads an operator's folder of procedures, and finds every fault of the files before an enrollment can begin."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bot.domain.aws.check_sets import CHECK_SETS
from bot.domain.list_entries import KINDS
from bot.domain.phrases import Pack, read_pack
from bot.domain.procedure import BUILT_IN, offer, tell
from bot.domain.procedure_check import Known, unknown_names
from bot.domain.procedure_file import FaultyProcedure, read_procedure, version_of
from bot.domain.step_spec import Procedure
from bot.domain.value_types import TYPES
from bot.domain.workflow_requests import TICKET
from bot.language.spoken import ENGLISH, LANGUAGES
from bot.presentation import texts
from bot.presentation.own_tickets import faults_of_tickets

#: A key stands in the database with the version of its text behind it.
_LONGEST_KEY = 48
#: A menu of Slack has 100 options, and some of them are ours.
_MOST_FILES = 90
NO_PACKS: Mapping[str, Mapping[str, Pack]] = MappingProxyType({})
_KEY = re.compile(rf"[a-z][a-z0-9-]{{0,{_LONGEST_KEY - 1}}}")


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in a folder: the procedures without a fault, and all faults, each with its file and place.

    Attributes:
        packs: key of a procedure -> language -> its phrases in that language.
    """

    procedures: tuple[Procedure, ...]
    faults: tuple[str, ...]
    packs: Mapping[str, Mapping[str, Pack]] = field(default_factory=dict)


def read_folder(folder: Path) -> Read:
    """Read every TOML file of a folder, and phrases in its folders of languages; other files are left alone."""
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix.lower() == ".toml" and each.is_file())
    except OSError as error:
        return Read((), (f"{folder}: the folder can't be read: {(error.strerror or str(error)).lower()}.",))
    if not files:
        return Read((), (f"{folder}: there is no TOML file in this folder.",))
    if len(files) > _MOST_FILES:
        return Read((), (f"{folder}: has {len(files)} TOML files. The start form has room for {_MOST_FILES}.",))
    found, faults, packs = dict[str, Procedure](), list[str](), dict[str, dict[str, Pack]]()
    for file in files:
        procedure, wrong = _read_file(file)
        if file.stem in found:
            wrong = [f"{file.name}: another file in this folder has the key “{file.stem}”, too."]
        faults += wrong
        if procedure is not None and not wrong:
            found[file.stem] = procedure
            packs[file.stem], wrong = _read_packs(file, procedure)
            faults += wrong
    return Read(tuple(found.values()), tuple(faults), packs)


def _read_packs(file: Path, procedure: Procedure) -> tuple[dict[str, Pack], list[str]]:
    """The phrases of a procedure that stand beside it, by language: `de/<key>.toml`; and their faults."""
    found, faults = dict[str, Pack](), list[str]()
    for language in (each for each in LANGUAGES if each != ENGLISH):
        pack = file.parent / language / f"{file.stem}.toml"
        if not pack.exists():
            continue
        name = f"{language}/{pack.name}"
        try:
            found[language] = read_pack(pack.read_text(encoding="utf-8-sig"), name, procedure)
        except FaultyProcedure as faulty:
            faults += faulty.faults
        except UnicodeDecodeError:
            faults.append(f"{name}: it is not UTF-8 text. Save it as UTF-8.")
        except OSError as error:
            faults.append(f"{name}: it can't be read: {(error.strerror or str(error)).lower()}.")
    return found, faults


def offer_all(procedures: Sequence[Procedure], packs: Mapping[str, Mapping[str, Pack]] = NO_PACKS) -> None:
    """Let enrollments begin with them; one takes the place of ours with the same key.

    Args:
        packs: see `Read`.
    """
    for procedure in procedures:
        offer(procedure)
        tell(procedure, packs.get(procedure.key, {}))


def faults_of(procedure: Procedure) -> list[str]:
    """What a procedure that could be read names and the bot lacks, and what is wrong with its tickets."""
    extra = [
        f"step “{spec.key}”: extra_ticket “{spec.extra_ticket}” can only be {TICKET}: people fill in a form for it."
        for spec in procedure.steps
        if spec.extra_ticket not in (None, TICKET)
    ]
    return extra or unknown_names(procedure, _known()) or faults_of_tickets(procedure)


def _read_file(file: Path) -> tuple[Procedure | None, list[str]]:
    if not _KEY.fullmatch(file.stem):
        rule = f"up to {_LONGEST_KEY} of a-z, 0-9 and -, and begins with a letter"
        return None, [f"{file.name}: the name of the file is the procedure's key. It has {rule}."]
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None, [f"{file.name}: it is not UTF-8 text. Save it as UTF-8."]
    except OSError as error:
        return None, [f"{file.name}: it can't be read: {(error.strerror or str(error)).lower()}."]
    try:
        ours = {each.key: each for each in BUILT_IN}
        procedure = read_procedure(text, f"{file.stem}.toml", version_of(text), ours)
    except FaultyProcedure as faulty:
        return None, [_with_line(fault, file, text) for fault in faulty.faults]
    faults = [f"{file.stem}.toml: {fault}" for fault in faults_of(procedure)]
    return procedure, [_with_line(fault, file, text) for fault in faults]


def _known() -> Known:
    tickets = {each.name.removesuffix(".txt.j2") for each in (texts.TEMPLATES / "tickets").glob("*.txt.j2")}
    return Known(TYPES, KINDS, tickets, CHECK_SETS)


def _with_line(fault: str, file: Path, text: str) -> str:
    """A fault with the line of the place that it names, where that can be found in the text."""
    named = fault.removeprefix(f"{file.stem}.toml: ")
    line = _line_of(named, text)
    return f"{file.name}, line {line}: {named}" if line else f"{file.name}: {named}"


def _line_of(fault: str, text: str) -> int | None:
    """The line of the table that a fault names, such as `step “ask”: …`, `waits.reply: …` or `step 3: …`."""
    step = re.match(r"step “([^”]*)”", fault)
    number = re.match(r"step (\d+):", fault)
    table = re.match(r"(waits|parties|tickets|fields)\.([\w-]+)", fault)
    if step:
        wanted, before = rf"""key\s*=\s*["']{re.escape(step[1])}["']""", 0
    elif number:
        wanted, before = r"\[\[steps\]\]", int(number[1]) - 1
    elif table:
        wanted, before = rf"(?:\[{table[1]}\.{re.escape(table[2])}\]|{re.escape(table[2])}\s*=)", 0
    else:
        return None
    lines = [at for at, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*{wanted}", line)]
    return lines[before] if len(lines) > before else None
