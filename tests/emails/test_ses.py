"""Requests to Amazon SES, and the meaning of each of its answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from bot.checks import ses as amazon
from bot.domain.ticket_emails import Email, NotSent, Obstacle, PutOff
from tests.support.mail_services import DROP, HANG, MESSAGE_ID, SENDER, SUPPORT, Fault, Moto, OddSes

EMAIL = Email(SENDER, SUPPORT, "ana@acme.example", "Subsets für Zoë – 部", "Grüße\nSubset : 部門\n")


def test_ses_gets_the_email_as_it_is(moto_ses: Moto) -> None:
    """Plain text in UTF-8, to one address; the answer is SES's message ID."""
    message_id = amazon.send(EMAIL)

    [sent] = moto_ses.sent()
    assert (message_id, SENDER, EMAIL.subject, EMAIL.text) == (
        sent["id"], sent["source"], sent["subject"], sent["body"],
    )  # fmt: skip
    assert {"ToAddresses": [SUPPORT]} == sent["destinations"]


def test_the_request_names_charset_and_the_address_for_answers(ses: OddSes) -> None:
    """moto does not keep these, so the request itself is checked."""
    assert MESSAGE_ID == amazon.send(EMAIL)

    assert [
        {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [SUPPORT]},
            "ReplyToAddresses": ["ana@acme.example"],
            "Content": {
                "Simple": {
                    "Subject": {"Data": EMAIL.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": EMAIL.text, "Charset": "UTF-8"}},
                }
            },
        }
    ] == ses.accepted


def test_an_unverified_sender_is_refused_by_moto_as_by_ses(moto_ses: Moto) -> None:
    """Nothing is sent."""
    with pytest.raises(NotSent) as refusal:
        amazon.send(Email("nobody@else.example", SUPPORT, "a@b.example", "s", "t"))

    assert Obstacle.UNVERIFIED is refusal.value.why
    assert [] == moto_ses.sent()


NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
REFUSALS = {
    "sender": (Fault(400, "MessageRejected", NOT_VERIFIED + SENDER), Obstacle.UNVERIFIED),
    "sandbox mode": (Fault(400, "MessageRejected", NOT_VERIFIED + SUPPORT.upper()), Obstacle.SANDBOX),
    "both": (Fault(400, "MessageRejected", f"{NOT_VERIFIED}{SENDER}, {SUPPORT}"), Obstacle.SANDBOX),
    "content": (Fault(400, "MessageRejected", "Virus found"), Obstacle.REJECTED),
    "mail-from domain": (Fault(400, "MailFromDomainNotVerifiedException", "x"), Obstacle.UNVERIFIED),
    "access": (Fault(403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/x"), Obstacle.FORBIDDEN),
    "unknown key": (Fault(403, "UnrecognizedClientException", "invalid"), Obstacle.CREDENTIALS),
    "expired": (Fault(403, "ExpiredTokenException", "expired"), Obstacle.CREDENTIALS),
    "signature": (Fault(403, "InvalidSignatureException", "The Canonical String"), Obstacle.CREDENTIALS),
    "paused": (Fault(400, "SendingPausedException", "paused"), Obstacle.PAUSED),
    "suspended": (Fault(400, "AccountSuspendedException", "suspended"), Obstacle.PAUSED),
    "bad request": (Fault(400, "BadRequestException", "Missing final '@domain'"), Obstacle.REJECTED),
    "something new": (Fault(418, "TeapotException", "short and stout"), Obstacle.REJECTED),
}


@pytest.mark.parametrize(("fault", "why"), REFUSALS.values(), ids=REFUSALS)
def test_a_definite_refusal_says_why(ses: OddSes, fault: Fault, why: Obstacle) -> None:
    """One request, nothing sent, and SES's own words unless they quote the signed request."""
    ses.faults = [fault]

    with pytest.raises(NotSent) as refusal:
        amazon.send(EMAIL)

    assert (why, 1, []) == (refusal.value.why, ses.asked, ses.accepted)
    assert (fault.message in refusal.value.said) == (why is not Obstacle.CREDENTIALS)


LATER = {
    "rate": Fault(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    "quota": Fault(400, "LimitExceededException", "Daily message quota exceeded."),
    "throttled": Fault(400, "ThrottlingException", "Rate exceeded"),
    "unavailable": Fault(503, "ServiceUnavailableException", "try later"),
}


@pytest.mark.parametrize("fault", LATER.values(), ids=LATER)
def test_an_email_that_ses_did_not_accept_can_be_tried_later(ses: OddSes, fault: Fault) -> None:
    """One request: the outbox tries again, not the library."""
    ses.faults = [fault]

    with pytest.raises(PutOff):
        amazon.send(EMAIL)

    assert (1, []) == (ses.asked, ses.accepted)


UNCLEAR = {
    "dropped": DROP,
    "internal": Fault(500, "InternalFailure", "oops"),
    "gateway": Fault(502, garbage=True),
    "unavailable, says a proxy": Fault(503, garbage=True),
    "timed out there": Fault(408, "RequestTimeoutException", "slow"),
    "no JSON": Fault(200, garbage=True),
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_an_answer_that_says_nothing_leaves_the_outcome_open(ses: OddSes, fault: Fault) -> None:
    """It is no refusal and nothing to be tried again; and the library has not tried again either."""
    ses.faults = [fault]

    with pytest.raises((BotoCoreError, ClientError, KeyError)):
        amazon.send(EMAIL)

    assert 1 == ses.asked


def test_an_answer_that_does_not_come_leaves_the_outcome_open(ses: OddSes) -> None:
    """After a time limit, without another request."""
    ses.faults = [HANG]

    with pytest.raises(BotoCoreError):
        amazon.send(EMAIL, seconds=0.2)

    assert 1 == ses.asked


def test_a_service_that_cannot_be_reached_is_tried_later(monkeypatch: pytest.MonkeyPatch, ses: OddSes) -> None:
    """Nothing has left this machine."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(PutOff):
        amazon.send(EMAIL)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), Obstacle.CREDENTIALS),
        (("AWS_SECRET_ACCESS_KEY",), Obstacle.CREDENTIALS),
        (("AWS_DEFAULT_REGION",), Obstacle.REGION),
    ],
    ids=["no credentials", "half of them", "no region"],
)
def test_an_incomplete_set_up_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, ses: OddSes, names: tuple[str, ...], why: Obstacle
) -> None:
    """SES is not asked."""
    for name in names:
        monkeypatch.delenv(name)

    with pytest.raises(NotSent) as refusal:
        amazon.send(EMAIL)

    assert (why, 0) == (refusal.value.why, ses.asked)


def test_a_profile_that_is_not_there_is_a_refusal(monkeypatch: pytest.MonkeyPatch, ses: OddSes) -> None:
    """The set-up is at fault, not the email."""
    monkeypatch.setenv("AWS_PROFILE", "nowhere")

    with pytest.raises(NotSent) as refusal:
        amazon.send(EMAIL)

    assert Obstacle.CREDENTIALS is refusal.value.why


def test_a_large_ticket_goes_whole(ses: OddSes) -> None:
    """Thousands of lines: SES takes 40 MB."""
    text = "\n".join(f"Subset {n:05} {'部' * 150} : Billing workflow {'w' * 180}" for n in range(5000))

    amazon.send(Email(SENDER, SUPPORT, "ana@acme.example", "s", text))

    [sent] = ses.accepted
    assert text == sent["Content"]["Simple"]["Body"]["Text"]["Data"]


def test_boto3_is_not_imported_before_the_first_email(tmp_path: Path) -> None:
    """Neither without the settings nor with them: a bot that sends nothing does not pay for it."""
    program = (
        "import sys\n"
        "from bot.app import Application\nfrom bot.clock import SystemClock\nfrom bot.settings import load\n"
        "for more in ({}, {'ECO_SUPPORT_EMAIL': 'a@b.example', 'ECO_TICKET_FROM': 'c@d.example'}):\n"
        "    environ = {'SLACK_BOT_TOKEN': 'xoxb-0000-test', 'SLACK_SIGNING_SECRET': 'x',\n"
        "               'DATABASE_URL': 'sqlite:///eco.db', **more}\n"
        "    app = Application(load(environ, env_file=None), SystemClock(), workers=0)\n"
        "    app.database.migrate()\n"
        "    app.dispatcher.run_once()\n"
        "    app.stop(1)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('boto3', 'botocore')])\n"
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}

    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environ, check=False, capture_output=True, text=True
    )

    assert ("[]\n", 0) == (ran.stdout, ran.returncode), ran.stderr
