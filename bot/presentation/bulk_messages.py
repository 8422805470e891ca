"""The direct message of a bulk start: its preview, its progress, and its summary, in one message that is edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.domain.bulk_progress import BulkStart, BulkState, Outcome
from bot.domain.inputs import shorten
from bot.language.spoken import gettext
from bot.presentation import blocks, notifications, texts
from bot.presentation.card import Message

#: Action IDs of the buttons; their value is the ID of the bulk start.
BEGIN, CANCEL, STOP = "bulk.begin", "bulk.cancel", "bulk.stop"
#: The longest sentence about one line, and the longest text of a message.
_SENTENCE, _TEXT = 240, 3900
#: How many owners and channels are named.
_NAMED = 15


def build(bulk: BulkStart) -> Message:
    """The message as it is now."""
    said = _head(bulk)
    parts = [said]
    if bulk.state is BulkState.SHOWN:
        parts += _preview(bulk)
    elif bulk.refused:
        parts.append(_lines([_named(*each) for each in bulk.refused]))
    made = [blocks.section(packed) for part in parts for packed in notifications.pack(part.split("\n"))]
    value = str(bulk.id)
    if bulk.state is BulkState.SHOWN:
        buttons = [blocks.button(gettext("Cancel"), CANCEL, value, gettext("Cancel"))]
        if ready := bulk.count(Outcome.READY):
            label = gettext("Start {enrollments}").format(enrollments=texts.plural(ready, "enrollment"))
            buttons.insert(0, blocks.button(label, BEGIN, value, label, primary=True))
        made.append(blocks.actions(buttons))
    elif bulk.state is BulkState.RUNNING:
        made.append(blocks.actions([blocks.button(gettext("Stop"), STOP, value, gettext("Stop what has not begun"))]))
    return Message(shorten("\n".join(parts), _TEXT), made)


def _head(bulk: BulkStart) -> str:
    counts = {outcome.value: bulk.count(outcome) for outcome in Outcome}
    named = {"bulk": bulk, "preview": bulk.preview, "state": bulk.state.value, "source": shorten(bulk.source)}
    said = texts.say("direct/bulk", **named, **counts)
    return " ".join(said.split())


def _preview(bulk: BulkStart) -> list[str]:
    preview, parts = bulk.preview, list[str]()
    if preview.faulty:
        faulty = gettext("Line {line}: {why}")
        lines = [faulty.format(line=line, why=_short(sentence)) for line, sentence in preview.faults]
        parts.append(f"*{gettext('Faults')}*\n" + _lines(lines, preview.faulty - len(lines)))
    if preview.warned:
        lines = [_named(*each) for each in preview.warnings]
        check = gettext("Check these; they are started, too")
        parts.append(f"*{check}*\n" + _lines(lines, preview.warned - len(lines)))
    if preview.owners:
        owners = gettext("Owners: {people}").format(people=_counted(preview.owners, texts.mention))
        channels = gettext("Channels: {channels}").format(channels=_counted(preview.channels, texts.channel))
        parts.append(f"{owners}\n{channels}")
    return parts


def _lines(lines: Sequence[str], more: int = 0) -> str:
    return "\n".join([*lines, gettext("And {count} more.").format(count=more)] if more > 0 else lines)


def _named(line: int, name: str, why: str) -> str:
    return gettext("Line {line}, {name}: {why}").format(line=line, name=_bold(name), why=_short(why))


def _counted(ids: Mapping[str, int], shown: Callable[[str], str]) -> str:
    words = [f"{shown(each)} ({count})" for each, count in sorted(ids.items(), key=lambda pair: -pair[1])]
    rest = f" {gettext('and {count} more').format(count=len(words) - _NAMED)}" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + rest


def _short(sentence: str) -> str:
    return texts.escape(shorten(" ".join(sentence.split()), _SENTENCE))


def _bold(name: str) -> str:
    return f"*{texts.escape(shorten(name))}*"
