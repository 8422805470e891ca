"""The API over real HTTP: who may ask what, what the answers are, and the ticket number that comes back."""

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from bot import token_command
from bot.api.requests import A_MINUTE
from bot.domain.enrollment import State
from bot.token_command import BROKEN, DONE, WRONG
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import add_line, reach

DOCS = Path(__file__).parents[2] / "docs"
DESCRIBED: dict[str, Any] = yaml.safe_load((DOCS / "api/openapi.yaml").read_text())
CUSTOMER = "ops@customer.example"


@dataclass
class Program:
    """Another program with a token."""

    world: World
    token: str

    def ask(
        self, path: str, method: str = "GET", body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer."""
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self.world.url}/api/v1/{path}", data, given, method=method)
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            return refused.code, json.load(refused)


def url_of(world: World) -> str:
    """The database's URL, with its password."""
    return world.app.database.url.render_as_string(hide_password=False)


def token(world: World, name: str = "jira", *scopes: str) -> Program:
    """A program with a new token."""
    words = Namespace(what="add", name=name, scope=list(scopes) or None)
    code, said = token_command.run(url_of(world), words, world.clock.now(), lambda: f"secret-of-{name}")
    assert DONE == code, said
    return Program(world, said.splitlines()[0])


def fits(content: object, schema: str) -> None:
    """Fail unless an answer is what openapi.yaml describes."""
    import jsonschema  # takes four seconds, which every process of a run would spend on collecting

    described = {"$ref": f"#/components/schemas/{schema}", "components": DESCRIBED["components"]}
    jsonschema.validate(content, described, format_checker=jsonschema.FormatChecker())


def test_enrollments_are_read_as_described(world_on: World) -> None:
    """A list with its filters and one enrollment; nothing of end customers but their number."""
    world = world_on
    reach(world, StepKey.ASSOCIATE_CUSTOMERS)
    add_line(world, world.ana, StepKey.ASSOCIATE_CUSTOMERS)
    world.start(account_id="222222222222", account_name="Second", spot_org_id="7000002")
    program = token(world)

    status, page = program.ask("enrollments")
    assert 200 == status
    fits(page, "Page")
    assert {"Production", "Second"} == {row["account_name"] for row in page["enrollments"]}
    _, found = program.ask("enrollments?words=Second&segment=us")
    assert ["Connect the management account"] == [row["next_step"]["title"] for row in found["enrollments"]]
    first = min(row["id"] for row in page["enrollments"])
    status, one = program.ask(f"enrollments/{first}")
    assert 200 == status
    fits(one, "Enrollment")
    assert 1 == one["lists"]["customers"]
    assert CUSTOMER not in json.dumps(one) + json.dumps(page)


REFUSED = [
    ("enrollments?colour=red", "GET", None, 400, "There is no filter “colour”."),
    ("enrollments?segment=soon", "GET", None, 400, "A filter has a value that does not exist"),
    ("enrollments?page=x", "GET", None, 400, "A filter has a value that does not exist"),
    ("enrollments/999", "GET", None, 404, "There is no such enrollment."),
    ("people", "GET", None, 404, "There is nothing here."),
    ("enrollments", "POST", {}, 405, "Use GET here."),
    ("enrollments/1/steps/enable_subsets/ticket", "POST", {}, 400, 'Send JSON such as {"number": "4711"}.'),
    ("enrollments/1/steps/enable_subsets/ticket", "POST", {"number": " "}, 400, "Enter the ticket number."),
    ("enrollments/1/steps/enable_subsets/ticket", "POST", {"number": "4711"}, 409, "Finish this first"),
    ("enrollments/1/steps/sign_up/ticket", "POST", {"number": "1"}, 404, "no such step with a ticket"),
    ("enrollments/1/steps/unheard_of/ticket", "POST", {"number": "1"}, 404, "no such step with a ticket"),
    (f"enrollments?{'&'.join(['words=a'] * 21)}", "GET", None, 400, "There are too many filters: 20 at most."),
    (
        "enrollments/1/steps/enable_subsets/ticket",
        "POST",
        {"number": None},
        400,
        'Send JSON such as {"number": "4711"}.',
    ),
    (
        "enrollments/1/steps/enable_subsets/ticket",
        "POST",
        {"number": [1]},
        400,
        'Send JSON such as {"number": "4711"}.',
    ),
    (
        "enrollments/1/steps/enable_subsets/ticket",
        "POST",
        {"number": True},
        400,
        'Send JSON such as {"number": "4711"}.',
    ),
]
#: Bodies that are no ticket number in JSON.
BODIES = {"nested": b"[" * 100_000, "no text": b'{"number": "\xff"}', "cut off": b'{"number": "4711"'}


@pytest.mark.parametrize(("path", "method", "body", "status", "says"), REFUSED)
def test_what_is_wrong_is_said(world: World, path: str, method: str, body: object, status: int, says: str) -> None:
    """With the status that fits, and a sentence."""
    world.start()

    answered, content = token(world, "jira", "read", "tickets").ask(path, method, body)

    assert status == answered
    fits(content, "Refusal")
    assert says in content["error"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_number_is_refused(world: World, body: bytes) -> None:
    """However it is wrong."""
    program = token(world, "jira", "tickets")
    given = {"Authorization": f"Bearer {program.token}"}
    request = Request(f"{world.url}/api/v1/enrollments/1/steps/enable_subsets/ticket", body, given, method="POST")

    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=10)

    assert (400, 'Send JSON such as {"number": "4711"}.') == (refused.value.code, json.load(refused.value)["error"])


@pytest.mark.parametrize(
    "query", [f"page={10**30}", "page=4000000000", "words=%00", "owner=%00", "channel=%00&turn=%00"]
)
def test_a_filter_that_finds_nothing_is_answered(world_on: World, query: str) -> None:
    """Also one that no database can look for; a page behind the last one is the last one."""
    world_on.start()

    status, page = token(world_on).ask(f"enrollments?{query}")

    assert 200 == status, page
    fits(page, "Page")


def test_only_a_live_token_with_the_scope_gets_an_answer(world: World) -> None:
    """None, a guessed one, one that may only read, a revoked one."""
    made = world.start()
    reader = token(world, "reader", "read")
    ticket = f"enrollments/{made.id}/steps/enable_subsets/ticket"

    assert 401 == Program(world, "").ask("enrollments")[0]
    assert 401 == Program(world, "eco_guessed").ask("enrollments")[0]
    assert 403 == reader.ask(ticket, "POST", {"number": "4711"})[0]
    assert 403 == token(world, "writer", "tickets").ask("enrollments")[0]
    assert 200 == reader.ask("enrollments")[0]
    revoke = Namespace(what="revoke", name="reader")
    assert DONE == token_command.run(url_of(world), revoke, world.clock.now(), str)[0]
    assert 401 == reader.ask("enrollments")[0]
    assert "secret-of-reader" not in str(world.app.database.file and world.app.database.file.read_bytes())


def test_a_token_has_so_many_requests_a_minute(world: World) -> None:
    """The next one is told to come later; another token is not affected."""
    program, other = token(world, "busy"), token(world, "calm")
    statuses = [program.ask("enrollments/1")[0] for _ in range(A_MINUTE + 1)]

    assert {404} == set(statuses[:-1])
    assert 429 == statuses[-1]
    assert 404 == other.ask("enrollments/1")[0]
    world.clock.jump_to(world.clock.now().replace(minute=(world.clock.now().minute + 2) % 60))
    assert 404 == program.ask("enrollments/1")[0]


def test_a_tickets_number_comes_back_once(world_on: World) -> None:
    """As a person's **Mark sent**: the step waits, the thread says who, and a repeated request changes nothing."""
    world = world_on
    reach(world, StepKey.ENABLE_SUBSETS)
    number, program = world.enrollment().id, token(world, "jira", "read", "tickets")
    path, key = f"enrollments/{number}/steps/enable_subsets/ticket", {"Idempotency-Key": "ECO-1"}

    first = program.ask(path, "POST", {"number": "4711"}, key)
    again = program.ask(path, "POST", {"number": "4711"}, key)
    other = program.ask(path, "POST", {"number": "4712"}, {"Idempotency-Key": "ECO-2"})
    world.deliver()

    assert (200, 200, 409) == (first[0], again[0], other[0])
    fits(first[1], "Enrollment")
    step = world.enrollment().step(StepKey.ENABLE_SUBSETS)
    assert (State.WAITING, "4711", "api:jira") == (step.state, step.values["ticket_number"], step.acted_by)
    thread = [message.text for message in world.thread()]
    said = [line for line in thread if "sent the ticket for *Enable the Subsets feature*" in line]
    assert 1 == len(said)
    assert said[0].startswith("api:jira sent")


def test_a_key_belongs_to_what_was_asked(world: World) -> None:
    """One ticket for two accounts, a second number for the first of them, and keys that differ at their ends."""
    numbers = []
    for account in ("123456789012", "222222222222"):
        reach(world, StepKey.ENABLE_SUBSETS, account_id=account, account_name=account, spot_org_id=account[:7])
        numbers.append(world.enrollments()[-1].id)
    program = token(world, "jira", "tickets")

    def send(enrollment: int, number: str, key: str) -> int:
        path = f"enrollments/{enrollment}/steps/enable_subsets/ticket"
        return program.ask(path, "POST", {"number": number}, {"Idempotency-Key": key})[0]

    assert [200, 200] == [send(number, "4711", "k" * 200) for number in numbers]
    assert 409 == send(numbers[0], "4712", "k" * 200)
    assert 409 == send(numbers[0], "4711", "k" * 199 + "x")

    assert ["4711"] * 2 == [each.step(StepKey.ENABLE_SUBSETS).values["ticket_number"] for each in world.enrollments()]


def test_a_clock_that_is_set_back_shuts_nobody_out(world: World) -> None:
    """The requests before count for no minute any more."""
    program = token(world, "busy")
    for _ in range(A_MINUTE):
        program.ask("enrollments/1")

    world.clock.jump_to(world.clock.now() - timedelta(hours=1))

    assert 404 == program.ask("enrollments/1")[0]


def test_the_spreadsheet_of_the_docs_works(world: World, tmp_path: Path) -> None:
    """The example, run as it stands there."""
    world.start()
    program = token(world)
    example = (DOCS / "API.md").read_text().split("```python\n")[1].split("```")[0]
    (tmp_path / "portfolio.py").write_text(example)
    env = {"ECO_URL": world.url, "ECO_TOKEN": program.token, "PATH": ""}

    ran = subprocess.run(
        [sys.executable, "portfolio.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )

    assert "" == ran.stderr
    header, row = ran.stdout.splitlines()
    assert "account,name,status,next step,whose turn,late since,finished by" == header
    assert row.startswith("123456789012,Production,active,Connect the management account,us,,")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (Namespace(what="add", name="Jira Cloud", scope=None), WRONG, "is no name"),
        (Namespace(what="add", name="jira", scope=None), BROKEN, "There is or was a token “jira”."),
        (Namespace(what="revoke", name="other"), BROKEN, "There is no live token “other”."),
        (Namespace(what="list"), DONE, "jira: read; made 2026-11-23, never used"),
    ],
)
def test_tokens_are_made_listed_and_revoked(world: World, words: Namespace, code: int, says: str) -> None:
    """By name; the secret is shown once."""
    token(world)

    ended, said = token_command.run(url_of(world), words, world.clock.now(), str)

    assert code == ended
    assert says in said
