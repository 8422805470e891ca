"""Names that people give to the columns of a list, so that a header row is known however it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten

_SUBSET = ("subset", "subset name", "name of the subset", "eco subset", "subsets")
_WORKFLOW = ("billing workflow", "billing workflow name", "workflow", "workflow name", "billing workflows", "workflows")
_EMAIL = (
    *("console email", "spot console email", "email", "email address", "customer email", "end customer email", "mail"),
    *("user email", "contact email", "emails"),
)
_ORGANIZATION = (
    *("spot org id", "spot organization id", "customer organization id", "customer org id", "end customer org id"),
    *("end customer organization id", "organization id", "org id", "spot organization", "spot org", "organization"),
    *("org", "organization number", "spot id"),
)
_ACCOUNT = (
    *("aws account", "aws account id", "aws account number", "account", "account id", "account number"),
    *("member account", "member account id", "linked account", "linked account id", "usage account id"),
    *("aws accounts", "accounts"),
)
_CUSTOMER = ("customer", "customer name", "end customer", "end customer name")

#: List -> its fields in the order of its form -> the names of their columns, the most telling one first.
COLUMNS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "subsets": {"subset": (*_SUBSET, "name", "names")},
    "workflows": {"billing workflow": (*_WORKFLOW, "name", "names")},
    "pairs": {"subset": _SUBSET, "billing workflow": _WORKFLOW},
    "customers": {"subset": (*_SUBSET, *_CUSTOMER), "console email": _EMAIL, "Spot org ID": _ORGANIZATION},
    "subset_accounts": {"subset": _SUBSET, "AWS account": _ACCOUNT},
}

#: The column of end customers that says whether their users are created; it may be missing.
USERS = "users created"
USERS_NAMES = (USERS, "user created", "users", "users are created")
#: What its cells say.
_YES_NO = {
    "yes": True,
    "y": True,
    "true": True,
    "x": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}


def parse_yes_no(text: str) -> bool | None:
    """Whether a cell says yes or no; None for an empty one.

    Raises:
        InvalidInput: it says something else.
    """
    word = text.strip().casefold()
    if word and word not in _YES_NO:
        raise InvalidInput(f"“{shorten(text.strip())}” in the column {USERS} is neither yes nor no.")
    return _YES_NO.get(word)


def column_key(text: str) -> str:
    """The name of a column as it is compared: without case, spaces, signs and what stands in brackets."""
    folded = text.casefold()
    bare = _BRACKETS.sub("", folded) if "(" in folded else folded
    return _SIGNS.sub("", bare).replace("organisation", "organization")


_BRACKETS, _SIGNS = re.compile(r"\([^()]*\)"), re.compile(r"[\W_]+")


def is_column_name(text: str) -> bool:
    """Whether a name on its own would be taken for the header of a list of names."""
    return column_key(text) in _NAMES


_NAMES = frozenset(
    column_key(name)
    for list_name in ("subsets", "workflows")
    for names in COLUMNS[list_name].values()
    for name in names
)
