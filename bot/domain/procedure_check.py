"""Finds what keeps enrollments from going through a procedure: circles, unknown names, waits that nobody answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from bot.domain.step_spec import OURS, Field, Procedure, StepSpec

#: The most steps of a procedure: a card is one message of Slack, and every step has a part in it.
MOST_STEPS = 40
#: What Slack takes: in a menu, and as the label of a field.
_LONGEST_TITLE, _LONGEST_LABEL = 75, 150
_LONGEST_INSTRUCTION, _LONGEST_FITS = 1000, 75
#: A form has at most 100 blocks, and some of its own; a menu has 100 options.
_MOST_FIELDS, _MOST_SHARED, _MOST_OPTIONS, _LONGEST_OPTION, _MOST_LINKS = 40, 60, 100, 75, 10
#: Type of a field -> the key that it has in every procedure, because the rest of the bot finds the value by it.
_KEY_OF_TYPE = {"ticket_numbers": "ticket_number", "organization_id": "spot_org_id", "organization_ids": "spot_org_id"}
_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ADDRESS = re.compile(r"https://[^\s<>|]+")


def faults_of(procedure: Procedure) -> list[str]:
    """What is wrong with a procedure in itself, each with its place; nothing for one that can be gone through."""
    if not procedure.steps:
        return ["steps: there are none."]
    if len(procedure.steps) > MOST_STEPS:
        return [f"steps: {len(procedure.steps):,} are too many. A procedure has at most {MOST_STEPS}."]
    places = [(f"step “{spec.key}”", spec) for spec in procedure.steps]
    shared = [each.key for spec in procedure.steps for each in spec.collects if each.shared]
    far = len(procedure.fits) - _LONGEST_FITS
    return [
        *([f"“fits” has {len(procedure.fits)} characters; {_LONGEST_FITS} are shown at most."] if far > 0 else []),
        *(f"tickets.{name}: no step sends it." for name in procedure.tickets if name not in _sent(procedure)),
        *(
            f"tickets.{name}: “subject” has {len(each.subject)} characters; {_LONGEST_TITLE} are shown at most."
            for name, each in procedure.tickets.items()
            if len(each.subject) > _LONGEST_TITLE
        ),
        *_parties(procedure),
        *_twice([spec.key for spec in procedure.steps], "steps", "key"),
        *(f"{place}: {fault}" for place, spec in places for fault in _order(spec, procedure)),
        *(f"{place}: {fault}" for place, spec in places for fault in (*_wait(spec, procedure), *_texts(spec))),
        *(f"{place}: {fault}" for place, spec in places for fault in _fields(spec, procedure)),
        *_twice(shared, "fields", "shared key"),
        *(
            [f"fields: {len(shared)} are shared; Edit has room for {_MOST_SHARED}."]
            if len(shared) > _MOST_SHARED
            else []
        ),
    ]


class Known(NamedTuple):
    """What the bot has for procedures to name.

    Attributes:
        types: the types of values. lists: the lists of an enrollment. tickets: the names of the tickets' templates.
        checks: what **Check AWS** can look at.
    """

    types: Collection[str]
    lists: Collection[str]
    tickets: Collection[str]
    checks: Collection[str]


def unknown_names(procedure: Procedure, bot: Known) -> list[str]:
    """What a procedure names and the bot does not have."""
    types, lists, tickets, checks = bot
    found = []
    for spec in procedure.steps:
        wanted = [("ticket", spec.ticket, tickets), ("extra_ticket", spec.extra_ticket, tickets)]
        wanted += [("list_in_ticket", spec.list_in_ticket, lists), ("extra_list", spec.extra_list, lists)]
        wanted += [("checks", spec.checks or None, checks)]
        for each in spec.collects:
            wanted += [(f"field “{each.key}”: type", each.type, types)]
            wanted += [(f"field “{each.key}”: list_name", each.list_name, lists)]
        for name, value, known in wanted:
            if "ticket" in name and known is tickets and procedure.ticket(value).text:
                continue  # its text stands in the file
            if value is not None and value not in known:
                ask = "a template templates/tickets/" + value + ".txt.j2" if "ticket" in name else "one of these: "
                words = ask if known is tickets else ask + ", ".join(sorted(known))
                found.append(f"step “{spec.key}”: {name} “{value}” needs {words}.")
    return found


def _twice(keys: list[str], place: str, what: str) -> list[str]:
    return [f"{place}: two have the {what} “{key}”." for key in dict.fromkeys(keys) if keys.count(key) > 1]


def _order(spec: StepSpec, procedure: Procedure) -> Iterator[str]:
    keys = [each.key for each in procedure.steps]
    before = keys[: keys.index(spec.key)]
    for key in spec.requires:
        if key not in keys:
            yield f"requires “{key}”, which is no step of the procedure."
        elif key not in before:
            circle = spec.key == key or spec.key in _needed(procedure, key)
            why = "so neither can ever begin" if circle else "which stands after it; put it before"
            yield f"requires “{key}”, {why}."


def _needed(procedure: Procedure, key: str) -> set[str]:
    """All that a step requires, whatever the order of the file."""
    requires = {spec.key: spec.requires for spec in procedure.steps}
    found, ahead = set[str](), [key]
    while ahead:
        new = [each for each in requires.get(ahead.pop(), ()) if each not in found]
        found.update(new)
        ahead += new
    return found


def _parties(procedure: Procedure) -> Iterator[str]:
    for key in procedure.parties:
        if not _KEY.fullmatch(key) or key == OURS:
            yield f"parties.{key}: a key has up to 32 of a-z, 0-9 and _, begins with a letter, and isn't “{OURS}”."


def _sent(procedure: Procedure) -> set[str | None]:
    return {name for spec in procedure.steps for name in (spec.ticket, spec.extra_ticket)}


def _wait(spec: StepSpec, procedure: Procedure) -> Iterator[str]:
    if spec.party != OURS and spec.party not in procedure.parties:
        yield f"party “{spec.party}” is not in [parties]."
    lists = (spec.list_in_ticket, spec.extra_list, spec.extra_ticket, *(each.list_name for each in spec.collects))
    if spec.party != OURS and any(lists):
        yield "lists and extra tickets are for our own people, so a party's step has none."
    if spec.follows and (spec.wait is None or spec.collects or spec.ticket):
        yield "“follows” is for a step that has a wait, and nothing to collect or to send."
    if spec.wait is None:
        if spec.confirm is not None or spec.waiting_on:
            yield "“confirm” and “waiting_on” belong to a wait, and it has none."
        return
    if spec.wait not in procedure.waits:
        yield f"wait “{spec.wait}” is not in [waits]."
    if not spec.waiting_on:
        yield "its wait needs “waiting_on”: whose turn it is."
    if not spec.confirm:
        yield "its wait needs “confirm”: the question that ends it."
    if not spec.acted:
        yield "its wait needs “acted”: what we did, after “we”."


def _texts(spec: StepSpec) -> Iterator[str]:
    if not _KEY.fullmatch(spec.key):
        yield "a key has up to 32 of a-z, 0-9 and _, and begins with a letter."
    for name, text, longest in (
        ("title", spec.title, _LONGEST_TITLE),
        ("instruction", spec.instruction, _LONGEST_INSTRUCTION),
        ("confirm", spec.confirm or "", _LONGEST_INSTRUCTION),
    ):
        if len(text) > longest:
            yield f"“{name}” has {len(text):,} characters; {longest} are shown at most."
    if len(spec.links) > _MOST_LINKS:
        yield f"has {len(spec.links)} links; a card has room for {_MOST_LINKS}."
    yield from (f"“{address}” is no https address." for _, address in spec.links if not _ADDRESS.fullmatch(address))


def _fields(spec: StepSpec, procedure: Procedure) -> Iterator[str]:
    shared = {each.key for step in procedure.steps for each in step.collects if each.shared}
    yield from _twice([each.key for each in spec.collects], "fields", "key")
    if len(spec.collects) > _MOST_FIELDS:
        yield f"collects {len(spec.collects)} values; a form has room for {_MOST_FIELDS}."
    for key in spec.ticket_needs:
        if key not in shared:
            yield f"“ticket_needs” names “{key}”, which no step collects as a shared field."
    if spec.list_in_ticket is not None and spec.ticket is None:
        yield "“list_in_ticket” belongs to a ticket, and it has none."
    for each in spec.collects:
        yield from (f"field “{each.key}”: {fault}" for fault in _field(each, spec))


def _field(each: Field, spec: StepSpec) -> Iterator[str]:
    if not _KEY.fullmatch(each.key):
        yield "a key has up to 32 of a-z, 0-9 and _, and begins with a letter."
    if len(each.label) > _LONGEST_LABEL:
        yield f"“label” has {len(each.label)} characters; {_LONGEST_LABEL} are shown at most."
    if _KEY_OF_TYPE.get(each.type, each.key) != each.key:
        yield f"a field of the type {each.type} has the key {_KEY_OF_TYPE[each.type]}."
    if (each.type == "choice") != bool(each.options):
        yield "“options” belong to the type choice, which needs them."
    if len(each.options) > _MOST_OPTIONS or any(len(option) > _LONGEST_OPTION for option in each.options):
        yield f"there can be {_MOST_OPTIONS} options, each of {_LONGEST_OPTION} characters at most."
    if each.at_start is not None and not each.shared:
        yield "the start form asks for shared fields only; add shared = true."
    if each.starts_wait and spec.wait is None:
        yield "“starts_wait” belongs to a wait, and the step has none."
    for name in ("when_open", "when_waiting", "when_done", "in_thread"):
        if (form := getattr(each, name)) and "{}" not in form:
            yield f"“{name}” needs {{}}, where the value stands."
        elif form.count("{") + form.count("}") > 2:
            yield f"“{name}” has more braces than the {{}} where the value stands."
