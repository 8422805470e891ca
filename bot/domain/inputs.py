"""Parsers of single typed or pasted values; their errors say what a wrong value looks like and where to find it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.domain.errors import InvalidInput
from bot.language.spoken import gettext

#: Where the right value is found; every refusal of an organization ID ends with it.
WHERE_ORG_ID = "Find it in the Spot console: user icon, Settings, General Details, My Organization."

_ORG_ID = re.compile(r"[0-9]{6,20}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_BETWEEN_DIGITS = re.compile(r"[\s\-\u2010-\u2015\u2212]")
#: A number as spreadsheets write it: thousands in groups, or zeros behind the point.
_GROUPED = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]{1,3}(?:['\u2019][0-9]{3})+)([.,]0+)?"
)
_WHOLE = re.compile(r"([0-9]+)[.,]0{1,6}")
#: The same where it has lost its last digits.
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]*)?E\+?[0-9]{1,2}", re.IGNORECASE)
_CHANGED = "The spreadsheet has changed this number: format the column as text, and enter the number again."
_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/[\w+=,.@/-]{1,512}", re.ASCII)
#: Partitions of AWS that are apart from the one that Spot's accounts are in: nobody assumes a role across them.
_PARTITIONS = {"aws-us-gov": "AWS GovCloud (US)", "aws-cn": "AWS in China"}
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
#: An external ID as AWS takes it.
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
#: Quotation marks that people type or copy around a value.
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
_EMAIL = re.compile(r"[^\s@:<>,;\"]+@[^\s@:<>,;\"]+\.[^\s@:<>,;\".]+")
_LINK = re.compile(r"<(?:mailto:)?([^|>]+)(?:\|[^>]*)?>")

#: Format, control and surrogate characters. The joiner holds emoji together, so words keep it.
_UNSEEN = ("Cf", "Cc", "Cs")
_JOINER = "\u200d"

#: Letters of Hangul that show nothing.
_FILLERS = "\u115f\u1160\u3164\uffa0"

#: The longest name and the longest sentence that a person may enter.
MAX_NAME = 200
MAX_SENTENCE = 500


def clean(text: str) -> str:
    """Clean an ID: remove zero-width characters and outer spaces, turn wide digits into plain ones."""
    return unicodedata.normalize("NFKC", _visible(text, kept="")).strip()


def clean_words(text: str) -> str:
    """Clean a name or sentence: remove invisible characters; visible ones stay (“m²” is not “m2”)."""
    return unicodedata.normalize("NFC", _visible(text, kept=_JOINER)).strip()


def _visible(text: str, kept: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in _UNSEEN or c in "\n\t" or c in kept)


def _as_digits(text: str) -> str:
    """The digits that a spreadsheet's number stands for: `606,079,874,885`, `606079874885.0`, `'606079874885`.

    Raises:
        InvalidInput: it is in the scientific form, so that digits are lost.
    """
    value = text.lstrip("'\u2019`")
    if _SCIENTIFIC.fullmatch(value):
        lost = gettext("“{value}” is a number in short form, and most of its digits are lost.")
        raise InvalidInput(f"{lost.format(value=shorten(value))} {gettext(_CHANGED)}")
    if grouped := _GROUPED.fullmatch(value):
        return re.sub("[^0-9]", "", grouped[1])
    whole = _WHOLE.fullmatch(value)
    return whole[1] if whole else value


def parse_account_id(text: str) -> str:
    """12 digits of an AWS account ID; dashes and spaces between them are accepted, and what spreadsheets make of it.

    Raises:
        InvalidInput: says what the value looks like instead.
    """
    typed = clean(text)
    value = _as_digits(_BETWEEN_DIGITS.sub("", typed))
    if _ACCOUNT.fullmatch(value):
        return value
    if not value:
        raise InvalidInput(gettext("Enter the 12 digits of the AWS account ID."))
    looks = _looks_like(typed) or _count_of(value) or gettext("is not a number")
    words = gettext("“{text}” {looks}. An AWS account ID has 12 digits, for example 1234-5678-9012.")
    words = words.format(text=shorten(text.strip()), looks=looks)
    if re.fullmatch("[0-9]{10,11}", value):
        dropped = "A spreadsheet drops zeros at the beginning: if this is from one, format the column as text."
        words += f" {gettext(dropped)}"
    raise InvalidInput(words)


def _count_of(value: str) -> str:
    """How many digits an ID has that is nothing but digits; "" for any other."""
    return gettext("has {count} digits").format(count=len(value)) if re.fullmatch("[0-9]+", value) else ""


def format_account_id(account_id: str) -> str:
    """12 digits as people read them: `1234-5678-9012`."""
    return f"{account_id[:4]}-{account_id[4:8]}-{account_id[8:]}"


def parse_org_id(text: str, account_id: str | None = None) -> str:
    """6 to 20 digits of a Spot organization ID.

    Args:
        account_id: the management account, which must not be typed here a second time.

    Raises:
        InvalidInput: says what the value looks like, and where the right one is.
    """
    value = _as_digits(re.sub(r"\s", "", clean(text)))
    if not value:
        raise InvalidInput(f"{gettext('Enter the Spot organization ID.')} {gettext(WHERE_ORG_ID)}")
    if value == account_id:
        words = gettext("{value} is the AWS account ID. The Spot organization ID is another number.")
        raise InvalidInput(f"{words.format(value=value)} {gettext(WHERE_ORG_ID)}")
    if _ORG_ID.fullmatch(value):
        return value
    looks = _looks_like(value)
    if looks is None and re.fullmatch("[0-9]{4}-[0-9]{4}-[0-9]{4}", value):
        looks = gettext("looks like an AWS account ID")
    looks = looks or _count_of(value) or gettext("is not a plain number")
    words = gettext("“{text}” {looks}. A Spot organization ID is a number of 6 to 20 digits.")
    raise InvalidInput(f"{words.format(text=shorten(text.strip()), looks=looks)} {gettext(WHERE_ORG_ID)}")


def _looks_like(value: str) -> str | None:
    """Name the kind of a well-known ID of another system; None for anything else."""
    low = value.lower()
    if re.fullmatch(r"o-[0-9a-f]{8}", low):
        return gettext("looks like an Ocean cluster ID")
    if re.fullmatch(r"o-[a-z0-9]{10,32}", low):
        return gettext("looks like an AWS Organizations ID")
    if low.startswith("act-"):
        return gettext("looks like a Spot account ID")
    if low.startswith("arn:"):
        return gettext("looks like an ARN")
    if _EMAIL.fullmatch(value):
        return gettext("looks like an email address")
    return None


def parse_role_arn(text: str, account_id: str) -> str:
    """The ARN of an IAM role in the management account.

    Raises:
        InvalidInput: it is no role ARN, or one of another account or of a part of AWS that Spot cannot reach.
    """
    value = clean(text)
    match = _ROLE_ARN.fullmatch(value)
    if match and match[1] != "aws":
        other = gettext("another part of AWS ({name})").format(name=match[1])
        words = gettext(
            "This role is in {where}. Spot can't use it: its accounts are in the standard part of AWS. Enter a role "
            "like arn:aws:iam::{account}:role/NAME."
        )
        where = gettext(_PARTITIONS[match[1]]) if match[1] in _PARTITIONS else other
        raise InvalidInput(words.format(where=where, account=account_id))
    if match is None:
        words = gettext(
            "“{value}” is not a role ARN. A role ARN looks like arn:aws:iam::{account}:role/NAME. CloudFormation shows "
            "it as SpotFinOpsRoleArn."
        )
        raise InvalidInput(words.format(value=shorten(value), account=account_id))
    if match[2] != account_id:
        words = gettext("This role is in account {other}. Enter a role in account {account}.")
        other, account = format_account_id(match[2]), format_account_id(account_id)
        raise InvalidInput(words.format(other=other, account=account))
    return value


def parse_bucket(text: str) -> str:
    """The name of an S3 bucket; `s3://name/prefix` is accepted.

    Raises:
        InvalidInput: S3 would not accept such a name.
    """
    value = clean(text).removeprefix("s3://").partition("/")[0]
    if not _BUCKET.fullmatch(value) or ".." in value:
        words = gettext(
            "“{value}” is not a bucket name. A bucket name has 3 to 63 lower-case letters, digits, dots and dashes."
        )
        raise InvalidInput(words.format(value=shorten(value)))
    return value


def parse_email(text: str) -> str:
    """An email address; Slack's `<mailto:…>` form is accepted.

    Raises:
        InvalidInput: it is none.
    """
    value = clean(text)
    link = _LINK.fullmatch(value)
    value = link[1] if link else value
    if not _EMAIL.fullmatch(value) or len(value) > 254:
        words = gettext("“{value}” is not an email address. Write it like name@example.com.")
        raise InvalidInput(words.format(value=shorten(value)))
    return value


def parse_line(text: str, what: str, longest: int = MAX_NAME) -> str:
    """One line of free text, such as a name, a ticket number or a reason.

    Raises:
        InvalidInput: it is empty or longer than `longest` characters.
    """
    value = re.sub(r"\s+", " ", clean_words(text))
    if not value:
        raise InvalidInput(gettext("Enter {what}.").format(what=what))
    if len(value) > longest:
        words = gettext("{what} can have {longest} characters at most. This has {count}.")
        raise InvalidInput(words.format(what=capitalized(what), longest=longest, count=len(value)))
    return value


def parse_name(text: str, what: str, longest: int = MAX_NAME) -> str:
    """One line that names something, with a letter or a digit that can be seen.

    Raises:
        InvalidInput: it is empty, too long, or has nothing to call it by.
    """
    value = parse_line(text, what, longest)
    if not any(unicodedata.category(c)[0] in "LN" and c not in _FILLERS for c in value):
        words = gettext("{what} needs at least one letter or digit.")
        raise InvalidInput(words.format(what=capitalized(what)))
    return value


def search_key(text: str) -> str:
    """A name as it is compared in a search: without regard to case, invisible characters and repeated spaces."""
    return unicodedata.normalize("NFC", " ".join(clean_words(text).split()).casefold())


def digits_of(text: str) -> str:
    """The digits of an ID or of its beginning, without dashes and spaces; "" where it is anything else."""
    value = _BETWEEN_DIGITS.sub("", clean(text))
    return value if re.fullmatch("[0-9]+", value) else ""


def shorten(text: str, longest: int = 60) -> str:
    """The text, cut to `longest` characters with an ellipsis where it is longer: for quoting in a sentence."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def capitalized(words: str) -> str:
    """Words as a sentence begins; the other letters stay, as in `the AWS region`."""
    return words[:1].upper() + words[1:]


def and_joined(words: Sequence[str]) -> str:
    """Words as an enumeration: `a, b and c`."""
    return f"{', '.join(words[:-1])} {gettext('and')} {words[-1]}" if len(words) > 1 else "".join(words)


def parse_external_id(raw: str) -> str:
    """An external ID as AWS takes it: 2 to 1224 letters, digits and some signs; quotation marks around it are left out.

    Raises:
        InvalidInput: it is something else.
    """
    text = clean(raw).strip(_QUOTES).strip()
    if not EXTERNAL_ID.fullmatch(text):
        words = gettext(
            "“{value}” is not an external ID. An external ID has 2 to 1224 letters, digits and + = , . @ : / - _."
        )
        raise InvalidInput(words.format(value=shorten(text)))
    return text
