"""Finds words of an English text that are left in its translation."""

from __future__ import annotations

import re

#: What is the same in every language: what Slack replaces, days such as `30. Nov`, settings, addresses, and names of
#: products, things and people.
_NAMES = re.compile(
    r"<[^>]*>|`[^`]*`|:\w+:|\d+\. [A-Z]\w\w\b|\b[A-Z]+(_[A-Z]+)+\b|\S+@\S+|lists\.xlsx|ses:SendEmail|"
    r"Cost and Usage Report|Cost Analysis|Amazon[ -]SES|SES|AWS|Account dashboard|Identities|"
    r"Billing-Workflows?|Full Eco|Spot(-Support)?|Eco|Ramp-up|Enrollments?|Subsets?|Tickets?|Buckets?|Owner|Channels?|"
    r"(Management|Member) Account|\b(MSP|Onboarding|Crawler|Extractor|Reports?|Acme|Prod|Test|Standard|Reseller)\b"
)
#: Words that are English and German.
_BOTH = frozenset(
    (
        *("am", "an", "bot", "dashboards", "details", "domain", "feature", "id", "in", "mail", "message", "region"),
        *("sandbox", "so", "text", "version", "was"),
    )
)


def english_left(line: str, english: str) -> list[str]:
    """The words of an English line that its translation still has, in order."""
    known = set(re.findall(r"[a-z]{2,}", english.lower())) - _BOTH
    words = re.findall(r"[^\W\d_]{2,}", _NAMES.sub(" ", line))
    return sorted({each for each in words if each.lower() in known})
