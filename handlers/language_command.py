"""`/eco language`: shows and chooses the language of a channel's messages, and of the whole workspace."""

from __future__ import annotations

from bot.domain.errors import InvalidInput
from bot.domain.inputs import and_joined, shorten
from bot.handlers.command_text import as_typed
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.language.spoken import LANGUAGES, gettext, language_named, name_of, speaking

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
        known = and_joined([gettext(name_of(each)) for each in LANGUAGES])
        unknown = gettext("I don't know the language “{named}”. I speak {known}.")
        raise InvalidInput(unknown.format(named=shorten(named), known=known))
    in_channel = request.channel.startswith(("C", "G"))
    if not everywhere and not in_channel:
        where = gettext(
            "Type this in the channel whose language you want to choose. Direct messages have the language of the "
            "whole workspace: an admin chooses it with `everywhere` after the language."
        )
        raise InvalidInput(where)
    request.enrollments.choose_language(request.caller(), "" if everywhere else request.channel, language)
    with speaking(language):
        if everywhere:
            said = gettext(
                "From now on I write in {language} in direct messages, and in all channels for which nobody has chosen "
                "a language."
            )
        else:
            said = gettext("From now on I write in {language} in this channel. I'm drawing its cards again.")
        return show_text(said.format(language=gettext(name_of(language))))


def _shown(request: Request) -> str:
    enrollments, workspace = request.enrollments, request.workspace_id
    here, everywhere = enrollments.languages(workspace, request.channel)
    others = [name_of(each) for each in LANGUAGES if each != here]
    said = gettext(
        "I write in {here} in this channel, and in {everywhere} in direct messages and where nobody has chosen a "
        "language. For another language, type for example `/eco language {other}` here; as an admin, `/eco language "
        "{other} everywhere` for the whole workspace."
    )
    return said.format(here=gettext(name_of(here)), everywhere=gettext(name_of(everywhere)), other=others[0])
