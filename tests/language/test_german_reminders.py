"""What reminders, answers and digests say in German, word by word, in the situations that read differently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.contacts import Absence, Asked
from bot.domain.digest_contents import Digest, Forecast, Waiting
from bot.domain.enrollment import Enrollment, EventKind, Reminder, ReminderKind, State
from bot.domain.procedure import BUILT_IN
from bot.language.spoken import speaking
from bot.presentation import answered, digest, notifications, rounds
from bot.presentation.notifications import Due, Seen
from bot.template_check.sample_enrollments import DAY, MATE, NOW, OTHER, OWNER, TODAY, USUAL, enrollment

BY_KEY = {procedure.key: procedure for procedure in BUILT_IN}
NAMES = {OWNER: "Ana", MATE: "Ben", OTHER: "Cem"}
WAITS = {"state": State.WAITING, "acted_at": NOW - 8 * DAY, "acted_by": MATE, "window_start": NOW - 8 * DAY}
OVER, AHEAD = {**WAITS, "latest": NOW - DAY}, {**WAITS, "latest": NOW + 3 * DAY}
BLOCKED = {"blocked_by": "customer", "blocked_why": "Vertrag fehlt", "blocked_at": NOW - DAY}


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    """Speak German."""
    with speaking("de"):
        yield


def made(procedure: str, key: str, **changes: Any) -> Enrollment:
    """An enrollment with one step as a test needs it."""
    return enrollment(BY_KEY[procedure], State.LOCKED, USUAL, number=7).with_step(
        key, **{"state": State.OPEN, "since": NOW - 9 * DAY} | changes
    )


def read(text: str) -> str:
    """A text as people read it: days and links by their words, people by their names."""
    text = re.sub(r"<!date\^\d+\^{date_short_pretty}\|[^,>]*, ([^>]*)>", r"\1", text)
    text = re.sub(r"<!date\^\d+\^[^|]*\|[^,>]*, ([^,>]*), (\d\d:\d\d) UTC>", r"\1 um \2", text)
    return re.sub(
        r"<@(\w+)>", lambda found: f"@{NAMES[found[1]]}", re.sub(r"<(?:http|mailto)[^|]*\|([^>]*)>", r"\1", text)
    )


def reminder(
    of: Enrollment, key: str, kind: ReminderKind, repeat: int = 0, seen: Seen | None = None, asked: Asked | None = None
) -> str:
    """The text of a reminder to the owner, without what stands in the first brackets: the account's number."""
    due = Due(of, key, Reminder(repeat, kind, repeat, NOW), seen)
    whom = asked.mentioned if asked else (OWNER,)
    said = notifications.reminder(due, NOW, whom, asked=asked, name_of=NAMES.__getitem__).text
    return read(said).replace(" (0000-0000-0007)", "", 1)


def test_an_open_step_names_its_day_and_the_count_of_reminders() -> None:
    """And who is asked, too, where nobody answered."""
    of = made("aws-management-account", "create_workflows")
    first, third = (reminder(of, "create_workflows", ReminderKind.OPEN, repeat) for repeat in (0, 3))

    assert first == (
        "@Ana: *Billing-Workflows anlegen* für *Acme Production* ist seit Mo., 16. Nov offen. Lege deine "
        "Billing-Workflows in Eco an und trage dann ihre Namen hier ein.\nWorkflows verwalten"
    )
    assert "ist seit Mo., 16. Nov offen (4. Erinnerung). Lege" in third
    assert "Auf drei Erinnerungen hat niemand geantwortet, deshalb frage ich jetzt auch andere." in third


def test_an_overdue_wait_says_for_whom_and_keeps_the_text_for_support_in_english() -> None:
    """With a promise, the end of the time; without one, since when the ticket is away."""
    of = made("aws-management-account", "connect_account", **OVER)
    assert reminder(of, "connect_account", ReminderKind.LATEST, 1).splitlines() == [
        "@Ana: *Management Account verbinden* für *Acme Production* ist fällig: Die Frist für AWS und Spot lief bis "
        "24. Nov um 10:00 (2. Erinnerung). Sind Cost Analysis und das Dashboard da?",
        "AWS-Konto verbinden, Spot-Konsole",
        "Noch nicht? Sende dem Spot-Support diesen Text (support center, chat in the Spot console, "
        "support@flexera.com):",
        ">On Nov 17 we connected our AWS management account. We expected data in Cost Analysis and the dashboard by "
        "Nov 24. Could you tell us where that stands? Our AWS management account is 0000-0000-0007.",
    ]
    of = made("aws-management-account", "enable_subsets", **OVER, values={"ticket_number": "4711"})
    whole = (
        "wartet seit 17. Nov auf den Spot-Support (Ticket 4711, 3. Erinnerung). Ist das Feature Subsets freigeschaltet?"
    )
    assert whole in reminder(of, "enable_subsets", ReminderKind.LATEST, 2)
    assert "auf den Spot-Support (Ticket 4711). Ist" in reminder(of, "enable_subsets", ReminderKind.LATEST)
    of = of.with_step("enable_subsets", values={})
    assert "auf den Spot-Support (3. Erinnerung). Ist" in reminder(of, "enable_subsets", ReminderKind.LATEST, 2)
    assert "auf den Spot-Support. Ist" in reminder(of, "enable_subsets", ReminderKind.LATEST)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "sollte bis Di., 24. Nov erledigt sein"),
        (0, "soll heute (Mi., 25. Nov) erledigt sein"),
        (5, "soll bis Mo., 30. Nov erledigt sein"),
    ],
)
def test_a_target_date_is_told_by_how_far_it_is(days: int, words: str) -> None:
    """A step is still open, or still waits: the two are different verbs."""
    target = {"target": TODAY + timedelta(days=days)}
    of = made("aws-management-account", "create_workflows", **target)
    assert f"*Acme Production* {words} und ist noch offen. Lege" in reminder(
        of, "create_workflows", ReminderKind.TARGET
    )
    of = made("aws-management-account", "connect_account", **AHEAD, **target)
    assert f"*Acme Production* {words} und wartet noch. Sind" in reminder(of, "connect_account", ReminderKind.TARGET)


def test_snoozed_early_blocked_and_noted_steps() -> None:
    """What people recorded stands below, each on a line of its own."""
    snoozed = {"snoozed_by": MATE, "snoozed_at": NOW - DAY, "snooze_note": "Spot hat geantwortet"}
    noted = {"note": "Frist ist Freitag", "noted_by": MATE, "noted_at": NOW - DAY, "target": TODAY - DAY}
    of = made("aws-management-account", "connect_account", **AHEAD, **snoozed, **noted, **BLOCKED)
    assert reminder(of, "connect_account", ReminderKind.SNOOZED).splitlines() == [
        "@Ana: *Management Account verbinden* für *Acme Production* wartet noch. Sind Cost Analysis und das Dashboard "
        "da?",
        "AWS-Konto verbinden, Spot-Konsole",
        ":no_entry: Blockiert durch den Endkunden seit 24. Nov: Vertrag fehlt",
        ":dart: Zieltermin 24. Nov verstrichen",
        ":memo: @Ben, 24. Nov: Frist ist Freitag",
        "@Ben: wartet noch, 24. Nov (Spot hat geantwortet)",
    ]
    of = made("aws-management-account", "full_eco", **AHEAD)
    early = "*Acme Production* ist vielleicht schon fertig; erwartet bis 28. Nov. Ist das Ramp-up beendet"
    assert early in reminder(of, "full_eco", ReminderKind.EARLIEST)
    of = made("aws-management-account", "full_eco", values={"call_date": (TODAY - DAY).isoformat()})
    planned = "war für Di., 24. Nov geplant. Hat es stattgefunden? Drücke *Als erledigt markieren* oder nenne dort"
    assert planned in reminder(of, "full_eco", ReminderKind.OPEN)


def test_stand_ins_people_who_left_and_everybody() -> None:
    """The first words say whom the message asks, and why it is them."""
    of = made("aws-management-account", "create_workflows", assignee=OTHER)
    away = Asked((MATE,), (MATE,), absences=(Absence(OWNER, MATE, TODAY + 7 * DAY, NOW + 7 * DAY),))
    said = reminder(of, "create_workflows", ReminderKind.OPEN, asked=away)
    assert said.startswith("@Ben (für Ana, abwesend bis Mi., 2. Dez): *Billing-Workflows anlegen*")
    left = replace(away, absences=(), owner_left=True, assignee_left=True)
    assert reminder(of, "create_workflows", ReminderKind.OPEN, asked=left).startswith(
        "@Ben (zugewiesen an @Cem, nicht mehr in Slack: Wähle mit *Details* jemand anderen) "
        "(Owner @Ana ist nicht mehr in Slack: Trage mit *Bearbeiten* jemand anderen ein): *Billing"
    )
    nobody = reminder(of, "create_workflows", ReminderKind.OPEN, asked=Asked((), ()))
    assert nobody.startswith("Alle hier: *Billing-Workflows anlegen*")


def test_a_party_without_people_is_named_and_its_text_offered() -> None:
    """An MSP that is not in Slack gets its text from somebody here."""
    of = made("aws-msp-delivered", "deliver_report")
    said = reminder(of, "deliver_report", ReminderKind.OPEN)
    assert "*Der MSP: Report liefern* für *Acme Production* ist seit Mo., 16. Nov offen. Schreibe CSV-Dateien" in said
    assert "Dran ist der MSP: Mit *Text zum Weitergeben* bekommst du einen Text, den du dorthin senden kannst." in said


@pytest.mark.parametrize(
    ("delivered", "long", "short"),
    [
        (DeliveredFiles(), "Noch keine CUR-Datei im Bucket. Mögliche Ursachen: Der", "noch keine CUR-Datei im Bucket"),
        (DeliveredFiles(3), "Im Bucket: 3 CUR-Dateien. Das ist ein gutes Zeichen", "3 CUR-Dateien im Bucket"),
        (
            DeliveredFiles(1, first_at=NOW - DAY),
            "Im Bucket: 1 CUR-Datei (die erste kam: 24. Nov um 10:00). Das ist ein gutes Zeichen",
            "1 CUR-Datei im Bucket",
        ),
        (
            DeliveredFiles(problem="AWS refused it."),
            "In den Bucket des Cost and Usage Report konnte ich nicht sehen: AWS refused it.",
            "ich konnte nicht in den Bucket sehen",
        ),
    ],
)
def test_what_the_bot_saw_in_the_bucket(delivered: DeliveredFiles, long: str, short: str) -> None:
    """In a reminder of its own, and in a line of several."""
    of = made("aws-management-account", "connect_account", **AHEAD)
    seen = Seen(NOW, delivered)
    said = reminder(of, "connect_account", ReminderKind.SNOOZED, seen=seen)
    assert f"Zuletzt nachgesehen: 25. Nov um 10:00. {long}" in said
    due = Due(of, "connect_account", Reminder(1, ReminderKind.SNOOZED, 4, NOW), seen)
    together = rounds.build([due], NOW, 1, lambda *_: Asked((OWNER,), (OWNER,)), NAMES.__getitem__, {})
    assert read(together.text).endswith(
        f"(vielleicht schon fertig, erwartet bis 28. Nov); {short}; auf vier Erinnerungen hat niemand geantwortet"
    )


def test_the_digest_says_for_whom_it_waits() -> None:
    """Each kind of wait has its sentence, and each part its heading."""
    ranged = {**AHEAD, "earliest": NOW + DAY}
    waits = [
        made("aws-management-account", "connect_account", **AHEAD),
        made("aws-management-account", "full_eco", **ranged, assignee=OTHER),
        made("aws-management-account", "enable_subsets", **AHEAD, **BLOCKED),
        made("aws-management-account", "associate_workflows", **AHEAD),
    ]
    keys = ("connect_account", "full_eco", "enable_subsets", "associate_workflows")
    told = tuple(Waiting(of, of.step(key)) for of, key in zip(waits, keys, strict=True))
    ahead = (Forecast(waits[0], TODAY, TODAY + DAY, False, 7), Forecast(waits[0], TODAY, TODAY, True, 0))
    said = digest.build(Digest(NOW, waiting=told, forecasts=ahead), NAMES.__getitem__).text

    assert read(said).splitlines() == [
        "Eco-Enrollments diese Woche",
        "",
        "*Wartet*",
        "• *Acme Production*: Management Account verbinden wartet bis 28. Nov auf AWS und Spot",
        "• *Acme Production*: Full Eco: Strategiegespräch und Ramp-up wartet auf Spot, fertig zwischen 26. Nov und "
        "28. Nov, zugewiesen an Cem",
        "• *Acme Production*: Subsets freischalten wartet auf den Spot-Support. Einen Termin gibt es nicht; nächste "
        "Nachfrage: 28. Nov, blockiert durch den Endkunden; blockiert: Vertrag fehlt",
        "• *Acme Production*: Billing-Workflows zuordnen wartet bis etwa 28. Nov auf den Spot-Support",
        "",
        "*Prognose*",
        "• *Acme Production*: zwischen Mi., 25. Nov und Do., 26. Nov (Grundlage: 7 abgeschlossene Enrollments)",
        "• *Acme Production*: jeden Tag möglich, es sind nur noch optionale Schritte übrig",
    ]


def test_answers_below_a_message() -> None:
    """Who answered what, and what is asked again."""
    of = made("aws-management-account", "connect_account", **AHEAD)

    def answer(kind: str, note: str = "") -> answered.Answer:
        return answered.Answer(of, "connect_account", EventKind(kind), MATE, NOW, TODAY + DAY, note)

    given = [answer("confirmed"), answer("still_waiting", "Spot prüft"), answer("target_set")]
    assert read(answered.build(given, None, 2).text).splitlines() == [
        "• *Acme Production*: Management Account verbinden. Bestätigt von @Ben, 25. Nov um 10:00.",
        "• *Acme Production*: Management Account verbinden. @Ben: wartet noch (Spot prüft). Ich frage am Do., 26. Nov "
        "wieder.",
        "• *Acme Production*: Management Account verbinden. @Ben: neuer Zieltermin Do., 26. Nov.",
        "2 Fragen stelle ich unten noch einmal.",
    ]
