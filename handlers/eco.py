"""The slash command `/eco` with its verbs, the hub, the choice of an account, and the message shortcut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, Option, SectionBlock, StaticSelectElement

from bot.domain.enrollment import Enrollment, State
from bot.domain.inputs import format_account_id, shorten
from bot.domain.procedure import PROCEDURE, SPECS
from bot.messaging import card, speech, texts
from handlers import customers, enroll, pairs, tickets
from handlers.answers import card_copy
from handlers.boundary import Boundary
from handlers.visit import Answer, Visit

COMMAND = "/eco"
MESSAGE_SHORTCUT = "eco_status"
CHOOSE = "eco.choose"
LIST = "eco.list"
HELP = "eco.help"

#: A menu offers at most this many enrollments.
_MOST_CHOICES = 100
_MOST_SECTIONS = 45


def register(boundary: Boundary) -> None:
    """Listen to the command, the hub's buttons, the choice and the message shortcut."""
    boundary.command(COMMAND, command)
    boundary.action(CHOOSE, chosen)
    boundary.action(LIST, lambda visit: Answer(message=listing(visit)))
    boundary.action(HELP, lambda _: Answer(message={"text": texts.say("help")}))
    boundary.shortcut(MESSAGE_SHORTCUT, from_message)


def command(visit: Visit) -> Answer:
    """`/eco VERB [ACCOUNT]`; without a verb the hub, with an unknown one the help."""
    verb, account = [*str(visit.body.get("text") or "").split(None, 1), "", ""][:2]
    match verb.lower():
        case "":
            return Answer(message=hub(visit))
        case "enroll":
            return enroll.open_form(visit)
        case "list":
            return Answer(message=listing(visit))
        case "help":
            return Answer(message={"text": texts.say("help")})
        case wanted if wanted in _VERBS:
            return _for_account(visit, wanted, account)
        case unknown:
            words = f"I do not know `{texts.escape(shorten(unknown))}`.\n{texts.say('help')}"
            return Answer(message={"text": words})


def hub(visit: Visit) -> dict[str, Any]:
    """A few words and the buttons for what people do most."""
    mine = visit.enrollments.of_person(visit.workspace, visit.user)
    words = texts.say("hub", count=len(mine), total=len(visit.enrollments.live(visit.workspace)))
    buttons = [
        ButtonElement(text="Start an enrollment", action_id=enroll.BUTTON, style="primary", value="start"),
        ButtonElement(text="List", action_id=LIST, value="list"),
        ButtonElement(text="Help", action_id=HELP, value="help"),
    ]
    blocks = [SectionBlock(text=words), ActionsBlock(elements=buttons)]
    return {"text": words, "blocks": [block.to_dict() for block in blocks]}


def listing(visit: Visit) -> dict[str, Any]:
    """Every enrollment with where it stands and what is next; cut with a count where there are very many."""
    now = visit.enrollments.now()
    overview = visit.enrollments.overview(visit.workspace)
    found = overview.enrollments
    if not found and not overview.unreadable:
        return {"text": "There is no enrollment yet. `/eco enroll` starts one."}
    closed = visit.enrollments.closed_channels(visit.workspace)
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
    parts = speech.pack(lines)
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


def status(visit: Visit, enrollment: Enrollment) -> Answer:
    """A copy of the card for the person alone."""
    return Answer(message=card_copy(visit, enrollment))


def ticket(visit: Visit, enrollment: Enrollment) -> Answer:
    """The text of the ticket that is to be sent now, else of the last one that was sent."""
    now = visit.enrollments.now()
    steps = [spec.key for spec in PROCEDURE if spec.ticket]
    for wanted in ((State.OPEN,), (State.WAITING, State.DUE)):
        for key in steps:
            if enrollment.step(key).state_at(now) in wanted:
                return Answer(view=tickets.view_of(visit, enrollment, key))
    name = texts.escape(enrollment.account_name)
    return Answer(message={"text": f"No ticket of {name} is to be sent now. Its card shows what is next."})


_VERBS: dict[str, Callable[[Visit, Enrollment], Answer]] = {
    "status": status,
    "pairs": lambda visit, enrollment: Answer(view=pairs.view_for(visit, enrollment)),
    "customers": lambda visit, enrollment: Answer(view=customers.view_for(visit, enrollment)),
    "ticket": ticket,
}


def _for_account(visit: Visit, verb: str, account: str) -> Answer:
    """Carry out a verb for the account that is meant; where that is not clear, offer the choices."""
    found = visit.enrollments.matching(visit.workspace, account, visit.channel)
    if len(found) == 1:
        return _VERBS[verb](visit, found[0])
    options = found or visit.enrollments.live(visit.workspace)
    if not options:
        return Answer(message={"text": "There is no enrollment yet. `/eco enroll` starts one."})
    return Answer(message=choices(verb, account, bool(found), options))


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


def chosen(visit: Visit) -> Answer:
    """Go on with the enrollment that was chosen."""
    number, _, verb = str(visit.action["selected_option"]["value"]).partition(":")
    answer = _VERBS[verb](visit, visit.enrollments.get(visit.workspace, int(number)))
    return answer if answer.view else replace(answer, replace=True)


def from_message(visit: Visit) -> Answer:
    """The enrollment of the message's thread, else of its channel: slash commands do not work in threads."""
    message = visit.body.get("message") or {}
    for ts in (message.get("thread_ts"), message.get("ts")):
        found = visit.enrollments.of_message(visit.workspace, visit.channel, ts) if ts else None
        if found is not None:
            return Answer(message=card_copy(visit, found))
    here = visit.enrollments.matching(visit.workspace, "", visit.channel)
    if len(here) == 1:
        return Answer(message=card_copy(visit, here[0]))
    options = here or visit.enrollments.live(visit.workspace)
    if not options:
        return Answer(tell="There is no enrollment yet. `/eco enroll` starts one.")
    return Answer(message=choices("status", "", bool(here), options))
