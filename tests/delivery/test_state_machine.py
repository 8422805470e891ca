"""Random walks over enrollments, faults of Slack and time: every message once, in order, not too early.

People act between deliveries and while a message is sent: before Slack is called, and before the result is stored.
Owners, their time zones and the reminder hours change then, too.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bot.delivery.claiming import OutboundMessage
from bot.domain.access import Actor
from bot.domain.actions import Action, actions_for
from bot.domain.days import day_at
from bot.domain.enrollment import Enrollment, EventKind, Pair, State, Status
from bot.domain.schedule import parse_hours
from bot.localslack.fault_injection import HistoryLimit
from bot.repository import tables as t
from bot.use_cases import Caller, StartForm
from bot.use_cases.outcomes import Outcomes
from tests.delivery.around_sender import Around
from tests.delivery.stepwise import move
from tests.domain.building import edited
from tests.repository.fixtures import migrated
from tests.support.bot_world import World, running
from tests.support.confirming import Everything
from tests.support.steps import StepKey

FAULTS = (
    "drop_before", "drop_after", "not_json", "http_500", "internal_error", "ratelimited", "channel_not_found",
    "is_archived", "some_word_of_next_year",
)  # fmt: skip
METHODS = ("chat.postMessage", "chat.update", "conversations.replies", "conversations.history")
#: Not those that are promised nothing: where Slack does not allow a look-up, the message is sent again.
MISBEHAVIOR = [
    (kind, method)
    for kind in FAULTS
    for method in METHODS
    if kind != "some_word_of_next_year" or not method.startswith("conversations.")
]
CHANNELS = ("C0ROLLOUT1", "C0ECOPRIV1")


#: What happens while a message is being sent, and when: before Slack is called, or after its answer.
MEANWHILE = ("act", "answer", "details", "move", "change the zone", "change the owner", "change the hours")
MOMENTS = ("before", "after")
ZONES = ("Asia/Tokyo", "America/Sao_Paulo", "Europe/London")
HOURS = ("mon-fri 09:00-17:00", "mon-sun 06:00-22:00", "always")
#: Two reminders of a step that come closer together than this need a change of the step between them.
NOT_AGAIN_FOR = timedelta(hours=6)


class Delivering(RuleBasedStateMachine):
    """People act, Slack misbehaves, time passes, the bot delivers."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="eco-walk-"))
        file = Path(folder) / "walk.db"
        file.write_bytes(migrated())
        self.world: World = self.stack.enter_context(running(f"sqlite:///{file}"))
        self.caller = Caller(self.world.workspace, Actor(self.world.ana.id))
        self.count = 0

    @rule(channel=st.sampled_from(CHANNELS), organization=st.booleans())
    def start(self, channel: str, organization: bool) -> None:
        self.count += 1
        values = {"spot_org_id": f"{700000 + self.count}"} if organization else {}
        account, name = f"{100000000000 + self.count}", f"Account {self.count}"
        form = StartForm(account, name, channel, self.world.ana.id, values=values)
        self.world.app.enrollments.start(self.caller, form)

    @precondition(lambda self: self.count)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        self._act(data, data.draw(st.sampled_from(self.world.enrollments()), label="enrollment"))

    def _act(self, data: st.DataObject, enrollment: Enrollment) -> None:
        now, usecases = self.world.clock.now(), self.world.app.enrollments
        offered = [(key, action) for key in StepKey for action in actions_for(enrollment, key, now)]
        if not offered:
            usecases.resume(self.caller, enrollment.id)
            return
        key, action = data.draw(st.sampled_from(offered), label="action")
        match action:
            case Action.MARK_DONE if key == StepKey.VALIDATE_WORKFLOWS:
                names = frozenset(workflow.name for workflow in enrollment.workflows)
                usecases.complete_act(self.caller, enrollment.id, key, {"validated": names})
            case Action.MARK_DONE | Action.MARK_SENT:
                if key == StepKey.ASSOCIATE_WORKFLOWS and not enrollment.pairs:
                    usecases.change_pairs(self.caller, enrollment.id, [Pair("A", "X")], frozenset())
                elif key != StepKey.ASSOCIATE_CUSTOMERS:
                    number = enrollment.value("spot_org_id") or "707070"
                    confirmed = Caller(self.caller.workspace, self.caller.actor, confirmed=Everything())
                    values = {"spot_org_id": number, "ticket_number": "1", "names": ("A", "X")}
                    usecases.complete_act(confirmed, enrollment.id, key, values)
            case Action.ITS_READY:
                usecases.confirm(self.caller, enrollment.id, key)
            case Action.STILL_WAITING:
                usecases.still_waiting(self.caller, enrollment.id, key, now.date() + timedelta(days=3), "soon")
            case Action.REMIND_LATER:
                usecases.remind_later(self.caller, enrollment.id, key, now.date() + timedelta(days=3))
            case Action.CORRECT:
                usecases.take_back(self.caller, enrollment.id, key)
            case Action.SKIP:
                usecases.skip(self.caller, enrollment.id, key, "not wanted")
            case Action.REOPEN:
                usecases.reopen(self.caller, enrollment.id, key)
            case _:
                pass

    @precondition(lambda self: self.count)
    @rule(data=st.data(), channel=st.sampled_from(CHANNELS))
    def move_enrollment(self, data: st.DataObject, channel: str) -> None:
        enrollment = data.draw(st.sampled_from(self.world.enrollments()), label="enrollment")
        if enrollment.channel_id != channel and enrollment.status is Status.ACTIVE:
            move(self.world, enrollment.id, channel)

    @rule(fault=st.sampled_from(MISBEHAVIOR), times=st.integers(1, 3))
    def misbehave(self, fault: tuple[str, str], times: int) -> None:
        kind, method = fault
        self.world.slack.faults.add(method, kind, times=times, retry_after=7)

    @rule(limited=st.booleans())
    def limit_look_ups(self, limited: bool) -> None:
        self.world.slack.faults.history_limit = HistoryLimit() if limited else None

    @rule(minutes=st.sampled_from([1, 30, 600, 1500, 4000, 12000]))
    def pass_time(self, minutes: int) -> None:
        self.world.clock.jump(timedelta(minutes=minutes))

    @rule()
    def deliver(self) -> None:
        self.world.app.dispatcher.run_once()

    @precondition(lambda self: self.count)
    @rule(data=st.data(), what=st.sampled_from(MEANWHILE), moment=st.sampled_from(MOMENTS), nth=st.integers(1, 3))
    def deliver_meanwhile(self, data: st.DataObject, what: str, moment: str, nth: int) -> None:
        left = [nth]

        def interrupt(message: OutboundMessage) -> None:
            left[0] -= 1
            if left[0] == 0 and message.row.enrollment_id is not None:
                self._interrupt(data, what, message.row.enrollment_id)

        dispatcher = self.world.app.dispatcher
        real = dispatcher.sender
        Around(dispatcher, **{moment: interrupt})
        dispatcher.run_once()
        dispatcher.sender = real

    def _interrupt(self, data: st.DataObject, what: str, number: int) -> None:
        enrollment = self.world.app.enrollments.get(self.world.workspace, number)
        match what:
            case "act":
                self._act(data, enrollment)
            case "answer":
                self._answer(data, enrollment)
            case "details":
                self._change_details(data, enrollment)
            case "move" if enrollment.status is Status.ACTIVE:
                other = next(channel for channel in CHANNELS if channel != enrollment.channel_id)
                move(self.world, number, other)
            case "change the zone":
                zone = data.draw(st.sampled_from(ZONES), label="zone")
                self.world.app.enrollments.set_zone(self.world.workspace, enrollment.owner, zone)
            case "change the owner" if enrollment.status is Status.ACTIVE:
                people = (self.world.ben.id, self.world.ana.id)
                owner, other = people if enrollment.owner == self.world.ana.id else people[::-1]
                wanted = edited(enrollment, owner=owner, collaborators=(other,), owner_zone=ZONES[number % len(ZONES)])
                self.world.app.enrollments.edit(self.caller, number, wanted)
            case "change the hours":
                self._set_hours(data.draw(st.sampled_from(HOURS), label="hours"))

    @precondition(lambda self: self.count)
    @rule(data=st.data())
    def change_details(self, data: st.DataObject) -> None:
        self._change_details(data, data.draw(st.sampled_from(self.world.enrollments()), label="enrollment"))

    def _change_details(self, data: st.DataObject, enrollment: Enrollment) -> None:
        """Assign, date and block a step on which somebody can act, or take that back; each with a note."""
        now, number = self.world.clock.now(), enrollment.id
        steps = [key for key in StepKey if Action.DETAILS in actions_for(enrollment, key, now)]
        if not steps:
            return
        key, days = (
            data.draw(st.sampled_from(steps), label="step"),
            data.draw(st.integers(0, 9), label="target in days"),
        )
        blocked = data.draw(st.booleans(), label="blocked")
        given = {"assignee": self.world.dev.id if days % 2 else None, "note": "careful"}
        given["target"] = (day_at(now, enrollment.zone) + timedelta(days=days)).isoformat() if days else None
        given |= {"blocked_by": "aws" if blocked else None, "blocked_why": "quota" if blocked else None}
        self.world.app.enrollments.change_details(self.caller, number, key, given)

    def _set_hours(self, words: str) -> None:
        """Go on with other reminder hours, as a process that was started with them."""
        app = self.world.app
        policy = replace(app.dispatcher.batches.policy, hours=parse_hours(words))
        app.dispatcher.batches = replace(app.dispatcher.batches, policy=policy, outcomes=Outcomes(policy))
        app.enrollments._policy = policy

    def _answer(self, data: st.DataObject, enrollment: Enrollment) -> None:
        """Press a button of a reminder, if a step waits."""
        waiting = [step.key for step in enrollment.steps if step.state is State.WAITING]
        if waiting and enrollment.status is Status.ACTIVE:
            key = data.draw(st.sampled_from(waiting), label="step")
            if data.draw(st.booleans(), label="ready"):
                self.world.app.enrollments.confirm(self.caller, enrollment.id, key)
            else:
                until = self.world.clock.now().date() + timedelta(days=3)
                self.world.app.enrollments.still_waiting(self.caller, enrollment.id, key, until)

    def teardown(self) -> None:
        try:
            self.world.slack.faults.clear()
            for _ in range(4):
                self.world.jump(hours=1, minutes=5)
            self._check()
        finally:
            self.stack.close()

    def _check(self) -> None:
        with self.world.app.database.read() as connection:
            rows = connection.execute(sa.select(t.outbox)).all()
        posted: Counter[str] = Counter()
        when: dict[str, datetime] = {}
        for place in CHANNELS:
            channel = self.world.slack.channel(place)
            for top in channel.messages:
                thread = [] if top.broadcast else [top, *channel.thread(top.ts)]
                keys = [m.metadata["event_payload"]["key"] for m in thread if m.metadata]
                posted.update(keys)
                when |= {k: datetime.fromtimestamp(float(m.ts), UTC) for k, m in zip(keys, thread, strict=False)}
                lines = [int(key.rpartition(":")[2]) for key in keys if key.startswith("thread:")]
                assert lines == sorted(lines), f"out of order: {keys}"
        assert {} == {key: count for key, count in posted.items() if count > 1}, "said twice"
        now = self.world.clock.now()
        for row in rows:
            due = row.due_at is not None and row.due_at <= now
            assert not (row.state == "owed" and due and row.kind != "reminder"), f"not sent: {row.key} {row.last_error}"
            # A direct message is tried once.
            assert row.state != "failed" or row.kind == "direct", f"given up: {row.key} {row.last_error}"
            if row.state == "sent" and row.kind in ("thread", "reminder", "catchup"):
                assert posted[row.key] == 1, f"lost: {row.key}"
                assert when[row.key] >= row.owed_at - timedelta(seconds=1), f"too early: {row.key}"
        self._check_reminders(rows)
        self._check_that_nothing_is_asked_twice(rows)

    def _check_that_nothing_is_asked_twice(self, rows: Sequence[sa.Row[Any]]) -> None:
        """Between two reminders of a step lie hours, or a change by somebody; a new owner or zone is none."""
        with self.world.app.database.read() as connection:
            changed = sa.select(t.events.c.enrollment_id, t.events.c.at).where(
                t.events.c.kind != EventKind.EDITED.value
            )
            changes = [(row.enrollment_id, row.at) for row in connection.execute(changed)]
        sent = {row.id: row.sent_at for row in rows if row.state == "sent"}
        said: dict[tuple[int, str], list[datetime]] = {}
        for row in rows:
            at = sent.get(row.merged_into if row.state == "merged" else row.id)
            if row.kind == "reminder" and at is not None:
                said.setdefault((row.enrollment_id, row.payload["step"]), []).append(at)
        for (number, step), moments in said.items():
            for first, second in pairwise(sorted(moments)):
                between = [at for of, at in changes if of == number and first - timedelta(minutes=1) <= at <= second]
                assert between or second - first >= NOT_AGAIN_FOR, f"asked twice: {number} {step} {first} {second}"

    def _check_reminders(self, rows: Sequence[sa.Row[Any]]) -> None:
        """A step that somebody has to act on has one planned reminder, and no answered step has any."""
        for enrollment in self.world.enrollments():
            active = enrollment.status is Status.ACTIVE
            for step in enrollment.steps:
                prefix = f"reminder:{enrollment.id}:{step.key}:"
                owed = [row.key for row in rows if row.state == "owed" and row.key.startswith(prefix)]
                assert len(owed) <= (step.reminder is not None), f"{step}: {owed}"
                assert step.reminder is None or (active and step.state in (State.OPEN, State.WAITING)), f"{step}"
                assert step.reminder is not None or not active or step.state is not State.OPEN, f"{step}"


Delivering.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestDelivering = Delivering.TestCase
