"""Views by the Web API: triggers, the stack of three, hashes, external ids, the home tab."""

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, Person, TimeMachine
from tests.localslack.test_messages import refusal
from tests.localslack.tiny import TinyBot, actions, button, modal, section, text_input


@pytest.fixture
def bot(bot: TinyBot) -> TinyBot:
    """A bot that acknowledges the shortcut "start", a button "go" and every form, and does nothing."""
    bot.app.shortcut("start")(lambda ack: ack())
    bot.app.action("go")(lambda ack: ack())
    bot.app.view("form")(lambda ack: ack())
    return bot


def trigger(person: Person) -> str:
    """A fresh trigger_id."""
    return str(person.shortcut("start").payload["trigger_id"])


def test_a_trigger_opens_one_form(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """A trigger_id is exchanged once; an unknown one is invalid."""
    trigger_id = trigger(ana)
    answer = client.views_open(trigger_id=trigger_id, view=modal("One", section("x")))["view"]

    assert ana.view is not None
    assert (ana.view.id, ana.view.hash, "One") == (answer["id"], answer["hash"], ana.view.title)
    assert (answer["id"], None) == (answer["root_view_id"], answer["previous_view_id"])
    again = {"trigger_id": trigger_id, "view": modal("Two", section("x"))}
    assert "exchanged_trigger_id" == refusal(client.views_open, **again)
    assert "invalid_trigger_id" == refusal(client.views_open, **{**again, "trigger_id": "1.2.abc"})


def test_a_trigger_lives_three_seconds(bot: TinyBot, client: WebClient, ana: Person, clock: TimeMachine) -> None:
    """By the workspace's clock."""
    in_time, too_late = trigger(ana), trigger(ana)
    clock.jump(timedelta(seconds=3))
    assert client.views_open(trigger_id=in_time, view=modal("x", section("x")))["ok"]
    clock.jump(timedelta(seconds=1))
    assert "expired_trigger_id" == refusal(client.views_open, trigger_id=too_late, view=modal("x", section("x")))


def test_a_refused_view_does_not_use_the_trigger_up(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """The bot may correct itself."""
    trigger_id = trigger(ana)
    assert "invalid_arguments" == refusal(client.views_open, trigger_id=trigger_id, view=modal("x" * 25))
    assert client.views_open(trigger_id=trigger_id, view=modal("x", section("x")))["ok"]


def press(person: Person) -> str:
    """The trigger of a click in the topmost form."""
    assert person.view is not None
    return str(person.click(person.view, "Go").payload["trigger_id"])


def test_three_forms_stack_and_no_more(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """`push_limit_reached` for the fourth; closing shows the one below."""
    with_button = [actions(button("Go", "go"))]
    root = client.views_open(trigger_id=trigger(ana), view=modal("1", *with_button))["view"]
    second = client.views_push(trigger_id=press(ana), view=modal("2", *with_button))["view"]
    client.views_push(trigger_id=press(ana), view=modal("3", *with_button))

    assert (root["id"], root["id"]) == (second["previous_view_id"], second["root_view_id"])
    assert ["1", "2", "3"] == [view.title for view in ana.views]
    assert "push_limit_reached" == refusal(client.views_push, trigger_id=press(ana), view=modal("4"))
    ana.close()
    assert ana.view is not None
    assert "2" == ana.view.title
    ana.close_all()
    assert None is ana.view


def test_pushing_needs_a_trigger_from_a_form(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """A shortcut's trigger has no stack to push onto."""
    client.views_open(trigger_id=trigger(ana), view=modal("1", section("x")))
    assert "not_found" == refusal(client.views_push, trigger_id=trigger(ana), view=modal("2"))


def test_an_update_needs_the_current_hash_where_it_names_one(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """`hash_conflict` guards against a race; without a hash the last one wins."""
    view = client.views_open(trigger_id=trigger(ana), view=modal("1", section("x")))["view"]
    changed = client.views_update(view_id=view["id"], hash=view["hash"], view=modal("2", section("x")))

    assert view["hash"] != changed["view"]["hash"]
    stale = {"view_id": view["id"], "hash": view["hash"], "view": modal("3", section("x"))}
    assert "hash_conflict" == refusal(client.views_update, **stale)
    assert client.views_update(view_id=view["id"], view=modal("3", section("x")))["ok"]
    assert ana.view is not None
    assert "3" == ana.view.title


def test_a_closed_view_is_not_found(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """What the person closed can no longer be updated."""
    view = client.views_open(trigger_id=trigger(ana), view=modal("1", section("x")))["view"]
    ana.close()
    assert "not_found" == refusal(client.views_update, view_id=view["id"], view=modal("2"))


def test_an_external_id_names_one_view(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """It can be used in place of the id, and not by two views at once."""
    view = modal("1", section("x"), external_id="mine")
    client.views_open(trigger_id=trigger(ana), view=view)
    client.views_update(external_id="mine", view={**view, "blocks": [section("y")]})

    assert ana.view is not None
    assert ("y", "mine") == (ana.view.shown, ana.view.external_id)
    ben_trigger = {"trigger_id": trigger(ana), "view": view}
    assert "duplicate_external_id" == refusal(client.views_open, **ben_trigger)


def test_an_update_keeps_what_was_typed(bot: TinyBot, client: WebClient, ana: Person) -> None:
    """Inputs whose block_id and action_id stay keep their value; new ones start from their own."""
    before = modal("x", text_input("a", "A"), text_input("b", "B"))
    view = client.views_open(trigger_id=trigger(ana), view=before)["view"]
    ana.fill({"A": "typed", "B": "lost"})
    after = modal(
        "x",
        text_input("a", "A", element={"initial_value": "default"}),
        text_input("b", "B", element={"action_id": "other"}),
        text_input("c", "C", element={"initial_value": "new"}),
    )
    answer = client.views_update(view_id=view["id"], view=after)["view"]

    assert ana.view is not None
    assert {"a": "typed", "b": None, "c": "new"} == ana.view.values
    assert "typed" == answer["state"]["values"]["a"]["value"]["value"]


def test_the_home_tab_is_each_persons_own(slack: LocalSlack, bot: TinyBot, client: WebClient, ana: Person) -> None:
    """Opening it tells the bot; publishing shows it to that person, guarded by a hash."""

    @bot.app.event("app_home_opened")
    def show(event: dict[str, Any], client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Hello")]})

    delivery = ana.open_home()
    assert ("event_callback", "app_home_opened") == (delivery.kind, delivery.event_type)
    home = slack.wait_for(lambda: ana.home, what="the home tab")
    assert ("Hello", "home") == (home.shown, home.type)
    assert None is slack.person("ben").home
    second = {"type": "home", "blocks": [actions(button("Go", "go"))]}
    assert "hash_conflict" == refusal(client.views_publish, user_id=ana.id, view=second, hash="0.old")
    client.views_publish(user_id=ana.id, view=second, hash=home.hash)
    clicked = ana.click("home", "Go")
    assert ("view", home.id) == (clicked.payload["container"]["type"], clicked.payload["view"]["id"])
    assert home.id == ana.open_home().payload["event"]["view"]["id"]
