"""The first sentence of a form about a step: what it is about, or what it asks."""

from __future__ import annotations

from bot.domain.enrollment import Enrollment
from bot.domain.step_spec import StepKey
from bot.language.spoken import gettext
from bot.presentation.texts import escape, step_name


def step_heading(enrollment: Enrollment, key: StepKey) -> str:
    """The step with its party and the account, such as `*Sign up to Eco* for Acme Prod`."""
    words = gettext("*{step}* for {account}")
    return words.format(step=escape(step_name(enrollment, key)), account=escape(enrollment.account_name))


def skip_question(enrollment: Enrollment, key: StepKey) -> str:
    """Whether to skip a step."""
    return _asked(gettext("Skip *{step}* for {account}?"), enrollment, key)


def reopen_question(enrollment: Enrollment, key: StepKey) -> str:
    """Whether to reopen a step."""
    return _asked(gettext("Reopen *{step}* for {account}?"), enrollment, key)


def _asked(words: str, enrollment: Enrollment, key: StepKey) -> str:
    title = escape(enrollment.spec(key).title)
    return words.format(step=title, account=escape(enrollment.account_name))
