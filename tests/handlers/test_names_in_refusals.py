"""Refusals name people and channels that the bot put there; what people typed is only text, and costs no call."""

from tests.support.bot_world import ACCOUNT, World

MANY = "".join(f"<@U{number}>" for number in range(10, 23))


def test_an_account_named_like_mentions_costs_the_next_person_no_call(world: World) -> None:
    """The account is enrolled already: the field says so with the name as it was typed, and names the channel."""
    world.start(account_name=MANY)
    asked = len(world.slack.calls_of("users.info"))
    world.ben.command("/eco", "enroll", channel="eco-rollout")
    fields = {"account_id": ACCOUNT, "account_name": "Again", "spot_org_id": "707070"}
    delivery = world.fill(world.ben, "Start an enrollment", **fields, owner="ben")

    said = delivery.response["errors"]["account_id"]
    assert MANY in said
    assert "#eco-rollout" in said
    about = [call.args["user"] for call in world.slack.calls_of("users.info")[asked:]]
    assert [] == [user for user in about if f"<@{user}>" in MANY]


def test_a_person_whom_the_bot_names_is_named(world: World) -> None:
    """Who lost a race is told who won, by name, at the field."""
    world.start(collaborators=["ben"])
    world.click(world.ana, "Mark done", "connect_account")
    world.ana.wait_view()
    world.click(world.ben, "Mark done", "connect_account")
    world.ben.wait_view()
    world.ana.submit()
    delivery = world.ben.submit()

    said = " ".join(delivery.response["errors"].values())
    assert world.ana.id not in said
    assert said.startswith("ana already")
