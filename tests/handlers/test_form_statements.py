"""What a form reads from the database before Slack gets its acknowledgement."""

from tests.handlers.test_language import say
from tests.repository.statements import recorded
from tests.support.bot_world import World
from tests.support.steps import StepKey


def test_a_form_loads_its_enrollment_twice(world: World) -> None:
    """To read what was typed, and under its lock to change it."""
    world.start()
    world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    world.ana.wait_view("Mark done")

    with recorded(world.app.database) as sent:
        world.ana.submit()

    of_one = [statement for statement, _ in sent if "enrollments.account_name" in statement]
    assert 2 == len(of_one)


def test_the_language_of_an_answer_is_asked_for_once(world: World) -> None:
    """By a press; a form that keeps its language needs no question."""
    world.start()
    say(world, "German")
    world.deliver()

    with recorded(world.app.database, "SELECT languages") as asked:
        world.ana.click(world.card(), "Als erledigt markieren", near="Management Account verbinden")
        world.ana.wait_view("Als erledigt markieren")
        assert 1 == len(asked)
        world.ana.submit()

    assert 1 == len(asked)
