"""The messages of the vendor's Eco page: which checks belong to each, and that each can be followed."""

from __future__ import annotations

import pytest

from bot.domain.aws.catalog import ITEMS
from bot.domain.aws.preflight import Finding, Verdict
from bot.domain.aws.vendor_messages import MESSAGES, belonging

#: Message -> items that decide it, and items that have nothing to do with it.
BELONGING = {
    "nothing": ({"cur.format", "bucket.region", "role.trust", "stack.output", "files.delivered"}, set()),
    "invalid_arn": ({"stack.output", "role.exists", "role.trust", "role.external_id"}, {"cur.format", "bucket.region"}),
    "no_access": ({"bucket.exists", "role.lists", "role.reads"}, {"cur.time_unit", "stack.output"}),
    "bucket_gone": ({"bucket.exists", "bucket.recorded", "cur.definition"}, {"role.trust", "cur.format"}),
    "no_new_data": ({"cur.status", "files.delivered", "bucket.exists"}, {"role.trust", "cur.resources"}),
    "no_ce": ({"role.exists"}, {"cur.format", "files.delivered", "bucket.exists"}),
    "not_able": ({"cur.status", "files.delivered", "role.reads", "bucket.exists"}, {"cur.refresh"}),
    "parquet": ({"cur.format", "cur.athena", "files.delivered"}, {"role.trust", "cur.time_unit"}),
    "permissions": ({"role.describes", "role.lists", "role.reads"}, {"cur.format", "files.delivered"}),
}


@pytest.mark.parametrize("key", MESSAGES)
def test_a_message_has_the_checks_that_decide_it(key: str) -> None:
    """And leaves out those that have nothing to do with it."""
    needed, foreign = BELONGING[key]

    found = {finding.item for finding in belonging(MESSAGES[key], [passed(item) for item in ITEMS])}

    assert needed <= found
    assert not foreign & found


@pytest.mark.parametrize("key", MESSAGES)
def test_an_account_that_could_not_be_looked_into_belongs_to_each(key: str) -> None:
    """It is why the others could not be seen; an account that was seen explains nothing."""
    blocked = Finding("account.identity", Verdict.UNKNOWN, "The account", "the bot has no AWS credentials")

    assert (blocked,) == belonging(MESSAGES[key], [blocked])
    assert () == belonging(MESSAGES["parquet"], [passed("account.identity")])


@pytest.mark.parametrize("message", MESSAGES.values(), ids=list(MESSAGES))
def test_a_message_can_be_chosen_and_followed(message: object) -> None:
    """An option of a menu has 75 characters; cause and advice are sentences."""
    words, means, look_at = (getattr(message, name) for name in ("words", "means", "look_at"))
    assert len(words) <= 75
    assert all(text[0].isupper() and text.endswith(".") for text in (means, look_at))


def passed(item: str) -> Finding:
    """A finding of this item that passes."""
    return Finding(item, Verdict.PASS, item)
