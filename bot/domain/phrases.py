"""The phrases of procedures in other languages than English: laid over a procedure, they give the same one, told anew.

A file has only phrases, by step and field; docs/LANGUAGES.md describes it. A phrase that no file has is taken from
another procedure that says the same in English about a step of that key, so a step that one procedure takes over from
another need not be translated twice. What is found nowhere stays English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from bot.domain.procedure_check import faults_of
from bot.domain.procedure_file import FaultyProcedure, read_tables
from bot.domain.step_spec import Field, Party, Procedure, StepSpec

#: What can be told in another language, of each kind of thing.
_OF_PROCEDURE, _OF_PARTY = ("title", "fits", "account"), ("name", "label")
_OF_STEP = ("title", "instruction", "waiting_on", "acted", "expected", "confirm")
_SHOWN = ("when_open", "when_waiting", "when_done", "in_thread", "in_calendar")
_OF_FIELD = ("label", "noun", "hint", "placeholder", *_SHOWN)
#: The words of a step's links, in their order.
_LINKS = "links"

#: Where a phrase belongs: names of tables and a key, such as ("steps", "sign_up", "title").
Place = tuple[str, ...]
#: Place -> phrase.
Pack = Mapping[Place, str]
#: (place, English phrase) -> the phrase in another language, over all files of that language.
Known = dict[tuple[Place, str], str]


def read_pack(text: str, file: str, procedure: Procedure) -> Pack:
    """The phrases of a TOML text.

    Raises:
        FaultyProcedure: it cannot be read, or has phrases that do not fit the procedure.
    """
    tables = read_tables(text, file)
    english, pack, faults = dict(phrases_of(procedure)), dict[Place, str](), list[str]()
    for place, phrase in _leaves(tables, ()):
        # A field of several steps has its phrases once, in [fields].
        wanted = [each for each in english if each == place or (place[0] == "fields" and each[2:] == place)]
        if wrong := _fault(place, phrase, [english[each] for each in wanted], english):
            faults.append(f"{'.'.join(place)}: {wrong}")
        pack |= {each: str(phrase) for each in wanted if each == place or each not in pack}
    told = _told(procedure, pack, {})
    faults = faults or faults_of(told)
    if faults:
        raise FaultyProcedure([f"{file}: {fault}" for fault in faults])
    return pack


def translate(procedure: Procedure, language: str, pack: Pack, known: Known) -> None:
    """Tell a procedure in a language, with phrases of its own and with known ones; adds its own to `known`."""
    english = dict(phrases_of(procedure))
    for place, phrase in pack.items():
        known.setdefault((place, english.get(place, "")), phrase)
    inherited = {place: known[place, phrase] for place, phrase in english.items() if (place, phrase) in known}
    if inherited or pack:
        procedure.languages[language] = _told(procedure, pack, inherited)


def phrases_of(procedure: Procedure) -> Iterator[tuple[Place, str]]:
    """All phrases of a procedure with their places."""
    yield from _of((), procedure, _OF_PROCEDURE)
    for key, party in procedure.parties.items():
        yield from _of(("parties", key), party, _OF_PARTY)
    for spec in procedure.steps:
        place = ("steps", spec.key)
        yield from _of(place, spec, _OF_STEP)
        yield from (((*place, _LINKS, str(number)), words) for number, (words, _) in enumerate(spec.links, 1))
        for field in spec.collects:
            yield from _of((*place, "fields", field.key), field, _OF_FIELD)


def _of(
    place: Place, thing: Procedure | Party | StepSpec | Field, names: tuple[str, ...]
) -> Iterator[tuple[Place, str]]:
    yield from (((*place, name), phrase) for name in names if (phrase := getattr(thing, name)))


def _leaves(given: Any, place: Place) -> Iterator[tuple[Place, object]]:
    """What stands in tables, each with its place; of a list, each entry with its number."""
    if isinstance(given, list):
        given = {str(number): each for number, each in enumerate(given, 1)}
    if not isinstance(given, dict):
        yield place, given
        return
    for name, each in given.items():
        yield from _leaves(each, (*place, name))


def _fault(place: Place, phrase: object, english: list[str], all_of: Mapping[Place, str]) -> str:
    """What is wrong with a phrase; "" if nothing is."""
    if not english:
        shared = (each[2:] for each in all_of if each[2:3] == ("fields",))
        known = sorted({".".join(each) for each in (*all_of, *shared)})
        near = get_close_matches(".".join(place), known, n=1)
        return "the procedure says nothing there." + (f" Did you mean “{near[0]}”?" if near else "")
    if not isinstance(phrase, str) or not phrase.strip():
        return "must be text."
    if any(phrase.count("{}") != each.count("{}") for each in english if place[-1] in _SHOWN):
        return "needs {} as often as the English phrase, where the value stands."
    return ""


def _told(procedure: Procedure, pack: Pack, inherited: Pack) -> Procedure:
    phrases = {**inherited, **pack}

    def of(place: Place, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: phrases[*place, name] for name in names if (*place, name) in phrases}

    steps = []
    for spec in procedure.steps:
        place = ("steps", spec.key)
        links = enumerate(spec.links, 1)
        fields = (replace(each, **of((*place, "fields", each.key), _OF_FIELD)) for each in spec.collects)
        words = [(phrases.get((*place, _LINKS, str(number)), words), url) for number, (words, url) in links]
        steps.append(replace(spec, **of(place, _OF_STEP), links=tuple(words), collects=tuple(fields)))
    parties = {key: replace(party, **of(("parties", key), _OF_PARTY)) for key, party in procedure.parties.items()}
    return replace(procedure, **of((), _OF_PROCEDURE), steps=tuple(steps), parties=parties)
