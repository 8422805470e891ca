"""Files of lists: in the forms, on a message, downloaded from Slack, and back again as CSV."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from bot.domain.enrollment import Customer, Pair, State
from bot.localslack import View
from tests.handlers.test_permissions import dismiss
from tests.handlers.test_tickets import record
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, press_in_menu, reach

PAIRS, CUSTOMERS = StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS
ONE, TWO = Customer("Production", "a@one.example", "700000000001"), Customer("Test", "b@two.example", "700000000002")
FILE = (
    "customers.csv",
    b"Spot org ID;Email;Subset\n700000000001;a@one.example;Production\n700000000002;b@two.example;Test\n7;x;\n",
)


def uploaded(world: World, file: tuple[str, bytes] = FILE, **fields: Any) -> View:
    """What Ana sees after she has uploaded a file of customers in the form."""
    world.click(world.ana, "Add customers", CUSTOMERS)
    world.fill(world.ana, "End customers", file=[file], **fields)
    return seen(world, "Preview", "Your file")


def seen(world: World, *titles: str) -> View:
    """The window with one of these titles, once the file is read."""
    view: View = world.slack.wait_for(
        lambda: view if (view := world.ana.view) is not None and view.title in titles else None, what=str(titles)
    )
    return view


def test_a_file_is_read_after_the_acknowledgement_and_previewed(world_on: World) -> None:
    """Its columns stand in any order; the good lines are saved, and the audit names the file."""
    world = world_on
    reach(world, CUSTOMERS)

    form = uploaded(world)

    assert "*customers.csv* for *Production*: end customers" in form.shown
    assert "2 new, 0 changed, 0 unchanged, 1 with errors." in form.shown
    assert "Line 4:" in form.shown
    accepted(world.ana.submit())
    assert (ONE, TWO) == world.enrollment().customers
    world.deliver()
    said = world.thread()[-1].text
    assert "2 added, 0 removed, 2 in all. Added: Production; Test. From the file customers.csv." in said
    assert "example" not in said
    press_in_menu(world.ana, world.card(), "Export")
    world.deliver()
    with zipfile.ZipFile(io.BytesIO(world.ana.direct_messages[-1].files[0].content)) as export:
        changes = export.read("list-changes.csv").decode()
    assert "End customers,added,Production : a@one.example : 700000000001,customers.csv" in changes


def test_a_download_that_is_uploaded_again_changes_nothing(world: World) -> None:
    """Also where names look like formulas, hold colons and quotes, or begin with an apostrophe."""
    reach(world, CUSTOMERS)
    names = ("=1+1", "+x", "-", "@a", "'=y", "'quoted'", 'say "hi"', "a, b; c", "Prod: EU", "Subset", "1. one", "Ünï")
    stored = tuple(Customer(f"{name} A", "a@one.example", f"{600000 + n}") for n, name in enumerate(names))
    record(world, tuple(Pair(f"{name} 1", f"{name} 2") for name in names), stored)
    for label, step, title in (("Add customers", CUSTOMERS, "End customers"), ("Add pairs", PAIRS, "Pairs")):
        if step == PAIRS:
            world.ana.command("/eco", "pairs", channel=world.channel.name)
        else:
            world.click(world.ana, label, step)
        world.ana.click(world.ana.wait_view(title), "Download as CSV")
        world.deliver()
        file = world.ana.direct_messages[-1].files[0]
        assert file.name.startswith(title.lower().replace(" ", "-"))
        world.ana.close_all()
        world.ana.command("/eco", step_word(step), channel=world.channel.name)

        world.fill(world.ana, title, file=[(file.name, file.content)], mode="replace")

        assert f"0 new, 0 changed, 0 removed, {len(names)} unchanged." in seen(world, "Preview").shown
        world.ana.close_all()


def step_word(step: StepKey) -> str:
    """The word of `/eco` for the list of a step."""
    return "pairs" if step == PAIRS else "customers"


def test_lines_and_a_file_are_not_mixed_and_nothing_typed_is_lost(world: World) -> None:
    """The fault stands at the field; a form with neither says what to enter."""
    reach(world, CUSTOMERS)
    world.click(world.ana, "Add customers", CUSTOMERS)

    world.fill(world.ana, "End customers", file=[FILE], customers="x")
    assert {"customers": "Paste lines or upload a file, not both."} == world.ana.view.errors
    world.fill(world.ana, "End customers", file=None, customers=None)

    assert "Enter at least one end customer, one a line, or upload a file." == world.ana.view.errors["customers"]


@pytest.mark.parametrize(
    ("file", "fault", "sentence"),
    [
        (("customers.csv", b"\0\1"), None, "is not a"),
        (("customers.csv", b"x" * 2_000_001), None, "This file is too large. A list can have 2 MB at most."),
        (FILE, "missing_scope", "has to paste manifest.yml"),
        (FILE, "redirect", "has to paste manifest.yml"),
        (FILE, "http_404", "Slack doesn't have this file any more. Upload it again."),
        (FILE, "http_500", "Slack doesn't give me the file right now. Try again in a minute."),
        (FILE, "cut", "Slack doesn't give me the file right now. Try again in a minute."),
        (FILE, "ratelimited", "Slack doesn't give me the file right now. Try again in a minute."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_the_window(
    world: World, file: tuple[str, bytes], fault: str | None, sentence: str
) -> None:
    """By a sentence with what to do; nothing is stored."""
    reach(world, CUSTOMERS)
    if fault is not None:
        world.slack.faults.add("download", fault)

    window = uploaded(world, file, customers=None)
    assert sentence in window.shown
    assert () == world.enrollment().customers

    world.ana.click(window, "Fix and upload again")
    world.fill(world.ana, "End customers", file=[FILE])
    assert "2 new" in seen(world, "Preview").shown


@pytest.mark.parametrize(
    ("file", "words", "label", "title"),
    [
        (FILE, "2 new, 0 changed, 0 unchanged, 1 with errors.", "Show the preview", "Preview"),
        (("customers.csv", b"\0\1"), "is not a", "Fix and upload again", "End customers"),
    ],
)
def test_a_window_that_was_closed_while_its_file_was_read_is_told_in_a_direct_message(
    world: World, file: tuple[str, bytes], words: str, label: str, title: str
) -> None:
    """With the button that leads on; the bot looks for the window for some seconds first."""
    reach(world, CUSTOMERS)
    world.slack.faults.add("files.info", "slow", delay=0.5)
    world.click(world.ana, "Add customers", CUSTOMERS)
    world.fill(world.ana, "End customers", file=[file])
    world.ana.close_all()

    told = world.slack.wait_for(lambda: (world.ana.direct_messages or [None])[-1], 15, "a direct message")

    assert words in told.text
    assert "You closed the window while I read the file." in told.text
    world.ana.click(told, label)
    assert title == world.ana.wait_view(title).title


def test_names_in_a_file_finish_their_step(world: World) -> None:
    """With the day of the form; what was recorded and is not in the file stays, unless it is replaced."""
    reach(world, StepKey.CREATE_SUBSETS)
    world.click(world.ana, "Mark done", StepKey.CREATE_SUBSETS)
    world.fill(world.ana, "Mark done", file=[("subsets.txt", b"- Production\n- Test\n")])

    assert "2 new" in seen(world, "Preview").shown
    assert State.OPEN is world.enrollment().step(StepKey.CREATE_SUBSETS).state
    accepted(world.ana.submit())

    made = world.enrollment()
    assert (("Production", "Test"), State.DONE) == (made.subsets, made.step(StepKey.CREATE_SUBSETS).state)
    world.deliver()
    assert "From the file subsets.txt." in "".join(line.text for line in world.thread())


def test_a_file_in_the_thread_is_imported_by_a_message_shortcut(world: World) -> None:
    """It asks which list; elsewhere it asks for the enrollment, too."""
    reach(world, CUSTOMERS)
    reply = world.ana.post(world.channel, "our customers", world.card().ts, files=[FILE])
    world.ana.message_shortcut("eco_import", reply)
    form = world.ana.wait_view("Import list")
    assert "Enrollment" not in form.labels.values()

    world.fill(world.ana, "Import list", list="customers")
    assert "2 new" in seen(world, "Preview").shown
    accepted(world.ana.submit())
    assert (ONE, TWO) == world.enrollment().customers

    world.ana.message_shortcut("eco_import", world.ana.post(world.channel, "", files=[("s.csv", b"Subset\nThird\n")]))
    world.fill(world.ana, "Import list", list="subsets")
    assert "1 new, 0 changed, 2 unchanged" not in seen(world, "Preview").shown
    accepted(world.ana.submit())
    assert ("Production", "Test", "Third") == world.enrollment().subsets
    world.deliver()
    assert "changed the subsets: 1 added, 0 removed, 3 in all. Added: Third." in world.thread()[-1].text


def test_a_message_without_a_file_or_with_one_of_another_host_says_so(world: World) -> None:
    """And a file that was deleted meanwhile."""
    reach(world, CUSTOMERS)
    world.ana.message_shortcut("eco_import", world.ana.post(world.channel, "hello"))
    assert "This message has no file." in world.ana.wait_view().shown
    world.ana.close_all()

    linked = world.ana.link_file(world.channel, "list.csv", "https://drive.example/x", world.card().ts)
    for message, sentence in (
        (linked, "This file is kept outside of Slack. Download it there, then upload it here."),
        (deleted(world), "Slack doesn't have this file any more. Upload it again."),
    ):
        world.ana.message_shortcut("eco_import", message)
        world.fill(world.ana, "Import list", list="customers")
        assert sentence in seen(world, "Your file").shown
        world.ana.close_all()


def deleted(world: World) -> Any:
    """A message in the thread whose file was deleted after it was looked at."""
    message = world.ana.post(world.channel, "", world.card().ts, files=[FILE])
    world.ana.delete_file(message.files[0])
    return message


def test_a_file_with_nothing_but_a_header_says_so(world: World) -> None:
    """Nothing is stored, and the next file is taken."""
    reach(world, CUSTOMERS)

    window = uploaded(world, ("customers.csv", b"Subset,Email,Spot org ID\n"))
    assert "This file has no entries." in window.shown
    assert () == world.enrollment().customers

    world.ana.click(window, "Fix and upload again")
    world.fill(world.ana, "End customers", file=[FILE])
    assert "2 new" in seen(world, "Preview").shown


def test_who_lost_the_right_while_a_bad_file_was_read_has_no_way_back(world: World) -> None:
    """They read what is wrong with it, without a button that would lead nowhere."""
    reach(world, CUSTOMERS, collaborators=["ben"])
    world.slack.faults.add("files.info", "slow", delay=1.0)
    world.click(world.ben, "Add customers", CUSTOMERS)
    world.fill(world.ben, "End customers", file=[("customers.csv", b"\0\1")])
    dismiss(world, "ben")

    window = world.slack.wait_for(lambda: v if (v := world.ben.view) and v.title == "Your file" else None, 20, "it")

    assert "*customers.csv*" in window.shown
    assert "is not a" in window.shown
    assert [] == window.buttons


def test_a_preview_that_reaches_nobody_is_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The window was closed, and Slack takes no direct message; nothing is stored."""
    reach(world, CUSTOMERS)
    world.slack.faults.add("files.info", "slow", delay=0.5)
    world.slack.faults.add("conversations.open", "user_disabled")
    world.click(world.ana, "Add customers", CUSTOMERS)
    world.fill(world.ana, "End customers", file=[FILE])
    world.ana.close_all()

    said = "a preview was not shown: its window was closed, and a direct message failed: user_disabled"
    world.slack.wait_for(lambda: said in caplog.text or None, 20, "the log")

    assert () == world.enrollment().customers
