"""Made-up events of every kind, with little and with all that they can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.domain.step_spec import StepSpec
from bot.domain.ticket_emails import Obstacle
from bot.presentation import texts
from bot.template_check.sample_enrollments import DAY, MATE, NOW, OTHER, OWNER, TODAY, Words

#: Kind -> details that together reach each part of its sentence.
Told = Mapping[EventKind, Sequence[Mapping[str, object]]]

_DAY, _AT = TODAY.isoformat(), NOW.isoformat()


def thread_lines(enrollment: Enrollment, words: Words) -> Iterator[str]:
    """The thread lines of all events, at each step."""
    for event in events(enrollment, words):
        yield texts.thread_line(enrollment, event, MATE)
        yield texts.thread_line(enrollment, event, MATE, str)


def events(enrollment: Enrollment, words: Words) -> Iterator[Event]:
    """Events of every kind, as the domain and the bot write them."""
    without_step = (EventKind.STARTED, EventKind.EDITED, EventKind.NAMES_CHANGED)
    told = {**_of_steps(enrollment, words), **_of_lists(enrollment, words), **_of_others(enrollment, words)}
    for number, kind in enumerate(EventKind):
        for details in told.get(kind, [{}]):
            step = enrollment.steps[number % len(enrollment.steps)].key
            yield Event(kind, None if kind in without_step else step, details)
    for spec in enrollment.procedure.steps:
        yield from _acts(spec, words)


def _acts(spec: StepSpec, words: Words) -> Iterator[Event]:
    """What finishing the act of a step tells, with each value that it collects."""
    values: dict[str, object] = {"count": 2, "validated": 1, "on": _DAY}
    values |= {field.key: field.options[0] if field.options else words.name for field in spec.collects}
    values |= {field.key: _DAY for field in spec.collects if field.type == "date"}
    values |= {field.key: [words.name] for field in spec.collects if field.list_name}
    yield Event(EventKind.STEP_DONE, spec.key, {**values, "file": "lists.xlsx"})
    if spec.wait:
        until = {"latest": (NOW + 9 * DAY).isoformat()}
        yield Event(EventKind.WAIT_STARTED, spec.key, {**values, **until})
        yield Event(EventKind.WAIT_STARTED, spec.key, {**until, "follows": True})
        more = {"earliest": (NOW + DAY).isoformat(), "follow_up": {"added": 1, "changed": 2, "removed": 0}}
        yield Event(EventKind.WAIT_STARTED, spec.key, {**until, **more})


def _of_steps(enrollment: Enrollment, words: Words) -> Told:
    said, titles = words.sentence, [spec.title for spec in enrollment.procedure.steps]
    some = {"confirmed": 2, "listed": 3, "on": _DAY}
    again = [{"until": _DAY, "note": said, "by": "customer", "why": said}, {"until": _DAY, "by": "us", "why": "."}]
    changes = [["ticket number", "4711", words.name], ["bucket", "", "b"], ["day", "x", ""]]
    corrected = {"changed": changes}
    over = [{"state": "open", "reason": said}, {"state": "locked", "reason": said}]
    to = [
        {"to": OTHER},
        {"to": OTHER, "from": OWNER},
        {"to": MATE, "from": OWNER},
        {"to": MATE},
        {"from": OTHER},
        {"from": MATE},
    ]
    until = {"until": _DAY}
    return {
        EventKind.CONFIRMED: [{}, {"on": _DAY}, {**some, "users": 1}, {**some, "changes": 2}, some],
        EventKind.STILL_WAITING: [{"span": "1 week", "until": _AT}, {**until, "note": said}, until],
        **dict.fromkeys((EventKind.POSTPONED, EventKind.BLOCKED, EventKind.UNBLOCKED), again),
        EventKind.CORRECTED: [{**corrected, "open": True}, {**corrected, "latest": _AT}, corrected],
        **dict.fromkeys((EventKind.TAKEN_BACK, EventKind.SKIPPED, EventKind.CANCELLED), over),
        EventKind.REOPENED: [{}, {"locked": titles}],
        EventKind.VALIDATED_SOME: [{"validated": 1, "count": 3}],
        EventKind.ASSIGNED: to,
        EventKind.TARGET_SET: [{"target": _DAY}, {"target": _DAY, "was": _DAY}, {"was": _DAY}],
        EventKind.NOTED: [{"note": said}],
        EventKind.WAIT_STARTED: [],  # `_acts` has them
    }


def _of_lists(enrollment: Enrollment, words: Words) -> Told:
    said, keys = words.sentence, [step.key for step in enrollment.steps]
    unsent = [{"step": keys[-1], "lines": 3, "becomes": each} for each in ("done", "finished", "open", "")]
    few: dict[str, object] = {"added": 1, "changed": 0, "removed": 0, "count": 1}
    many: dict[str, object] = {"added": 4, "changed": 2, "removed": 1, "count": 7, "unsent": unsent, "file": said}
    many |= {"first": {"added": [words.name], "changed": [said] * 2, "removed": [said]}}
    many |= {"names": {"subsets": [words.name] * 4, "workflows": ["A"]}, "reopened": keys[:1], "users": [1, 3]}
    changed = [many, few, {**few, "users": [0, 2]}]
    named: dict[str, object] = {"list": "subsets"}
    renamed = {**named, "renamed": [words.name, "B"], "unsent": unsent}
    moved = {"pairs": 2, "customers": 1, "subset_accounts": 3}
    marked: dict[str, object] = {"marked": 2, "created": 2, "count": 3, "unsent": unsent}
    kinds = (EventKind.PAIRS_CHANGED, EventKind.CUSTOMERS_CHANGED, EventKind.ACCOUNTS_CHANGED)
    return {
        **dict.fromkeys(kinds, changed),
        EventKind.NAMES_CHANGED: [{**named, **many}, {**named, **few}, renamed, {**renamed, **moved}],
        EventKind.USERS_MARKED: [{**marked, "value": True}, {**marked, "value": False}],
        EventKind.WORKFLOW_DESCRIBED: [{"workflow_name": words.name, "workflow_rules": said}],
    }


def _of_others(enrollment: Enrollment, words: Words) -> Told:
    """Of the enrollment as a whole, of AWS, and of emails."""
    said, titles = words.sentence, [spec.title for spec in enrollment.procedure.steps]
    fields: dict[str, object] = {"owner": [OWNER, MATE], "collaborators": [[], [MATE]], "account_name": [said, "B"]}
    fields |= {"channel_id": ["C0A0000001", "C0B0000001"], "spot_org_id": [None, "6"], "bucket": ["a", None]}
    fields |= {f"party.{key}": [[], [OTHER]] for key in enrollment.procedure.parties}
    lists = {"added": titles, "removed": titles[:1], "reopened": titles[:1], "lost": [words.name]}
    undone = {"kind": "noted", "step": enrollment.steps[0].key, "details": {"note": said}, "by": OWNER}
    files = {"files": 3, "first_at": _AT}
    broken = {"title": said, "found": said, "fix": said}
    part: dict[str, object] = {"part": 1, "parts": 3, "said": said}
    sent = {"to": "support@example.com", "reply_to": "a@example.com", "message_id": "0100"}
    handed: list[Mapping[str, object]] = [{"to": OWNER, "from": OWNER}]
    emailed = {**sent, **part, "latest": _AT, "follow_up": {"added": 1, "changed": 0, "removed": 1}}
    stays = [{**sent, "stays": each} for each in ("cancelled", "locked", "skipped", "done", "")]
    refused = [{"why": why.value, "said": said} for why in Obstacle]
    came = {"at": enrollment.steps[-1].key, "before": titles[:2], "for": OWNER}
    return {
        EventKind.STARTED: [{}, {**came, "lists": {"subsets": 2, "workflows": 1, "pairs": 3}}],
        EventKind.CHECKED: [{"result": "3 pass"}, {"result": "3 fail", "failed": [said], "more": 2}],
        EventKind.FIRST_FILES_ARRIVED: [{**files, "counted_all": True, "after": "9 hours"}, files],
        EventKind.AWS_BROKE: [
            *(broken, {**broken, "others": [said], "more": 2}),
            {**broken, "unseen_since": _AT, "others": [said]},
        ],
        EventKind.AWS_HEALED: [{"what": said, "after": "12 hours"}],
        EventKind.EDITED: [{"changed": fields}],
        **dict.fromkeys((EventKind.OWNER_DECLINED, EventKind.TAKEN_OVER), handed),
        EventKind.EMAIL_HELD: [{"ask": OWNER}],
        EventKind.EMAILED: [emailed, *stays],
        EventKind.EMAIL_LATE: [{"said": said}, part],
        EventKind.EMAIL_UNKNOWN: [{}, {**part, "how": "stopped"}, {**part, "how": "silent"}],
        EventKind.EMAIL_REFUSED: [*refused, {**part, "why": Obstacle.REJECTED.value}],
        EventKind.EXPIRING: [{"kept": "52 weeks", "on": _DAY}],
        EventKind.UNDONE: [undone, {**undone, "more": 2, "now": {"open": titles[:1], "locked": titles}}],
        EventKind.MOVED: [{"from": words.name, "to": "B"}, {"from": "B", "to": "B", **lists}],
    }
