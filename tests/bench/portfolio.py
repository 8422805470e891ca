"""Benchmark lists and look-ups over ten thousand enrollments, beside the same over a hundred; card edits; memory."""

from __future__ import annotations

import json
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.repository.database import Database
from tests.bench.ack import ADMINS
from tests.bench.answering import Answering, answering
from tests.bench.report import Section, Target, number, spread
from tests.bench.setting import DATABASES, Setting
from tests.support import many_enrollments, signed_requests
from tests.support.bot_process import Bot, running_bot
from tests.support.wait_until import eventually

FEW, MANY, ACTIVE, LONG = 100, 10_000, 200, 300
#: Audit entries of each enrollment: five years of ten thousand.
AUDIT = 20
#: What somebody asks for, and within how many milliseconds it is to be shown.
ALLOWED = {"home": 60.0, "/eco list": 40.0, "the hub": 15.0, "a look-up by name": 15.0}
#: How many times the figure at a hundred enrollments each may take, and a card edit the one with one enrollment.
GROWTH, BESIDE = 2.0, 1.2
MEMORY, READY, PEOPLE = 130.0, 1.5, 10
EDIT = "a card edit"
#: It waits in its second step, in every database here.
EDITED = 10

#: (database, which enrollments, what) -> milliseconds of each request.
Taken = dict[tuple[str, str, str], list[float]]


def run(bench: Setting) -> list[Section]:
    """Every database at every size, one after the other."""
    many, active = (1_000, 100) if bench.quick else (MANY, ACTIVE)
    times = 10 if bench.quick else 40
    taken: Taken = {}
    memory: dict[str, float] = {}
    ready: dict[str, float] = {}
    names = {"one": "1", "few": f"{FEW}", "many": f"{many:,} ({active} active)", "long": f"{active} of {LONG} pairs"}
    sizes: dict[str, Callable[[Database, str, datetime], None]] = {
        names["one"]: lambda d, w, n: many_enrollments.fill(d, w, n, count=1, active=1, first=EDITED),
        names["few"]: lambda d, w, n: many_enrollments.fill(d, w, n, count=FEW, active=FEW, audit=AUDIT),
        names["many"]: lambda d, w, n: many_enrollments.fill(d, w, n, count=many, active=active, audit=AUDIT),
        names["long"]: lambda d, w, n: many_enrollments.fill(d, w, n, count=active, active=active, entries=LONG),
    }
    for kind in DATABASES:
        for name, fill in sizes.items():
            url = bench.fresh(kind)
            database = Database(url)
            database.migrate()
            fill(database, signed_requests.TEAM["id"], datetime.now(UTC))
            database.close()
            with answering() as slack, running_bot(slack, url, bench.folder, **ADMINS) as bot:
                if name == names["many"]:
                    ready[kind] = bot.seconds_to_ready
                for what in (*ALLOWED, EDIT) if name != names["one"] else (EDIT,):
                    taken[kind, name, what] = _measured(bot, slack, what, times)
                if name == names["many"]:
                    memory[kind] = _memory(bot, slack)
            bench.drop(url)
    return [_section(taken, names, memory, ready)]


def _measured(bot: Bot, slack: Answering, what: str, times: int) -> list[float]:
    client = signed_requests.Client(bot.port, slack.signing_secret)
    found = [_shown_after(client, slack, _body(what, place, slack), edit=what == EDIT) for place in range(times + 5)]
    client.close()
    return found[5:]  # the first ones build the statements


def _body(what: str, place: int, slack: Answering) -> str:
    match what:
        case "home":
            return home_opened(signed_requests.USER)
        case "/eco list":
            return signed_requests.command("list", slack.response_url)
        case "the hub":
            return signed_requests.command("", slack.response_url)
        case "a look-up by name":
            return signed_requests.command(f"status {many_enrollments.name(EDITED + place)}", slack.response_url)
    day = (datetime.now(UTC) + timedelta(days=3 + place % 40)).date().isoformat()
    until = {"until": {"type": "datepicker", "selected_date": day}}
    return signed_requests.form("waits.still_waiting", {"enrollment": EDITED, "step": "connect_account"}, until)


def home_opened(user: str) -> str:
    """The event of somebody who opens the home tab."""
    event = {"type": "app_home_opened", "user": user, "tab": "home", "channel": "D1", "event_ts": f"{time.time():.6f}"}
    return json.dumps(
        {
            "token": "x",
            "type": "event_callback",
            "team_id": signed_requests.TEAM["id"],
            "api_app_id": "A0ECOAPP01",
            "event_id": uuid.uuid4().hex,
            "event_time": int(time.time()),
            "event": event,
        }
    )


def _shown_after(client: signed_requests.Client, slack: Answering, body: str, *, edit: bool) -> float:
    """Milliseconds from the request until Slack has what it asks for: a view, an answer, the edited card."""
    slack.forget()
    began = time.time()
    _, status, answer = client.send(body)
    assert status == 200, answer
    assert b"errors" not in answer, answer
    moments = slack.edited if edit else slack.shown
    eventually(lambda: bool(moments()), timeout=60)
    return (moments()[0] - began) * 1000


def _memory(bot: Bot, slack: Answering) -> float:
    """The most memory while ten people look at lists and at their home tabs at once."""
    users = [f"U0OWNER{place:02d}" for place in range(PEOPLE)]
    most = [bot.memory_mb()]

    def ask(user: str) -> None:
        client = signed_requests.Client(bot.port, slack.signing_secret)
        for _ in range(5):
            for body in (signed_requests.command("list", slack.response_url, user), home_opened(user)):
                client.send(body)
                most.append(bot.memory_mb())
        client.close()

    slack.forget()
    threads = [threading.Thread(target=ask, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: slack.answers() >= 5 * PEOPLE, timeout=60)
    return max(*most, bot.memory_mb())


def _section(taken: Taken, names: dict[str, str], memory: dict[str, float], ready: dict[str, float]) -> Section:
    rows, targets = [], []
    for kind in DATABASES:
        for what, allowed in ALLOWED.items():
            few, many, long = (statistics.median(taken[kind, names[size], what]) for size in ("few", "many", "long"))
            rows.append(
                [kind, what, *(spread(taken[kind, names[size], what], "ms") for size in ("few", "many", "long"))]
            )
            words = f"{kind}: {what} within {allowed:.0f} ms"
            targets.append(Target(words, f"{number(many)} ms and {number(long)} ms", max(many, long) <= allowed))
            words = f"{kind}: {what} at most {GROWTH:.0f} times what it is at {FEW} enrollments"
            targets.append(Target(words, f"{many / few:.2f} times", many / few <= GROWTH))
        one, few, many = (statistics.median(taken[kind, names[size], EDIT]) for size in ("one", "few", "many"))
        rows.append([kind, EDIT, *(spread(taken[kind, names[size], EDIT], "ms") for size in ("few", "many", "long"))])
        words = f"{kind}: {EDIT} beside {FEW} enrollments at most {BESIDE} times the one with one"
        targets.append(Target(words, f"{few / one:.2f} times, {many / one:.2f} beside many", few / one <= BESIDE))
        words = f"{kind}: less than {MEMORY:.0f} MB with {PEOPLE} people at lists and home tabs at once"
        targets.append(Target(words, f"{memory[kind]:.0f} MB", memory[kind] < MEMORY))
        targets.append(Target(f"{kind}: ready within {READY} s", f"{ready[kind]:.2f} s", ready[kind] <= READY))
    return Section(
        "Lists and look-ups",
        "Signed requests of an admin, one after the other, from the request until Slack has the view or the answer, "
        "including the acknowledgement. A card edit is the form **Still waiting** until the edit of the card.",
        ("database", "what", names["few"], names["many"], names["long"]),
        rows,
        targets,
    )
