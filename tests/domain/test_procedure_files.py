"""A procedure's file: what is read of it, and how each fault of it is named."""

import re
import time
from dataclasses import fields

import pytest

from bot.domain.aws.check_sets import CHECK_SETS
from bot.domain.list_entries import KINDS
from bot.domain.procedure import BUILT_IN, FOLDER
from bot.domain.procedure_check import MOST_STEPS, Known, unknown_names
from bot.domain.procedure_file import FaultyProcedure, read_procedure
from bot.domain.step_spec import Field, Procedure, StepSpec, TicketSpec
from bot.domain.value_types import TYPES
from bot.presentation.texts import TEMPLATES

GOOD = """
title = "Two steps"
fits = "We take two steps."

[waits]
reply = { window = "1d..2d", approximate = true }

[fields.ticket_number]
type = "ticket_numbers"
label = "Ticket number"
noun = "ticket number"

[[steps]]
key = "ask"
title = "Ask"
instruction = "Ask for it."
collects = ["ticket_number"]
ticket = "enable_subsets"
wait = "reply"
waiting_on = "Spot"
acted = "asked you"
confirm = "Is it there?"
links = [["Console", "https://example.com/console"]]

[[steps]]
key = "use"
title = "Use it"
instruction = "Use it."
requires = ["ask"]

[[steps.collects]]
key = "name"
type = "line"
label = "Name"
noun = "name"
shared = true

[steps.collects.at_start]
hint = "Its name."
placeholder = "Ada"
missing = "Enter the name."
"""

# what is changed, into what, the fault
FAULTS = [
    ('title = "Two steps"', "", "needs “title”."),
    ('title = "Two steps"', "title = 3", "“title” must be text."),
    ('title = "Two steps"', 'titel = "Two steps"', "does not know “titel”. Did you mean “title”?"),
    ('title = "Two', 'title = "Two\n', "is not TOML: Illegal character '\\n' (at line 2, column 13)."),
    ('"1d..2d"', '"2d..1d"', "waits.reply: window: 2d..1d ends before it begins. Put the shorter time first."),
    ('"1d..2d"', '"soon"', "waits.reply: window: “soon” is not a length of time. "
                           "Write for example 12h, 3d, 1w or 1w 2d."),
    ("approximate = true", 'approximate = "yes"', "waits.reply: “approximate” must be true or false."),
    ("approximate = true", "approximately = true", "waits.reply: does not know “approximately”. "
                                                   "Did you mean “approximate”?"),
    ('collects = ["ticket_number"]', 'collects = ["tickets_number"]', "step “ask”: collects “tickets_number”, which is "
                                                                      "not in [fields]. Did you mean “ticket_number”?"),
    ('collects = ["ticket_number"]', "collects = 3", "step “ask”: “collects” must be a list."),
    ('noun = "ticket number"', "", "fields.ticket_number: needs “noun”."),
    ('key = "ask"', "", "step 1: needs “key”."),
    ('key = "ask"', 'key = "Ask!"', "step “Ask!”: a key has up to 32 of a-z, 0-9 and _, and begins with a letter."),
    ('wait = "reply"', 'wait = "later"', "step “ask”: wait “later” is not in [waits]."),
    ('waiting_on = "Spot"', "", "step “ask”: its wait needs “waiting_on”: whose turn it is."),
    ('confirm = "Is it there?"', "", "step “ask”: its wait needs “confirm”: the question that ends it."),
    ('acted = "asked you"', "", "step “ask”: its wait needs “acted”: what we did, after “we”."),
    ('wait = "reply"', "", "step “ask”: “confirm” and “waiting_on” belong to a wait, and it has none."),
    ("https://example.com", "ftp://a.example", "step “ask”: “ftp://a.example/console” is no https address."),
    ('[["Console", ', '[["Console", "b", ', 'step “ask”: “links” must be a list of pairs: ["words", "https://…"].'),
    ('key = "use"', 'key = "ask"', "steps: two have the key “ask”."),
    ('requires = ["ask"]', 'requires = ["aks"]', "step “use”: requires “aks”, which is no step of the procedure."),
    ('requires = ["ask"]', 'requires = ["use"]', "step “use”: requires “use”, so neither can ever begin."),
    ('wait = "reply"', 'wait = "reply"\nrequires = ["use"]', "step “ask”: requires “use”, so neither can ever begin."),
    ("shared = true", "", "step “use”: field “name”: the start form asks for shared fields only; add shared = true."),
    ('placeholder = "Ada"', "", "step “use”: field “name”: at_start: needs “placeholder”."),
    ("shared = true", "shared = true\nstarts_wait = true", "step “use”: field “name”: “starts_wait” belongs to a wait, "
                                                           "and the step has none."),
    ("shared = true", 'shared = true\nwhen_done = "named"', "step “use”: field “name”: “when_done” needs {}, "
                                                            "where the value stands."),
    ("shared = true", "shared = true\nlongest = 0", "step “use”: field “name”: “longest” must be a number above 0."),
    ('ticket = "enable_subsets"', 'ticket_needs = ["account"]', "step “ask”: “ticket_needs” names “account”, which no "
                                                                "step collects as a shared field."),
    (
        'requires = ["ask"]',
        'extra_list = "subset_accounts"\nparty = "msp"\n[parties.msp]\nname = "the MSP"\nlabel = "MSP"',
        "step “use”: lists and extra tickets are for our own people, so a party's step has none.",
    ),
    ('ticket = "enable_subsets"', 'list_in_ticket = "pairs"', "step “ask”: “list_in_ticket” belongs to a ticket, "
                                                              "and it has none."),
    ("shared = true", 'shared = true\nwhen_done = "{} of {0.__class__}"',
     "step “use”: field “name”: “when_done” has more braces than the {} where the value stands."),
    ('type = "line"', 'type = "choice"', "step “use”: field “name”: “options” belong to the type choice, "
                                         "which needs them."),
    ('type = "line"', f'type = "choice"\noptions = ["{"x" * 76}"]',
     "step “use”: field “name”: there can be 100 options, each of 75 characters at most."),
    ('links = [["Console", "https://example.com/console"]]', f"links = {[['C', 'https://example.com']] * 11}",
     "step “ask”: has 11 links; a card has room for 10."),
    ("[waits]", '[parties.us]\nname = "us"\nlabel = "Us"\n\n[waits]',
     "parties.us: a key has up to 32 of a-z, 0-9 and _, begins with a letter, and isn't “us”."),
    ('instruction = "Use it."', 'instruction = "Use it."\nparty = "msp"',
     "step “use”: party “msp” is not in [parties]."),
    ('wait = "reply"', 'wait = "reply"\nfollows = true',
     "step “ask”: “follows” is for a step that has a wait, and nothing to collect or to send."),
    ('key = "name"\ntype', 'key = "Name"\ntype',
     "step “use”: field “Name”: a key has up to 32 of a-z, 0-9 and _, and begins with a letter."),
    ('label = "Name"', f'label = "{"x" * 151}"',
     "step “use”: field “name”: “label” has 151 characters; 150 are shown at most."),
    ('type = "line"', 'type = "organization_id"',
     "step “use”: field “name”: a field of the type organization_id has the key spot_org_id."),
    ('requires = ["ask"]', 'requires = ["ask", 3]', "step “use”: “requires” must be a list of text."),
    ('instruction = "Use it."', f'instruction = "{"x" * 1001}"', "step “use”: “instruction” has 1,001 characters; "
                                                                 "1000 are shown at most."),
]  # fmt: skip


def read(text: str) -> list[str]:
    """The faults of a text, without the file's name."""
    with pytest.raises(FaultyProcedure) as refused:
        read_procedure(text, "folder/mine.toml")
    assert all(fault.startswith("folder/mine.toml: ") for fault in refused.value.faults)
    return [fault.removeprefix("folder/mine.toml: ") for fault in refused.value.faults]


def test_a_procedure_is_read() -> None:
    """Its key is the name of the file; fields are named or written where they are collected."""
    found = read_procedure(GOOD, "folder/mine.toml")

    assert ("mine", "Two steps", ["ask", "use"]) == (found.key, found.title, [spec.key for spec in found.steps])
    assert "ticket_numbers" == found.spec("ask").collects[0].type
    assert "Ada" == found.spec("use").collects[0].at_start.placeholder
    assert ("ask",) == found.spec("use").requires
    assert found.waits["reply"].approximate


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS, ids=[fault for *_, fault in FAULTS])
def test_a_fault_is_named_with_its_place(old: str, new: str, fault: str) -> None:
    """One change of a good file, and the sentence that says what is wrong with it."""
    assert old in GOOD

    assert fault in read(GOOD.replace(old, new, 1))


def test_all_faults_are_named_at_once() -> None:
    """Somebody who writes a procedure mends them together."""
    text = GOOD.replace('noun = "name"', "").replace('confirm = "Is it there?"', "confirms = 1")

    unknown = "step “ask”: does not know “confirms”. Did you mean “confirm”?"
    assert [unknown, "step “use”: field “name”: needs “noun”."] == read(text)


def test_what_is_hostile_is_refused_in_time() -> None:
    """Two thousand steps, a circle through all of many, deep nesting, a text without end."""
    began = time.process_time()
    step = '[[steps]]\nkey = "s{0}"\ntitle = "S"\ninstruction = "I"\nrequires = ["s{1}"]\n'
    many = 'title = "T"\nfits = "F"\n' + "".join(step.format(n, n + 1) for n in range(2000))
    circle = 'title = "T"\nfits = "F"\n' + "".join(step.format(n, (n + 1) % MOST_STEPS) for n in range(MOST_STEPS))

    assert ["steps: 2,000 are too many. A procedure has at most 40."] == read(many)
    fields = "".join(f'[[steps.collects]]\nkey = "k{n}"\ntype = "line"\nlabel = "L"\nnoun = "n"\n' for n in range(61))
    assert ["step “use”: collects 62 values; a form has room for 40."] == read(GOOD + fields)
    assert "fields: 62 are shared; Edit has room for 60." in read(GOOD + fields.replace("noun", "shared = true\nnoun"))
    assert ["steps: there are none."] == read('title = "T"\nfits = "F"\nsteps = []')
    assert MOST_STEPS - 1 == len(read(circle))
    assert "so neither can ever begin" in read(circle)[0]
    assert read("x = " + "[" * 50_000)[0].startswith("is not TOML: ")
    assert ["has over 200,000 characters. It must be shorter."] == read("#" * 200_001)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("procedure", BUILT_IN, ids=lambda procedure: procedure.key)
def test_our_own_name_only_what_there_is(procedure: Procedure) -> None:
    """Types of values, lists and templates of tickets exist; the file bears the key."""
    tickets = {file.name.removesuffix(".txt.j2") for file in (TEMPLATES / "tickets").glob("*.txt.j2")}

    assert [] == unknown_names(procedure, Known(TYPES, {"subsets", "workflows", *KINDS}, tickets, CHECK_SETS))
    assert (FOLDER / f"{procedure.key}.toml").is_file()


def test_a_set_of_checks_that_does_not_exist_is_named() -> None:
    """With those that there are."""
    found = read_procedure(GOOD.replace('title = "Use it"', 'title = "Use it"\nchecks = "azure"'), "mine.toml")

    assert [
        "step “use”: checks “azure” needs one of these: aws, crawler, delivered, extracted, member."
    ] == unknown_names(found, Known(TYPES, KINDS, {"enable_subsets"}, CHECK_SETS))


def test_what_does_not_exist_is_named() -> None:
    """A type without a parser, a ticket without a template."""
    found = read_procedure(GOOD.replace('type = "line"', 'type = "colour"'), "mine.toml")

    assert [
        "step “ask”: ticket “enable_subsets” needs a template templates/tickets/enable_subsets.txt.j2.",
        "step “use”: field “name”: type “colour” needs one of these: line, ticket_numbers.",
    ] == unknown_names(found, Known({"line", "ticket_numbers"}, (), (), ()))


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("Steps", [each.name for each in fields(StepSpec)] + ["same_as"]),
        ("Waits", ["window", "promised", "approximate", "business"]),
        ("Tickets", [each.name for each in fields(TicketSpec)]),
        ("Parties", ["name", "label"]),
        ("Fields", [each.name for each in fields(Field)]),
        ("Types", list(TYPES)),
    ],
)
def test_every_key_is_documented(heading: str, known: list[str]) -> None:
    """Whoever writes a procedure finds each key and type, and nothing that is not there."""
    page = (FOLDER.parents[2] / "docs/PROCEDURES.md").read_text(encoding="utf-8")
    section = page.split(f"\n### {heading}\n")[1].split("\n### ")[0]

    assert [] == [key for key in known if f"`{key}`" not in section]
    rows = [name for row in re.findall(r"^\| (`.*?) \|", section, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert [] == [name for name in rows if name not in known]


def test_the_example_in_the_docs_is_a_procedure() -> None:
    """Whoever copies it can begin with it."""
    page = (FOLDER.parents[2] / "docs/PROCEDURES.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]

    found = read_procedure(example, "mine.toml", others={each.key: each for each in BUILT_IN})
    assert ["sign_up", "daily_exports"] == [spec.key for spec in found.steps]
