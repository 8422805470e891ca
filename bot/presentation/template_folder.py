"""Reads an operator's folder of templates, and leaves out those that cannot be used, each with its fault."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateSyntaxError
from jinja2.meta import find_referenced_templates

from bot.language.spoken import ENGLISH, LANGUAGES
from bot.presentation.template_rules import TEMPLATE, broken_rules

ENDING = ".j2"
#: Characters of a file: the longest of ours has 7,000.
_LONGEST = 100_000
#: The words of Jinja's statements that name another template.
_NAMING = ("include", "import", "extends")


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong with a file of an operator: its path in the folder, the line where one can be named, and why.

    Attributes:
        example: what made-up data showed; of real data nothing is told.
    """

    file: str
    line: int | None
    words: str
    example: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.words}{f' {self.example}' if self.example else ''}"


@dataclass(frozen=True, slots=True)
class OwnTemplates:
    """The templates of a folder that take the place of ours in one language: name -> text, and all faults.

    Attributes:
        paths: name -> path. files: name -> how faults name its file: its path in the folder.
    """

    texts: dict[str, str]
    paths: Mapping[str, Path]
    faults: tuple[TemplateFault, ...]
    files: Mapping[str, str] = field(default_factory=dict)

    def over(self, beneath: OwnTemplates, names: Iterable[str]) -> OwnTemplates:
        """The same with some templates of others; it has none of those names."""
        texts, paths, files = dict(self.texts), dict(self.paths), dict(self.files)
        for name in names:
            texts[name], paths[name], files[name] = beneath.texts[name], beneath.paths[name], beneath.files[name]
        return OwnTemplates(texts, paths, self.faults, files)


def read(folder: Path, ours: Mapping[str, str], environment: Environment, language: str = ENGLISH) -> OwnTemplates:
    """Read the templates of a folder, as it is now; files with another ending, and hidden ones, are left alone.

    Those of another language than English stand in a folder of its code: `de/cards/open.j2`.

    Args:
        ours: the name of each of our templates -> its text. environment: what they will be rendered with.
    """
    texts, paths, names, faults = dict[str, str](), dict[str, Path](), dict[str, str](), list[TemplateFault]()
    try:
        files = list(_files(folder))
    except OSError as error:
        return OwnTemplates({}, {}, (TemplateFault(str(folder), None, f"the folder {_unreadable(error)}"),))
    if not files:
        return OwnTemplates({}, {}, (TemplateFault(str(folder), None, "there is no template in this folder."),))
    for path in files:
        file = path.relative_to(folder).as_posix()
        of_language, name = in_language(file)
        if of_language != language:
            continue
        if name not in ours:
            faults.append(TemplateFault(file, None, f"we have no template of this name.{_near(name, ours)}"))
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            faults.append(TemplateFault(file, None, "it is not UTF-8 text. Save it as UTF-8."))
            continue
        except OSError as error:
            faults.append(TemplateFault(file, None, f"it {_unreadable(error)}"))
            continue
        wrong = [replace(fault, file=file) for fault in _faults(name, text, ours, environment)]
        faults += wrong
        if not wrong:
            texts[name], paths[name], names[name] = text, path, file
    included = includes({**ours, **texts}, environment)
    circles = [name for name in texts if name in closure(name, included)]
    faults += [TemplateFault(names[name], None, "it includes itself, directly or through others.") for name in circles]
    for name in circles:
        del texts[name]
    return OwnTemplates(texts, paths, tuple(faults), names)


def in_language(file: str) -> tuple[str, str]:
    """The language of a file in a folder of templates, and the name of the template."""
    first, _, rest = file.partition("/")
    return (first, rest) if first in LANGUAGES and first != ENGLISH else (ENGLISH, file)


def includes(texts: Mapping[str, str], environment: Environment) -> Callable[[str], set[str]]:
    """The names of the templates that one includes itself, by its name; each is read once, when it is asked for."""

    @cache
    def included(name: str) -> set[str]:
        if not any(word in texts[name] for word in _NAMING):  # nearly all of them; reading all takes a second or two
            return set()
        return {each for each in find_referenced_templates(environment.parse(texts[name])) if each is not None}

    return included


def closure(name: str, included: Callable[[str], set[str]]) -> set[str]:
    """The names of all templates that one includes, directly or through others; see `includes`."""
    found, left = set[str](), [name]
    while left:
        new = included(left.pop()) - found
        found |= new
        left += new
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The templates of a folder and of those in it, links among them: a mounted configuration is one of links."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and path.name in LANGUAGES:
            yield from _files(path)
            continue
        within = sorted(path.iterdir()) if path.is_dir() else [path]
        yield from (each for each in within if each.name.endswith(ENDING) and not each.name.startswith("."))


def _faults(name: str, text: str, ours: Mapping[str, str], environment: Environment) -> Iterator[TemplateFault]:
    if len(text) > _LONGEST:
        yield TemplateFault(name, None, f"it has {len(text):,} characters. A template has up to {_LONGEST:,}.")
        return
    try:
        tree = environment.parse(text)
        broken = list(broken_rules(tree, TEMPLATE))
        if not broken:  # compiling calculates what is constant
            environment.compile(text, name)
    except TemplateSyntaxError as fault:
        yield TemplateFault(name, fault.lineno, f"{(fault.message or 'it cannot be read').rstrip('.')}.")
        return
    except (TemplateError, RecursionError) as fault:
        yield TemplateFault(name, None, f"it cannot be read: {type(fault).__name__}.")
        return
    yield from (TemplateFault(name, line, words) for line, words in broken)
    for included in find_referenced_templates(tree) if not broken else ():
        if included is not None and included not in ours:
            line = next((at for at, each in enumerate(text.splitlines(), 1) if included in each), None)
            yield TemplateFault(name, line, f"we have no template “{included}”.{_near(included, ours)}")


def _near(name: str, ours: Mapping[str, str]) -> str:
    """The name that was meant most likely: that of a file in another folder, or with a typing mistake."""
    same = [each for each in ours if each.rpartition("/")[2] == name.rpartition("/")[2]]
    near = same or difflib.get_close_matches(name, ours, n=1)
    return f" Did you mean {' or '.join(near[:3])}?" if near else ""


def _unreadable(error: OSError) -> str:
    return f"can't be read: {(error.strerror or str(error)).lower()}."
