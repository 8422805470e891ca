"""Renders texts with the operator's templates where there are any, and with ours where theirs fail.

The operator's folder is read once, when the process is put together: a file that changes or breaks later changes
nothing before the next start. A text of theirs that cannot be written, or that Slack or Spot support could not take, is
written with ours instead, and remembered for /readyz, the log and the metrics.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, DictLoader, Environment, FunctionLoader, StrictUndefined, TemplateError
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.language.spoken import ENGLISH, LANGUAGES, current
from bot.presentation import template_folder
from bot.presentation.template_folder import OwnTemplates, TemplateFault

log = logging.getLogger(__name__)

#: Characters of a text in Slack's notation: a block takes 3,000. Ours may be longer where they are split.
BLOCK = 2_900
#: Where several texts share a block or a message, or a text stands in a heading.
SHORTER = {
    "digest/title.j2": 150,
    "cards/head.j2": 1_500,
    **dict.fromkeys(("cards/open.j2", "cards/waiting.j2", "cards/due.j2"), 1_000),
    **dict.fromkeys(("cards/done.j2", "cards/skipped.j2"), 800),
}
#: Characters of any text, and seconds of the processor for one in Slack and for one that leaves it: more is a mistake.
#: Slack waits 3 s for a form; a page with thousands of rows takes one or two.
_ENDLESS, _SECONDS, _SECONDS_PLAIN = 10_000_000, 1.0, 5.0
#: Templates whose text goes to Spot support in the words that Spot's documentation asks for.
_TICKETS = "tickets/"
#: Texts that leave Slack; what Slack takes is no matter there.
_PLAIN = (".txt.j2", ".html.j2")

#: What a text was written with: the name of its template, the values, and the result.
Watch = Callable[[str, Mapping[str, Any], str], None]


class _Unusable(Exception):
    """A text that was written and cannot be used; `example` quotes it."""

    def __init__(self, words: str, example: str = "") -> None:
        super().__init__(words)
        self.example = example


class _TooSlow(_Unusable):
    """A text that did not come to an end in time."""


class Sandbox(ImmutableSandboxedEnvironment):
    """For operators' templates: they can reach and change nothing but their values, and end after a while."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._ends = threading.local()

    def begin(self, seconds: float) -> None:
        """Let texts of this thread take so long from now on; the time of other threads does not count."""
        self._ends.at = time.thread_time() + seconds

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A value of a value; each loop over something worth telling reads one."""
        if time.thread_time() > getattr(self._ends, "at", math.inf):
            raise _TooSlow("it takes too long.")
        return super().getattr(obj, attribute)


@dataclass(slots=True)
class Overrides:
    """The operator's templates, and what happens to them.

    Attributes:
        own: those that can be used. parts: the names of all templates that these take part in -> which of them do.
        slow: those of them that took too long once, and are not tried again.
        report: told each fault at the time of rendering. watch: told each text that they take part in.
    """

    own: OwnTemplates
    parts: Mapping[str, Sequence[str]]
    report: Callable[[TemplateFault], None]
    watch: Watch | None = None
    slow: set[str] = field(default_factory=set)
    _environments: dict[Environment, Sandbox] = field(default_factory=dict)

    def render(self, ours: Environment, name: str, values: Mapping[str, Any]) -> str:
        """A text from the operator's templates, or from ours where those fail."""
        try:
            environment = self._environment(ours)
            environment.begin(_SECONDS_PLAIN if name.endswith(_PLAIN) else _SECONDS)
            said = _written(environment, name, values)
            self._check(said, ours, name, values)
        except Exception as error:  # noqa: BLE001 - a template can raise whatever its values raise
            if isinstance(error, _TooSlow):
                self.slow.add(name)
            said = _written(ours, name, values)  # where ours fails, too, the fault is in the values
            self.report(self._fault(name, error))
        if self.watch is not None:
            self.watch(name, values, said)
        return said

    def _environment(self, ours: Environment) -> Sandbox:
        if ours not in self._environments:
            self._environments[ours] = sandbox(ours, FunctionLoader(self._source))
        return self._environments[ours]

    def _source(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        if name not in self.own.texts:
            return None
        return self.own.texts[name], str(self.own.paths[name]), lambda: True

    def _check(self, said: str, ours: Environment, name: str, values: Mapping[str, Any]) -> None:
        """Raise `_Unusable` for a text that is missing, too long, or without the words that Spot support needs."""
        if not said and _written(ours, name, values):
            raise _Unusable("it says nothing, where our text says something.")
        most = SHORTER.get(name, BLOCK)
        if not name.endswith(_PLAIN) and len(said) > most and len(said) > len(_written(ours, name, values)):
            raise _Unusable(f"its text has {len(said):,} characters. Slack has room for {most:,} there.")
        if name.startswith(_TICKETS) and (line := _left_out(_written(ours, name, values), said)):
            raise _Unusable(
                "it leaves out or changes a line of our ticket. You may add lines to it.", f"Missing: {line}"
            )

    def _fault(self, name: str, error: Exception) -> TemplateFault:
        """The fault with the operator's file and line; an error that is not Jinja's may quote, so only its type."""
        files = {str(path): self.own.files[own] for own, path in self.own.paths.items()}
        trace = extract_tb(error.__traceback__)
        frames = [(files[frame.filename], frame.lineno) for frame in trace if frame.filename in files]
        taken = name if name in self.own.texts else self.parts[name][0]
        file, line = frames[-1] if frames else (self.own.files[taken], None)
        known = isinstance(error, (TemplateError, _Unusable))
        words = str(error).rstrip(".") if known else f"it fails with {type(error).__name__}"
        return TemplateFault(file, line, f"{words}.", error.example if isinstance(error, _Unusable) else "")


class _Notices:
    """The faults of this process, each place once, for /readyz and the log; each time, for the metrics."""

    def __init__(self, count: Callable[[str, int], None]) -> None:
        self._count = count
        self.faults: dict[tuple[str, int | None], TemplateFault] = {}

    def note(self, fault: TemplateFault) -> None:
        """Count a fault, and log it the first time."""
        self._count(fault.file, 1)
        fault = replace(fault, example="")  # it may quote what people entered
        if self.faults.setdefault((fault.file, fault.line), fault) is fault:
            log.warning("A template of yours cannot be used, so ours is: %s", fault)


#: `overrides`: language -> the operator's templates; None where there are none.
_used: dict[str, Any] = {"overrides": None, "notices": None}


def use(folder: Path | None, ours: Callable[[str], Environment], count: Callable[[str, int], None]) -> None:
    """Use the templates of a folder from now on (ECO_TEMPLATES), or only ours.

    Args:
        ours: what templates of a language are rendered with.
        count: told the file of each fault, and how many more; of each file at first that there are none.
    """
    _used.update(overrides=None, notices=None)
    if folder is None:
        return
    notices = _Notices(count)
    made = {language: load(folder, ours, notices.note, language) for language in LANGUAGES}
    for overrides in made.values():
        for name in overrides.own.texts:
            count(overrides.own.files[name], 0)
        for fault in overrides.own.faults:
            notices.note(fault)
    _used.update(overrides=made, notices=notices)


def notices() -> list[str]:
    """What is wrong with the operator's templates, as far as it was noticed: a sentence for each place."""
    found: _Notices | None = _used["notices"]
    return [f"Our template is used instead of yours. {fault}" for fault in found.faults.values()] if found else []


def render(ours: Environment, name: str, values: Mapping[str, Any]) -> str:
    """A text from the operator's templates where they take part in it, else from ours."""
    used = _used["overrides"]
    overrides: Overrides | None = used and used.get(current())
    if overrides is not None and name in overrides.parts and name not in overrides.slow:
        return overrides.render(ours, name, values)
    return ours.get_template(name).render(**values).strip()


@contextmanager
def used(overrides: Overrides, language: str = ENGLISH) -> Iterator[None]:
    """Use templates of a language for a while, to try them."""
    before = dict(_used)
    _used.update(overrides={language: overrides}, notices=None)
    try:
        yield
    finally:
        _used.update(before)


def load(
    folder: Path,
    environment: Callable[[str], Environment],
    report: Callable[[TemplateFault], None],
    language: str = ENGLISH,
) -> Overrides:
    """Read the templates of a folder that texts of a language are rendered with.

    An English one takes the place of ours, too, where we have none in the language ourselves.
    """
    ours = environment(language)
    texts = our_texts(ours)
    own = template_folder.read(folder, texts, sandbox(ours, DictLoader({})), language)
    if language != ENGLISH:
        english = our_texts(environment(ENGLISH))
        beneath = template_folder.read(folder, english, sandbox(ours, DictLoader({})))
        same = {name for name in beneath.texts.keys() - own.texts.keys() if texts[name] == english[name]}
        own = own.over(beneath, same)
    included = template_folder.includes(texts | own.texts, ours)
    parts: dict[str, Sequence[str]] = {}
    for name in texts:
        found = {name, *template_folder.closure(name, included)} & own.texts.keys()
        if found:
            parts[name] = sorted(found)
    return Overrides(own, parts, report)


def our_texts(ours: Environment) -> dict[str, str]:
    """The name of each of our templates -> its text."""
    assert ours.loader is not None
    return {name: ours.loader.get_source(ours, name)[0] for name in ours.list_templates()}


def sandbox(ours: Environment, first: BaseLoader) -> Sandbox:
    """An environment for operators' templates, which see what ours see."""
    assert ours.loader is not None
    made = Sandbox(
        loader=ChoiceLoader([first, ours.loader]),
        finalize=ours.finalize,
        autoescape=ours.autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.clear()  # without `range` and the like
    made.globals.update({name: each for name, each in ours.globals.items() if name not in DEFAULT_NAMESPACE})
    made.globals["dict"] = dict
    made.filters.update(ours.filters)
    return made


def _written(environment: Environment, name: str, values: Mapping[str, Any]) -> str:
    parts, length = list[str](), 0
    for part in environment.get_template(name).generate(**values):
        parts.append(part)
        length += len(part)
        if length > _ENDLESS:
            raise _Unusable(f"its text has more than {_ENDLESS:,} characters.")
    return "".join(parts).strip()


def _left_out(ours: str, said: str) -> str:
    """The first line of our ticket that another text lacks, in our order; "" if it has all."""
    lines = iter([line.strip() for line in said.splitlines()])
    wanted = (line.strip() for line in ours.splitlines())
    return next((line for line in wanted if line and line not in lines), "")
