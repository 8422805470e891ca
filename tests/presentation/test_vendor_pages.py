"""The vendor's addresses: links and texts name those of the settings, and in the rest of the product stands none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain import vendor
from bot.domain.vendor import moved
from bot.presentation import texts, vendor_pages
from tests.domain.building import acted, opened
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS

ROOT = Path(__file__).parents[2]
NEW = "https://docs.flexera.com/spot"


@pytest.fixture(autouse=True)
def _todays_addresses() -> Iterator[None]:
    """The default addresses, before and after each test."""
    vendor_pages.use()
    yield
    vendor_pages.use()


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://docs.spot.io/eco/tutorials/manage-workflows", f"{NEW}/eco/tutorials/manage-workflows"),
        ("https://docs.spot.io/eco/x?id=create-a-subset", f"{NEW}/eco/x?id=create-a-subset"),
        ("https://docs.spot.io.example/eco", "https://docs.spot.io.example/eco"),
        ("https://console.spotinst.com", "https://console.spotinst.com"),
    ],
)
def test_only_pages_of_the_documentation_move(url: str, there: str) -> None:
    """Their paths stay; other hosts, also ones whose names begin alike, stay as they are."""
    assert there == moved(url, NEW)


def test_links_lead_to_the_documentation_of_the_settings() -> None:
    """On open steps and in reminders; with the default, the procedure's own links."""
    enrollment = opened(StepKey.CREATE_WORKFLOWS)
    values = {"enrollment": enrollment, "spec": SPECS[StepKey.CREATE_WORKFLOWS]}
    assert "<https://docs.spot.io/eco/tutorials/manage-workflows|" in texts.say("reminders/links", **values)

    vendor_pages.use(NEW)

    assert f"<{NEW}/eco/tutorials/manage-workflows|" in texts.say("reminders/links", **values)
    assert [] == [link for spec in PROCEDURE for link in said_links(spec.key) if "docs.spot.io" in link]


def said_links(key: StepKey) -> list[str]:
    """The links of a step's reminder."""
    enrollment = acted(opened(key), key) if SPECS[key].wait else opened(key)
    return re.findall(r"<(https[^|]+)\|", texts.say("reminders/links", enrollment=enrollment, spec=SPECS[key]))


def test_the_ways_to_support_are_links() -> None:
    """Its pages, and the address of the settings, which opens a mail program."""
    vendor_pages.use(support_email="help@spot.example")

    said = texts.say("support/ways")

    assert [
        "https://support.spot.io/hc|support center",
        "https://console.spotinst.com|chat in the Spot console",
        "mailto:help@spot.example|help@spot.example",
    ] == re.findall(r"<([^>]+)>", said)


def test_addresses_of_the_vendor_stand_in_one_file() -> None:
    """In what the bot says; documents and settings explain them, and the vendor's own wording of tickets has one."""
    pattern = re.compile(r"docs\.spot\.io|docs\.flexera\.com|support\.spot\.io|support@(?:flexera|spot)|spotinst\.com")
    files = [*ROOT.glob("bot/domain/**/*.py"), *ROOT.glob("bot/presentation/*.py"), *ROOT.glob("handlers/*.py")]
    files += [file for file in ROOT.glob("templates/**/*.j2") if file.parent.name != "tickets"]

    named = {file.name for file in files if pattern.search(file.read_text())}

    assert {Path(vendor.__file__).name} == named
