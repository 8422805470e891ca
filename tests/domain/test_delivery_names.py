"""How folders and files of a delivery are named: billing periods and manifests."""

from datetime import date

import pytest

from bot.domain.aws.delivery_facts import manifest_period, month

THIS = "20261101-20261130"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("20261101-20261130", date(2026, 11, 1)),
        ("20261101-20261201", date(2026, 11, 1)),
        ("20261201-20261231", date(2026, 12, 1)),
        ("20261201-20270101", date(2026, 12, 1)),
        ("20280201-20280229", date(2028, 2, 1)),
        ("20260201-20260229", None),
        ("20261102-20261201", None),
        ("20261101-20261231", None),
        ("20261301-20261331", None),
        ("20261101_20261130", None),
    ],
)  # fmt: skip
def test_a_month_is_known_by_either_way_to_write_its_end(name: str, first: date | None) -> None:
    """AWS ends a period with the day after it; "yyyymmdd-yyyymmdd" alone does not say so."""
    assert first == month(name)


def test_a_manifest_is_known_by_place_and_name() -> None:
    """Not in a folder of its own, nor outside of manifests/."""
    assert THIS == manifest_period(f"manifests/{THIS}/a-b-Manifest.json")
    assert manifest_period(f"manifests/{THIS}/x/a-Manifest.json") is None
    assert manifest_period(f"other/{THIS}/a-Manifest.json") is None
    assert manifest_period(f"manifests/{THIS}/-Manifest.json") is None
