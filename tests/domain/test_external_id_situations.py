"""External IDs of the role for Spot: each row has its verdict, its fix and the rule of AWS."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.aws.trust import SPOT_ACCOUNTS
from tests.domain.aws_situations import CONDITION, EVALUATION, EXTERNAL, Situation, both, named, statements
from tests.domain.aws_snapshots import EXTERNAL_ID, TARGET, with_trust
from tests.support.findings import FAIL, UNKNOWN

FIRST, SECOND = SPOT_ACCOUNTS
NOT_ENTERED = replace(TARGET, spot_external_id=None)


def asking(value: Any, operator: str = "StringEquals") -> Any:
    """The snapshot of a role that asks for an external ID."""
    return with_trust(both(**{operator: {"sts:ExternalId": value}}))


IDS: dict[str, Situation] = {
    "the one that was entered": Situation(
        asking("spot-4711"), {}, f"{EXTERNAL}: the ID of the request must equal the one of the condition.",
        says={"role.external_id": "“spot-4711”, as it was entered in Slack"},
    ),
    "the key in small letters": Situation(
        with_trust(both(StringEquals={"STS:externalid": "spot-4711"})), {},
        f"{CONDITION}: names of condition keys are compared without regard to case.",
    ),
    "like one without wildcards": Situation(
        asking("spot-4711", "StringLike"), {}, f"{CONDITION}: StringLike without wildcards is StringEquals."
    ),
    "one of several": Situation(
        asking(["spot-4711", "spot-4712"]), {}, f"{CONDITION}: values of a key are joined by OR.",
        says={"role.external_id": "“spot-4711”"},
    ),
    "none, and none entered": Situation(
        with_trust(both()), {}, f"{EXTERNAL}: a role without the condition takes any request of the account.",
        NOT_ENTERED, says={"role.external_id": "normal with most of Spot's templates"},
    ),
    "one that nobody entered": Situation(
        asking("spot-4711"), {"role.external_id": (UNKNOWN, "copy the external ID")},
        f"{EXTERNAL}: the ID of the request must equal the one of the condition.", NOT_ENTERED,
    ),
    "another one than entered": Situation(
        asking("spot-9999"), {"role.external_id": (FAIL, "Compare both with the external ID that the Spot console")},
        f"{EXTERNAL}: the ID of the request must equal the one of the condition.",
        says={"role.external_id": "asks for “spot-9999”, but “spot-4711” was entered"},
    ),
    "the same in other letters": Situation(
        asking("Spot-4711"), {"role.external_id": (FAIL, "Compare both")},
        f"{CONDITION}: StringEquals regards case.",
    ),
    "the same, whatever its case": Situation(
        asking("Spot-4711", "StringEqualsIgnoreCase"),
        {"role.trust": (UNKNOWN, "Condition"), "role.external_id": (UNKNOWN, "StringEquals")},
        f"{CONDITION}: StringEqualsIgnoreCase; the bot judges only StringEquals.",
    ),
    "none, though one was entered": Situation(
        with_trust(both()), {"role.external_id": (FAIL, "with the value spot-4711. Does the Spot console show none?")},
        f"{EXTERNAL}: without the condition another customer of the third party could use the role.",
    ),
    "for one account only": Situation(
        statements(named(FIRST), named(SECOND, Condition=EXTERNAL_ID)),
        {"role.external_id": (FAIL, "give each statement for Spot one Condition")},
        f"{EVALUATION}: one statement that allows is enough, so the other account needs no ID.",
    ),
    "for one account only, none entered": Situation(
        statements(named(FIRST), named(SECOND, Condition=EXTERNAL_ID)),
        {"role.external_id": (UNKNOWN, "give each statement")},
        f"{EVALUATION}: each statement has conditions of its own.", NOT_ENTERED,
    ),
    "two, and none entered": Situation(
        asking(["spot-a", "spot-b"]), {"role.external_id": (UNKNOWN, "with the value that the Spot console shows")},
        f"{CONDITION}: values of a key are joined by OR.", NOT_ENTERED,
    ),
    "any": Situation(
        asking("*", "StringLike"),
        {"role.trust": (UNKNOWN, "Condition"), "role.external_id": (UNKNOWN, "StringEquals")},
        f"{CONDITION}: StringLike with * takes any value.",
    ),
    "a star that is meant as a pattern": Situation(
        asking("*"), {"role.external_id": (FAIL, "Leave out spaces and quotes")},
        f"{CONDITION}: StringEquals has no wildcards, and no external ID has a star.",
        says={"role.external_id": "characters that AWS does not allow"},
    ),
    "if one is sent": Situation(
        asking("spot-4711", "StringEqualsIfExists"),
        {"role.trust": (UNKNOWN, "Condition"), "role.external_id": (UNKNOWN, "StringEquals")},
        f"{CONDITION}: with IfExists a request without the key passes.",
    ),
    "any but one": Situation(
        asking("old", "StringNotEquals"),
        {"role.trust": (UNKNOWN, "Condition"), "role.external_id": (UNKNOWN, "StringEquals")},
        f"{CONDITION}: a negated operator takes every other value.",
    ),
    "that of the bot": Situation(
        asking("acme-7"), {"role.external_id": (FAIL, "Does it show none? Remove the Condition")},
        f"{EXTERNAL}: each third party sends its own ID.",
        says={"role.external_id": "belongs to the bot's own role"},
    ),
    "that of the bot, none entered": Situation(
        asking("acme-7"), {"role.external_id": (FAIL, "that the Spot console shows")},
        f"{EXTERNAL}: each third party sends its own ID.", NOT_ENTERED,
    ),
    **{
        name: Situation(
            asking(value), {"role.external_id": (FAIL, "Leave out spaces and quotes")},
            "STS API Reference, AssumeRole: ExternalId has 2 to 1224 characters of [\\w+=,.@:\\/-]*.",
            target, says={"role.external_id": reason},
        )
        for name, value, target, reason in (
            ("blank", "", TARGET, "it is blank"),
            ("blank, none entered", "", NOT_ENTERED, "it is blank"),
            ("only spaces", "  ", NOT_ENTERED, "it is blank"),
            ("a space at the end", "spot-4711 ", TARGET, "a space at its beginning or end"),
            ("a space at the end, none entered", "spot-4711 ", NOT_ENTERED, "a space at its beginning or end"),
            ("a line end", "spot-4711\n", TARGET, "a space at its beginning or end"),
            ("a space within", "spot 4711", NOT_ENTERED, "a space in it"),
            ("the text of the template", "<External ID>", NOT_ENTERED, "a space in it"),
            ("the text without a space", "<ExternalId>", NOT_ENTERED, "characters that AWS does not allow"),
            ("a placeholder", "EXTERNAL_ID", NOT_ENTERED, "looks like a placeholder"),
            ("with its quotes", '"spot-4711"', TARGET, "characters that AWS does not allow"),
            ("one character", "s", NOT_ENTERED, "too short"),
            ("too long", "s" * 1225, NOT_ENTERED, "too long"),
            ("an empty list", [], NOT_ENTERED, "it is blank"),
            ("an empty list, one entered", [], TARGET, "it is blank"),
        )
    },
    "a blank one beside the right one": Situation(
        asking(["", "spot-4711"]), {}, f"{CONDITION}: values of a key are joined by OR.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", IDS.values(), ids=IDS)
def test_a_situation_gets_its_verdict_and_fix(situation: Situation) -> None:
    """Exactly the wrong items do not pass, each has its fix, and the rule says why."""
    situation.hold()
