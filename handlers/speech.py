"""The language in which a request is answered: that of the channel where the person acts, else of the workspace.

A modal keeps the language of the channel in which it was opened, because what happens in a modal names no channel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from bot.language.spoken import ENGLISH, LANGUAGES, speaking

log = logging.getLogger(__name__)

#: Metadata of a modal: the code of its language, where the workspace has another one.
_LANGUAGE = "language"


class Spoken(NamedTuple):
    """The code of the language of an answer, and what modals of it keep of that: None where that of the workspace."""

    language: str = ENGLISH
    kept: str | None = None


_NOBODY = Spoken()
_now: ContextVar[Spoken] = ContextVar("spoken", default=_NOBODY)


def spoken_in(metadata: Mapping[str, Any], look_up: Callable[[], tuple[str, str]]) -> Spoken:
    """The language of what happens in a modal with that metadata, or outside of one.

    Args:
        look_up: the language of the channel, and of the workspace.
    """
    kept = metadata.get(_LANGUAGE)
    if kept in LANGUAGES:
        return Spoken(str(kept), str(kept))
    try:
        here, everywhere = look_up()
    except Exception as fault:  # noqa: BLE001  # the person is answered anyhow, and what comes next has the same fault
        log.warning("the language of an answer cannot be read: %s", type(fault).__name__)
        return Spoken()
    return Spoken(here, here if here != everywhere else None)


@contextmanager
def answering(spoken: Spoken) -> Iterator[None]:
    """Speak a language while a request is answered; modals that are made meanwhile keep it."""
    before = _now.set(spoken)
    try:
        with speaking(spoken.language):
            yield
    finally:
        _now.reset(before)


def kept() -> dict[str, str]:
    """The metadata by which a modal keeps the language of the request that is answered now."""
    found = _now.get().kept
    return {_LANGUAGE: found} if found else {}
