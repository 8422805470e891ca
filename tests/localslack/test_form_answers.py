"""What the bot's answer to a form does: errors, another view, closing; and closing by hand."""

from typing import Any

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, NotPossible, Person
from tests.localslack.test_forms import opened
from tests.localslack.tiny import TinyBot, actions, button, modal, section, text_input


def answering(bot: TinyBot, **answer: Any) -> None:
    """Let the bot acknowledge the form like this."""
    bot.app.view("form")(lambda ack: ack(**answer))


def test_errors_stand_at_their_inputs_and_nothing_typed_is_lost(bot: TinyBot, ana: Person) -> None:
    """The form stays open; typing again takes the error away."""
    answering(bot, response_action="errors", errors={"a": "Twelve digits, please."})
    opened(bot, ana, modal("x", text_input("a", "Account"), text_input("b", "Name")))
    ana.fill({"Account": "12", "Name": "n"})
    ana.submit()

    assert ana.view is not None
    assert {"a": "Twelve digits, please."} == ana.view.errors
    assert {"Account": "Twelve digits, please."} == ana.view.errors_by_label
    assert {"Account": "12", "Name": "n"} == ana.view.values_by_label
    ana.fill({"Account": "123"})
    assert ana.view is not None
    assert {} == ana.view.errors


@pytest.mark.parametrize("errors", [{"nowhere": "x"}, {"words": "x"}])
def test_errors_at_no_input_are_a_fault_of_the_bot(bot: TinyBot, ana: Person, errors: dict[str, str]) -> None:
    """Slack shows "we had some trouble connecting", and the form stays."""
    answering(bot, response_action="errors", errors=errors)
    opened(bot, ana, modal("x", text_input("a", "A"), section("x", block_id="words")))
    ana.fill({"A": "x"})

    assert "invalid_view_response" == ana.submit().error
    assert ana.view is not None


def test_an_empty_acknowledgement_closes_the_form(bot: TinyBot, ana: Person) -> None:
    """Only the one that was submitted."""
    answering(bot)
    opened(bot, ana, modal("x", section("x")))
    assert ana.submit().ok
    assert None is ana.view


def test_update_push_and_clear(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """The answer to a submission can change the form, put one on top, or close them all."""
    answers: list[dict[str, Any]] = [
        {"response_action": "update", "view": modal("2", section("x"), private_metadata="m")},
        {"response_action": "push", "view": modal("3", section("x"))},
        {"response_action": "clear"},
    ]
    bot.app.view("form")(lambda ack: ack(**answers.pop(0)))
    first = opened(bot, ana, modal("1", section("x")))
    ana.submit()
    assert ana.view is not None
    assert (first.id, "2", "m") == (ana.view.id, ana.view.title, ana.view.private_metadata)
    ana.submit()
    assert ["2", "3"] == [view.title for view in ana.views]
    ana.submit()
    assert [] == ana.views


def test_a_wrong_view_in_the_answer_is_a_fault_of_the_bot(bot: TinyBot, ana: Person) -> None:
    """Slack does not show it; the delivery says what was wrong."""
    answering(bot, response_action="update", view=modal("x" * 25, section("x")))
    opened(bot, ana, modal("1", section("x")))
    delivery = ana.submit()

    assert "invalid_view_response" == delivery.error
    assert "must be less than 25 characters" in (delivery.detail or "")


def test_closing_tells_the_bot_where_it_asked(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """`notify_on_close`; `is_cleared` when the whole stack went."""
    bot.app.view_closed("form")(lambda ack: ack())
    opened(bot, ana, modal("x", section("x"), notify_on_close=True))
    delivery = ana.close()
    assert delivery is not None
    assert ("view_closed", False) == (delivery.kind, delivery.payload["is_cleared"])
    ana.command("/tiny")
    ana.wait_view()
    assert [True] == [closed.payload["is_cleared"] for closed in ana.close_all()]
    with pytest.raises(NotPossible, match="no form open"):
        ana.close()


def test_a_form_can_take_the_whole_stack_along(bot: TinyBot, ana: Person) -> None:
    """`clear_on_close`."""
    bot.app.view("form")(lambda ack: ack(response_action="push", view=modal("2", clear_on_close=True)))
    opened(bot, ana, modal("1", section("x")))
    ana.submit()
    assert None is ana.close()
    assert [] == ana.views


def test_a_form_without_submit_cannot_be_submitted(bot: TinyBot, ana: Person) -> None:
    """There is no button for it."""
    opened(bot, ana, modal("x", section("x"), submit=None))
    with pytest.raises(NotPossible, match="no submit button"):
        ana.submit()


def test_one_clicks_in_the_topmost_form_only(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """What lies below is covered; what was closed is gone."""
    bot.app.action("go")(lambda ack: ack())
    below = opened(bot, ana, modal("1", actions(button("Go", "go"))))
    trigger_id = ana.click(below, "Go").payload["trigger_id"]
    client.views_push(trigger_id=trigger_id, view=modal("2", section("x")))
    with pytest.raises(NotPossible, match="on top"):
        ana.click(below, "Go")
    ana.close_all()
    with pytest.raises(NotPossible, match="closed"):
        ana.click(below, "Go")
