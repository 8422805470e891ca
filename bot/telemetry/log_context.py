"""What a thread is working on, which each of its log lines says: the request, the enrollment, the workspace, the job.

It is kept in a context variable, so it goes along into other threads where their work runs in a copy of the context.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

#: What lines can say, in this order.
REFERENCE, ENROLLMENT, WORKSPACE, JOB, TRACE = "reference", "enrollment", "workspace", "job", "trace"
FACTS = (REFERENCE, ENROLLMENT, WORKSPACE, JOB, TRACE)

_facts: ContextVar[Mapping[str, object]] = ContextVar("log facts", default=MappingProxyType({}))
#: https://www.w3.org/TR/trace-context/: version, trace, parent, flags; none of them all zeros.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def current() -> Mapping[str, object]:
    """What this thread is working on, by name."""
    return _facts.get()


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Say this of what is done within the block; a value that is empty or None says nothing."""
    token = _facts.set(_with(facts))
    try:
        yield
    finally:
        _facts.reset(token)


def note(**facts: object) -> None:
    """Say this, too, until the block of `about` around it ends; outside of every block, nothing would end it."""
    if _facts.get():
        _facts.set(_with(facts))


@contextmanager
def request(traceparent: str = "") -> Iterator[None]:
    """Handle a request within the block: under a new reference, and under the trace that its sender names."""
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    with about(reference=secrets.token_hex(4), trace=found[1] if found else None):
        yield


def reference() -> str:
    """The reference of the request that is being handled, as people are told it; a new one outside of requests."""
    return str(current().get(REFERENCE) or secrets.token_hex(4))


def traceparent(trace: str) -> str:
    """The header `traceparent` of a call that belongs to a trace."""
    return f"00-{trace}-{secrets.token_hex(8)}-01"


def _with(facts: Mapping[str, object]) -> Mapping[str, object]:
    return {**_facts.get(), **{name: value for name, value in facts.items() if value}}
