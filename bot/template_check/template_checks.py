"""Finds every fault of an operator's templates: by reading them, and by writing all texts with made-up data."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, nodes
from jinja2.meta import find_referenced_templates, find_undeclared_variables

from bot.domain.enrollment import State
from bot.domain.procedure import BUILT_IN
from bot.language.spoken import LANGUAGES, speaking
from bot.localslack.limits import check_message
from bot.localslack.local_errors import SlackError
from bot.presentation import template_folder, template_overrides, texts
from bot.presentation.card import Message
from bot.presentation.template_folder import TemplateFault
from bot.presentation.template_overrides import Overrides
from bot.template_check import sample_texts
from bot.template_check.sample_enrollments import CONFUSING, USUAL, Words, enrollment
from bot.template_check.sample_events import thread_lines
from bot.template_check.sample_messages import messages

#: What people typed and a template printed as it is would notify a whole channel.
_UNESCAPED = "<!channel>"
#: Slack refuses blocks of more characters together.
_BLOCKS = 12_000


@dataclass(frozen=True, slots=True)
class Checked:
    """The names of the templates without a fault, and all faults by file and line."""

    fine: tuple[str, ...]
    faults: tuple[TemplateFault, ...]


@dataclass(slots=True)
class _Seen:
    """What happened while texts were written.

    Attributes:
        names: template -> the names of the values that it gets. latest: the templates of the message being made.
    """

    faults: dict[tuple[str, int | None], TemplateFault] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    latest: list[str] = field(default_factory=list)

    def note(self, fault: TemplateFault) -> None:
        """Keep the first fault of each place."""
        self.faults.setdefault((fault.file, fault.line), fault)


def check(folder: Path) -> Checked:
    """Check the templates of a folder, those of each language with texts in that language."""
    fine, faults = list[str](), list[TemplateFault]()
    for language in LANGUAGES:
        found = _check(folder, language)
        fine += found.fine
        faults += found.faults
    return Checked(tuple(sorted(fine)), tuple(sorted(faults, key=lambda fault: (fault.file, fault.line or 0))))


def _check(folder: Path, language: str) -> Checked:
    ours, seen = texts.environment(language), _Seen()
    overrides = template_overrides.load(folder, texts.environment, seen.note, language)
    own = overrides.own
    here = {name for name, file in own.files.items() if template_folder.in_language(file)[0] == language}

    def watch(name: str, values: Mapping[str, Any], said: str) -> None:
        seen.latest.append(name)
        seen.names[name].update(values)
        if _UNESCAPED in said and not name.endswith(".txt.j2"):
            parts = [name] if name in own.texts else overrides.parts[name]
            seen.note(_unescaped(own.files[parts[0]], own.texts[parts[0]]))

    overrides.watch = watch
    for words in (USUAL, CONFUSING) if here & own.texts.keys() else ():
        with speaking(language):
            with template_overrides.used(overrides, language):
                long = _write_messages(words, overrides, seen)
                write_texts(words)
            for number, message in enumerate(messages(words)) if long else ():
                if number in long and _length(message) <= _BLOCKS:  # ours alone would have been taken
                    seen.note(long[number])
    found = [*own.faults, *_unknown_names(overrides, ours, seen.names)]
    places = {(fault.file, fault.line) for fault in found}
    found += [fault for place, fault in seen.faults.items() if place not in places]
    # What is wrong with a template that it takes from English is told there.
    found = [fault for fault in found if template_folder.in_language(fault.file)[0] == language]
    fine = sorted({own.files[name] for name in here & own.texts.keys()} - {fault.file for fault in found})
    return Checked(tuple(fine), tuple(sorted(found, key=lambda fault: (fault.file, fault.line or 0))))


def _write_messages(words: Words, overrides: Overrides, seen: _Seen) -> dict[int, TemplateFault]:
    """Make each message, and note what Slack would refuse; returns the fault of each that is too long as a whole."""
    long = {}
    for number, message in enumerate(messages(words)):
        try:
            check_message(message.text, message.blocks)
        except SlackError as refused:
            seen.note(_of_message(str(refused), overrides, seen))
        if (length := _length(message)) > _BLOCKS:
            long[number] = _of_message(f"its blocks have {length:,} characters", overrides, seen)
        seen.latest.clear()
    return long


def _length(message: Message) -> int:
    return len(json.dumps(message.blocks or [], ensure_ascii=False))


def write_texts(words: Words) -> None:
    """Write all that is no message of its own: thread lines, windows, forms, files, tickets."""
    sample_texts.render_all(words)
    for procedure in BUILT_IN:
        for state, full in ((State.OPEN, True), (State.WAITING, False)):
            for _ in thread_lines(enrollment(procedure, state, words, full=full), words):
                pass


def _of_message(refusal: str, overrides: Overrides, seen: _Seen) -> TemplateFault:
    names = [each if each in overrides.own.texts else overrides.parts[each][0] for each in seen.latest]
    name = max(names, key=names.count) if names else next(iter(overrides.own.texts))
    file = overrides.own.files[name]
    return TemplateFault(file, None, f"Slack would refuse a message with it: {refusal}.")


def _unescaped(name: str, text: str) -> TemplateFault:
    line = next((at for at, each in enumerate(text.splitlines(), 1) if "mrkdwn" in each), None)
    return TemplateFault(name, line, "it prints what people typed without escaping it: they could notify everybody.")


def _unknown_names(overrides: Overrides, ours: Environment, known: dict[str, set[str]]) -> Iterator[TemplateFault]:
    """Names that a template uses and never gets, each at its first line; also where made-up data never comes."""
    sources = template_overrides.our_texts(ours) | overrides.own.texts
    sandbox = template_overrides.sandbox(ours, DictLoader({}))
    trees = {name: sandbox.parse(text) for name, text in sources.items()}
    reached = [name for name in trees if known.get(name)]
    while reached:  # what a template includes sees its values, and what it sets
        name = reached.pop()
        stored = {each.name for each in trees[name].find_all(nodes.Name) if each.ctx != "load"}
        for part in find_referenced_templates(trees[name]):
            if part is not None and not known[name] | stored <= known[part]:
                known[part] |= known[name] | stored
                reached.append(part)
    for name in overrides.own.texts:
        given = known[name] | sandbox.globals.keys()
        for unknown in sorted(find_undeclared_variables(trees[name]) - given) if known[name] else ():
            line = min(each.lineno for each in trees[name].find_all(nodes.Name) if each.name == unknown)
            near = get_close_matches(unknown, given, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(sorted(known[name]))}."
            yield TemplateFault(overrides.own.files[name], line, f"there is no “{unknown}” here. {hint}")
