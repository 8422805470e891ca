"""The story of the pictures: the same enrollment every time, at a time that stands still, with stops for a picture.

It is played with a browser to take the pictures and without one to see whether they still show what the bot says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.app import Application
from bot.demo.demo_workspace import start_slack
from bot.demo.running_bot import bot_in
from bot.demo.time_jumps import jumps_to
from bot.localslack import LocalSlack, Message, PageState, Person, TimeMachine, View

#: A Monday: 11:00 in São Paulo, 14:00 in London.
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PATIENCE = 30.0


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at what. `kind`: "message", "reply", "form", "home" or "page".

    `ts`: of the message; for a reply, that of its thread and its own with a slash between them.
    """

    name: str
    person: Person
    kind: str
    content: str
    ts: str = ""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the words, the buttons or the fields of what is shown change, and with nothing else."""
        told = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", self.content)
        told = re.sub(r'\{"\w{5}": ', '{"block": ', told)  # the IDs of blocks that have none of their own
        return sha256(told.encode()).hexdigest()[:16]


class Story:
    """Plays the enrollment; `take` is called at each stop."""

    def __init__(
        self, slack: LocalSlack, clock: TimeMachine, app: Application, take: Callable[[Picture], None]
    ) -> None:
        self.slack, self.clock, self.app, self.take = slack, clock, app, take
        self.channel = slack.channel("eco-rollout")
        self.ana, self.ben = slack.person("ana"), slack.person("ben")

    def play(self) -> None:
        """From the mistyped form to five enrollments on the home tab."""
        self._start_with_a_mistake()
        self._check_aws()
        self._form(self.ana, "Mark done", "Connect the management account", bucket="production-cur")
        self._form(self.ben, "It's ready", "Connect the management account")
        self._form(self.ana, "Mark done", "Full Eco")
        self._form(self.ben, "Mark sent", "Enable the Subsets feature", ticket_number="4711")
        self._remind()
        self._form(self.ana, "Mark done", "Create subsets", names="Production\nDevelopment\nShop: EU")
        self._details()
        self._form(self.ben, "Mark done", "Create billing workflows", names="Standard\nReseller <10%>")
        card = self._card()
        self.take(Picture("card", self.ana, "message", words_of(card), card.ts))
        self.take(Picture("dark", self.ana, "page", words_of(card, *self.channel.thread(card.ts)), card.ts))
        self._timeline()
        self._ticket()
        self._history()
        self._second()

    def _start_with_a_mistake(self) -> None:
        self.ana.command("/eco", "enroll", channel=self.channel)
        self.ana.wait_view("Start an enrollment")
        self.ana.fill(
            {"account_id": "1234-5678-901", "account_name": "Production payer", "spot_org_id": "o-a1b2c3d4e5"}
        )
        self.ana.fill({"owner": "ana", "collaborators": ["ben"]})
        self.ana.submit()
        self._take_form("form-errors", self.ana)
        self.ana.fill({"account_id": "1234-5678-9012", "spot_org_id": "606079874885"})
        self.ana.submit()
        self._settle()

    def _check_aws(self) -> None:
        self.ana.click(self._card(), "Check AWS", near="Connect the management account")

        def filled() -> bool:
            return self.ana.view is not None and "1 fail" in self.ana.view.shown

        self.slack.wait_for(filled, PATIENCE, "what was found")
        self._take_form("check-aws", self.ana)
        self.ana.close_all()
        self._settle()

    def _remind(self) -> None:
        reminders: list[Message] = []
        while not reminders:
            due = self.app.next_due()
            assert due is not None, "nothing is owed, but a reminder should be"
            self.clock.jump_to(max(due, self.clock.now()))
            self._settle()
            reminders = [
                m for m in self.channel.messages if m.broadcast and "Is the Subsets feature enabled?" in m.text
            ]
        self.take(Picture("reminder", self.ana, "message", words_of(reminders[-1]), reminders[-1].ts))
        self.ben.click(reminders[-1], "It's ready")
        self._settle()

    def _details(self) -> None:
        step = "Create billing workflows"
        self._form(self.ana, "Details", step, assignee="ben", note="Start with Standard; the rest can wait.")
        self.ana.click(self._card(), "Details", near=step)
        self.ana.wait_view("Details")
        self.ana.fill({"target": "2026-12-04", "blocked_by": "us", "blocked_why": "Finance has to confirm the margins"})
        self._take_form("details", self.ana)
        self.ana.close_all()

    def _timeline(self) -> None:
        card = self._card()
        self.ana.click(card, "More…")
        self.ana.click(self.ana.wait_view(), "Show timeline")
        self.ana.close_all()

        def posted() -> Message | None:
            return next((reply for reply in self.channel.thread(card.ts) if reply.files), None)

        reply = self.slack.wait_for(posted, PATIENCE, "the timeline")
        said = words_of(reply) + str(reply.files[0].alternative)
        self.take(Picture("timeline", self.ana, "reply", said, f"{card.ts}/{reply.ts}"))

    def _ticket(self) -> None:
        self._form(self.ben, "Mark done", "Validate billing workflows", validated=["all"])
        pairs = 'Production : Standard\nDevelopment : Standard\n"Shop: EU" : Reseller <10%>'
        self._form(self.ana, "Add pairs", "Associate billing workflows", pairs=pairs)
        self.ana.click(self._card(), "Show ticket", near="Associate billing workflows")
        self.ana.wait_view("Ticket")
        self._take_form("ticket", self.ana)
        self.ana.close_all()

    def _history(self) -> None:
        self.ana.click(self._card(), "History")
        self.ana.wait_view("History")
        self._take_form("history", self.ana)
        self.ana.close_all()

    def _second(self) -> None:
        self.ben.command("/eco", "enroll", channel=self.channel)
        self.ben.wait_view("Start an enrollment")
        self.ben.fill({"account_id": "210987654321", "account_name": "Reseller payer", "collaborators": ["ana"]})
        self.ben.submit()
        self._settle()
        self._more()
        self.ana.open_home()
        self.slack.wait_for(lambda: self.ana.home, PATIENCE, "the home tab")
        self.ana.click("home", "5 in all")
        home = self.slack.wait_for(self._whole_portfolio, PATIENCE, "the whole portfolio")
        self.take(Picture("home", self.ana, "home", words_of(home)))
        for name, button in (("away", "I'm away"), ("hand-over", "Hand over"), ("notifications", "Notifications")):
            self.ana.click("home", button)
            self.ana.wait_view(button)
            self._take_form(name, self.ana)
            self.ana.close_all()

    def _more(self) -> None:
        """Three more: one is late, one waits, one is at its tickets."""
        for account, name, position, since in (
            ("330987654321", "Harbor payer", "connect_account:waiting", "2026-11-18"),
            ("440987654321", "Juniper payer", "full_eco:waiting", "2026-11-16"),
            ("550987654321", "Kestrel payer", "create_subsets", "2026-11-20"),
        ):
            self.ben.command("/eco", "enroll", channel=self.channel)
            self.ben.wait_view("Start an enrollment")
            self.ben.fill({"account_id": account, "account_name": name, "collaborators": ["ana"]})
            self.ben.fill({"spot_org_id": account[:9], "position": position, "since": since})
            self.ben.submit()
            self._settle()

    def _whole_portfolio(self) -> View | None:
        home = self.ana.home
        return home if home is not None and "5 enrollments, most urgent first." in home.shown else None

    def _take_form(self, name: str, who: Person) -> None:
        view = who.view
        assert view is not None, f"there is no form for the picture {name}"
        self.take(Picture(name, who, "form", words_of(view)))

    def _form(self, who: Person, button: str, step: str, **entries: Any) -> None:
        who.click(self._card(), button, near=step)
        who.wait_view()
        who.fill(entries)
        delivery = who.submit()
        assert who.view is None, f"the form of {step!r} was not accepted: {delivery.response}"
        self._settle()

    def _press(self, who: Person, button: str, step: str) -> None:
        who.click(self._card(), button, near=step)
        self._settle()

    def _settle(self) -> None:
        """Wait until everything that is due was said."""

        def quiet() -> bool:
            due = self.app.next_due()
            return due is None or due > self.clock.now() + timedelta(seconds=5)

        self.slack.wait_for(quiet, PATIENCE, "the bot to say what is due")

    def _card(self) -> Message:
        def there() -> Message | None:
            return next((m for m in self.channel.messages if m.text.startswith("Eco enrollment of Production")), None)

        return self.slack.wait_for(there, PATIENCE, "the card")


def words_of(*shown: Message | View) -> str:
    """All that can be read and pressed, without ids and addresses that are different each time."""
    parts: list[Any] = []
    for one in shown:
        parts += [one.shown, one.buttons]
        if isinstance(one, View):
            parts += [one.title, one.submit, one.close, one.labels, one.values, one.errors]
    said = re.sub("eco-[0-9a-f]{32}", "eco-…", json.dumps(parts, ensure_ascii=False, sort_keys=True))
    # Links to messages tell when they were posted, and how many came before.
    return re.sub(r"http://127\.0\.0\.1:\d+/(archives/\w+/p\d+)?", "http://slack/", said)


@contextmanager
def told(folder: Path, take: Callable[[Picture], None]) -> Iterator[Story]:
    """The story in a fresh workspace."""
    clock = TimeMachine(frozen_at=START)
    page = PageState(clock)
    with (
        start_slack(clock, page=page, pace=False, ack_limit=PATIENCE) as slack,
        bot_in(slack, clock, folder / "eco-bot.db", pace=timedelta()) as app,
        jumps_to(page, app),
    ):
        yield Story(slack, clock, app, take)
