"""The words of a timeline say all that its picture shows, within Slack's limits, and escape what people typed."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.enrollment import State
from bot.domain.forecast import NO_DURATIONS, Spread, Taken, forecast
from bot.domain.procedure import USUAL
from bot.presentation import card, timeline_picture
from tests.domain.building import DAY, KEYS, NOW, POLICY, acted, completed, finished, opened, started
from tests.presentation import extremes
from tests.presentation.extremes import HOSTILE
from tests.presentation.test_limits import check_message
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE

FULL, VALIDATE = StepKey.FULL_ECO, StepKey.VALIDATE_WORKFLOWS
PAST = dict.fromkeys([(USUAL.key, key) for key in KEYS], Taken(Spread(DAY, 2 * DAY, 12), Spread(3 * DAY, 5 * DAY, 12)))
#: Characters of a line on a phone, about.
ON_A_PHONE = 48


def test_every_step_is_told_in_words() -> None:
    """In the message and in the alternative text: what was done, what is waited for, what is expected, in days."""
    enrollment, now = acted(opened(FULL), FULL), NOW + 3 * DAY
    made = forecast(enrollment, now, POLICY, PAST)

    picture = timeline_picture.build(enrollment, now, made, "U0ANA", "a.png")

    for said in (picture.comment, picture.instead, picture.alternative):
        assert "Full Eco: strategy call and ramp-up: waiting for Spot since Wed, Mar 4, expected Wed, Apr 1" in said
        assert "Connect the management account: done Wed, Mar 4" in said
        assert "based on the usual waits and 12 completed enrollments" in said
        assert [] == [spec.title for spec in PROCEDURE if spec.title not in said]
    assert "<@U0ANA>" in picture.comment
    assert "`a.png`" in picture.comment
    assert "I couldn't draw the picture" in picture.instead
    assert "(" not in picture.chart["title"]


def test_a_timeline_stays_within_the_limits_and_harmless() -> None:
    """The longest names with all signs that mean something: escaped in messages, plain in the picture."""
    full = extremes.enrollment(name=HOSTILE * 3)
    picture = timeline_picture.build(full, extremes.NOW, forecast(full, extremes.NOW, POLICY), "U0ANA", "a.png")

    assert len(picture.alternative) <= 1000
    assert max(len(picture.comment), len(picture.instead)) <= 4000
    assert "<!channel>" not in picture.comment
    assert len(picture.chart["title"]) <= 40


def test_a_card_says_on_one_line_when_it_may_be_finished() -> None:
    """And the day on which that was said; its text has what it follows from, too. Within the limits."""

    def line(enrollment: object, past: object = NO_DURATIONS) -> tuple[str, str]:
        made = card.build(enrollment, NOW, forecast=forecast(enrollment, NOW, POLICY, past))  # type: ignore[arg-type]
        check_message(made)
        said = made.blocks[1]["text"]["text"].splitlines()[2:]  # type: ignore[index]
        assert len(said) <= 1
        assert max(map(len, said), default=0) <= ON_A_PHONE
        return "".join(said), made.text

    short, text = line(started())
    assert "Forecast: Mar 6 to Mar 10 (as of Mar 4)" == short
    between = "Expected to finish between Fri, Mar 6 and Tue, Mar 10 (as of Wed, Mar 4; based on the usual waits)"
    assert between in text
    short, text = line(opened(VALIDATE), PAST)
    assert "Forecast: Mar 5 to Mar 6 (as of Mar 4)" == short
    past = "Expected to finish between Thu, Mar 5 and Fri, Mar 6 (as of Wed, Mar 4; based on 12 completed enrollments)"
    assert past in text
    short, text = line(opened(VALIDATE))
    assert "" == short
    assert "No waits ahead: it can finish as soon as you act" in text
    short, text = line(finished(opened(VALIDATE), VALIDATE))
    assert "Forecast: any day, only optional steps are left" == short
    assert "Only optional steps are left: it can finish any day" in text
    assert "" == line(completed())[0]


def test_a_due_step_and_a_skipped_one_are_told() -> None:
    """Whatever state a step is in, its words name it."""
    enrollment = acted(opened(FULL), FULL)
    late = NOW + timedelta(weeks=7)
    skipped = replace(enrollment, steps=tuple(replace(s, state=State.SKIPPED) for s in enrollment.steps))

    due = timeline_picture.build(enrollment, late, forecast(enrollment, late, POLICY), "U0ANA", "a.png")
    over = timeline_picture.build(skipped, late, None, "U0ANA", "a.png")

    assert "waited for Spot, due since Wed, Apr 15" in due.alternative
    assert f"{PROCEDURE[0].title}: skipped" in over.alternative
