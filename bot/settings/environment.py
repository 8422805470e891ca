"""Defines the settings and loads them from the environment; an error lists all faults by name."""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, SecretStr, ValidationError

from bot.domain import vendor
from bot.domain.access import Starters
from bot.domain.digest_schedule import DigestTime, parse_digest
from bot.domain.enrollment import Policy
from bot.domain.errors import DomainError
from bot.domain.inputs import parse_email
from bot.domain.schedule import ReminderHours, parse_hours, parse_waits
from bot.domain.step_spec import WaitKey, Window
from bot.domain.ticket_emails import Route
from bot.settings import installation_settings, value_parsers, webhook_settings
from bot.settings.backup_place import S3Place
from bot.telemetry.masking import Mask, passwords_in

T = TypeVar("T")

_APP_PAGES = "your app's pages at api.slack.com/apps"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable, and its default as text; "" if there is none."""

    name: str
    default: str = ""

    @property
    def field(self) -> str:
        """The attribute of `Settings` that holds it."""
        return self.name.lower().removeprefix("eco_")


#: All settings, in the order of docs/OPERATING.md, which describes them; tests compare it and .env.example with this.
SETTINGS = (
    Setting("SLACK_BOT_TOKEN"),
    Setting("SLACK_APP_TOKEN"),
    Setting("SLACK_SIGNING_SECRET"),
    Setting("SLACK_CLIENT_ID"),
    Setting("SLACK_CLIENT_SECRET"),
    Setting("SLACK_API_URL", "https://slack.com/api/"),
    Setting("DATABASE_URL", "sqlite:///eco-bot.db"),
    Setting("HOST", "0.0.0.0"),  # noqa: S104 - the documented default
    Setting("PORT", "3000"),
    Setting("ECO_ADMIN_PORT"),
    Setting("ECO_PUBLIC_URL"),
    Setting("ECO_WORKSPACES"),
    Setting("ECO_TOKEN_KEYS"),
    Setting("ECO_DRAIN", "0s"),
    Setting("ECO_PROCEDURES"),
    Setting("ECO_TEMPLATES"),
    Setting("ECO_LANGUAGE", "en"),
    Setting("ECO_WAITS"),
    Setting("ECO_REMINDER_HOURS", "mon-fri 09:00-17:00"),
    Setting("ECO_REMINDER_GAP", "1h"),
    Setting("ECO_DIGEST", "mon 09:00"),
    Setting("ECO_TICK", "5s"),
    Setting("ECO_ADMINS"),
    Setting("ECO_STARTERS", "members"),
    Setting("ECO_AWS_ROLE"),
    Setting("ECO_DOCS_URL", vendor.DOCS),
    Setting("ECO_SUPPORT_EMAIL", vendor.SUPPORT_EMAIL),
    Setting("ECO_TICKET_FROM"),
    Setting("ECO_TICKET_LINES"),
    Setting("ECO_DB_POOL", "10"),
    Setting("ECO_BACKUP_S3"),
    Setting("ECO_BACKUP_EVERY", "1h"),
    Setting("ECO_WEBHOOK_URL"),
    Setting("ECO_WEBHOOK_SECRET"),
    Setting("ECO_WEBHOOK_PRIVATE", "no"),
    Setting("ECO_RETENTION", ""),
    Setting("ECO_WORKFLOW_STEPS", "no"),
    Setting("LOG_LEVEL", "INFO"),
    Setting("LOG_FORMAT", "text"),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_NAMES = {setting.field: setting.name for setting in SETTINGS}

Fault = tuple[str, str]


class SettingsInvalid(Exception):
    """The settings are invalid; `faults` lists (name, sentence), without secrets."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(f"{name}: {sentence}" for name, sentence in faults))
        self.faults = faults


def _reads(read: Callable[[str], T]) -> PlainValidator:
    def validate(text: str) -> T:
        try:
            return read(text)
        except DomainError as error:
            raise ValueError(str(error)) from None

    return PlainValidator(validate)


class Settings(BaseModel):
    """The validated settings; created by `load`.

    Secrets that are not set are empty, hence false. `SETTINGS` describes each setting.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack_bot_token: Annotated[SecretStr, _reads(value_parsers.read_bot_token)]
    slack_app_token: Annotated[SecretStr, _reads(value_parsers.read_app_token)]
    slack_signing_secret: Annotated[SecretStr, _reads(value_parsers.read_signing_secret)]
    slack_client_id: Annotated[str | None, _reads(installation_settings.read_client_id)]
    slack_client_secret: Annotated[SecretStr, _reads(value_parsers.read_signing_secret)]
    slack_api_url: Annotated[str, _reads(value_parsers.read_api_url)]
    #: Not in `repr`, since it may contain a password.
    database_url: Annotated[str, _reads(value_parsers.read_database_url)] = Field(repr=False)
    host: Annotated[str, _reads(value_parsers.read_host)]
    port: Annotated[int, _reads(value_parsers.read_port)]
    admin_port: Annotated[int | None, _reads(value_parsers.read_admin_port)]
    public_url: Annotated[str | None, _reads(value_parsers.read_public_url)]
    workspaces: Annotated[installation_settings.AllowedWorkspaces | None, _reads(installation_settings.read_workspaces)]
    token_keys: Annotated[tuple[SecretStr, ...], _reads(installation_settings.read_token_keys)]
    drain: Annotated[timedelta, _reads(value_parsers.read_drain)]
    procedures: Annotated[Path | None, _reads(value_parsers.read_folder)]
    templates: Annotated[Path | None, _reads(value_parsers.read_folder)]
    language: Annotated[str, _reads(value_parsers.read_language)]
    waits: Annotated[Mapping[WaitKey, Window], _reads(parse_waits)]
    reminder_hours: Annotated[ReminderHours, _reads(parse_hours)]
    reminder_gap: Annotated[timedelta, _reads(value_parsers.read_gap)]
    digest: Annotated[DigestTime | None, _reads(parse_digest)]
    tick: Annotated[timedelta, _reads(value_parsers.read_tick)]
    admins: Annotated[frozenset[str], _reads(value_parsers.read_admins)]
    starters: Annotated[Starters, _reads(value_parsers.read_starters)]
    aws_role: Annotated[str | None, _reads(value_parsers.read_aws_role)]
    docs_url: Annotated[str, _reads(value_parsers.read_docs_url)]
    support_email: Annotated[str, _reads(parse_email)]
    ticket_from: Annotated[str | None, _reads(value_parsers.read_email)]
    ticket_lines: Annotated[int | None, _reads(value_parsers.read_ticket_lines)]
    db_pool: Annotated[int, _reads(value_parsers.read_pool)]
    backup_s3: Annotated[S3Place | None, _reads(value_parsers.read_backup_s3)]
    backup_every: Annotated[timedelta, _reads(value_parsers.read_backup_every)]
    webhook_url: Annotated[str | None, _reads(webhook_settings.read_webhook_url)]
    webhook_secret: Annotated[SecretStr, _reads(webhook_settings.read_webhook_secret)]
    webhook_private: Annotated[bool, _reads(value_parsers.read_yes_or_no)]
    retention: Annotated[timedelta | None, _reads(value_parsers.read_retention)]
    workflow_steps: Annotated[bool, _reads(value_parsers.read_yes_or_no)]
    log_level: Annotated[str, _reads(value_parsers.read_log_level)]
    log_format: Annotated[str, _reads(value_parsers.read_log_format)]

    @property
    def policy(self) -> Policy:
        """The settings of waits, reminders, tickets and the language."""
        return Policy(self.waits, self.reminder_hours, self.reminder_gap, self.ticket_lines, self.language)

    @property
    def webhook(self) -> tuple[str, bytes, bool] | None:
        """Where events go, the key of their signatures, and whether that may be inside of the network; None if off."""
        key = webhook_settings.key_of(self.webhook_secret)
        return (self.webhook_url, key, self.webhook_private) if self.webhook_url else None

    @property
    def ticket_route(self) -> Route | None:
        """Sender and recipient of tickets by email; None if that is off."""
        return Route(self.ticket_from, self.support_email) if self.ticket_from else None

    @property
    def socket_mode(self) -> bool:
        """Whether to connect by Socket Mode instead of HTTP.

        An app-level token has no other use, while every app has a signing secret: if both are set, the token decides.
        """
        return bool(self.slack_app_token)

    @property
    def installs(self) -> bool:
        """Whether workspaces install the app by themselves, instead of the one of SLACK_BOT_TOKEN."""
        return self.slack_client_id is not None

    @property
    def feeds_url(self) -> str | None:
        """The address of the server of private calendar feeds; None where there are none."""
        return None if self.socket_mode else self.public_url

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secret values, for masking them in the log."""
        slack = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret, self.slack_client_secret)
        given = (*slack, *self.token_keys, self.webhook_secret)
        values = (secret.get_secret_value() for secret in given)
        return (*filter(None, values), *passwords_in(self.database_url))


def load(
    environ: Mapping[str, str] | None = None,
    env_file: Path | None = Path(".env"),
    *,
    need_slack: bool = True,
) -> Settings:
    """Load the settings from the environment, which overrides `env_file` if that exists.

    An empty variable counts as not set, so it switches off the value of the file.

    Args:
        environ: the environment; by default that of the process.
        need_slack: whether the bot token, and one of app-level token and signing secret, are required.

    Raises:
        SettingsInvalid: with all faults.
    """
    faults: list[Fault] = []
    merged = {**_from_file(env_file, faults), **(os.environ if environ is None else environ)}
    given = {name: text.strip() for name, text in merged.items() if text.strip()}
    values = {setting.field: given.get(setting.name, setting.default) for setting in SETTINGS}
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        faults += [(_NAMES[str(fault["loc"][0])], str(fault["ctx"]["error"])) for fault in found]
    if need_slack:
        faults += _missing(given)
    faults += _unknown(given) + installation_settings.faults(given, complete=need_slack)
    if settings is not None:
        faults += _backups(settings, given)
        faults += webhook_settings.faults(settings.webhook_url, settings.webhook_secret, settings.webhook_private)
    if faults or settings is None:
        # A fault quotes the invalid value, which may be a misplaced secret; so would the chained exception.
        mask = Mask(given.get(name, "") for name in _BY_NAME if name.endswith(("_TOKEN", "_SECRET", "_KEYS")))
        order = list(_BY_NAME)
        faults.sort(key=lambda fault: order.index(fault[0]) if fault[0] in order else len(order))
        raise SettingsInvalid([(name, mask(sentence)) for name, sentence in faults]) from None
    return settings


def _from_file(path: Path | None, faults: list[Fault]) -> dict[str, str]:
    try:
        if path is None or not path.exists():
            return {}
        # Some editors write a byte order mark. No interpolation: a `$` in a password is a `$`.
        text = path.read_text("utf-8-sig")
        values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        faults.append((str(path), f"It cannot be read: {reason}."))
        return {}
    return {name: value for name, value in values.items() if value is not None}


def _missing(given: Mapping[str, str]) -> list[Fault]:
    faults = []
    if "SLACK_CLIENT_ID" in given:  # `installation_settings.faults` says what else it needs
        return []
    if "SLACK_BOT_TOKEN" not in given:
        where = f"under “OAuth & Permissions” on {_APP_PAGES}"
        faults.append(("SLACK_BOT_TOKEN", f"It is missing. Copy the bot token (xoxb-…) {where}."))
    if not given.keys() & {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}:
        sentence = (
            "It is missing, and so is SLACK_SIGNING_SECRET. Set one of the two, from “Basic Information” on "
            f"{_APP_PAGES}. Take the app-level token (xapp-…) for Socket Mode, or the signing secret for HTTP."
        )
        faults.append(("SLACK_APP_TOKEN", sentence))
    return faults


def _backups(settings: Settings, given: Mapping[str, str]) -> list[Fault]:
    if settings.backup_s3 is None:
        if "ECO_BACKUP_EVERY" not in given:
            return []
        return [("ECO_BACKUP_S3", "It is missing, while ECO_BACKUP_EVERY is set. Write where to: s3://bucket/key.")]
    if settings.database_url.startswith("sqlite"):
        return []
    # Ignoring it would make people believe that there are backups.
    sentence = "It is for SQLite, but DATABASE_URL is PostgreSQL. Remove it, and back up with pg_dump."
    return [("ECO_BACKUP_S3", sentence)]


def _unknown(given: Mapping[str, str]) -> list[Fault]:
    faults = []
    for name in sorted(given):
        if name.startswith("ECO_") and name not in _BY_NAME:
            near = difflib.get_close_matches(name, _BY_NAME, n=1)
            known = ", ".join(known for known in _BY_NAME if known.startswith("ECO_"))
            hint = f"Did you mean {near[0]}?" if near else f"There are {known}."
            faults.append((name, f"There is no such setting. {hint}"))
    return faults
