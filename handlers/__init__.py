"""Handlers of Slack's requests: one module a feature, with its IDs, forms, parsing and listeners."""

from __future__ import annotations

from slack_bolt import App

from bot.handlers import (
    answer,
    away,
    aws_costs,
    aws_setup,
    bulk_start,
    card_copies,
    check_aws,
    complete_step,
    correct,
    custom_steps,
    custom_workflow,
    cut_off,
    data_check,
    details,
    edit,
    email_ticket,
    export,
    hand_over,
    history,
    home,
    import_list,
    list_command,
    list_entry,
    list_fix,
    list_preview,
    list_view,
    more,
    not_there,
    owners,
    party_text,
    procedure_choice,
    quiet,
    slash_command,
    snooze,
    start_enrollment,
    step_waits,
    tickets,
    timeline,
    undo,
)
from bot.handlers.home_tabs import HomeTabs, RunAfterAck
from bot.handlers.router import Router
from bot.handlers.services import Services
from bot.handlers.ticket_lists import ACCOUNTS, CUSTOMERS, PAIRS, SUBSETS, WORKFLOWS

#: Whatever has a `register`: modules, and the forms of lists.
FEATURES = (
    complete_step,
    check_aws,
    aws_costs,
    aws_setup,
    not_there,
    slash_command,
    edit,
    procedure_choice,
    email_ticket,
    start_enrollment,
    card_copies,
    home,
    list_command,
    PAIRS,
    CUSTOMERS,
    SUBSETS,
    WORKFLOWS,
    ACCOUNTS,
    list_preview,
    list_fix,
    import_list,
    tickets,
    party_text,
    custom_workflow,
    step_waits,
    snooze,
    correct,
    details,
    answer,
    cut_off,
    owners,
    history,
    undo,
    export,
    timeline,
    more,
    list_view,
    list_entry,
    data_check,
    away,
    hand_over,
    quiet,
    bulk_start,
    custom_steps,
)


def register(app: App, services: Services, run_after_ack: RunAfterAck) -> HomeTabs:
    """Register the listeners of every feature with a Bolt app; return the home tabs, which are refreshed by a tick.

    Args:
        run_after_ack: runs work in another thread, after an acknowledgement.
    """
    renders = (home.render, history.render_modal, card_copies.render_copy)
    router = Router(services, *renders, run_after_ack)
    for feature in FEATURES:
        feature.register(router)
    router.register(app)
    return router.homes
