"""A channel as readable text for a terminal: mrkdwn roughly, emoji, dates, names, buttons."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from .core import Core
from .plaintext import words
from .workspace_model import Json, StoredMessage

#: The shortcodes a bot is likely to use; others stay as they are.
EMOJI = {
    "alarm_clock": "⏰", "arrow_forward": "▶️", "arrow_right": "➡️", "ballot_box_with_check": "☑️",
    "bell": "🔔", "bar_chart": "📊", "black_square_button": "🔲", "bulb": "💡", "calendar": "📅",
    "clipboard": "📋", "email": "✉️", "envelope_with_arrow": "📩", "new": "🆕", "scissors": "✂️",
    "dart": "🎯", "palm_tree": "🌴",
    "clock1": "🕐", "cloud": "☁️", "double_vertical_bar": "⏸️", "envelope": "✉️",
    "eyes": "👀", "fast_forward": "⏩", "file_folder": "📁", "green_circle": "🟢", "handshake": "🤝",
    "heavy_check_mark": "✔️", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "house": "🏠",
    "information_source": "\u2139\ufe0f", "key": "🔑", "large_blue_circle": "🔵", "large_green_circle": "🟢",
    "large_orange_circle": "🟠", "large_yellow_circle": "🟡", "link": "🔗", "lock": "🔒", "mag": "🔍",
    "mailbox": "📫", "memo": "📝", "no_entry": "⛔", "no_entry_sign": "🚫", "package": "📦",
    "page_facing_up": "📄", "paperclip": "📎", "pause_button": "⏸️", "point_right": "👉", "pushpin": "📌",
    "question": "❓", "red_circle": "🔴", "repeat": "🔁", "rocket": "🚀", "seedling": "🌱", "sparkles": "✨",
    "speech_balloon": "💬", "stopwatch": "⏱️", "tada": "🎉", "thumbsup": "👍", "ticket": "🎫",
    "unlock": "🔓", "warning": "⚠️", "wastebasket": "🗑️", "wave": "👋", "white_check_mark": "✅",
    "white_circle": "⚪", "white_large_square": "⬜", "large_green_square": "🟩", "x": "❌", "zzz": "💤",
    "black_right_pointing_double_triangle_with_vertical_bar": "⏭️", "next_track_button": "⏭️",
    "herb": "🌿", "evergreen_tree": "🌲", "moneybag": "💰", "busts_in_silhouette": "👥",
    "bust_in_silhouette": "👤", "round_pushpin": "📍", "checkered_flag": "🏁", "raised_hand": "✋",
}  # fmt: skip

_SHORTCODE = re.compile(r":([a-z0-9_+\-]+):")
_DATE = re.compile(r"<!date\^(\d+)\^([^|>^]+)(?:\^[^|>]+)?(?:\|([^>]*))?>")
_REFERENCE = re.compile(r"<([@#!])([^|>]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<((?:https?|mailto)[^|>]+)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_STRIKE = re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])")
_CODE = re.compile(r"`([^`\n]+)`")


def transcript(core: Core, reference: str) -> str:
    """A channel (by id or name) with its threads, oldest first."""
    channel = core.workspace.conversation(reference)
    if channel is None:
        raise KeyError(f"no channel {reference!r}")
    person = core.workspace.users.get(channel.im_user or "")
    lines = [f"@{person.real_name}" if person else f"#{channel.name}"]
    for message in core.workspace.history(channel.id):
        if message.is_reply:
            lines += _message(core, message, "  ", " (also sent to the channel, from a thread)")
            continue
        lines += _message(core, message, "  ")
        for reply in core.workspace.replies(channel.id, message.ts):
            lines += _message(core, reply, "    │ ")
    return "\n".join(lines)


def mrkdwn(core: Core, text: str) -> str:
    """Slack's markup as plain text; dates in the zone of the local Slack's clock."""
    text = _DATE.sub(lambda match: _date(core, match), text)
    text = _REFERENCE.sub(lambda match: _reference(core, *match.groups()), text)
    text = _LINK.sub(lambda match: f"{match[2]} ({match[1]})" if match[2] else match[1], text)
    text = _CODE.sub(r"\1", _STRIKE.sub(r"\1", _BOLD.sub(r"\1", text)))
    return emoji(html.unescape(text))


def emoji(text: str) -> str:
    """The common shortcodes as emoji."""
    return _SHORTCODE.sub(lambda match: EMOJI.get(match[1], match[0]), text)


def _message(core: Core, message: StoredMessage, margin: str, remark: str = "") -> list[str]:
    user = core.workspace.users.get(message.user)
    author = user.real_name if user else "Slackbot"
    when = datetime.fromtimestamp(float(message.ts), UTC).astimezone(core.clock.now().tzinfo)
    edited = " (edited)" if message.edited else ""
    lines = [f"{author}  {when:%a %d %b %H:%M}{edited}{remark}"]
    body = [part for block in message.blocks for part in _block(core, block)]
    if not body:
        body = mrkdwn(core, message.text).splitlines()
    files = [core.workspace.files[file_id] for file_id in message.files]
    body += [f"📎 {'(deleted)' if file.deleted else file.name}" for file in files]
    return [margin + line for line in lines] + [f"{margin}  {line}" for line in body] + [margin.rstrip()]


def _block(core: Core, block: Json) -> list[str]:
    kind = block.get("type")
    if kind == "divider":
        return ["─" * 40]
    if kind == "header":
        return [emoji(words(block.get("text"))).upper()]
    if kind == "context":
        return [line for e in block.get("elements") or [] for line in _text(core, e).splitlines()]
    if kind == "actions":
        return [" ".join(filter(None, (_element(e) for e in block.get("elements") or [])))]
    lines = _text(core, block.get("text")).splitlines()
    for field in block.get("fields") or []:
        lines.append(" · ".join(_text(core, field).splitlines()))
    if isinstance(block.get("accessory"), dict) and (shown := _element(block["accessory"])):
        lines = [*lines[:-1], f"{lines[-1]}  {shown}"] if lines else [shown]
    return lines


def _text(core: Core, value: object) -> str:
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "mrkdwn":
        return mrkdwn(core, str(value.get("text") or ""))
    return emoji(words(value))


def _element(element: Json) -> str:
    if element.get("type") == "button":
        return f"[{emoji(words(element.get('text')))}]"
    if element.get("type") == "overflow":
        return "[…]"
    if element.get("type") == "image":
        return ""
    return f"[{emoji(words(element.get('placeholder'))) or element.get('type')} ▾]"


def _reference(core: Core, sigil: str, target: str, label: str | None) -> str:
    if sigil == "@":
        user = core.workspace.users.get(target)
        return f"@{user.real_name}" if user else f"@{label or target}"
    if sigil == "#":
        channel = core.workspace.conversations.get(target)
        return f"#{channel.name}" if channel else f"#{label or target}"
    if target.startswith("subteam^"):
        group = core.workspace.groups.get(target.removeprefix("subteam^"))
        return f"@{group.handle}" if group else label or target
    return label or f"@{target}"


def _date(core: Core, match: re.Match[str]) -> str:
    zone = core.clock.now().tzinfo
    when = datetime.fromtimestamp(int(match[1]), UTC).astimezone(zone)
    today = core.clock.now().date()
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((when.date() - today).days)
    short, long = f"{when:%b} {when.day}, {when.year}", f"{when:%A}, {when:%B} {when.day}, {when.year}"
    tokens = {
        "{date_num}": f"{when:%Y-%m-%d}", "{date}": f"{when:%B} {when.day}, {when.year}",
        "{date_short}": short, "{date_long}": long, "{date_pretty}": near or f"{when:%B} {when.day}",
        "{date_short_pretty}": near or short, "{date_long_pretty}": near or long,
        "{date_slash}": f"{when:%m/%d/%Y}", "{time}": f"{when:%H:%M}", "{time_secs}": f"{when:%H:%M:%S}",
        "{ago}": near or short, "{day_divider_pretty}": near or f"{when:%A, %B} {when.day}",
    }  # fmt: skip
    text = match[2]
    for token, value in tokens.items():
        text = text.replace(token, value)
    return text
