"""Where an answer appears that only one person sees."""

from tests.support.bot_world import World
from tests.support.steps import StepKey


def test_an_answer_to_a_click_on_the_card_stands_in_the_channel(world: World) -> None:
    """A card with replies names itself as its thread; whoever clicks it in the channel looks at the channel."""
    world.start()
    assert world.thread(), "the card has a reply"

    world.click(world.dev, "Mark done", StepKey.CONNECT_ACCOUNT)

    (told,) = world.slack.wait_for(lambda: world.dev.ephemerals(world.channel), what="the refusal")
    assert told.thread_ts is None
    assert f"<@{world.ana.id}>" in told.text


def test_an_answer_to_a_click_in_the_thread_stands_in_the_thread(world: World) -> None:
    """The same for a reminder that is read in the thread."""
    world.start()
    world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    world.fill(world.ana, "Mark done")
    world.jump(days=2, hours=3)
    reminder = next(m for m in world.thread() if m.broadcast)

    world.dev.click(reminder, "It's ready")

    (told,) = world.slack.wait_for(lambda: world.dev.ephemerals(world.channel), what="the refusal")
    assert world.card().ts == told.thread_ts
