"""The forms for issues are such as the hosting site can show, and every page of .github is reachable."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
#: What each kind of element must have: see "Syntax for GitHub's form schema".
NEEDED = {"markdown": {"value"}, "textarea": {"label"}, "input": {"label"}, "dropdown": {"label", "options"}}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.stem))
def test_an_issue_form_can_be_shown(form: Path) -> None:
    """It has a name, a description and fields of kinds that exist, each with an ID of its own."""
    shape: dict[str, Any] = yaml.safe_load(form.read_text("utf-8"))
    fields = [each for each in shape["body"] if each["type"] != "markdown"]
    ids = Counter(each["id"] for each in fields)

    assert shape["name"]
    assert shape["description"]
    assert [] == [each for each in shape["body"] if not NEEDED[each["type"]] <= set(each["attributes"])]
    assert fields
    assert [] == [name for name, count in ids.items() if count > 1]


def test_whoever_finds_a_weakness_is_led_to_the_private_way() -> None:
    """From the form for problems, from the README and from the page on security."""
    named = [ROOT / "README.md", ROOT / "docs/SECURITY.md"]

    assert {"problem", "idea"} == {form.stem for form in FORMS}
    assert "vulnerability" in (ROOT / ".github/ISSUE_TEMPLATE/problem.yml").read_text("utf-8")
    assert [] == [page.name for page in named if ".github/SECURITY.md" not in page.read_text("utf-8")]
