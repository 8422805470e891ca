"""Engines of one kind share their compiled statements: compiling them for each test took a fifth of its time."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Engine, default

#: Name of a dialect -> its compiled statements.
_compiled: dict[str, dict[Any, Any]] = {}


def _same_kind(one: default.DefaultDialect, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(dialect: default.DefaultDialect) -> int:
    return hash(type(dialect))


# The dialect is part of a statement's key. All engines of a kind are made with the same options.
default.DefaultDialect.__eq__ = _same_kind  # type: ignore[method-assign,assignment]
default.DefaultDialect.__hash__ = _hash_of_kind  # type: ignore[method-assign,assignment]


def _shared(engine: Engine) -> dict[Any, Any]:
    return _compiled.setdefault(engine.dialect.name, {})


# Not by an event: an engine that has listeners looks for them with every statement.
Engine._compiled_cache = property(_shared, lambda engine, own: None)  # type: ignore[assignment]
