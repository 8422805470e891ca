"""Texts from an operator's templates, and from ours wherever theirs cannot be used."""

import logging
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.domain.sent_lines import TicketLines
from bot.presentation import card, template_overrides, texts, ticket_wording
from tests.domain.building import NOW, OWNER, opened
from tests.presentation.reading import mrkdwn
from tests.support.own_templates import put, used, written
from tests.support.steps import StepKey

OURS = f"<@{OWNER}> on *Enable the Subsets feature*: Call Ana"


def made() -> Enrollment:
    """An enrollment with what its tickets carry."""
    return opened(StepKey.ENABLE_SUBSETS)


def note(said: str = "Call Ana") -> str:
    """The thread line of a note."""
    return texts.thread_line(made(), Event(EventKind.NOTED, StepKey.ENABLE_SUBSETS, {"note": said}), OWNER)


def test_a_template_of_theirs_takes_the_place_of_ours(tmp_path: Path) -> None:
    """The others stay ours, and what people typed is escaped as ever."""
    with used(written(tmp_path, thread__noted="{{ by }} schreibt: {{ details.note }}")) as counted:
        assert f"<@{OWNER}> schreibt: a &lt;b&gt;" == note("a <b>")
        assert "Eco enrollment of Acme" in card.build(made(), NOW).text
    assert {"thread/noted.j2": 0} == counted
    assert note() == OURS


def test_a_part_of_theirs_stands_in_texts_of_ours(tmp_path: Path) -> None:
    """A template that others include is used there, too."""
    event = Event(EventKind.WAIT_STARTED, StepKey.ENABLE_SUBSETS, {"latest": NOW.isoformat()})

    with used(written(tmp_path, thread__now_waiting="Jetzt wartet {{ spec.waiting_on }}.")):
        said = texts.thread_line(made(), event, OWNER)

    assert f"<@{OWNER}> sent the ticket for *Enable the Subsets feature*. Jetzt wartet Spot support." == said


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("{{ by }}\n{{ nobody }}", 2, "'nobody' is undefined."),
        ("{{ spec.titel }}", 1, "'bot.domain.step_spec.StepSpec object' has no attribute 'titel'."),
        ("\n\n{{ by + 1 }}", 3, "it fails with TypeError."),
        ("  \n", None, "it says nothing, where our text says something."),
        ("{{ by }}" + " long" * 600, None, "its text has 3,010 characters. Slack has room for 2,900 there."),
        ("{{ by.__class__ }}", 1, "access to attribute '__class__' of 'Mrkdwn' object is unsafe."),
        ("{{ mention.__globals__ }}", 1, "access to attribute '__globals__' of 'function' object is unsafe."),
        ('{% include "thread/now_waiting.j2" %}', 1, "it fails with AttributeError."),
    ],
)
def test_where_theirs_fails_ours_is_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, line: int | None, words: str
) -> None:
    """Named with file and line, logged once, counted each time; the data is not told."""
    place = f"thread/noted.j2, line {line}" if line else "thread/noted.j2"
    with used(written(tmp_path, thread__noted=text)) as counted:
        assert [OURS, OURS, OURS] == [note(), note(), note()]
        assert [f"Our template is used instead of yours. {place}: {words}"] == template_overrides.notices()
        assert {"thread/noted.j2": 3} == counted
    [record] = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert f"A template of yours cannot be used, so ours is: {place}: {words}" == record.getMessage()
    assert [] == template_overrides.notices()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% if %}", "line 1: Expected an expression, got 'end of statement block'."),
        ("a\n{{ by | nothing }}", "line 2: a template can't use the filter “nothing”."),
        ("{{ by is nothing }}", "line 1: No test named 'nothing'."),
        ("{{ 9 ** 9 ** 9 }}", "line 1: a template can't use “**”."),
        ("{% macro a(n) %}{{ a(n) }}{% endmacro %}{{ a(1) }}", "line 1: a macro can't use a macro, such as “a”."),
        ("{% for a in by recursive %}{{ loop(a) }}{% endfor %}", "line 1: a template can't use “recursive”."),
        ("{% for a in by %}" * 4 + "{% endfor %}" * 4, "line 1: at most 3 loops stand in each other."),
        ("{% set a %}x{% endset %}", "line 1: a template can't use “set”."),
        ("{% import 'help.j2' as h %}", "line 1: a template can't use “import”."),
        ("{% include by %}", "line 1: name the template to include in quotes."),
        ("\n{% include 'thread/unsend.j2' %}", "line 2: we have no template “thread/unsend.j2”. Did you mean"),
        ("{% include 'thread/noted.j2' %}", "it includes itself, directly or through others."),
        (f"{{{{ {'(' * 3000}1{')' * 3000} }}}}", "it cannot be read: RecursionError."),
        ("x" * 100_001, "it has 100,001 characters. A template has up to 100,000."),
    ],
)
def test_a_template_that_breaks_the_rules_is_never_used(tmp_path: Path, text: str, words: str) -> None:
    """What cannot be read, could be endless or reach further is left out from the start, and named."""
    with used(written(tmp_path, thread__noted=text)) as counted:
        [said] = template_overrides.notices()
        assert note() == OURS
    assert said.startswith("Our template is used instead of yours. thread/noted.j2")
    assert words in said
    assert {"thread/noted.j2": 1} == counted


def test_templates_that_include_each_other_are_left_out(tmp_path: Path) -> None:
    """A circle through ours is one, too; a template beside it is used."""
    folder = written(tmp_path, thread__unsent="{% include 'thread/list_counts.j2' %}", thread__noted="{{ by }}!")

    with used(folder):
        assert f"<@{OWNER}>!" == note()
        [said] = template_overrides.notices()
    assert "thread/unsent.j2: it includes itself, directly or through others." in said


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """Other encodings, names that we lack; other endings and hidden files are left alone."""
    written(tmp_path, thread__noted="{{ by }}!", thread__notd="x", noted="x")
    (tmp_path / "thread/edited.j2").write_bytes(b"\xff")
    for name in ("README.md", ".git/head.j2", "thread/.noted.j2"):
        put(tmp_path, name, "{{ broken")
    (tmp_path / "cards/head.j2").mkdir(parents=True)

    with used(tmp_path):
        assert f"<@{OWNER}>!" == note()
        said = [each.removeprefix("Our template is used instead of yours. ") for each in template_overrides.notices()]

    assert [
        "cards/head.j2: it can't be read: is a directory.",
        "noted.j2: we have no template of this name. Did you mean thread/noted.j2?",
        "thread/edited.j2: it is not UTF-8 text. Save it as UTF-8.",
        "thread/notd.j2: we have no template of this name. Did you mean thread/noted.j2?",
    ] == sorted(said)


def test_a_mounted_folder_of_links_is_read(tmp_path: Path) -> None:
    """As Kubernetes mounts a configuration: each folder leads into a hidden one."""
    written(tmp_path / "..data", thread__noted="{{ by }}!")
    (tmp_path / "thread").symlink_to(tmp_path / "..data/thread")

    with used(tmp_path) as counted:
        assert f"<@{OWNER}>!" == note()
    assert {"thread/noted.j2": 0} == counted


@pytest.mark.parametrize("make", [True, False], ids=["empty", "gone"])
def test_a_folder_without_templates_is_named(tmp_path: Path, make: bool) -> None:
    """Somebody has set the wrong one."""
    folder = tmp_path / "own"
    if make:
        folder.mkdir()

    with used(folder):
        [said] = template_overrides.notices()

    assert ("there is no template in this folder." if make else "the folder can't be read: no such file") in said


def test_what_happens_to_the_files_later_changes_nothing(tmp_path: Path) -> None:
    """They are read once: one that breaks, changes or vanishes while the bot runs waits for the next start."""
    folder = written(tmp_path / "own", thread__noted="{{ by }}!", cards__head="Mine")
    with used(folder):
        put(folder, "thread/noted.j2", "{{ broken")
        first = note()
        shutil.rmtree(folder)
        heads = list(mrkdwn(card.build(made(), NOW).blocks))
        assert (f"<@{OWNER}>!", [], "Mine") == (first, template_overrides.notices(), heads[0])


def test_a_text_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """Loops in loops over long lists: after a second of the processor ours is used, and not tried again."""
    pairs = tuple(replace(made().pairs[0], subset=f"{number}") for number in range(300))
    long = replace(made(), pairs=pairs)
    expected = card.build(long, NOW)
    loops = "".join(f"{{% for {name} in enrollment.pairs %}}" for name in "abc")
    text = f"{loops}{{% if a.subset == b.workflow == c.subset %}}!{{% endif %}}{'{% endfor %}' * 3}"

    with used(written(tmp_path, cards__head=text)) as counted:
        began = time.thread_time()
        assert [expected] * 3 == [card.build(long, NOW) for _ in range(3)]
        assert time.thread_time() - began < 2
        [said] = template_overrides.notices()
    assert "Our template is used instead of yours. cards/head.j2, line 1: it takes too long." == said
    assert {"cards/head.j2": 1} == counted


def test_a_text_without_end_is_given_up(tmp_path: Path) -> None:
    """What it has written so far would fill the memory."""
    many = "{% for a in details.note %}" * 3 + "x" * 5_000 + "{% endfor %}" * 3

    with used(written(tmp_path, thread__noted=many)):
        assert "Call Ana" * 5 in note("Call Ana" * 5)
        [said] = template_overrides.notices()
    assert said.endswith("thread/noted.j2: its text has more than 10,000,000 characters.")


TICKET = "Please enable the Subsets feature for our Spot Organization ID 606079874885."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello,\n\n  {ours}\n\nThank you", f"Hello,\n\n  {TICKET}\n\nThank you\n"),
        ("Please enable the subsets.", f"{TICKET}\n"),
        ('Please enable the Subsets feature for our Spot Organization ID {{ "1" }}.', f"{TICKET}\n"),
    ],
)
def test_a_ticket_keeps_our_lines(tmp_path: Path, text: str, expected: str) -> None:
    """Lines can be added to a ticket; one without the words that Spot support needs is written by ours."""
    ours = 'Please enable the Subsets feature for our Spot Organization ID {{ enrollment.value("spot_org_id") }}.'
    put(tmp_path, "tickets/enable_subsets.txt.j2", text.replace("{ours}", ours))

    with used(tmp_path) as counted:
        assert expected == ticket_wording.ticket(made(), StepKey.ENABLE_SUBSETS)
        assert "606079874885" not in "".join(template_overrides.notices()), "what people entered is not told"
    assert {"tickets/enable_subsets.txt.j2": int(expected == f"{TICKET}\n")} == counted


def test_a_follow_up_keeps_each_line_of_a_list(tmp_path: Path) -> None:
    """In the order of ours: a pair among those to remove would be something else."""
    name = "tickets/associate_workflows_follow_up.txt.j2"
    ours = (texts.TEMPLATES / name).read_text("utf-8")
    pair = made().pairs[0]
    lines = TicketLines(added=(pair,), removed=(pair,), follow_up=True)
    expected = ticket_wording.ticket(made(), StepKey.ASSOCIATE_WORKFLOWS, lines)

    for text, faults in ((f"Hello\n{ours}", 0), (ours.replace("lines.added", "()", 2), 1)):
        put(tmp_path, name, text)
        with used(tmp_path) as counted:
            said = ticket_wording.ticket(made(), StepKey.ASSOCIATE_WORKFLOWS, lines)
        assert said.endswith(expected)
        assert {name: faults} == counted


def test_a_fault_of_ours_is_not_theirs(tmp_path: Path) -> None:
    """Where ours fails with the same values, the error goes on, and nobody's template is blamed."""
    with used(written(tmp_path, thread__now_waiting="{{ spec.waiting_on }} {{ day(details.latest) }}")):
        with pytest.raises(AttributeError):
            texts.thread_line(made(), Event(EventKind.WAIT_STARTED, StepKey.ENABLE_SUBSETS), OWNER)
        assert [] == template_overrides.notices()
