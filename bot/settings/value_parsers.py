"""Parsers of single settings: each returns the value of a text, or raises `InvalidInput` with what to write instead.

No message repeats a value that could be a secret, not even a wrong one.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.domain.access import Starters
from bot.domain.durations import parse_duration
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_email, shorten
from bot.language.spoken import LANGUAGES, language_named
from bot.settings.backup_place import S3Place, parse_s3

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMATS = ("text", "json")

_ADMIN = re.compile(r"[UWS][A-Z0-9]{2,30}")
_ROLE = re.compile(r"(?:arn:aws(?:-us-gov|-cn)?:iam::[0-9]{12}:role/)?[\w+=,.@/-]{1,512}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

#: Values that are often mixed up: a pattern, a description, and the setting that the value belongs to.
_KINDS = (
    (re.compile(r"xapp-"), "an app-level token (xapp-…)", "SLACK_APP_TOKEN"),
    (re.compile(r"xoxb-"), "a bot token (xoxb-…)", "SLACK_BOT_TOKEN"),
    (re.compile(r"xoxe"), "a token that expires (xoxe…); switch off token rotation for this app", None),
    (re.compile(r"xoxp-"), "a user token (xoxp-…)", None),
    (re.compile(r"xox[a-z]-"), "another kind of token", None),
    (re.compile(r"[0-9a-f]{32}$"), "what looks like a signing secret", "SLACK_SIGNING_SECRET"),
)


def read_bot_token(text: str) -> SecretStr:
    """Parse a bot token, which begins with xoxb-."""
    return _secret(text, "SLACK_BOT_TOKEN", "xoxb-")


def read_app_token(text: str) -> SecretStr:
    """Parse an app-level token, which begins with xapp-."""
    return _secret(text, "SLACK_APP_TOKEN", "xapp-")


def read_signing_secret(text: str) -> SecretStr:
    """Parse a signing secret: anything but a token, since its form (32 hexadecimal digits) may change."""
    return _secret(text, "SLACK_SIGNING_SECRET", "")


def _secret(text: str, name: str, prefix: str) -> SecretStr:
    kind, home = next(((kind, home) for looks, kind, home in _KINDS if looks.match(text)), ("", name))
    if home != name:
        where = f", which belongs in {home}" if home else ""
        wanted = f". This setting needs the one that begins with {prefix}" if prefix else ""
        raise InvalidInput(f"It holds {kind}{where}{wanted}.")
    if text and not text.startswith(prefix):
        raise InvalidInput(f"It does not begin with {prefix}. Copy all of it again, without quotes.")
    if not re.fullmatch(r"[!-~]*", text):
        raise InvalidInput("It has spaces or other strange characters inside. Copy it again.")
    return SecretStr(text)


def read_api_url(text: str) -> str:
    """Parse the base URL of the Web API; a slash is added at its end."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        usable = usable and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput("It is not an address. Write it like https://slack.com/api/.")
    return text if text.endswith("/") else f"{text}/"


def read_public_url(text: str) -> str | None:
    """Parse the address under which people reach the HTTP server; None if there is none. No slash at its end."""
    if not text:
        return None
    if not _is_plain_address(text):
        raise InvalidInput("It is not an address. Write it like https://eco.example.com, without /slack/events.")
    return text.rstrip("/")


def read_docs_url(text: str) -> str:
    """Parse where the vendor's documentation begins, the start of links in Slack; no slash at its end."""
    if not _is_plain_address(text) or re.search(r"[<>|]", text):
        raise InvalidInput("It is not an address. Write it like https://docs.spot.io, without /eco.")
    return text.rstrip("/")


def _is_plain_address(text: str) -> bool:
    """Whether it is an http address that other paths can follow: no query, no user, no spaces."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        return bool(usable and parts.port != 0 and not parts.username and not re.search(r"\s", text))
    except ValueError:
        return False


def read_database_url(text: str) -> str:
    """Parse the URL of a SQLite or PostgreSQL database."""
    # The default is valid, and importing SQLAlchemy takes as long as all the rest.
    if text == "sqlite:///eco-bot.db":
        return text
    from bot.repository.database_url import InvalidUrl, parse_url  # noqa: PLC0415 - see above

    try:
        parse_url(text)
    except InvalidUrl as error:
        raise InvalidInput(f"It {error}.") from None
    return text


def read_pool(text: str) -> int:
    """Parse how many connections to PostgreSQL a process may have: from 2, as one may wait long for a lock."""
    if not re.fullmatch("[0-9]{1,3}", text) or not 2 <= int(text) <= 100:
        raise InvalidInput(f"“{shorten(text)}” is not a number of connections. Write a number from 2 to 100.")
    return int(text)


def read_ticket_lines(text: str) -> int | None:
    """Parse the most lines of a list in one ticket, 50 to 5000; None if a ticket may have any number."""
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,5}", text) or not 50 <= int(text) <= 5000:
        raise InvalidInput(f"“{shorten(text)}” is not a number of lines. Write a number from 50 to 5000.")
    return int(text)


def read_host(text: str) -> str:
    """Parse a host name or an IP address, without a port."""
    bare = text.removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        if not _HOST.fullmatch(text):
            raise InvalidInput(
                f"“{shorten(text)}” is not an address to listen on. Write 127.0.0.1, 0.0.0.0 or a host name. "
                "The port has its own setting, PORT."
            ) from None
    return text


def read_port(text: str) -> int:
    """Parse a TCP port; 0 lets the system choose."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > 65535:
        raise InvalidInput(f"“{shorten(text)}” is not a port. Write a number from 0 to 65535.")
    return int(text)


def read_admin_port(text: str) -> int | None:
    """Parse the port of /readyz and /metrics; empty for the one of everything."""
    return read_port(text) if text else None


def read_drain(text: str) -> timedelta:
    """Parse how long the process is unready before it stops, up to a minute; `0s` for not at all."""
    if re.fullmatch(r"0+\s*[smhdw]?", text.strip().lower()):
        return timedelta()
    span = parse_duration(text)
    if span > timedelta(minutes=1):
        raise InvalidInput(f"“{shorten(text)}” is too long. Write a time from 0s to 1m.")
    return span


def read_tick(text: str) -> timedelta:
    """Parse the interval of the clock, 1 s to 1 min: after it, the work of a dead process is taken over."""
    span = parse_duration(text)
    if span > timedelta(minutes=1):
        raise InvalidInput(f"“{shorten(text)}” is too long. Write a time from 1s to 1m.")
    return span


def read_gap(text: str) -> timedelta:
    """Parse the least time between two reminder messages of a channel, up to a day; `0s` for none."""
    if re.fullmatch(r"0+\s*[smhdw]?", text.strip().lower()):
        return timedelta()
    span = parse_duration(text)
    if span > timedelta(days=1):
        raise InvalidInput(f"“{shorten(text)}” is too long: write a span up to 1d, such as 1h or 30m.")
    return span


def read_folder(text: str) -> Path | None:
    """Parse the path of a folder that exists; None for an empty text."""
    folder = Path(text)
    try:
        is_there = folder.is_dir()
    except OSError as error:  # a name that is too long, or a folder above it that this user may not enter
        raise InvalidInput(f"There is no folder “{shorten(text)}” that I can read: {error.strerror}.") from None
    if text and not is_there:
        raise InvalidInput(f"There is no folder “{shorten(text)}”.")
    return folder if text else None


def read_language(text: str) -> str:
    """Parse a language by its code or its name."""
    language = language_named(text)
    if language is None:
        known = ", ".join(f"{code} ({names[0]})" for code, names in LANGUAGES.items())
        raise InvalidInput(f"There is no language “{shorten(text)}”. There are {known}.")
    return language


def read_admins(text: str) -> frozenset[str]:
    """Parse IDs of users and user groups, separated by commas or spaces."""
    admins = [part for part in re.split(r"[\s,;]+", text) if part]
    wrong = [f"“{shorten(admin)}”" for admin in admins if not _ADMIN.fullmatch(admin)]
    if wrong:
        raise InvalidInput(
            f"{', '.join(wrong)}: not an ID of Slack. IDs look like U012ABCDEF (a person: profile, ⋮, Copy "
            "member ID) or S012ABCDEF (a user group)."
        )
    return frozenset(admins)


def read_starters(text: str) -> Starters:
    """Parse `members`, `admins`, or IDs of users and user groups."""
    word = text.strip().lower()
    if word in ("members", "admins"):
        return Starters(None if word == "members" else frozenset())
    try:
        return Starters(read_admins(text))
    except InvalidInput as fault:
        raise InvalidInput(f"{fault} Or write members (all full members) or admins.") from None


def read_aws_role(text: str) -> str | None:
    """Parse the name or the ARN of an IAM role; None for an empty text."""
    if text and not _ROLE.fullmatch(text):
        raise InvalidInput(
            f"“{shorten(text)}” is not a role's name or ARN. Write it like arn:aws:iam::123456789012:role/NAME."
        )
    return text or None


def read_email(text: str) -> str | None:
    """Parse an email address; None for an empty text."""
    return parse_email(text) if text else None


def read_backup_s3(text: str) -> S3Place | None:
    """Parse a place in S3; None for an empty text."""
    return parse_s3(text) if text else None


def read_backup_every(text: str) -> timedelta:
    """Parse the interval of backups, 1 min to 1 week: a longer one would lose too much."""
    span = parse_duration(text)
    if not timedelta(minutes=1) <= span <= timedelta(weeks=1):
        raise InvalidInput(f"“{shorten(text)}” is too short or too long. Write a time from 1m to 1w.")
    return span


def read_yes_or_no(text: str) -> bool:
    """Parse `yes` or `no`."""
    if text.strip().lower() not in ("yes", "no"):
        raise InvalidInput(f"“{shorten(text)}” is neither yes nor no.")
    return text.strip().lower() == "yes"


def read_retention(text: str) -> timedelta | None:
    """Parse how long enrollments that are over are kept, 30 days to two years; None for an empty text: for ever."""
    if not text.strip():
        return None
    span = parse_duration(text)
    if span < timedelta(days=30):
        raise InvalidInput(f"“{shorten(text)}” is too short. Write a time from 30d to 104w, or leave it empty.")
    return span


def read_log_level(text: str) -> str:
    """Parse the name of a log level, in capitals."""
    return _one_of(_LEVELS, text.upper(), text)


def read_log_format(text: str) -> str:
    """Parse the name of a log format."""
    return _one_of(_FORMATS, text.lower(), text)


def _one_of(choices: tuple[str, ...], value: str, text: str) -> str:
    if value not in choices:
        raise InvalidInput(f"“{shorten(text)}” is not one of {', '.join(choices)}.")
    return value
