"""The slash command `/eco` with its verbs, the hub with buttons, the menu of accounts, and the message shortcut."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, Option, SectionBlock, StaticSelectElement

from bot.domain.enrollment import Enrollment, State
from bot.domain.inputs import format_account_id, shorten
from bot.handlers import (
    away,
    bulk_start,
    data_check,
    details,
    export,
    hand_over,
    language_command,
    list_command,
    list_view,
    quiet,
    start_enrollment,
    tickets,
    timeline,
    undo,
)
from bot.handlers.card_copies import show_card
from bot.handlers.command_text import as_typed
from bot.handlers.list_command import no_enrollment
from bot.handlers.request import Request
from bot.handlers.response import Response, show_text
from bot.handlers.router import Router
from bot.handlers.ticket_lists import ACCOUNTS, CUSTOMERS, PAIRS
from bot.language.spoken import gettext
from bot.presentation import texts
from bot.presentation.portfolio_list import LIST
from bot.use_cases import Matches

COMMAND = "/eco"
MESSAGE_SHORTCUT = "eco_status"
CHOOSE = "eco.choose"
HELP = "eco.help"


@dataclass(frozen=True, slots=True)
class ForAccount:
    """A verb for one enrollment: `/eco VERB [ACCOUNT]`.

    Attributes:
        words: what means something else instead of an account.
        in_part: whether the verb is also for people who see the steps of their party alone.
    """

    answer: Callable[[Request, Enrollment], Response]
    words: Mapping[str, Callable[[Request], Response]] = field(default_factory=dict)
    in_part: bool = False


def register(router: Router) -> None:
    """Register the listeners of the command, the hub's buttons, the menu and the message shortcut."""
    router.command(COMMAND, command)
    router.action(CHOOSE, chosen)
    router.action(HELP, show_help)
    router.shortcut(MESSAGE_SHORTCUT, from_message)


def command(request: Request) -> Response:
    """Answer `/eco VERB [ACCOUNT]`: without a verb with the hub, for an unknown verb with the help."""
    word, account = [*as_typed(str(request.body.get("text") or "")).split(None, 1), "", ""][:2]
    verb = word.lower()
    if not verb:
        return hub(request)
    answer = VERBS.get(verb)
    if answer is None:
        unknown = gettext("I don't know `/eco {verb}`.").format(verb=texts.escape(shorten(verb)))
        return show_text(f"{unknown}\n{texts.say('help')}")
    if not isinstance(answer, ForAccount):
        return answer(request)
    special = answer.words.get(account.strip().lower())
    return special(request) if special else _for_account(request, verb, account)


def show_help(_: Request) -> Response:
    """Show the verbs."""
    return show_text(texts.say("help"))


def hub(request: Request) -> Response:
    """Show a short text with the most used buttons."""
    mine, total = request.services.portfolios.hub(request.workspace_id, request.actor())
    words = texts.say("hub", count=mine)
    buttons = [ButtonElement(text=gettext("Help"), action_id=HELP, value="help")]
    if total:
        label = gettext("See all {total}").format(total=total) if total > 1 else gettext("See the list")
        buttons.insert(0, ButtonElement(text=label, action_id=LIST, value="{}"))
    if request.workspace.rights.may_start(request.user):
        start = start_enrollment.BUTTON
        buttons.insert(0, ButtonElement(text=gettext("Start one"), action_id=start, style="primary", value="start"))
    return _message(words, SectionBlock(text=words), ActionsBlock(elements=buttons))


def status(request: Request, enrollment: Enrollment) -> Response:
    """Show a copy of the card to the person alone."""
    return show_card(request, enrollment)


def ticket(request: Request, enrollment: Enrollment) -> Response:
    """Show the ticket to be sent now; without one, the first ticket that waits for its answer."""
    now = request.enrollments.now()
    steps = [spec.key for spec in enrollment.procedure.steps if spec.ticket]
    for states in ((State.OPEN,), (State.WAITING, State.DUE)):
        for key in steps:
            if enrollment.step(key).state_at(now) in states:
                return Response(view=tickets.view_of(request, enrollment, key))
    name = texts.escape(enrollment.account_name)
    words = gettext("{name} has no ticket to send right now. Its card shows what's next.")
    return show_text(words.format(name=name))


#: The verbs: a new one is an entry here.
VERBS: dict[str, ForAccount | Callable[[Request], Response]] = {
    "enroll": start_enrollment.open_form,
    "import": bulk_start.open_form,
    "list": list_command.command,
    "help": show_help,
    "status": ForAccount(status, in_part=True),
    "pairs": ForAccount(PAIRS.open),
    "customers": ForAccount(CUSTOMERS.open),
    "accounts": ForAccount(ACCOUNTS.open),
    "lists": ForAccount(list_view.open_for),
    "check": ForAccount(data_check.open_for),
    "ticket": ForAccount(ticket),
    "details": ForAccount(details.open_for),
    "export": ForAccount(export.for_enrollment, {"all": export.export_list}),
    "undo": ForAccount(undo.for_enrollment),
    "timeline": ForAccount(timeline.timeline),
    "calendar": ForAccount(timeline.calendar, {"feed": timeline.open_feed}),
    "away": away.open_form,
    "handover": hand_over.open_form,
    "quiet": quiet.open_form,
    "language": language_command.command,
}


def _for_account(request: Request, verb: str, account: str) -> Response:
    """Carry out a verb for the account that is meant; if that is unclear, offer a menu."""
    in_part = _for(verb).in_part
    matches = request.enrollments.matching(request.workspace_id, account, request.channel, in_part=in_part)
    if matches.total == 1:
        return _answer(request, verb, matches.options[0].id)
    offered = matches if matches.total else request.enrollments.choices(request.workspace_id, in_part=in_part)
    if not offered.total:
        return no_enrollment(request)
    return choices(verb, account, bool(matches.total), offered)


def _for(verb: str) -> ForAccount:
    answer = VERBS[verb]
    assert isinstance(answer, ForAccount), "menus are for verbs that need an enrollment"
    return answer


def _answer(request: Request, verb: str, enrollment_id: int) -> Response:
    """Carry out a verb for an enrollment; raises `NotVisible` unless the person may see it, or what the verb shows."""
    answer, enrollments = _for(verb), request.enrollments
    if answer.in_part:
        return answer.answer(request, enrollments.get_in_part(request.workspace_id, enrollment_id)[0])
    return answer.answer(request, enrollments.get(request.workspace_id, enrollment_id))


def choices(verb: str, account: str, several: bool, offered: Matches) -> Response:
    """Show a menu of the enrollments that may be meant; its options carry the verb.

    Args:
        several: whether those offered match `account`; else they are all there are.
    """
    if account.strip():
        typed = texts.escape(shorten(account.strip()))
        why = gettext("Several enrollments match “{typed}”." if several else "No enrollment matches “{typed}”.")
        why = why.format(typed=typed)
    else:
        why = gettext("This channel has several enrollments." if several else "This channel has no enrollment.")
    shown = offered.options
    words = f"{why} {gettext('Which one do you mean?')}"
    if offered.total > len(shown):
        more = gettext("These are the first {count} of {total}. Type an account ID to find the others.")
        words += f" {more.format(count=len(shown), total=offered.total)}"
    menu = StaticSelectElement(
        action_id=CHOOSE,
        placeholder=gettext("Choose an enrollment"),
        options=[
            Option(value=f"{e.id}:{verb}", text=f"{shorten(e.account_name, 50)} ({format_account_id(e.account_id)})")
            for e in shown
        ],
    )
    return _message(words, SectionBlock(text=words), ActionsBlock(elements=[menu]))


def _message(text: str, *blocks: Block) -> Response:
    return Response(message={"text": text, "blocks": [block.to_dict() for block in blocks]})


def chosen(request: Request) -> Response:
    """Carry out the verb for the chosen enrollment."""
    enrollment_id, _, verb = str(request.action["selected_option"]["value"]).partition(":")
    response = _answer(request, verb, int(enrollment_id))
    return response if response.view else replace(response, replace_original=True)


def from_message(request: Request) -> Response:
    """Show the card of a message's thread, else of its channel. (Slash commands do not work in threads.)"""
    message = request.body.get("message") or {}
    for ts in (message.get("thread_ts"), message.get("ts")):
        enrollment_id = request.enrollments.of_message(request.workspace_id, request.channel, ts) if ts else None
        if enrollment_id is not None:
            return _answer(request, "status", enrollment_id)
    return _for_account(request, "status", "")
