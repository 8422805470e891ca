"""The fixes of the preflight can be followed: short sentences, and they name items of the check by their titles."""

from __future__ import annotations

import re

import pytest

from bot.domain.aws.catalog import ITEMS
from bot.domain.aws.facts import Reason, Unseen
from bot.domain.aws.vendor_messages import MESSAGES
from bot.domain.aws.wording import unseen_case

_CASES = {f"{item}, {name}": case for item, entry in ITEMS.items() for name, case in entry.cases.items()}
_UNSEEN = {reason.name: unseen_case(Unseen(reason)) for reason in Reason}
#: Everything that says what to do; a path through a console ends with a colon and is a unit of its own.
FIXES = {name: case.fix for name, case in (_CASES | _UNSEEN).items() if case.fix}
FIXES |= {name: message.look_at for name, message in MESSAGES.items()}
#: What may stand at the beginning of an item's title.
_TITLED = re.compile(r"“((?:Report|Bucket|Encryption|Role|Files|Full Eco|Stack of|Schedule of)[^”]*)”")


@pytest.mark.parametrize("fix", FIXES.values(), ids=list(FIXES))
def test_a_fix_has_short_sentences_and_one_full_stop_each(fix: str) -> None:
    """Nobody can follow a sentence of thirty words; a constant with its own full stop needs no second one."""
    units = re.split(r"(?<=[.:;?!])\s+", fix)

    assert [] == [unit for unit in units if len(unit.split()) > 20]
    assert ".." not in fix
    assert fix.endswith(".")


@pytest.mark.parametrize("fix", FIXES.values(), ids=list(FIXES))
def test_a_fix_names_items_that_exist(fix: str) -> None:
    """Whoever is sent to another item finds one with that title."""
    titles = {entry.title for entry in ITEMS.values()}

    assert [] == [title for title in _TITLED.findall(fix) if title not in titles]
