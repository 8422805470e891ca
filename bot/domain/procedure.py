"""The procedures that enrollments go through, as read from their files.

Source: the vendor's pages; each file names its own. Everything else asks an enrollment's procedure, and knows a step by
its key alone.

docs/PROCEDURES.md says how to add a step and a procedure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.domain import phrases
from bot.domain.phrases import Known, Pack
from bot.domain.procedure_file import read_procedure
from bot.domain.step_spec import Field, Procedure, StepKey, StepSpec, WaitKey, Window
from bot.language.spoken import ENGLISH, LANGUAGES, speaking

#: Where the files of the bot's own procedures are.
FOLDER = Path(__file__).with_name("procedures")
#: The key of what an enrollment goes through unless somebody chooses; the others can take over its steps.
_USUAL = "aws-management-account"


def _read_all() -> tuple[Procedure, ...]:
    """The procedures in the order in which the start form offers them: the usual one, then the others by key."""
    found: dict[str, Procedure] = {}
    for file in sorted(FOLDER.glob("*.toml"), key=lambda file: (file.stem != _USUAL, file.stem)):
        # A file can take over steps of those before it.
        found[file.stem] = read_procedure(file.read_text(encoding="utf-8"), file.name, others=found)
    return tuple(found.values())


def _tell_all(procedures: tuple[Procedure, ...]) -> dict[str, Known]:
    """Tell procedures in all languages; language -> the phrases by which others are told that share steps with them."""
    found: dict[str, Known] = {language: {} for language in LANGUAGES if language != ENGLISH}
    for language, known in found.items():
        for procedure in procedures:
            file, pack = FOLDER / language / f"{procedure.key}.toml", dict[phrases.Place, str]()
            if file.exists():
                pack |= phrases.read_pack(file.read_text(encoding="utf-8"), f"{language}/{file.name}", procedure)
            phrases.translate(procedure, language, pack, known)
    return found


#: The bot's own procedures.
BUILT_IN = _read_all()
#: Language -> the phrases of the bot's own procedures.
_PHRASES = _tell_all(BUILT_IN)
#: What an enrollment goes through unless somebody chooses.
USUAL = BUILT_IN[0]
#: Reference -> procedure, for all that this process knows. A reference always stands for the same text, so adding one
#: changes nothing for the enrollments that have others.
_KNOWN: dict[str, Procedure] = {procedure.reference: procedure for procedure in BUILT_IN}
#: Key -> procedure, for those with which enrollments can begin.
_OFFERED: dict[str, Procedure] = {procedure.key: procedure for procedure in BUILT_IN}


def procedure_of(reference: str) -> Procedure:
    """The procedure of that reference.

    Raises:
        LookupError: this process knows none.
    """
    return _KNOWN[reference]


def make_known(procedure: Procedure) -> None:
    """Let enrollments go through a procedure that is not one of the bot's own, and tell it as far as it says the same.

    What an operator's phrases say, `tell` adds.
    """
    _KNOWN[procedure.reference] = procedure
    for language, known in _PHRASES.items():
        phrases.translate(procedure, language, {}, known)


def tell(procedure: Procedure, packs: Mapping[str, Pack]) -> None:
    """Tell an operator's procedure with phrases of theirs: language -> phrases."""
    for language, pack in packs.items():
        phrases.translate(procedure, language, pack, dict(_PHRASES[language]))


def known_procedures() -> tuple[Procedure, ...]:
    """All that this process knows, the bot's own first."""
    return tuple(_KNOWN.values())


def offered() -> tuple[Procedure, ...]:
    """Those with which enrollments can begin, the bot's own first; an operator's takes the place of one of its key."""
    return tuple(_OFFERED.values())


def offer(procedure: Procedure) -> None:
    """Let enrollments begin with a procedure."""
    make_known(procedure)
    _OFFERED[procedure.key] = procedure


def known_steps() -> Mapping[StepKey, StepSpec]:
    """Key -> step, over all procedures: where several have the step, as the first one has it."""
    found: dict[StepKey, StepSpec] = {}
    for procedure in known_procedures():
        for spec in procedure.told.steps:
            found.setdefault(spec.key, spec)
    return found


def known_parties() -> tuple[str, ...]:
    """Whose turn it can be beside ours, over all procedures: whom a step waits for, and the parties that do steps."""
    with speaking(ENGLISH):  # by these they are stored and searched for
        waits = [spec.waiting_on for spec in known_steps().values() if spec.waiting_on]
    parties = [party.name for procedure in known_procedures() for party in procedure.parties.values()]
    return tuple(dict.fromkeys((*waits, *parties)))


def known_waits() -> Mapping[WaitKey, Window]:
    """Key -> window, over all procedures."""
    found: dict[WaitKey, Window] = {}
    for procedure in known_procedures():
        found |= {key: window for key, window in procedure.waits.items() if key not in found}
    return found


def known_fields() -> Mapping[str, Field]:
    """Key -> field, over all steps of all procedures."""
    fields = (field for each in known_procedures() for spec in each.told.steps for field in spec.collects)
    found: dict[str, Field] = {}
    for field in fields:
        found.setdefault(field.key, field)
    return found


def _of_type(name: str) -> Field:
    return next(field for spec in USUAL.steps for field in spec.collects if field.type == name)


#: The Spot organization that the account belongs to. Its key is the same in every procedure.
ORGANIZATION = _of_type("organization_id")
#: The number that support gave to a ticket; every step with a ticket collects it, under the same key.
TICKET_NUMBER = _of_type("ticket_numbers")
