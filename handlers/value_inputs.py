"""Form elements of the values that steps collect: for each `ValueType.element`, how it is drawn and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import corrections
from bot.domain.aws.preflight import CheckReport
from bot.domain.days import ON, day_at, day_field, parse_day
from bot.domain.enrollment import Enrollment
from bot.domain.errors import InvalidInput
from bot.domain.list_changes import Draft
from bot.domain.lists import format_name
from bot.domain.shown_values import shown
from bot.domain.step_spec import Field, StepKey, StepSpec
from bot.domain.value_types import TYPES, list_of, parse_text
from bot.handlers import forms, list_upload
from bot.handlers.forms import Typed
from bot.handlers.list_fields import REMOVE, known_accounts, removal_input, removed, see_list
from bot.handlers.request import SHOWN
from bot.language.spoken import gettext, ngettext
from bot.list_files.typed_lists import parse_lines
from bot.presentation import texts

#: The hint of a field for names.
EACH_NAME = "One name a line, exactly as in Eco."
#: A list with more characters is added to instead of being edited: Slack's text field holds 3,000, and needs room.
_EDITED = 2000
ALL = "all"
#: Of a step whose values are found by their keys alone.
NOTHING_RECORDED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Element:
    """How a form element is drawn and read back.

    Attributes:
        draw: the blocks of a field, given what is recorded, what was typed so far (None in a new form), and the last
            report of **Check AWS**.
        read: the value that was typed, for `Enrollments.complete_act`; faults are kept in the `Fields`.
    """

    draw: Callable[[Enrollment, Field, Typed | None, CheckReport | None], list[Block]]
    read: Callable[[Enrollment, Field, forms.Fields, Typed], object]


def inputs(
    enrollment: Enrollment,
    fields: Sequence[Field],
    typed: Typed | None,
    report: CheckReport | None,
    recorded: Mapping[str, str] = NOTHING_RECORDED,
) -> list[Block]:
    """The blocks of a step's fields; a new form begins with what is recorded, or with what `report` found.

    Args:
        recorded: field key -> the value that the step has kept as text.
    """
    blocks: list[Block] = []
    if typed is None and any(_offered(enrollment, field, report) for field in fields):
        blocks.append(SectionBlock(block_id="offered", text=texts.say("checks/prefilled")))
    for field in fields:
        kept = {field.key: recorded[field.key]} if typed is None and field.key in recorded else typed
        blocks += _ELEMENTS[TYPES[field.type].element].draw(enrollment, field, kept, report)
    return blocks


def day_input(spec: StepSpec, typed: Typed) -> list[Block]:
    """The date picker for the day of a step's act; none where one of the step's fields holds that day."""
    if day_field(spec) is not None:
        return []
    hint = "The wait is counted from this day." if spec.wait else None
    return [forms.date(ON, "Sent on" if spec.ticket else "Done on", typed, optional=False, hint=hint)]


def read_day(fields: forms.Fields, name: str = ON) -> date | None:
    """The day that was chosen; None if there is none."""
    return fields.optional(name, parse_day)


def read_act(enrollment: Enrollment, key: StepKey, typed: Typed) -> tuple[dict[str, object], date | None]:
    """The values of a step's fields, and the day of its act.

    Raises:
        InvalidForm: with every fault.
    """
    reading = forms.Fields(typed)
    on = read_day(reading)
    reading.check()
    return read_values(enrollment, enrollment.spec(key).collects, typed), on


def metadata(enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    """The metadata of a step's form, with what it shows of recorded values."""
    form = shown(enrollment, corrections.step_values(enrollment, key))
    return {"enrollment": enrollment.id, "step": key, SHOWN: asdict(form)}


def read_values(enrollment: Enrollment, fields: Sequence[Field], typed: Typed) -> dict[str, object]:
    """The values of a step's fields as they were typed, by key.

    Raises:
        InvalidForm: with every fault.
    """
    reading = forms.Fields(typed)
    values = {
        field.key: _ELEMENTS[TYPES[field.type].element].read(enrollment, field, reading, typed) for field in fields
    }
    reading.check()
    return values


def read_text(fields: forms.Fields, field: Field, account_id: str | None, *, optional: bool) -> str | None:
    """The text of a field, to be stored."""
    take = fields.optional if optional else fields.take
    return take(field.key, lambda raw: parse_text(raw, field, account_id))


def _recorded(enrollment: Enrollment, field: Field, typed: Typed | None, report: CheckReport | None) -> Typed:
    if typed is not None:
        return typed
    known = enrollment.value(field.key) if field.shared else None
    return {field.key: known or _offered(enrollment, field, report)}


def _offered(enrollment: Enrollment, field: Field, report: CheckReport | None) -> str | None:
    """The value that a check of AWS found and nobody has recorded yet, if it is one that the field accepts."""
    if report is None or not field.from_check or not field.shared or enrollment.value(field.key) is not None:
        return None
    found = forms.Fields({field.key: getattr(report, field.from_check)})
    return read_text(found, field, enrollment.account_id, optional=True)


def _draw_line(
    enrollment: Enrollment, field: Field, typed: Typed | None, report: CheckReport | None, *, lines: bool = False
) -> list[Block]:
    known = _recorded(enrollment, field, typed, report)
    return [
        forms.text(
            field.key,
            field.label,
            known,
            optional=field.optional,
            hint=field.hint,
            placeholder=field.placeholder,
            longest=field.longest,
            lines=lines,
        )
    ]


def _draw_choice(enrollment: Enrollment, field: Field, typed: Typed | None, report: CheckReport | None) -> list[Block]:
    options = [(each, each) for each in field.options]
    known = _recorded(enrollment, field, typed, report)
    return [forms.choice(field.key, field.label, options, known, field.hint, optional=field.optional)]


def _draw_date(enrollment: Enrollment, field: Field, typed: Typed | None, report: CheckReport | None) -> list[Block]:
    known = _recorded(enrollment, field, typed, report)
    return [forms.date(field.key, field.label, known, optional=field.optional, hint=field.hint)]


def _read_text(enrollment: Enrollment, field: Field, fields: forms.Fields, typed: Typed) -> object:
    return read_text(fields, field, enrollment.account_id, optional=field.optional)


def _draw_names(enrollment: Enrollment, field: Field, typed: Typed | None, report: CheckReport | None) -> list[Block]:
    accounts: list[Block] = known_accounts(report) if field.from_check else []
    names = enrollment.names_in(list_of(field))
    if _is_edited(names) if typed is None else REMOVE not in typed:
        known = typed if typed is not None else {field.key: _as_lines(names)}
        whole = forms.text(field.key, field.label, known, optional=True, lines=True, hint=EACH_NAME)
        return [*accounts, whole, *_file_inputs(names, typed)]
    hint = gettext("One name a line. {count} are on the list; these are added.").format(count=len(names))
    added = forms.text(field.key, field.label, typed, lines=True, optional=True, hint=hint)
    removal = removal_input([format_name(name) for name in names], typed)
    return [*accounts, added, *_file_inputs(names, typed), removal, see_list(enrollment, list_of(field))]


def _file_inputs(names: Sequence[str], typed: Typed | None) -> list[Block]:
    return [list_upload.file_input(), *([list_upload.mode_input(typed)] if names else [])]


def read_upload(enrollment: Enrollment, key: StepKey, typed: Typed, now: datetime) -> Draft:
    """What a step's form says beside its names: the list, its mode, the names to remove, and the day of the act.

    Raises:
        InvalidForm: with every fault.
    """
    fields = forms.Fields(typed)
    (field,) = (each for each in enrollment.spec(key).collects if TYPES[each.type].element == "names")
    names = enrollment.names_in(list_of(field))
    if (typed.get(field.key) or "").strip() != _as_lines(names):  # else it was left as it was shown
        list_upload.check_either(fields, field.key, typed)
    gone = removed(fields, typed.get(REMOVE), {format_name(name): name for name in names}, _reader(field))
    on = read_day(fields)
    fields.check()
    replaces = typed.get(list_upload.MODE) == list_upload.REPLACE
    return Draft(list_of(field), "", (), (), replaces, gone, typed, on or day_at(now, enrollment.zone))


def pasted_names(enrollment: Enrollment, key: StepKey, typed: Typed, now: datetime) -> Draft | None:
    """The names that are pasted into a step's form, if they are to be seen in a preview before they are saved.

    Those are long lists, lists with faults, and those that replace one. None where the form can be taken as it is, or
    where no line of it can be read.

    Raises:
        InvalidForm: with every fault of the other fields.
    """
    named = [field for field in enrollment.spec(key).collects if TYPES[field.type].element == "names"]
    if not named or not (text := str(typed.get(named[0].key) or "")).strip():
        return None
    draft = read_upload(enrollment, key, typed, now)
    is_whole = REMOVE not in typed
    draft = list_upload.read_lines(replace(draft, replace=is_whole or draft.replace), text)
    changes = draft.changes(enrollment)
    is_long = len(changes.new) + len(changes.removed) > list_upload.MOST_UNSEEN
    replaces = draft.replace and not is_whole
    return draft if draft.entries and (draft.faults or is_long or replaces) else None


def _reader(field: Field) -> Callable[[str], tuple[str, ...]]:
    return lambda raw: parse_lines(raw, list_of(field))


def _read_names(enrollment: Enrollment, field: Field, fields: forms.Fields, typed: Typed) -> object:
    listed = list_of(field)
    names = enrollment.names_in(listed)
    # As the form was drawn: somebody may have made the list longer or shorter since.
    if REMOVE not in typed:
        return fields.take(field.key, _reader(field))
    gone = removed(fields, typed.get(REMOVE), {format_name(name): name for name in names}, _reader(field))
    kept = tuple(name for name in names if name not in gone)
    return (*kept, *(fields.optional(field.key, lambda raw: parse_lines(raw, listed, kept)) or ()))


def _as_lines(names: Sequence[str]) -> str:
    return "\n".join(format_name(name) for name in names)


def _is_edited(names: Sequence[str]) -> bool:
    """Whether the whole list fits into the field, so that it can be corrected there."""
    return len(_as_lines(names)) <= _EDITED


def _draw_validated(
    enrollment: Enrollment, field: Field, typed: Typed | None, report: CheckReport | None
) -> list[Block]:
    entries = getattr(enrollment, list_of(field))
    if not entries:
        words = gettext("You haven't entered any {nouns}. *Mark done* confirms that all of yours match.")
        words = words.format(nouns=ngettext(field.noun, f"{field.noun}s", 2))
        return [SectionBlock(text=words)]
    nouns = ngettext(field.noun, f"{field.noun}s", 2)
    options = [(ALL, gettext("All {count} {nouns}").format(count=len(entries), nouns=nouns))]
    each = [(forms.key_of(entry.name), entry.name) for entry in entries]
    if forms.fits(each):
        options += each
    chosen = [forms.key_of(entry.name) for entry in entries if entry.validated]
    known = typed if typed is not None else {field.key: chosen}
    hint = "The step is done when all of them are validated; until then it stays open and keeps what you chose."
    return [forms.choices(field.key, field.label, options, known, hint=hint)]


def _read_validated(enrollment: Enrollment, field: Field, fields: forms.Fields, typed: Typed) -> object:
    names = enrollment.names_in(list_of(field))
    chosen: Sequence[Any] = typed.get(field.key) or []
    if ALL in chosen or field.key not in typed:  # without names to choose from, the form has no such field
        return frozenset(names)
    if names and not chosen:
        words = gettext("Choose at least one {noun} that you have validated.")
        raise InvalidInput(words.format(noun=field.noun), field=field.key)
    return frozenset(name for name in names if forms.key_of(name) in chosen)


_ELEMENTS: Mapping[str, Element] = {
    "line": Element(_draw_line, _read_text),
    "lines": Element(partial(_draw_line, lines=True), _read_text),
    "choice": Element(_draw_choice, _read_text),
    "date": Element(_draw_date, _read_text),
    "names": Element(_draw_names, _read_names),
    "validated_names": Element(_draw_validated, _read_validated),
}
