"""Reads a procedure from its TOML file, and names every fault of it by file, step and key.

docs/PROCEDURES.md describes the format.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from bot.domain.durations import parse_window
from bot.domain.errors import InvalidInput
from bot.domain.procedure_check import faults_of
from bot.domain.step_spec import AtStart, Field, Party, Procedure, StepSpec, TicketSpec, WaitKey, Window, specs

T = TypeVar("T")

#: The longest text of a procedure that is read, in characters.
LONGEST = 200_000
NO_OTHERS: Mapping[str, Procedure] = MappingProxyType({})
_FLAGS_OF_WAITS = ("promised", "approximate", "business")


class FaultyProcedure(ValueError):
    """A file that is no procedure.

    Attributes:
        faults: what is wrong, each with its place.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def read_procedure(text: str, file: str, version: str = "", others: Mapping[str, Procedure] = NO_OTHERS) -> Procedure:
    """The procedure that a TOML text describes; its key is the name of the file without `.toml`.

    Args:
        version: of an operator's file, see `version_of`; "" for the bot's own.
        others: the procedures whose steps it may take over, by key.

    Raises:
        FaultyProcedure: it cannot be read, or no enrollment could go through it.
    """
    procedure, faults = _read(text, file, version, others)
    faults = faults or faults_of(procedure)
    if faults:
        raise FaultyProcedure([f"{file}: {fault}" for fault in faults])
    return procedure


def read_stored(text: str, file: str, version: str, others: Mapping[str, Procedure]) -> tuple[Procedure, list[str]]:
    """A procedure that was without fault when it was stored, and what this release of the bot finds wrong with it.

    A step that a procedure of the bot does not have any more is there with its key alone, so that the enrollments that
    go through it can be read.
    """
    procedure, faults = _read(text, file, version, others)
    return procedure, [f"{file}: {fault}" for fault in faults]


def _read(text: str, file: str, version: str, others: Mapping[str, Procedure]) -> tuple[Procedure, list[str]]:
    tables = read_tables(text, file)
    reader = _Reader(others)
    procedure = replace(
        reader.procedure(tables, file.rpartition("/")[2].removesuffix(".toml")),
        version=version,
        source=text if version else "",
    )
    return procedure, reader.faults


def read_tables(text: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        FaultyProcedure: it is too long, or is not TOML.
    """
    if len(text) > LONGEST:
        raise FaultyProcedure([f"{file}: has over {LONGEST:,} characters. It must be shorter."])
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise FaultyProcedure([f"{file}: is not TOML: {fault or 'it is nested too deeply'}."]) from None


def version_of(text: str) -> str:
    """What tells the versions of an operator's file apart: another text has another version."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


class _Reader:
    """Turns tables into values; notes what is wrong, and where, and goes on."""

    def __init__(self, others: Mapping[str, Procedure]) -> None:
        self._others = others
        self.faults: list[str] = []
        self._place: list[str] = []
        self._named: Mapping[str, Field] = {}

    def procedure(self, tables: Mapping[str, Any], key: str) -> Procedure:
        """The whole file."""
        self._only(
            tables,
            ("title", "fits", "account", "waits", "parties", "tickets", "fields", "steps"),
            required=("title", "fits", "steps"),
        )
        waits = {}
        for name, table in self._tables_by_name(tables, "waits"):
            waits[name] = self._window(table)
        parties = {
            key: self._made(Party, {"key": key, **table}, {}) for key, table in self._tables_by_name(tables, "parties")
        }
        tickets = {name: self._made(TicketSpec, table, {}) for name, table in self._tables_by_name(tables, "tickets")}
        self._named = {
            name: self._field({"key": name, **table}) for name, table in self._tables_by_name(tables, "fields")
        }
        steps = []
        for number, table in enumerate(self._list_of(tables.get("steps", []), dict, "steps"), 1):
            named = table.get("key")
            with self._in(f"step “{named}”" if isinstance(named, str) else f"step {number}"):
                step, its_waits = self._step(table)
                steps.append(step)
                waits = {**its_waits, **waits}
        title, fits = (self._text(tables.get(name, ""), name) for name in ("title", "fits"))
        return Procedure(
            key,
            title,
            fits,
            tuple(steps),
            MappingProxyType(waits),
            MappingProxyType(parties),
            MappingProxyType(tickets),
            **({"account": self._text(tables["account"], "account")} if "account" in tables else {}),
        )

    def _step(self, table: Mapping[str, Any]) -> tuple[StepSpec, Mapping[WaitKey, Window]]:
        """A step, and the wait that it brings along from another procedure."""
        if "same_as" not in table:
            return self._made(StepSpec, table, {"collects": self._collected}), {}
        own = {name: value for name, value in table.items() if name not in ("same_as", "key")}
        other, key = self._others.get(self._text(table["same_as"], "same_as")), str(table.get("key"))
        if other is None:
            name = str(table["same_as"])
            self._note(f"same_as “{name}” is no procedure of ours{_perhaps(name, self._others)}")
            return StepSpec(key, key, key), {}
        if key not in specs(other):
            self._note(f"same_as “{other.key}” has no step “{key}”{_perhaps(key, specs(other))}")
            return StepSpec(key, key, key), {}
        base = other.spec(key)
        waits = {base.wait: other.waits[base.wait]} if base.wait else {}
        return self._made(StepSpec, own, {"collects": self._collected}, base), waits

    def _window(self, table: Mapping[str, Any]) -> Window:
        self._only(table, ("window", *_FLAGS_OF_WAITS), required=("window",))
        try:
            earliest, latest = parse_window(self._text(table.get("window", ""), "window"))
        except InvalidInput as fault:
            self._note(f"window: {fault}")
            earliest, latest = parse_window("1d")
        flags = {name: self._flag(table[name], name) for name in _FLAGS_OF_WAITS if name in table}
        return Window(latest, earliest, **flags)

    def _collected(self, given: Any, name: str) -> tuple[Field, ...]:
        """The fields of a step: tables, and names of those in `[fields]`."""
        found = []
        for each in self._list_of(given, (dict, str), name):
            if isinstance(each, dict):
                key = each.get("key")
                with self._in(f"field “{key}”" if isinstance(key, str) else "a field without a key"):
                    found.append(self._field(each))
            elif each in self._named:
                found.append(self._named[each])
            else:
                self._note(f"collects “{each}”, which is not in [fields]{_perhaps(each, self._named)}")
        return tuple(found)

    def _field(self, table: Mapping[str, Any]) -> Field:
        return self._made(Field, table, {"at_start": self._at_start})

    def _at_start(self, given: Any, name: str) -> AtStart:
        with self._in(name):
            return self._made(AtStart, self._table(given, name), {})

    def _made(
        self,
        kind: type[T],
        table: Mapping[str, Any],
        nested: Mapping[str, Callable[[Any, str], Any]],
        base: T | None = None,
    ) -> T:
        """A value of one of the classes of `step_spec`, whose attributes are the table's keys, else those of `base`."""
        known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # each is a dataclass
        required = (
            []
            if base is not None
            else [name for name, each in known.items() if each.default is MISSING and each.default_factory is MISSING]
        )
        self._only(table, tuple(known), required)
        hints = get_type_hints(kind)
        readers = {str: self._text, bool: self._flag, int: self._number, tuple[str, ...]: self._texts}
        given: dict[str, Any] = dict.fromkeys(required, "")
        for name, value in table.items():
            if name in known:
                hint = hints[name]
                plain = next((each for each in readers if hint in (each, each | None)), None)
                read = nested.get(name) or (readers[plain] if plain else self._links)
                given[name] = read(value, name)
        return kind(**given) if base is None else replace(base, **given)  # type: ignore[type-var]  # each is a dataclass

    def _only(self, table: Mapping[str, Any], known: Sequence[str], required: Sequence[str]) -> None:
        for name in table:
            if name not in known:
                self._note(f"does not know “{name}”{_perhaps(name, known)}")
        for name in required:
            if name not in table:
                self._note(f"needs “{name}”")

    def _tables_by_name(self, tables: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for key, table in self._table(tables.get(name, {}), name).items():
            with self._in(f"{name}.{key}"):
                yield key, self._table(table, key)

    def _table(self, given: Any, name: str) -> Mapping[str, Any]:
        return given if isinstance(given, dict) else self._wrong(name, "a table", {})

    def _list_of(self, given: Any, kind: type | tuple[type, ...], name: str) -> list[Any]:
        if not isinstance(given, list):
            return self._wrong(name, "a list", [])
        if not all(isinstance(each, kind) for each in given):
            self._wrong(name, "a list of " + ("tables" if kind is dict else "text"), None)
        return [each for each in given if isinstance(each, kind)]

    def _text(self, given: Any, name: str) -> str:
        return given if isinstance(given, str) and given.strip() else self._wrong(name, "text", "")

    def _flag(self, given: Any, name: str) -> bool:
        return given if isinstance(given, bool) else self._wrong(name, "true or false", False)

    def _number(self, given: Any, name: str) -> int:
        return given if type(given) is int and given > 0 else self._wrong(name, "a number above 0", 1)

    def _texts(self, given: Any, name: str) -> tuple[str, ...]:
        return tuple(self._text(each, name) for each in self._list_of(given, str, name))

    def _links(self, given: Any, name: str) -> tuple[tuple[str, str], ...]:
        pairs = [self._texts(each, name) for each in self._list_of(given, list, name)]
        if any(len(pair) != 2 for pair in pairs):
            return self._wrong(name, 'a list of pairs: ["words", "https://…"]', ())
        return tuple((words, address) for words, address in pairs)

    def _wrong(self, name: str, wanted: str, instead: T) -> T:
        self._note(f"“{name}” must be {wanted}")
        return instead

    @contextmanager
    def _in(self, place: str) -> Iterator[None]:
        self._place.append(place)
        yield
        self._place.pop()

    def _note(self, fault: str) -> None:
        self.faults.append(": ".join([*self._place, fault]) + ("" if fault.endswith((".", "?")) else "."))


def _perhaps(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f". Did you mean “{near[0]}”?" if near else ""
