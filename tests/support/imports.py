"""Reads who imports what, and holds it to rules of direction.

Nothing is executed: the files are parsed. Every import counts, also one inside a function or under
TYPE_CHECKING, since knowledge that is hidden is knowledge all the same; and so does reaching a name through
an imported module (`import slack_sdk` and then `slack_sdk.WebClient`).
"""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: Stands in a rule for every module of Python's standard library.
STDLIB = "<standard library>"
#: Stands in a rule for everything.
ANYTHING = "<anything>"


@dataclass(frozen=True)
class Use:
    """One name that a module imports or reaches: `bot.storage.models.Outbox`."""

    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """One source file as the rules see it."""

    name: str
    path: Path
    uses: tuple[Use, ...]
    docstring: str | None


@dataclass(frozen=True)
class Rule:
    """`modules`, apart from some, use nothing of `never`, except `but`; because of a reason.

    A name speaks for all that is under it: "bot.storage" also for "bot.storage.models". One that begins with
    "*." speaks for that last name wherever it comes from, and one that begins with "=" for that name alone.
    `breach` is a file and a line in it that the rule must catch.
    """

    modules: tuple[str, ...]
    never: tuple[str, ...]
    because: str
    breach: tuple[str, str]
    apart_from: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def breaches(self, modules: Iterable[Module]) -> list[str]:
        """Return a sentence for every use that breaks this rule."""
        return [
            f"{module.path}:{use.line}: {module.name} uses {use.name}, but {self.because}"
            for module in modules
            if speaks_for(self.modules, module.name) and not speaks_for(self.apart_from, module.name)
            for use in module.uses
            if speaks_for(self.never, use.name) and not speaks_for(self.but, use.name)
        ]


def speaks_for(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns names this module, something above it, or its last part."""
    return any(
        pattern == ANYTHING
        or (pattern == STDLIB and name.partition(".")[0] in sys.stdlib_module_names)
        or pattern == f"={name}"
        or f"{name}.".startswith(f"{pattern}.")
        or (pattern.startswith("*.") and name.endswith(pattern[1:]))
        for pattern in patterns
    )


def read_modules(root: Path, *packages: str) -> dict[str, Module]:
    """Read every source file of these packages under `root`, by module name."""
    files = sorted(file for package in packages for file in (root / package).rglob("*.py"))
    return {module.name: module for module in (read_module(root, file) for file in files)}


def read_module(root: Path, file: Path) -> Module:
    """Read one source file."""
    path = file.relative_to(root)
    is_package = path.name == "__init__.py"
    parts = path.parent.parts if is_package else path.with_suffix("").parts
    name = ".".join(("bot", *parts) if parts[0] == "handlers" else parts)  # bot/handlers is a link to it
    tree = ast.parse(file.read_text("utf-8"), str(path))
    package = name if is_package else name.rpartition(".")[0]
    uses = tuple(sorted(set(_uses(tree, package)), key=lambda use: (use.line, use.name)))
    return Module(name, path, uses, ast.get_docstring(tree))


def _uses(tree: ast.Module, package: str) -> Iterator[Use]:
    known_as: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Use(alias.name, node.lineno)
                first = alias.name.split(".")[0]
                known_as[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, package)
            for alias in node.names:
                name = origin if alias.name == "*" else f"{origin}.{alias.name}"
                yield Use(name, node.lineno)
                known_as[alias.asname or alias.name] = name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (reached := _reached(node, known_as)):
            yield Use(reached, node.lineno)


def _origin(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of what a `from … import` draws on."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, node.module] if node.module else above)


def _reached(node: ast.expr, known_as: dict[str, str]) -> str | None:
    """Return the full name of `a.b.c` where `a` is something imported."""
    if isinstance(node, ast.Name):
        return known_as.get(node.id)
    if isinstance(node, ast.Attribute) and (origin := _reached(node.value, known_as)):
        return f"{origin}.{node.attr}"
    return None


def room_of(name: str) -> str:
    """Return the room of a module: `bot.delivery` for `bot.delivery.outbox`."""
    return ".".join(name.split(".")[:2])


def cycles(modules: dict[str, Module], group: Callable[[str], str] = str) -> list[str]:
    """Return every ring of modules (or of groups of them) that use each other, as `a -> b -> a`, each ring once."""
    used: dict[str, set[str]] = {}
    for name, module in modules.items():
        found = {group(known) for use in module.uses if (known := _known(use.name, modules))}
        used.setdefault(group(name), set()).update(found - {group(name)})
    arrows = {name: sorted(names) for name, names in used.items()}
    rings: list[str] = []
    finished: set[str] = set()

    def follow(name: str, way: list[str]) -> None:
        if name in way:
            rings.append(" -> ".join([*way[way.index(name) :], name]))
        elif name not in finished:
            for used in arrows[name]:
                follow(used, [*way, name])
            finished.add(name)

    for name in arrows:
        follow(name, [])
    return rings


def _known(name: str, modules: dict[str, Module]) -> str | None:
    """Return the module of ours that a used name lies in."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None
