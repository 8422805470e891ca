"""The filters of a list as conditions of SQL; their values are parameters, so that a statement is built once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.domain.inputs import digits_of, search_key
from bot.domain.portfolio import PortfolioQuery
from bot.domain.procedure import ORGANIZATION
from bot.repository import tables as t
from bot.repository.sight import OF_WORKSPACE, Sight, condition

_e, _v = t.enrollments.c, t.step_values.c
#: The most digits of an account ID or an organization ID.
_LONGEST_ID = 20
#: The sign before a wildcard that stands for itself.
ESCAPE = "/"

_INSIDE = sa.select(_e.id).where(_e.workspace == OF_WORKSPACE)
_NAMED = _INSIDE.where(_e.name_key.like(sa.bindparam("of_pattern", type_=sa.Text), escape=ESCAPE))
_FIRST, _LAST = sa.bindparam("of_number", type_=sa.Text), sa.bindparam("of_last_number", type_=sa.Text)
#: As ranges: all of them are digits, which every locale sorts alike. An MSP has several organizations in one value: for
#: those after the first one, the range of all that begin with a digit has SQLite use the index.
_NUMBERED = (
    _INSIDE.where(_e.account_id.between(_FIRST, _LAST)),
    sa.select(_v.enrollment_id).where(_v.key == ORGANIZATION.key, _v.value.between(_FIRST, _LAST)),
    sa.select(_v.enrollment_id).where(
        _v.key == ORGANIZATION.key,
        _v.value.between("0", "9" * 5 * _LONGEST_ID),
        _v.value.contains(sa.literal(", ") + _FIRST),
    ),
)
_ON_HEAD = {
    "owner": _e.owner == sa.bindparam("wanted_owner", type_=sa.Text),
    "channel": _e.channel_id == sa.bindparam("wanted_channel", type_=sa.Text),
    "words": _e.id.in_(_NAMED),
    "number": _e.id.in_(sa.union_all(_NAMED, *_NUMBERED)),
}
_ON_STEP = {
    "step": ("key", sa.bindparam("wanted_step", type_=sa.Text)),
    "party": ("party", sa.bindparam("wanted_party", type_=sa.Text)),
}


def containing(words: str) -> str:
    """The pattern of LIKE for texts that contain these words; no sign of them is a wildcard."""
    for sign in (ESCAPE, "%", "_"):
        words = words.replace(sign, f"{ESCAPE}{sign}")
    return f"%{words}%"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which filters a list has.

    Attributes:
        everything: whether all enrollments of the workspace may be shown. names: of `_ON_HEAD` and `_ON_STEP`.
    """

    everything: bool
    names: frozenset[str]

    @classmethod
    def of(cls, query: PortfolioQuery, sight: Sight) -> Filter:
        """The filters of a query."""
        names = {name for name in ("owner", "channel", "step", "party") if getattr(query, name) is not None}
        if words := search_key(query.words):
            names.add("number" if digits_of(words) else "words")
        return cls(sight.everything, frozenset(names))

    @staticmethod
    def values(query: PortfolioQuery) -> dict[str, Any]:
        """The values of the parameters."""
        words = search_key(query.words)
        number = digits_of(words)
        return {f"wanted_{name}": getattr(query, name) for name in ("owner", "channel", "step", "party")} | {
            "of_pattern": containing(words),
            "of_number": number,
            "of_last_number": number + "9" * _LONGEST_ID,
        }

    @property
    def of_step(self) -> bool:
        """Whether it asks for a step: enrollments that are over have none."""
        return bool(self.names & _ON_STEP.keys())

    def on_head(self) -> list[sa.ColumnElement[bool]]:
        """The conditions on enrollments, whatever their steps."""
        wanted = [_ON_HEAD[name] for name in sorted(self.names & _ON_HEAD.keys())]
        return [condition(everything=self.everything), *wanted]

    def on_step(self, under_way: sa.Subquery) -> list[sa.ColumnElement[bool]]:
        """The conditions on the step that stands for an enrollment."""
        wanted = [_ON_STEP[name] for name in sorted(self.names & _ON_STEP.keys())]
        return [under_way.c[column] == value for column, value in wanted]
