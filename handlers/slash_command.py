"""The slash command `/eco` with its verbs, the hub, the choice of an account, and the message shortcut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, Option, SectionBlock, StaticSelectElement

from bot.domain.enrollment import Enrollment, State
from bot.domain.inputs import format_account_id, shorten
from bot.domain.procedure import PROCEDURE, SPECS
from bot.presentation import card, notifications, texts
from handlers import customers, pairs, start_enrollment, tickets
from handlers.card_copies import card_copy
from handlers.request import Request, Response
from handlers.router import Router

COMMAND = "/eco"
MESSAGE_SHORTCUT = "eco_status"
CHOOSE = "eco.choose"
LIST = "eco.list"
HELP = "eco.help"

#: A menu offers at most this many enrollments.
_MOST_CHOICES = 100
_MOST_SECTIONS = 45


def register(router: Router) -> None:
    """Listen to the command, the hub's buttons, the choice and the message shortcut."""
    router.command(COMMAND, command)
    router.action(CHOOSE, chosen)
    router.action(LIST, lambda request: Response(message=listing(request)))
    router.action(HELP, lambda _: Response(message={"text": texts.say("help")}))
    router.shortcut(MESSAGE_SHORTCUT, from_message)


def command(request: Request) -> Response:
    """`/eco VERB [ACCOUNT]`; without a verb the hub, with an unknown one the help."""
    verb, account = [*str(request.body.get("text") or "").split(None, 1), "", ""][:2]
    match verb.lower():
        case "":
            return Response(message=hub(request))
        case "enroll":
            return start_enrollment.open_form(request)
        case "list":
            return Response(message=listing(request))
        case "help":
            return Response(message={"text": texts.say("help")})
        case wanted if wanted in _VERBS:
            return _for_account(request, wanted, account)
        case unknown:
            words = f"I do not know `{texts.escape(shorten(unknown))}`.\n{texts.say('help')}"
            return Response(message={"text": words})


def hub(request: Request) -> dict[str, Any]:
    """A few words and the buttons for what people do most."""
    mine = request.enrollments.of_person(request.workspace_id, request.user)
    words = texts.say("hub", count=len(mine), total=len(request.enrollments.live(request.workspace_id)))
    buttons = [
        ButtonElement(text="Start an enrollment", action_id=start_enrollment.BUTTON, style="primary", value="start"),
        ButtonElement(text="List", action_id=LIST, value="list"),
        ButtonElement(text="Help", action_id=HELP, value="help"),
    ]
    blocks = [SectionBlock(text=words), ActionsBlock(elements=buttons)]
    return {"text": words, "blocks": [block.to_dict() for block in blocks]}


def listing(request: Request) -> dict[str, Any]:
    """Every enrollment with where it stands and what is next; cut with a count where there are very many."""
    now = request.enrollments.now()
    overview = request.enrollments.overview(request.workspace_id)
    found = overview.enrollments
    if not found and not overview.unreadable:
        return {"text": "There is no enrollment yet. `/eco enroll` starts one."}
    closed = request.enrollments.closed_channels(request.workspace_id)
    lines = [
        texts.say(
            "list_line",
            enrollment=e,
            progress=card.progress(e),
            next_up=[(SPECS[step.key].title, state.value) for step, state in card.next_actions(e, now)],
            closed=closed.get(e.channel_id),
        )
        for e in found
    ]
    parts = notifications.pack(lines)
    shown = parts[:_MOST_SECTIONS]
    if len(parts) > len(shown):
        left = sum(part.count("\n") + 1 for part in parts[_MOST_SECTIONS:])
        shown.append(f"And {left} more: `/eco status` with an account ID or a name shows any of them.")
    words = f"{texts.plural(len(found), 'enrollment')}:\n" + "\n".join(lines)
    if overview.unreadable:
        shown.insert(0, texts.say("unreadable", names=overview.unreadable))
        words = f"{shown[0]}\n{words}"
    blocks = [SectionBlock(text=part).to_dict() for part in shown]
    return {"text": shorten(words, 3900), "blocks": blocks}


def status(request: Request, enrollment: Enrollment) -> Response:
    """A copy of the card for the person alone."""
    return Response(message=card_copy(request, enrollment))


def ticket(request: Request, enrollment: Enrollment) -> Response:
    """The text of the ticket that is to be sent now, else of the last one that was sent."""
    now = request.enrollments.now()
    steps = [spec.key for spec in PROCEDURE if spec.ticket]
    for wanted in ((State.OPEN,), (State.WAITING, State.DUE)):
        for key in steps:
            if enrollment.step(key).state_at(now) in wanted:
                return Response(view=tickets.view_of(request, enrollment, key))
    name = texts.escape(enrollment.account_name)
    return Response(message={"text": f"No ticket of {name} is to be sent now. Its card shows what is next."})


_VERBS: dict[str, Callable[[Request, Enrollment], Response]] = {
    "status": status,
    "pairs": lambda request, enrollment: Response(view=pairs.view_for(request, enrollment)),
    "customers": lambda request, enrollment: Response(view=customers.view_for(request, enrollment)),
    "ticket": ticket,
}


def _for_account(request: Request, verb: str, account: str) -> Response:
    """Carry out a verb for the account that is meant; where that is not clear, offer the choices."""
    found = request.enrollments.matching(request.workspace_id, account, request.channel)
    if len(found) == 1:
        return _VERBS[verb](request, found[0])
    options = found or request.enrollments.live(request.workspace_id)
    if not options:
        return Response(message={"text": "There is no enrollment yet. `/eco enroll` starts one."})
    return Response(message=choices(verb, account, bool(found), options))


def choices(verb: str, account: str, several: bool, options: list[Enrollment]) -> dict[str, Any]:
    """A menu of the enrollments that can be meant; the answer carries the verb on."""
    asked = f"“{texts.escape(shorten(account.strip()))}”" if account.strip() else "this channel"
    why = f"Several enrollments fit {asked}." if several else f"No enrollment fits {asked}."
    shown = options[:_MOST_CHOICES]
    more = (
        f" The first {len(shown)} of {len(options)} are offered; an account ID finds the others."
        if len(options) > len(shown)
        else ""
    )
    words = f"{why} Which one do you mean?{more}"
    menu = StaticSelectElement(
        action_id=CHOOSE,
        placeholder="Choose an enrollment",
        options=[
            Option(
                value=f"{e.id}:{verb}",
                text=f"{shorten(e.account_name, 50)} ({format_account_id(e.account_id)})",
            )
            for e in shown
        ],
    )
    blocks = [SectionBlock(text=words), ActionsBlock(elements=[menu])]
    return {"text": words, "blocks": [block.to_dict() for block in blocks]}


def chosen(request: Request) -> Response:
    """Go on with the enrollment that was chosen."""
    number, _, verb = str(request.action["selected_option"]["value"]).partition(":")
    answer = _VERBS[verb](request, request.enrollments.get(request.workspace_id, int(number)))
    return answer if answer.view else replace(answer, replace=True)


def from_message(request: Request) -> Response:
    """The enrollment of the message's thread, else of its channel: slash commands do not work in threads."""
    message = request.body.get("message") or {}
    for ts in (message.get("thread_ts"), message.get("ts")):
        found = request.enrollments.of_message(request.workspace_id, request.channel, ts) if ts else None
        if found is not None:
            return Response(message=card_copy(request, found))
    here = request.enrollments.matching(request.workspace_id, "", request.channel)
    if len(here) == 1:
        return Response(message=card_copy(request, here[0]))
    options = here or request.enrollments.live(request.workspace_id)
    if not options:
        return Response(tell="There is no enrollment yet. `/eco enroll` starts one.")
    return Response(message=choices("status", "", bool(here), options))
