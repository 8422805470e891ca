"""Rarer ends of a form: an answer after it was closed, a fourth form, answers that Slack does not know, odd values."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt import BoltResponse
from slack_sdk import WebClient

from bot.localslack import LocalSlack, NotPossible, Person
from tests.localslack.test_forms import labelled, opened, options
from tests.localslack.tiny import TinyBot, actions, button, modal, section, text_input


def raw_answer(bot: TinyBot, answer: dict[str, Any]) -> None:
    """Let the bot answer forms with exactly this, which Bolt's own `ack` would check first."""

    @bot.app.middleware
    def say(body: dict[str, Any], next_: Any) -> Any:
        return BoltResponse(status=200, body=answer) if body.get("type") == "view_submission" else next_()


@pytest.mark.parametrize("answer", [{}, {"response_action": "update", "view": modal("2", section("x"))}])
def test_an_answer_to_a_form_that_was_closed_meanwhile_shows_nothing(
    bot: TinyBot, ana: Person, answer: dict[str, Any]
) -> None:
    """The person pressed the X while the bot was still working: the form does not come back."""

    @bot.app.view("form")
    def save(ack: Any) -> None:
        ana.close_all()
        ack(answer)

    opened(bot, ana, modal("1", section("x")))
    assert (None, []) == (ana.submit().error, ana.views)


def test_a_fourth_form_is_not_pushed(bot: TinyBot, ana: Person) -> None:
    """The answer fails with `push_limit_reached`, and the three forms stay."""
    titles = iter("234")
    bot.app.view("form")(lambda ack: ack(response_action="push", view=modal(next(titles), section("x"))))
    opened(bot, ana, modal("1", section("x")))
    assert [None, None] == [ana.submit().error for _ in range(2)]
    delivery = ana.submit()

    assert "invalid_view_response" == delivery.error
    assert "push_limit_reached" == json.loads(delivery.detail or "")["error"]
    assert ["1", "2", "3"] == [view.title for view in ana.views]


WRONG_ANSWERS = {
    "unknown action": ({"response_action": "close"}, "unknown response_action: close"),
    "no view": ({"response_action": "update"}, "missing required field: view"),
    "view that is no JSON": ({"response_action": "update", "view": "{"}, "missing required field: view"),
    "view that is a list": ({"response_action": "push", "view": []}, "missing required field: view"),
    "no errors": ({"response_action": "errors", "errors": {}}, "errors must name input blocks of the view: {}"),
}


@pytest.mark.parametrize(("answer", "sentence"), WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_an_answer_that_slack_does_not_know_is_a_fault_of_the_bot(
    bot: TinyBot, ana: Person, answer: dict[str, Any], sentence: str
) -> None:
    """`invalid_view_response`, the delivery says why, and the form stays as it is."""
    raw_answer(bot, answer)
    opened(bot, ana, modal("1", section("x")))
    delivery = ana.submit()

    assert "invalid_view_response" == delivery.error
    assert {"ok": False, "error": "invalid_arguments", "detail": sentence} == json.loads(delivery.detail or "")
    assert ["1"] == [view.title for view in ana.views]


def test_a_view_in_an_answer_can_be_json_in_a_text(bot: TinyBot, ana: Person) -> None:
    """As clients send it that write every argument as a text."""
    raw_answer(bot, {"response_action": "update", "view": json.dumps(modal("2", section("x")))})
    opened(bot, ana, modal("1", section("x")))

    assert (None, ["2"]) == (ana.submit().error, [view.title for view in ana.views])


def test_a_confirm_dialog_in_a_form_can_be_declined(slack: LocalSlack, bot: TinyBot, ana: Person) -> None:
    """Then nothing is sent; on a home tab that was never published there is nothing to press."""
    view = opened(
        bot, ana, modal("1", actions(button("Go", "go", confirm={"title": {"type": "plain_text", "text": "?"}})))
    )
    before = len(slack.deliveries)

    assert "declined" == ana.click(view, "Go", confirm=False).error
    assert before == len(slack.deliveries)
    with pytest.raises(NotPossible, match="Nothing was published to the home tab of ana"):
        ana.click("home", "Go")


def test_an_overflow_menu_in_a_form_sends_its_option_and_keeps_none(bot: TinyBot, ana: Person) -> None:
    """Unlike a select, it has no place in the state of the form."""
    bot.app.action("more")(lambda ack: ack())
    menu = {"type": "overflow", "action_id": "more", "options": options("a", "b")}
    view = opened(bot, ana, modal("1", section("x", block_id="top", accessory=menu)))
    payload = ana.choose(view, "more", "b").payload

    assert "b" == payload["actions"][0]["selected_option"]["value"]
    assert {} == payload["view"]["state"]["values"]


def test_a_conversation_that_was_not_chosen_has_no_response_url(bot: TinyBot, ana: Person) -> None:
    """The list of response_urls is empty then."""
    bot.app.view("form")(lambda ack: ack())
    opened(bot, ana, modal("1", labelled("where", "conversations_select", response_url_enabled=True)))

    assert [] == ana.submit().payload["response_urls"]


NUMBERS = {
    "12": None,
    "1.5": "“Count” must be a whole number.",
    "four": "“Count” must be a number.",
    "nan": "“Count” must be a number.",
    "inf": "“Count” must be a number.",
    "1": "“Count” must be at least 2.",
    "13": "“Count” must be at most 12.",
}


@pytest.mark.parametrize(("typed", "sentence"), NUMBERS.items())
def test_a_number_has_to_be_one_and_within_its_bounds(
    bot: TinyBot, ana: Person, typed: str, sentence: str | None
) -> None:
    """Slack's client says what is wrong and does not send the form."""
    bot.app.view("form")(lambda ack: ack())
    element = {"type": "number_input", "is_decimal_allowed": False, "min_value": "2", "max_value": "12"}
    opened(bot, ana, modal("1", text_input("count", "Count", element=element)))
    ana.fill({"Count": typed})
    if sentence is None:
        assert ana.submit().ok
        return
    with pytest.raises(NotPossible) as refused:
        ana.submit()
    assert sentence == str(refused.value)


def test_pickers_take_moments_and_words_become_rich_text(bot: TinyBot, ana: Person) -> None:
    """A datetime or its Unix time, an ISO date, and plain words for a rich text."""
    form = modal(
        "1", labelled("when", "datetimepicker"), labelled("then", "datetimepicker"), labelled("rich", "rich_text_input")
    )
    bot.app.view("form")(lambda ack: ack())
    opened(bot, ana, form)
    ana.fill({"when": datetime(2026, 3, 2, 10, tzinfo=UTC), "then": "1772445600", "rich": "words"})
    values = ana.submit().payload["view"]["state"]["values"]

    assert [1_772_445_600] * 2 == [values[name]["it"]["selected_date_time"] for name in ("when", "then")]
    [part] = values["rich"]["it"]["rich_text_value"]["elements"]
    assert ("rich_text_section", [{"type": "text", "text": "words"}]) == (part["type"], part["elements"])


def test_what_a_menu_cannot_take_is_refused(bot: TinyBot, client: WebClient, slack: LocalSlack, ana: Person) -> None:
    """More than it allows, a number for an external select, and words for a day, in a form and in a message."""
    form = modal(
        "1",
        labelled("few", "multi_static_select", options=options("a", "b", "c"), max_selected_items=2),
        labelled("far", "external_select"),
        labelled("day", "datepicker"),
    )
    opened(bot, ana, form)
    for value, sentence in (
        ({"few": ["a", "b", "c"]}, "At most 2 can be chosen."),
        ({"far": 5}, "The sandbox cannot fill a external_select."),
        ({"day": "soon"}, "'day' does not take 'soon': Invalid isoformat string: 'soon'"),
    ):
        with pytest.raises(NotPossible) as refused:
            ana.fill(value)
        assert sentence == str(refused.value)
    client.chat_postMessage(
        channel="C0GENERAL1", text="x", blocks=[actions({"type": "datepicker", "action_id": "day"})]
    )
    with pytest.raises(NotPossible, match="That is not offered here: Invalid isoformat string: 'soon'"):
        ana.choose(slack.channel("general").messages[0], "day", "soon")
