"""The settings: defaults, parsing, and the message for every fault."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest_schedule import DigestTime
from bot.domain.ticket_emails import Route
from bot.settings import SETTINGS, SettingsInvalid, load

BOT = "xoxb-" + "bot-secret"
APP = "xapp-" + "app-secret"
SIGNING = "0123456789abcdef" * 2
HTTP = {"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SIGNING}
NAMES = [setting.name for setting in SETTINGS]


def faults(environ: dict[str, str], **options: bool) -> dict[str, str]:
    """The faults of an environment by name."""
    with pytest.raises(SettingsInvalid) as invalid:
        load(environ, None, **options)
    assert len(invalid.value.faults) == len(dict(invalid.value.faults)), "one fault a name"
    return dict(invalid.value.faults)


def test_what_is_not_set_has_the_documented_default() -> None:
    """Two Slack secrets are enough; all other settings have the documented defaults."""
    settings = load(HTTP, None)

    assert "https://slack.com/api/" == settings.slack_api_url
    assert "sqlite:///eco-bot.db" == settings.database_url
    assert ("0.0.0.0", 3000) == (settings.host, settings.port)
    assert {} == settings.waits
    assert (time(9), time(17)) == (settings.reminder_hours.start, settings.reminder_hours.end)
    assert DigestTime(weekday=0, at=time(9)) == settings.digest
    assert timedelta(seconds=5) == settings.tick
    assert frozenset() == settings.admins
    assert (None, None, None) == (settings.aws_role, settings.ticket_from, settings.ticket_route)
    assert ("https://docs.spot.io", "support@flexera.com") == (settings.docs_url, settings.support_email)
    assert (None, timedelta(hours=1)) == (settings.backup_s3, settings.backup_every)
    assert ("INFO", "text") == (settings.log_level, settings.log_format)


def test_every_setting_is_read() -> None:
    """Each variable sets its attribute, in the type that the bot uses."""
    settings = load(
        HTTP
        | {
            "SLACK_API_URL": "http://127.0.0.1:9000/api",
            "DATABASE_URL": "postgres://eco@db/eco",
            "HOST": "::1",
            "PORT": "0",
            "ECO_WAITS": "nudge=3d",
            "ECO_REMINDER_HOURS": "always",
            "ECO_DIGEST": "Fri 16:30",
            "ECO_ADMIN_PORT": "9090",
            "ECO_DRAIN": "10s",
            "ECO_TICK": "1m",
            "ECO_ADMINS": "U0ANA, W0BEN S0ADMINS",
            "ECO_AWS_ROLE": "arn:aws:iam::123456789012:role/eco/reader",
            "ECO_DOCS_URL": "https://docs.flexera.com/spot/",
            "ECO_SUPPORT_EMAIL": "support@example.com",
            "ECO_TICKET_FROM": "eco@example.com",
            "ECO_TICKET_LINES": "700",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "JSON",
        },
        None,
    )

    assert "http://127.0.0.1:9000/api/" == settings.slack_api_url
    assert "postgres://eco@db/eco" == settings.database_url
    assert ("::1", 0, 9090) == (settings.host, settings.port, settings.admin_port)
    assert timedelta(seconds=10) == settings.drain
    assert timedelta(days=3) == settings.policy.waits["nudge"].latest
    assert settings.policy.hours.always
    assert DigestTime(weekday=4, at=time(16, 30)) == settings.digest
    assert timedelta(minutes=1) == settings.tick
    assert {"U0ANA", "W0BEN", "S0ADMINS"} == settings.admins
    assert "arn:aws:iam::123456789012:role/eco/reader" == settings.aws_role
    assert "https://docs.flexera.com/spot" == settings.docs_url
    assert ("support@example.com", "eco@example.com") == (settings.support_email, settings.ticket_from)
    assert 700 == settings.policy.ticket_lines
    assert ("DEBUG", "json") == (settings.log_level, settings.log_format)


FAULTS = [
    ("SLACK_BOT_TOKEN", APP, "app-level token (xapp-…), which belongs in SLACK_APP_TOKEN"),
    ("SLACK_BOT_TOKEN", SIGNING, "belongs in SLACK_SIGNING_SECRET"),
    ("SLACK_BOT_TOKEN", "xoxp-" + "1-user", "a user token"),
    ("SLACK_BOT_TOKEN", "xoxe." + BOT, "token rotation"),
    ("SLACK_BOT_TOKEN", f'"{BOT}"', "without quotes"),
    ("SLACK_BOT_TOKEN", f"{BOT} {BOT}", "spaces"),
    ("SLACK_APP_TOKEN", BOT, "bot token (xoxb-…), which belongs in SLACK_BOT_TOKEN"),
    ("SLACK_APP_TOKEN", "A012ABCDEF", "does not begin with xapp-"),
    ("SLACK_SIGNING_SECRET", APP, "belongs in SLACK_APP_TOKEN"),
    ("SLACK_SIGNING_SECRET", "a b", "spaces"),
    ("SLACK_API_URL", "slack.com/api", "https://slack.com/api/"),
    ("SLACK_API_URL", "https://slack.com:x/", "https://slack.com/api/"),
    ("SLACK_API_URL", "https://slack.com/?a=b", "https://slack.com/api/"),
    ("DATABASE_URL", "eco-bot.db", "not a database URL"),
    ("DATABASE_URL", "mysql://u:hidden@h/x", "names mysql"),
    ("DATABASE_URL", "sqlite://", "names no file"),
    ("DATABASE_URL", "postgresql://u:pa:hidden@h:hidden/x", "not a database URL"),
    ("HOST", "http://localhost", "not an address"),
    ("HOST", "localhost:3000", "its own setting, PORT"),
    ("PORT", "http", "0 to 65535"),
    ("PORT", "65536", "0 to 65535"),
    ("PORT", "-1", "0 to 65535"),
    ("PORT", "\uff13\uff10\uff10\uff10", "0 to 65535"),
    ("ECO_WAITS", "nudges=2d", "The waits are data_generation, full_eco"),
    ("ECO_WAITS", "nudge=2", "not a length of time"),
    ("ECO_WAITS", "full_eco=6w..4w", "ends before it begins"),
    ("ECO_REMINDER_HOURS", "9 to 5", "mon-fri 09:00-17:00"),
    ("ECO_DIGEST", "monday", "“monday” should look like “mon 09:00” or “off”"),
    ("ECO_DIGEST", "mon-fri 09:00", "should look like"),
    ("ECO_DIGEST", "mon 25:00", "should look like"),
    ("ECO_ADMIN_PORT", "http", "is not a port"),
    ("ECO_PUBLIC_URL", "eco.example.com", "https://eco.example.com"),
    ("ECO_PUBLIC_URL", "https://me:secret@eco.example.com", "https://eco.example.com"),
    ("ECO_DRAIN", "2m", "from 0s to 1m"),
    ("ECO_TICK", "5", "not a length of time"),
    ("ECO_TICK", "2m", "from 1s to 1m"),
    ("ECO_ADMINS", "U0ANA,@ben", "“@ben”: not an ID of Slack"),
    ("ECO_STARTERS", "everybody", "Or write members (all full members) or admins"),
    ("ECO_ADMINS", "C0CHANNEL", "user group"),
    ("ECO_AWS_ROLE", "arn:aws:iam::1:role/x", "ARN"),
    ("ECO_AWS_ROLE", "eco reader", "ARN"),
    ("ECO_PROCEDURES", "/no/such/folder", "There is no folder “/no/such/folder”."),
    ("ECO_TEMPLATES", "/no/such/folder", "There is no folder “/no/such/folder”."),
    ("ECO_DOCS_URL", "docs.spot.io", "Write it like https://docs.spot.io"),
    ("ECO_DOCS_URL", "https://docs.example/a|b", "Write it like https://docs.spot.io"),
    ("ECO_SUPPORT_EMAIL", "support", "not an email address"),
    ("ECO_TICKET_FROM", "eco@", "not an email address"),
    ("ECO_TICKET_LINES", "many", "a number from 50 to 5000"),
    ("ECO_TICKET_LINES", "49", "a number from 50 to 5000"),
    ("ECO_BACKUP_S3", "my-bucket/eco.db", "s3://bucket/key"),
    ("ECO_BACKUP_S3", "s3://my-bucket/", "names no object"),
    ("ECO_BACKUP_S3", "s3://My_Bucket/eco.db", "not a bucket name"),
    ("ECO_BACKUP_S3", f"s3://my-bucket/{'x' * 1025}", "longer than 1024 bytes"),
    ("ECO_BACKUP_S3", "s3://my-bucket/eco\x07.db", "has strange characters"),
    ("ECO_REMINDER_GAP", "25h", "“25h” is too long: write a span up to 1d"),
    ("ECO_RETENTION", "29d", "“29d” is too short. Write a time from 30d to 104w, or leave it empty."),
    ("ECO_BACKUP_EVERY", "30s", "from 1m to 1w"),
    ("ECO_BACKUP_EVERY", "8d", "from 1m to 1w"),
    ("ECO_BACKUP_EVERY", "hourly", "not a length of time"),
    ("ECO_WEBHOOK_URL", "hooks.example.com/eco", "an address such as https://hooks.example.com/eco"),
    ("ECO_WEBHOOK_URL", "https://hooks.example.com:99999/eco", "an address such as https://hooks.example.com/eco"),
    ("ECO_WEBHOOK_URL", "https://[hooks.example.com/eco", "an address such as https://hooks.example.com/eco"),
    ("ECO_WEBHOOK_URL", "https://hooks.example.com/e c o", "an address such as https://hooks.example.com/eco"),
    ("ECO_WEBHOOK_URL", "https://hooks.example.com/é", "an address such as https://hooks.example.com/eco"),
    ("ECO_TEMPLATES", f"/{'x' * 300}", "There is no folder"),
    ("LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING"),
    ("LOG_FORMAT", "xml", "text, json"),
    ("ECO_TIK", "5s", "Did you mean ECO_TICK?"),
    ("ECO_REMINDER_HOUR", "always", "Did you mean ECO_REMINDER_HOURS?"),
    ("ECO_ZZZZ", "1", "There are ECO_ADMIN_PORT, "),
]


@pytest.mark.parametrize(("name", "value", "says"), FAULTS)
def test_a_fault_is_told_by_name_and_with_what_to_do(name: str, value: str, says: str) -> None:
    """An invalid value is reported under its name with a helpful message, and nothing else is."""
    both = {"ECO_SUPPORT_EMAIL": "a@example.com", "ECO_TICKET_FROM": "b@example.com"}

    found = faults(HTTP | both | {name: value})

    assert [name] == list(found)
    assert says in found[name]
    assert found[name].endswith((".", "?"))


def test_all_faults_are_told_at_once_in_the_order_of_the_documentation() -> None:
    """All faults are reported together, so that people can repair them in one go."""
    found = faults({name: value for name, value, _ in FAULTS})

    expected = {name for name, _, _ in FAULTS}
    assert expected == set(found)
    known = [name for name in found if name in NAMES]
    assert sorted(known, key=NAMES.index) == known == list(found)[: len(known)]


def test_an_empty_environment_says_what_to_get_and_where() -> None:
    """Without any setting, both secrets are asked for, with the place to find them."""
    found = faults({})

    assert ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"] == list(found)
    assert "OAuth & Permissions" in found["SLACK_BOT_TOKEN"]
    assert "SLACK_SIGNING_SECRET" in found["SLACK_APP_TOKEN"]
    assert "Basic Information" in found["SLACK_APP_TOKEN"]


def test_the_digest_can_be_switched_off() -> None:
    """With the word `off`; an empty value is the default, as with every setting."""
    assert None is load(HTTP | {"ECO_DIGEST": "off"}, None).digest
    assert DigestTime() == load(HTTP | {"ECO_DIGEST": ""}, None).digest


def test_without_slack_nothing_of_slack_is_missing() -> None:
    """A migration needs no token, but one that is set must be valid."""
    assert not load({}, None, need_slack=False).slack_bot_token
    assert ["SLACK_APP_TOKEN"] == list(faults({"SLACK_APP_TOKEN": BOT}, need_slack=False))


def test_tickets_by_mail_need_a_sender() -> None:
    """Support's address alone is only shown; a sender alone writes to the vendor's address of today."""
    assert None is load(HTTP | {"ECO_SUPPORT_EMAIL": "a@example.com"}, None).ticket_route
    route = load(HTTP | {"ECO_TICKET_FROM": "a@example.com"}, None).ticket_route
    assert Route("a@example.com", "support@flexera.com") == route


def test_backups_are_for_sqlite_and_go_somewhere() -> None:
    """An interval without a place is a fault, and so are backups of PostgreSQL."""
    place = {"ECO_BACKUP_S3": "s3://my-bucket/eco/bot.db", "ECO_BACKUP_EVERY": "15m"}
    settings = load(HTTP | place, None)
    aside = faults(HTTP | place | {"DATABASE_URL": "postgres://eco@db/eco"})

    assert ("s3://my-bucket/eco/bot.db", timedelta(minutes=15)) == (str(settings.backup_s3), settings.backup_every)
    assert ["ECO_BACKUP_S3"] == list(faults(HTTP | {"ECO_BACKUP_EVERY": "15m"}))
    assert ["ECO_BACKUP_S3"] == list(aside)
    assert "pg_dump" in aside["ECO_BACKUP_S3"]


@pytest.mark.parametrize(
    ("given", "socket_mode"),
    [
        ({"SLACK_APP_TOKEN": APP}, True),
        ({"SLACK_SIGNING_SECRET": SIGNING}, False),
        ({"SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": SIGNING}, True),
    ],
)
def test_an_app_level_token_means_socket_mode(given: dict[str, str], socket_mode: bool) -> None:
    """If both secrets are set, the token decides: it has no other use."""
    assert socket_mode is load({"SLACK_BOT_TOKEN": BOT} | given, None).socket_mode


def test_no_secret_is_ever_shown() -> None:
    """Neither the settings nor a fault shows a secret, not even a misplaced one."""
    secrets = [BOT, APP, SIGNING, "pass-word"]
    settings = load(
        {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": SIGNING}
        | {"DATABASE_URL": "postgresql://eco:pass-word@db/eco"},
        None,
    )
    mixed_up = faults(HTTP | {"PORT": BOT, "HOST": f"{SIGNING}:1", "LOG_LEVEL": APP, "ECO_ADMINS": APP})

    assert [] == [secret for secret in secrets if secret in f"{settings!r} {settings} {mixed_up}"]
    assert set(secrets) == set(settings.secrets)


@given(st.dictionaries(st.sampled_from([*NAMES, "ECO_TYPO"]), st.text(max_size=60)))
def test_no_text_breaks_the_reading(environ: dict[str, str]) -> None:
    """Any text in the variables gives settings or named faults."""
    named: set[str] = set()
    try:
        load(environ, None, need_slack=False)
    except SettingsInvalid as invalid:
        named = {name for name, _ in invalid.faults}

    assert named <= {*environ, "ECO_BACKUP_S3"}


def test_a_webhook_needs_its_secret_and_https_outside_of_the_own_network() -> None:
    """Each of the two is named where it is missing; inside, plain http is for those who say so."""
    secret = "whsec_" + "c2VjcmV0" * 4
    plain = {"ECO_WEBHOOK_URL": "http://hooks.example.com/eco", "ECO_WEBHOOK_SECRET": secret}

    assert faults(HTTP | {"ECO_WEBHOOK_URL": "https://hooks.example.com/eco"})["ECO_WEBHOOK_SECRET"].startswith(
        "It is missing, while ECO_WEBHOOK_URL is set."
    )
    assert (
        "It is missing, while ECO_WEBHOOK_SECRET is set."
        == faults(HTTP | {"ECO_WEBHOOK_SECRET": secret})["ECO_WEBHOOK_URL"]
    )
    assert "Use https, or set ECO_WEBHOOK_PRIVATE=yes" in faults(HTTP | plain)["ECO_WEBHOOK_URL"]
    assert "http://hooks.example.com/eco" == load(HTTP | plain | {"ECO_WEBHOOK_PRIVATE": "yes"}, None).webhook_url
    assert "bot.internal" == load(HTTP | {"HOST": "bot.internal"}, None).host
