"""`/eco language`: shows and chooses the language of a channel's messages, and of the whole workspace."""

from __future__ import annotations

from bot.domain.errors import InvalidInput
from bot.domain.inputs import shorten
from bot.handlers.command_text import as_typed
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.language.spoken import LANGUAGES, language_named, name_of

#: The word that means the whole workspace.
_ALL = "everywhere"


def command(request: Request) -> Response:
    """Answer `/eco language [LANGUAGE] [everywhere]`."""
    words = as_typed(str(request.body.get("text") or "")).split()[1:]
    everywhere = _ALL in map(str.lower, words)
    named = " ".join(word for word in words if word.lower() != _ALL)
    if not named:
        return show_text(_shown(request))
    language = language_named(named)
    if language is None:
        known = " and ".join(map(name_of, LANGUAGES))
        raise InvalidInput(f"I don't know the language “{shorten(named)}”. I speak {known}.")
    in_channel = request.channel.startswith(("C", "G"))
    if not everywhere and not in_channel:
        raise InvalidInput(
            "Type this in the channel whose language you want to choose. Direct messages have the language of the "
            "whole workspace: an admin chooses it with `everywhere` behind the language."
        )
    request.enrollments.choose_language(request.caller(), "" if everywhere else request.channel, language)
    if everywhere:
        return show_text(
            f"From now on I write in {name_of(language)} in direct messages, and in all channels for which nobody has "
            "chosen a language."
        )
    return show_text(f"From now on I write in {name_of(language)} in this channel. I'm drawing its cards again.")


def _shown(request: Request) -> str:
    enrollments, workspace = request.enrollments, request.workspace_id
    here, everywhere = enrollments.languages(workspace, request.channel)
    others = [name_of(each) for each in LANGUAGES if each != here]
    return (
        f"I write in {name_of(here)} in this channel, and in {name_of(everywhere)} in direct messages and where nobody "
        f"has chosen a language. For another language, type for example `/eco language {others[0]}` here; as an admin, "
        f"`/eco language {others[0]} everywhere` for the whole workspace."
    )
