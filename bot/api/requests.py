"""Answers requests of other programs: who may ask what, how often, and what the answer is."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from bot.api import enrollment_json
from bot.domain.access import Actor
from bot.domain.errors import DomainError, InvalidInput, StepConflict, UnknownEnrollment
from bot.domain.inputs import MAX_SENTENCE, parse_line
from bot.domain.portfolio import PortfolioQuery, Segment, Sort
from bot.domain.procedure import TICKET_NUMBER
from bot.domain.schedule import Clock
from bot.domain.step_spec import specs
from bot.repository import api_tokens
from bot.repository.api_tokens import ApiToken
from bot.repository.database import Database
from bot.serving.program_requests import PREFIX, ApiAnswer, ApiRequest
from bot.telemetry.log_context import note
from bot.use_cases import Caller, Enrollments, Portfolios

log = logging.getLogger(__name__)

#: What a token may allow.
READ, TICKETS = "read", "tickets"
SCOPES = (READ, TICKETS)
#: How many rows a page has, and how many requests a token has in a minute.
PAGE, A_MINUTE = 50, 120
#: Most filters of a request.
_FILTERS = 20
#: How often the last use of a token is stored at most.
_USE = timedelta(minutes=5)
_ONE = re.compile(r"enrollments/([0-9]{1,12})")
_TICKET = re.compile(r"enrollments/([0-9]{1,12})/steps/([a-z0-9_]{1,32})/ticket")


#: The answer to a token that is not valid, and to one whose workspace is not served by this process.
UNKNOWN_TOKEN = ApiAnswer(401, {"error": "Send a valid token: Authorization: Bearer …"}, {"WWW-Authenticate": "Bearer"})
NO_WORKSPACE = ApiAnswer(403, {"error": "The workspace of this token is not served. Make one with --workspace."})


class _Refused(Exception):
    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.answer = ApiAnswer(status, {"error": words}, headers or {})


class _Unknown(Exception):
    """The token is not valid here."""


@dataclass(slots=True)
class Api:
    """The read API of one process, and the way back for ticket numbers.

    Attributes:
        workspace: the ID of the workspace that is served; "" until Slack has told it.
    """

    database: Database
    clock: Clock
    enrollments: Enrollments
    portfolios: Portfolios
    workspace: Callable[[], str]
    _asked: dict[str, deque[datetime]] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: ApiRequest) -> ApiAnswer:
        """The answer; a refusal is a sentence under `error`."""
        try:
            token = self._token(request)
            if not (workspace := self.workspace()):
                raise _Refused(503, "Slack has not answered yet.", {"Retry-After": "10"})
            return self._carry_out(request, token, workspace)
        except _Unknown:
            return UNKNOWN_TOKEN
        except _Refused as refusal:
            return refusal.answer

    def _token(self, request: ApiRequest) -> ApiToken:
        now = self.clock.now()
        with self.database.read() as connection:
            token = api_tokens.find(connection, request.token) if request.token else None
        if token is None or token.workspace not in (None, self.workspace()):
            raise _Unknown
        if not self._has_room(token.name, now):
            raise _Refused(429, f"A token has {A_MINUTE} requests a minute.", {"Retry-After": "60"})
        if token.used_at is None or now - token.used_at >= _USE:
            with self.database.write() as connection:
                api_tokens.note_use(connection, token.name, now)
        return token

    def _has_room(self, name: str, now: datetime) -> bool:
        with self._mutex:
            asked = self._asked.setdefault(name, deque())
            # What seems to be yet to come is of a clock that was set back.
            while asked and not timedelta() <= now - asked[0] < timedelta(minutes=1):
                asked.popleft()
            if len(asked) >= A_MINUTE:
                return False
            asked.append(now)
            return True

    def _carry_out(self, request: ApiRequest, token: ApiToken, workspace: str) -> ApiAnswer:
        path = request.path.removeprefix(PREFIX)
        actor = Actor(f"api:{token.name}", is_admin=True)
        note(workspace=workspace)
        if path == "enrollments":
            _require(request, token, "GET", READ)
            query = _query(request.query)
            return ApiAnswer(200, enrollment_json.page_of(self.portfolios.page(workspace, query, actor, size=PAGE)))
        if match := _ONE.fullmatch(path):
            _require(request, token, "GET", READ)
            note(enrollment=int(match[1]))
            return ApiAnswer(200, self._one(workspace, int(match[1])))
        if match := _TICKET.fullmatch(path):
            _require(request, token, "POST", TICKETS)
            note(enrollment=int(match[1]))
            return self._ticket(request, Caller(workspace, actor), int(match[1]), match[2])
        raise _Refused(404, "There is nothing here. docs/API.md lists what there is.")

    def _one(self, workspace: str, enrollment_id: int) -> dict[str, Any]:
        try:
            enrollment = self.enrollments.get(workspace, enrollment_id)
        except UnknownEnrollment:
            raise _Refused(404, "There is no such enrollment.") from None
        return enrollment_json.whole(enrollment, self.clock.now())

    def _ticket(self, request: ApiRequest, caller: Caller, enrollment_id: int, step: str) -> ApiAnswer:
        """Record the number of a step's ticket, as a person's **Mark sent** does."""
        try:
            number = parse_line(_number(request.body), "the ticket number", MAX_SENTENCE)
        except InvalidInput as fault:
            raise _Refused(400, str(fault)) from None
        caller = replace(caller, idempotency_key=_key(request, caller.actor, number))
        try:
            before = self.enrollments.get(caller.workspace, enrollment_id)
            if step not in specs(before.procedure) or before.spec(step).ticket is None:
                raise _Refused(404, "This enrollment has no such step with a ticket.")
            after = self.enrollments.complete_act(caller, enrollment_id, step, {TICKET_NUMBER.key: number})
        except UnknownEnrollment:
            raise _Refused(404, "There is no such enrollment.") from None
        except StepConflict as conflict:
            raise _Refused(409, str(conflict)) from None
        except DomainError as fault:
            raise _Refused(422, str(fault)) from None
        return ApiAnswer(200, enrollment_json.whole(after, self.clock.now()))


def _require(request: ApiRequest, token: ApiToken, method: str, scope: str) -> None:
    if request.method != method:
        raise _Refused(405, f"Use {method} here.", {"Allow": method})
    if scope not in token.scopes:
        raise _Refused(403, f"This token may not do that: it lacks the scope “{scope}”.")


def _number(body: bytes) -> str:
    """The ticket number in a body, as text."""
    try:
        number = json.loads(body)["number"]
    except (ValueError, KeyError, TypeError, RecursionError):
        number = None
    if isinstance(number, bool) or not isinstance(number, str | int):
        raise _Refused(400, 'Send JSON such as {"number": "4711"}.')
    return str(number)


def _key(request: ApiRequest, actor: Actor, number: str) -> str | None:
    """What names a repeated request: two programs may choose the same key, and one may do so for different requests."""
    asked = hashlib.sha256("\0".join((request.key, request.path, number)).encode()).hexdigest()
    return f"{actor.user_id}:{asked}" if request.key else None


def _query(text: str) -> PortfolioQuery:
    """The filters of a list; raises `_Refused` for one that does not exist."""
    try:
        fields = parse_qs(text.replace("%00", ""), keep_blank_values=True, max_num_fields=_FILTERS)
    except ValueError:
        raise _Refused(400, f"There are too many filters: {_FILTERS} at most.") from None
    given = {name: values[-1] for name, values in fields.items()}
    known = ("segment", "owner", "channel", "step", "turn", "words", "sort", "page")
    if unknown := [name for name in given if name not in known]:
        raise _Refused(400, f"There is no filter “{unknown[0]}”. There are {', '.join(known)}.")
    try:
        return PortfolioQuery(
            Segment(given.get("segment", Segment.ALL.value)),
            owner=given.get("owner") or None,
            channel=given.get("channel") or None,
            step=given.get("step") or None,
            party=given.get("turn") or None,
            words=given.get("words", "")[:100],
            sort=Sort(given.get("sort", Sort.URGENCY.value)),
            page=max(1, int(given.get("page", "1"))),
        )
    except ValueError as fault:
        raise _Refused(400, f"A filter has a value that does not exist: {fault}.") from None
