"""Sends an email through Amazon SES (v2) and classifies failures: refused, to be retried, or unknown.

boto3's retries are off: they would send an email again that SES had accepted before the connection broke.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoRegionError,
    ParamValidationError,
    ProxyConnectionError,
    SSLError,
)

from bot.checks.aws_sessions import descriptions
from bot.domain.inputs import shorten
from bot.domain.ticket_emails import Email, NotSent, Obstacle, PutOff

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client

#: Seconds for a connection and for an answer; together well within the lease under which an email is sent.
_CONNECTING, _ANSWERING = 5, 15
_LONGEST_SAID = 300

#: Why an email is refused, by AWS's error code; any other code is `REJECTED`.
_OBSTACLES = {
    code: obstacle
    for obstacle, codes in (
        (Obstacle.FORBIDDEN, "AccessDenied AccessDeniedException UnauthorizedOperation NotAuthorized"),
        (
            Obstacle.CREDENTIALS,
            "UnrecognizedClientException InvalidClientTokenId SignatureDoesNotMatch InvalidSignatureException "
            "ExpiredToken ExpiredTokenException RequestExpired MissingAuthenticationToken "
            "MissingAuthenticationTokenException IncompleteSignature IncompleteSignatureException OptInRequired",
        ),
        (Obstacle.UNVERIFIED, "MailFromDomainNotVerifiedException"),
        (Obstacle.PAUSED, "SendingPausedException AccountSuspendedException"),
    )
    for code in codes.split()
}
#: Error codes of requests that were not carried out and may be repeated.
_LATER = (
    "TooManyRequestsException",
    "LimitExceededException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "ServiceUnavailableException",
)
#: Error codes that leave open whether the request was carried out.
_UNCLEAR = ("RequestTimeout", "RequestTimeoutException")
_NOT_CONNECTED = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)


def send(email: Email, *, seconds: float = _ANSWERING) -> str:
    """Send an email in one request; returns SES's message ID.

    Args:
        seconds: the time-out for the response; without a response the outcome is unknown.

    Raises:
        NotSent: SES, or the configuration of this machine, refuses it. PutOff: not sent; a retry may succeed.
        BotoCoreError, ClientError, KeyError: it may or may not have been sent.
    """
    client = _client(seconds)
    try:
        answer = client.send_email(
            FromEmailAddress=email.sender,
            Destination={"ToAddresses": [email.to]},
            ReplyToAddresses=[email.reply_to],
            Content={
                "Simple": {
                    "Subject": {"Data": email.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": email.text, "Charset": "UTF-8"}},
                }
            },
        )
    except ClientError as error:
        raise _meaning(error, email) from error
    except _NOT_CONNECTED as error:
        raise PutOff(type(error).__name__) from error
    except ParamValidationError as error:
        raise NotSent(Obstacle.REJECTED, shorten(str(error), _LONGEST_SAID)) from error
    except SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):  # the request has not left this machine
            raise NotSent(Obstacle.REJECTED, "CERTIFICATE_VERIFY_FAILED") from error
        raise
    return answer["MessageId"]  # a KeyError where the response is no JSON: unknown, too


def _client(seconds: float) -> SESV2Client:
    """A client with fresh credentials; a failure here means that no email was sent.

    Created for every email, so that repaired credentials are picked up; emails are rare.
    """
    core = botocore.session.Session()
    core.register_component("data_loader", descriptions())
    once = Config(connect_timeout=_CONNECTING, read_timeout=seconds, retries={"total_max_attempts": 1})
    core.set_default_client_config(once)  # used for fetching credentials, too
    try:
        session = boto3.Session(botocore_session=core)
        client: SESV2Client = session.client("sesv2")
        credentials = session.get_credentials()
        if credentials is None:
            raise NotSent(Obstacle.CREDENTIALS)
        credentials.get_frozen_credentials()
    except NoRegionError as error:
        raise NotSent(Obstacle.REGION) from error
    except (ConnectionError, HTTPClientError) as error:
        raise PutOff(f"credentials: {type(error).__name__}") from error
    except ClientError as error:
        raise NotSent(Obstacle.CREDENTIALS, _code(error)) from error
    except ValueError as error:  # AWS_ENDPOINT_URL
        raise NotSent(Obstacle.REJECTED, shorten(str(error), _LONGEST_SAID)) from error
    except (BotoCoreError, OSError) as error:  # OSError: a credential process that cannot be started
        raise NotSent(Obstacle.CREDENTIALS, type(error).__name__) from error
    return client


def _meaning(error: ClientError, email: Email) -> Exception:
    """Classify an error of SES; the error itself where the outcome is unknown."""
    code, said = _code(error), error.response.get("Error", {}).get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _LATER:
        return PutOff(code)
    if code in _UNCLEAR or not 400 <= status < 500:
        return error
    obstacle = _OBSTACLES.get(code, Obstacle.REJECTED)
    if obstacle is Obstacle.CREDENTIALS:
        return NotSent(obstacle, code)  # the message quotes the signed request
    if code == "MessageRejected" and "not verified" in said:
        # In SES's sandbox mode recipients must be verified, too; the message names the address.
        obstacle = Obstacle.SANDBOX if email.to.lower() in said.lower() else Obstacle.UNVERIFIED
    return NotSent(obstacle, shorten(f"{code}: {said}" if said else code, _LONGEST_SAID))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
