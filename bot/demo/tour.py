"""One whole enrollment, played by two people in the local Slack and printed as it grows, for `make demo`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.localslack.local_slack import LocalSlack
from bot.localslack.person_client import Person
from bot.localslack.snapshots import Message, View
from bot.localslack.time_machine import TimeMachine
from bot.localslack.transcript import mrkdwn

#: Seconds until the demo gives up waiting for the bot.
PATIENCE = 30.0

CONNECT = "Connect the management account"
FULL_ECO = "Full Eco: strategy call"
ENABLE = "Enable the Subsets feature"
SUBSETS = "Create subsets"
WORKFLOWS = "Create billing workflows"
VALIDATE = "Validate billing workflows"
ASSOCIATE = "Associate billing workflows"
CUSTOMERS = "Associate end customers"


class Tour:
    """Plays the enrollment as people would, and prints what they see.

    Args:
        next_due: when the bot has something to say next, if nobody does anything.
        show: prints a line.
    """

    def __init__(
        self,
        slack: LocalSlack,
        clock: TimeMachine,
        next_due: Callable[[], datetime | None],
        show: Callable[[str], None] = print,
    ) -> None:
        self._slack = slack
        self._clock = clock
        self._next_due = next_due
        self._show = show
        self._channel = slack.channel("eco-rollout")
        self._seen: set[str] = set()

    def play(self) -> bool:
        """From `/eco enroll` to the completed card; says whether it came to that."""
        ana, ben = self._slack.person("ana"), self._slack.person("ben")
        self._enroll(ana)
        looked = self._check_aws(ben)
        self._form(ana, "Mark done", CONNECT, {"Cost and Usage Report bucket": "production-cur"})
        if looked:
            self._files_arrive()
        self._wait_is_over(CONNECT, ben)
        self._form(ana, "Mark done", FULL_ECO, {})
        self._ticket(ben, ENABLE, "4711")
        self._wait_is_over(ENABLE, ana)
        self._form(ana, "Mark done", SUBSETS, {"Subset names": "Production\nDevelopment\nShop: EU"})
        self._form(ben, "Mark done", WORKFLOWS, {"Billing workflow names": "Standard\nReseller <10%>"})
        everything = {"Validated billing workflows": ["All 2 billing workflows"]}
        self._form(ben, "Mark done", VALIDATE, everything)
        pairs = 'Production : Standard\nDevelopment : Standard\n"Shop: EU" : Reseller <10%>'
        self._form(ana, "Add pairs", ASSOCIATE, {"Subset : billing workflow": pairs})
        self._ticket(ana, ASSOCIATE, "4712")
        self._wait_is_over(ASSOCIATE, ana)
        self._form(ben, "Skip", CUSTOMERS, {"Reason": "We have no end customers"})
        self._wait_is_over("Full Eco", ana)
        self._print_card("The card at the end")
        return "9 of 9 steps, completed" in self._card().text

    def _enroll(self, who: Person) -> None:
        self._tell(f"{who.real_name} types /eco enroll in #{self._channel.name}")
        who.command("/eco", "enroll", channel=self._channel)
        who.wait_view("Start an enrollment")
        entries = {
            "AWS management account ID": "1234-5678-9012",
            "Account name": "Production payer",
            "Spot organization ID": "o-a1b2c3d4e5",
            "Owner": "ana",
            "Collaborators": ["ben"],
        }
        who.fill(entries)
        who.submit()
        self._form_as_sent(who, entries)
        view = who.view
        for label, sentence in (view.errors_by_label if view else {}).items():
            self._show(f"    ✗ {label}: {sentence}")
        correction = {"Spot organization ID": "606079874885"}
        who.fill(correction)
        who.submit()
        self._form_as_sent(who, correction)
        self._settle()
        self._print_card("The card, which updates itself from now on")

    def _check_aws(self, who: Person) -> bool:
        """Look at the simulated account, one setting of which is wrong; says whether the bot could look."""
        self._tell(f"{who.real_name} presses [Check AWS] of “{CONNECT}”")
        who.click(self._card(), "Check AWS", near=CONNECT)

        def filled() -> View | None:
            view = who.view
            return view if view is not None and "Checking AWS" not in view.shown else None

        view = self._slack.wait_for(filled, timeout=PATIENCE, what="the result of the check")
        for line in mrkdwn(self._slack.core, view.shown).splitlines():
            self._show(f"    | {line}")
        who.close_all()
        self._settle()
        return "cannot look into AWS" not in view.shown

    def _files_arrive(self) -> None:
        """A day later the hourly look has seen the first file."""
        self._show("\n── time machine: 22 hours later")
        self._clock.jump(timedelta(hours=22))

        def arrived() -> bool:
            return any("first files" in m.text for m in self._channel.thread(self._card().ts))

        self._slack.wait_for(arrived, timeout=PATIENCE, what="the files to be seen")
        self._settle()

    def _form(self, who: Person, button: str, step: str, entries: dict[str, Any]) -> None:
        self._tell(f"{who.real_name} presses [{button}] of “{step}”")
        who.click(self._card(), button, near=step)
        who.wait_view()
        who.fill(entries)
        who.submit()
        self._form_as_sent(who, entries)
        self._settle()

    def _ticket(self, who: Person, step: str, number: str) -> None:
        self._tell(f"{who.real_name} presses [Show ticket] of “{step}”")
        who.click(self._card(), "Show ticket", near=step)
        for line in mrkdwn(self._slack.core, who.wait_view("Ticket").shown).splitlines():
            self._show(f"    | {line}")
        who.submit()
        who.wait_view("Mark sent")
        who.fill({"Ticket number": number})
        who.submit()
        self._form_as_sent(who, {"Ticket number": number})
        self._settle()

    def _wait_is_over(self, step: str, who: Person) -> None:
        """Let time pass until the bot speaks up about the step, and answer it."""
        reminder = None
        while reminder is None:
            due = self._next_due()
            if due is None:
                raise AssertionError(f"no reminder is planned for “{step}”")
            passed = due - self._clock.now()
            if passed > timedelta(minutes=1):
                self._show(f"\n── time machine: {_span(passed)} later, {due:%a %d %b %H:%M} UTC")
            self._clock.jump_to(max(due, self._clock.now()))
            reminder = next((m for m in self._settle() if m.broadcast and step in m.text and "due" in m.text), None)
        self._tell(f"{who.real_name} presses [It's ready] in the reminder")
        who.click(reminder, "It's ready")
        self._settle()

    def _settle(self) -> list[Message]:
        """Wait until everything due was said; prints and returns the new messages."""

        def quiet() -> bool:
            due = self._next_due()
            return due is None or due - self._clock.now() > timedelta(seconds=5)

        self._slack.wait_for(quiet, timeout=PATIENCE, what="the bot to send what is due")
        new = [m for m in self._channel.thread(self._card().ts) if m.ts not in self._seen]
        for message in new:
            self._seen.add(message.ts)
            place = "thread, and channel" if message.broadcast else "thread"
            lines = [line for line in mrkdwn(self._slack.core, message.shown).splitlines() if line.strip()]
            self._show(f"    ({place}) " + "\n             ".join(lines))
        return new

    def _card(self) -> Message:
        def there() -> Message | None:
            return next((m for m in self._channel.messages if m.text.startswith("Eco enrollment of")), None)

        return self._slack.wait_for(there, timeout=PATIENCE, what="the card")

    def _print_card(self, heading: str) -> None:
        self._show(f"\n── {heading}")
        for line in mrkdwn(self._slack.core, self._card().shown).splitlines():
            self._show(f"    {line}")

    def _tell(self, line: str) -> None:
        self._show(f"\n▶ {line}")

    def _form_as_sent(self, who: Person, entries: dict[str, Any]) -> None:
        for label, value in entries.items():
            shown = ", ".join(value) if isinstance(value, list) else str(value).replace("\n", " / ")
            self._show(f"    {label}: {shown}")
        if who.view is None or not who.view.errors:
            self._show("    ✓ accepted")


def _span(passed: timedelta) -> str:
    days, hours = divmod(round(passed.total_seconds() / 3600), 24)
    counted = ((days, "day"), (hours, "hour"))
    parts = [f"{count} {unit}{'s' if count > 1 else ''}" if count else "" for count, unit in counted]
    return " ".join(part for part in parts if part) or "a few minutes"
