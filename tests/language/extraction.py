"""Every English word of the code and the templates that is looked up in catalogs: what a translator has to translate.

`python -m tests.language.extraction de` prints entries for what a catalog lacks, ready to be pasted into it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import nodes

from bot.domain.actions import Action
from bot.domain.details import Blocker
from bot.domain.enrollment import State, Status
from bot.domain.inputs import _PARTITIONS
from bot.domain.list_entries import KINDS
from bot.domain.lists import LINES
from bot.domain.procedure import BUILT_IN
from bot.domain.several_inputs import _ACCOUNTS, _ORGANIZATIONS
from bot.domain.subset_coverage import _ALL, _ALL_OF
from bot.language.catalogs import catalog_file, read_catalog
from bot.language.spoken import ENGLISH, LANGUAGES, name_of
from bot.presentation import direct_messages, home, notifications, texts
from bot.presentation.buttons import ENROLLMENT_HELP, ENROLLMENT_LABELS
from bot.presentation.portfolio_rows import SEGMENTS, SORTS
from tests.language import form_words

ROOT = Path(__file__).parents[2]
#: Where what people are told is written.
FOLDERS = ("bot/domain", "bot/delivery", "bot/presentation", "bot/slack", "bot/use_cases", "handlers")
#: Folders of templates of messages that the bot posts by itself.
MESSAGES = (
    *("cards", "thread", "reminders", "digest", "direct", "details", "timeline", "home", "support", "emails"),
    ".",
)

#: (context or "", singular, plural or "").
Word = tuple[str, str, str]

#: Looked up by a name: file and expression -> the words that it can be.
TABLES: dict[tuple[str, str], tuple[str, ...]] = {
    ("buttons.py", "action.label"): tuple(each.label for each in Action if each is not Action.PARTY_TEXT),
    ("buttons.py", "ENROLLMENT_LABELS[name]"): tuple(ENROLLMENT_LABELS.values()),
    ("direct_messages.py", "details.label"): (Action.DETAILS.label,),
    ("direct_messages.py", "ENROLLMENT_LABELS['open']"): (ENROLLMENT_LABELS["open"],),
    ("direct_messages.py", "words"): tuple(label for label, _ in direct_messages._BUTTONS.values()),
    ("card.py", "step.state.value"): tuple(each.value for each in State),
    ("timeline_picture.py", "row.state.value"): tuple(each.value for each in State),
    ("timeline_picture.py", "f'{enrollment.status.value.capitalize()}.'"): tuple(
        f"{each.value.capitalize()}." for each in Status
    ),
    ("notifications.py", "_NUMBERS[reminder.repeat]"): notifications._NUMBERS,
    ("list_marks.py", "words"): (),  # its callers name them: see `_said`
    ("details.py", "next((each.words for each in Blocker if each == party))"): tuple(each.words for each in Blocker),
    ("texts.py", "_REFUSALS[code][0] if code in _REFUSALS else 'Slack refuses it: {code}'"): (
        *(why for why, _ in texts._REFUSALS.values()),
        "Slack refuses it: {code}",
    ),
    ("texts.py", "_REFUSALS.get(code, ('', 'let me post there again'))[1]"): (
        *(remedy for _, remedy in texts._REFUSALS.values()),
        "let me post there again",
    ),
    ("subset_coverage.py", "words[closed > 0]"): (*_ALL, *_ALL_OF),
    **form_words.TABLES,
    ("errors.py", "status"): tuple(each.value for each in Status),
    ("lifecycle.py", "enrollment.status.value"): tuple(each.value for each in Status),
    ("lifecycle.py", "field.at_start.missing"): tuple(
        field.at_start.missing
        for procedure in BUILT_IN
        for _, field in procedure.shared.values()
        if field.at_start is not None
    ),
    ("transitions.py", "marked"): ("{person} already marked this sent.", "{person} already marked this done."),
    ("inputs.py", "_PARTITIONS[match[1]]"): tuple(_PARTITIONS.values()),
    **{
        ("several_inputs.py", f"listed.{name}"): (getattr(_ACCOUNTS, name), getattr(_ORGANIZATIONS, name))
        for name in ("none", "too_many", "twice")
    },
    ("home.py", "words"): tuple(SORTS.values()),
    ("home_menu.py", "words"): (),  # its callers name them: see `_button`
    ("home_menu.py", "spoken"): (),
    ("portfolio_rows.py", "SORTS[query.sort]"): tuple(SORTS.values()),
    ("more.py", "ENROLLMENT_HELP[name]"): tuple(ENROLLMENT_HELP.values()),
    **{
        ("language_command.py", f"name_of({each})"): tuple(map(name_of, LANGUAGES))
        for each in ("each", "language", "here", "everywhere")
    },
}
#: Nouns that are counted by a name.
_NOUNS = (*(kind.noun for kind in KINDS.values()), *LINES.values())
NOUNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("durations.py", "word"): ("week", "day", "hour", "minute", "second"),
    ("retold.py", "word"): ("week", "day", "hour", "minute", "second"),
    ("texts.py", "word"): (),  # its callers name them
    ("list_entries.py", "self.noun"): _NOUNS,
    ("text_types.py", "noun"): ("organization",),
    # Phrases of the procedure, which have their own German; those whose plural has no "s" are in the catalog.
    ("value_types.py", "field.noun"): (),
    ("value_inputs.py", "field.noun"): (),
    ("card.py", "KINDS[spec.list_in_ticket].noun"): _NOUNS,
    ("list_marks.py", "KINDS[list_name].noun"): _NOUNS,
    ("data_check.py", "kind.noun"): _NOUNS,
    ("list_entry.py", "page.kind.noun"): _NOUNS,
    ("list_entry.py", "KINDS[each].noun"): _NOUNS,
    ("list_page.py", "noun"): _NOUNS,
    ("home.py", "one"): tuple(one for one, _ in home._COUNTS.values()),
    ("home.py", "many"): tuple(many for _, many in home._COUNTS.values()),
    ("portfolio_rows.py", "one"): tuple(one for one, _ in SEGMENTS.values()),
    ("portfolio_rows.py", "many"): tuple(many for _, many in SEGMENTS.values()),
    ("notifications.py", "LINES[listed]"): tuple(LINES.values()),
}


def words() -> set[Word]:
    """Everything that is looked up."""
    found = {word for file in _python_files() for word in _of_python(file)}
    found |= {word for file in _templates() for word in _of_template(file)}
    return found | {("", each, "") for each in (*State, *Status, "later", "optional", *form_words.OF_TICKETS)}


def phrase_nouns() -> set[str]:
    """Nouns of translated procedures, which a catalog can have for their plurals."""
    told = [each for procedure in BUILT_IN for each in procedure.languages.values()]
    return {field.noun for procedure in told for spec in procedure.steps for field in spec.collects}


def missing(language: str) -> list[Word]:
    """What a catalog lacks, in order."""
    there = {(str(each.context or ""), each.id) for each in read_catalog(language) if each.id and each.string}
    there |= {(context, each[0]) for context, each in there if isinstance(each, tuple)}  # it serves for one, too
    return sorted(
        word for word in words() if (word[0], (word[1], word[2]) if word[2] else word[1]) not in there and word[1]
    )


def stale(language: str) -> list[str]:
    """What a catalog has and nothing looks up."""
    known = {(context, (one, many) if many else one) for context, one, many in words()}
    nouns = phrase_nouns()
    entries = [each for each in read_catalog(language) if each.id]
    return [
        str(each.id)
        for each in entries
        if (each.context or "", each.id) not in known and not (isinstance(each.id, tuple) and each.id[0] in nouns)
    ]


def _python_files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _templates() -> Iterator[Path]:
    codes = [code for code in LANGUAGES if code != ENGLISH]
    for base in (ROOT / "templates", *(ROOT / "templates" / code for code in codes)):
        for folder in MESSAGES:
            yield from sorted(each for each in (base / folder).glob("*.j2") if not each.name.endswith(".txt.j2"))


def _of_python(file: Path) -> Iterator[Word]:
    for node in ast.walk(_tree(file)):
        if not isinstance(node, ast.Call):
            continue
        for argument in form_words.looked_up(file, node):
            yield from (("", each, "") for each in _constants(file, argument, TABLES) if form_words.said(each))
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if (
            name in ("gettext", "Words")
            or (name == "sentence" and "presentation" not in file.parts)
            or (name == "_said" and file.name == "list_marks.py")
        ):
            yield from (("", each, "") for each in _constants(file, node.args[0], TABLES))
        elif name == "_button" and file.name == "home_menu.py":
            yield from (
                ("", each, "") for arg in (node.args[0], node.args[2]) for each in _constants(file, arg, TABLES)
            )
        elif name == "pgettext":
            (context,) = _constants(file, node.args[0], TABLES)
            yield from ((context, each, "") for each in _constants(file, node.args[1], TABLES))
        elif name == "ngettext":
            ones = _constants(file, node.args[0], NOUNS)
            # The other form is the noun with an "s" where it is not written out.
            written = isinstance(node.args[1], ast.Name) or getattr(node.args[1], "value", "")
            manies = _constants(file, node.args[1], NOUNS) if written else [f"{each}s" for each in ones]
            yield from (("", one, many) for one, many in zip(ones, manies, strict=True))
        elif name in ("plural", "counted") and len(node.args) == 2 and "aws" not in file.parts:
            yield from (("", each, f"{each}s") for each in _constants(file, node.args[1], NOUNS))


def _constants(file: Path, node: ast.expr, table: dict[tuple[str, str], tuple[str, ...]]) -> list[str]:
    """The texts that an expression can be.

    Raises:
        LookupError: it is none, and no table says what it can be.
    """
    key = (file.name, ast.unparse(node))
    if key in table:
        return list(table[key])
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*_constants(file, node.body, table), *_constants(file, node.orelse, table)]
    if isinstance(node, ast.Name):  # every text that the file gives a local name or a constant
        found = [each for part in ast.walk(_tree(file)) for each in _assigned(part, node.id)]
        if found:
            return found
    raise LookupError(f"{key} is looked up, and {__name__} does not know what it can be")


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _assigned(node: ast.AST, name: str) -> Iterator[str]:
    """The texts that an assignment gives a name."""
    if not isinstance(node, ast.Assign):
        return
    target, value = node.targets[0], node.value
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=False))
    for each, given in pairs:
        if isinstance(each, ast.Name) and each.id == name:
            yield from (
                part.value for part in _parts(given) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def _parts(node: ast.expr) -> list[ast.expr]:
    """What an expression can be."""
    return [*_parts(node.body), *_parts(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def _of_template(file: Path) -> Iterator[Word]:
    for node in texts.environment().parse(file.read_text("utf-8")).find_all(nodes.Call):
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        given = [each.value for each in node.args if isinstance(each, nodes.Const)]
        if name == "gettext" and given:
            yield "", given[0], ""
        elif name == "pgettext" and len(given) == 2:
            yield given[0], given[1], ""
        elif name == "plural" and given:
            yield "", given[-1], f"{given[-1]}s"


def _entry(word: Word) -> str:
    context, one, many = (_quoted(each) for each in word)
    head = f'msgctxt "{context}"\n' if context else ""
    if many:
        return f'{head}msgid "{one}"\nmsgid_plural "{many}"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    return f'{head}msgid "{one}"\nmsgstr ""\n'


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


if __name__ == "__main__":
    asked = sys.argv[1]
    assert catalog_file(asked).exists(), f"there is no catalog {catalog_file(asked)}"
    print("\n".join(_entry(word) for word in missing(asked)))
