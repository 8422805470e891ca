"""An operator's folder of procedures: what is read, and how each fault is told with its file, place and line."""

from pathlib import Path

import pytest

from bot.domain.procedure import USUAL, offered, procedure_of
from bot.presentation.own_tickets import HOSTILE
from bot.presentation.ticket_wording import ticket
from bot.procedure_folder import read_folder
from tests.domain.building import ORG, blank
from tests.support.own_procedures import OWN, offered_from, ours_again

__all__ = ["ours_again"]
pytestmark = pytest.mark.usefixtures("ours_again")

TEXT = 'Cost center: {{ enrollment.value("cost_center") or "none" }}'

# what is changed, into what, the fault; HERE stands for the beginning of a fault of the ticket's text
HERE = "mine.toml, line 7: tickets.grant_access: text"
FAULTS = [
    ('key = "agree"', "", "mine.toml, line 22: step 2: needs “key”."),
    ('noun = "ticket number"', "", "mine.toml, line 13: fields.ticket_number: needs “noun”."),
    ('"2d"', '"soon"', "mine.toml, line 5: waits.answer: window: “soon” is not a length of time. "
                       "Write for example 12h, 3d, 1w or 1w 2d."),
    ('type = "line"', 'type = "colour"', "mine.toml, line 23: step “agree”: field “cost_center”: type “colour” needs "
                                         "one of these: "),
    ('acted = "asked you to grant access"', "", "mine.toml, line 37: step “grant”: its wait needs “acted”: "
                                                "what we did, after “we”."),
    ('fits = "We', 'fits = "We\n', "mine.toml: is not TOML: Illegal character '\\n' (at line 2, column 11)."),
    ('key = "sign_up"', 'key = "sing_up"', "mine.toml, line 20: step “sing_up”: same_as “aws-management-account” "
                                            "has no step “sing_up”. Did you mean “sign_up”?"),
    ('same_as = "aws-management-account"', 'same_as = "aws-management"',
     "mine.toml, line 20: step “sign_up”: same_as “aws-management” is no procedure of ours. "
     "Did you mean “aws-management-account”?"),
    (TEXT, "{{ enrollment.value(", f"{HERE}, line 2: unexpected "),
    (TEXT, "{% set x = 'a' %}", f"{HERE}, line 2: a ticket can't use “set”."),
    (TEXT, "{{ 'a' * 999999999 }}", f"{HERE}, line 2: a ticket can't use “*”."),
    (TEXT, "{% include 'cards/head.j2' %}", f"{HERE}, line 2: a ticket can't use “include”."),
    (TEXT, "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", f"{HERE}, line 2: a ticket can't use “macro”."),
    (TEXT, "{{ 'a'|center(99999999) }}", f"{HERE}, line 2: a ticket can't use the filter “center”."),
    (TEXT, "{% for a in 'ab' %}{% for b in 'ab' %}{% for c in 'ab' %}{% endfor %}{% endfor %}{% endfor %}",
     f"{HERE}, line 2: at most 2 loops stand in each other."),
    (TEXT, "{% for n in range(10 ** 9) %}{% endfor %}", f"{HERE}, line 2: a ticket can't use “**”."),
    (TEXT, "{% for n in range(999999999) %}{% endfor %}", "mine.toml, line 37: step “grant”: its ticket can't be "
                                                          "written: line 2: 'range' is undefined."),
    (TEXT, "{{ enrollment.__class__.__mro__ }}", "mine.toml, line 37: step “grant”: its ticket can't be written: "),
    (TEXT, "{{ enrollment.step('agree').values.x }}",
     "mine.toml, line 37: step “grant”: its ticket can't be written: "),
    (TEXT, '{{ enrollment.value("cost_center") }}', "mine.toml, line 37: step “grant”: its ticket says “None” for a "
                                                    "value that may be missing. Name the value in “ticket_needs”."),
    (TEXT, '{{ enrollment.value("cost_centre") }}', "mine.toml, line 37: step “grant”: its ticket says “None”: it "
                                                    "names a value that no step collects as a shared field."),
    ("[tickets.grant_access]", "[tickets.grant_acess]", "mine.toml, line 7: tickets.grant_acess: no step sends it."),
    ('ticket = "grant_access"', 'ticket = "custom_workflow"', "mine.toml, line 7: tickets.grant_access: no step sends "
                                                              "it."),
    ("[[steps.collects]]", 'extra_ticket = "grant_access"\n\n[[steps.collects]]',
     "mine.toml, line 23: step “agree”: extra_ticket “grant_access” can only be custom_workflow: people fill in a form "
     "for it."),
    ('ticket = "grant_access"', 'ticket = "grant_access"\nlist_in_ticket = "pairs"',
     "mine.toml, line 37: step “grant”: its follow-up ticket can't be written: there is no template "
     "templates/tickets/grant_access_follow_up.txt.j2."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS, ids=[fault for *_, fault in FAULTS])
def test_a_fault_is_told_with_its_place(old: str, new: str, fault: str, tmp_path: Path) -> None:
    """One change of a good file, and the sentence that names what is wrong with it."""
    assert old in OWN
    (tmp_path / "mine.toml").write_text(OWN.replace(old, new, 1), encoding="utf-8")

    read = read_folder(tmp_path)

    assert () == read.procedures
    assert [] != [each for each in read.faults if each.startswith(fault)], read.faults


def test_a_good_file_is_offered_with_its_version(tmp_path: Path) -> None:
    """It stands after ours; its key is the name of the file, its version follows from its text."""
    found = offered_from(tmp_path)

    assert ("aws-subsidiary", found) == (offered()[-1].key, procedure_of(found.reference))
    assert found.reference == f"aws-subsidiary@{found.version}"
    assert 10 == len(found.version)
    assert OWN == found.source


def test_a_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    """One of the same key is offered where ours was; enrollments that began with ours keep it."""
    found = offered_from(tmp_path, key=USUAL.key)

    assert found is offered()[0]
    assert USUAL is procedure_of(USUAL.key)


def test_names_of_files(tmp_path: Path) -> None:
    """A key is short and plain, and one file has it; a file that is no text is told; others are left alone."""
    for name in (f"{'a' * 49}.toml", "Mine.toml", "twice.TOML", "twice.toml", f"{'b' * 48}.toml"):
        (tmp_path / name).write_text(OWN, encoding="utf-8")
    (tmp_path / "broken.toml").write_bytes(b"title = \xff\xfe")
    (tmp_path / "notes.txt").write_text("no procedure")
    (tmp_path / "folder.toml").mkdir()

    read = read_folder(tmp_path)

    rule = "the name of the file is the procedure's key. It has up to 48 of a-z, 0-9 and -, and begins with a letter."
    assert (
        f"Mine.toml: {rule}",
        f"{'a' * 49}.toml: {rule}",
        "broken.toml: it is not UTF-8 text. Save it as UTF-8.",
        "twice.toml: another file in this folder has the key “twice”, too.",
    ) == read.faults
    assert ["b" * 48, "twice"] == [each.key for each in read.procedures]
    assert all(len(each.reference) <= 64 for each in read.procedures)


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    """So is one that is gone: the bot would start without the procedures that its operator counts on."""
    assert (f"{tmp_path}: there is no TOML file in this folder.",) == read_folder(tmp_path).faults
    gone = tmp_path / "gone"
    assert (f"{gone}: the folder can't be read: no such file or directory.",) == read_folder(gone).faults


def test_more_than_a_menu_takes_is_a_fault(tmp_path: Path) -> None:
    """Slack would refuse the start form."""
    for number in range(91):
        (tmp_path / f"p{number}.toml").write_text(OWN, encoding="utf-8")

    assert (f"{tmp_path}: has 91 TOML files. The start form has room for 90.",) == read_folder(tmp_path).faults


def test_what_people_typed_is_no_template(tmp_path: Path) -> None:
    """A value with a template's signs stands in the ticket as it was typed."""
    found = offered_from(tmp_path)
    made = blank(procedure_reference=found.reference).with_shared({"spot_org_id": ORG, "cost_center": HOSTILE})

    text = ticket(made, "grant")

    assert f"Cost center: {HOSTILE.strip()}" in text
    assert "49" not in text.replace(ORG, "")
