"""`check templates` names each fault of an operator's templates with its file and line, whatever the fault."""

import re
import shutil
from pathlib import Path

import pytest

from bot.language.spoken import ENGLISH, LANGUAGES
from bot.presentation import template_overrides, template_rules, texts
from bot.template_check import check_command
from bot.template_check.template_checks import check
from tests.support.forked_commands import eco
from tests.support.own_templates import put, written


@pytest.mark.timeout(300)  # each template with all examples: half a minute of the processor
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_of_all_of_ours_is_fine(tmp_path: Path, language: str) -> None:
    """What ours use is allowed, and nothing that is checked refuses them; those of a language stand in its folder."""
    folder = tmp_path / "copy"
    if language == ENGLISH:
        shutil.copytree(texts.TEMPLATES, folder, ignore=shutil.ignore_patterns(*LANGUAGES))
    else:
        shutil.copytree(texts.TEMPLATES / language, folder / language)

    found = check(folder)

    assert [] == [str(fault) for fault in found.faults]
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.j2")) == sorted(found.fine)


#: Loops in loops over a list.
ENDLESS = (
    "{% for a in enrollment.pairs %}{% for b in enrollment.pairs %}{% for c in enrollment.pairs %}"
    "{% if a.subset == b.subset == c.workflow %}!{% endif %}{% endfor %}{% endfor %}{% endfor %}x"
)
#: File, its text, and how its fault begins.
FAULTY = (
    ("cards/due.j2", "{% if x %}", ", line 1: Unexpected end of template."),
    ("cards/hed.j2", "x", ": we have no template of this name. Did you mean cards/head.j2?"),
    ("cards/later.j2", " ", ": it says nothing, where our text says something."),
    (
        "cards/marks.j2",
        "{{ zone }}",
        ", line 1: there is no “zone” here. There are assignee, enrollment, step, today, why.",
    ),
    ("cards/open.j2", "a\n{{ enrollmnt }}", ", line 2: there is no “enrollmnt” here. Did you mean “enrollment”?"),
    ("cards/text.j2", ENDLESS, ", line 1: it takes too long."),
    ("cards/waiting.j2", "a{% if 0 %}{{ foo }}{% endif %}", ", line 1: there is no “foo” here. There are enrollment, "),
    ("digest/title.j2", "title " * 30, ": its text has 179 characters. Slack has room for 150 there."),
    ("emails/subject.txt.j2", "{{ titel }}", ", line 1: there is no “titel” here. Did you mean “title”?"),
    ("export/enrollment.html.j2", "{{ moment(9) }}", ", line 1: it fails with AttributeError."),
    ("thread/blocked.j2", "\n{{ details.why|mrkdwn }}", ", line 2: it prints what people typed without escaping it"),
    ("thread/edited.j2", "{{ by * 9 }}", ", line 1: a template can't use “*”."),
    ("thread/moved.j2", "{% for x in range(9) %}{% endfor %}", ", line 1: there is no “range” here."),
    ("thread/noted.j2", "{{ by }}" * 500, ": its text has 7,000 characters. Slack has room for 2,900 there."),
    ("thread/skipped.j2", "{{ spec.titel }}", ", line 1: 'bot.domain.step_spec.StepSpec object' has no attribute"),
    (
        *("tickets/enable_subsets.txt.j2", "Please enable the Subsets feature."),
        ": it leaves out or changes a line of our ticket. You may add lines to it. Missing: Please enable the Subsets "
        "feature for our Spot Organization ID 606079874885.",
    ),
)


def test_each_fault_is_named_with_its_place(tmp_path: Path) -> None:
    """One that is read, one that shows with made-up data, and one that such data never reaches."""
    for name, text, _ in FAULTY:
        put(tmp_path, name, text)
    put(tmp_path, "thread/reopened.j2", "{{ by }}!")

    found = check(tmp_path)

    said = [str(fault) for fault in found.faults]
    assert [True] * len(FAULTY) == [
        each.startswith(f"{name}{words}") for each, (name, _, words) in zip(said, FAULTY, strict=True)
    ], said
    assert ("thread/reopened.j2",) == found.fine


def test_a_message_that_is_too_long_as_a_whole_is_named(tmp_path: Path) -> None:
    """Each part fits into its block, and all together are more than Slack takes."""
    folder = written(tmp_path, digest__broken="{{ label }}" + "x" * 2000, cards__marks="m" * 2400)

    found = [str(fault) for fault in check(folder).faults]

    assert ["cards/marks.j2"] == [each.partition(":")[0] for each in found]
    assert "Slack would refuse a message with it: " in found[0]


def test_the_command_says_which_are_fine(tmp_path: Path) -> None:
    """0 without a fault, also without templates; 1 and the faults on standard error with one; 2 for a wrong setting."""
    put(tmp_path / "own", "thread/noted.j2", "{{ by }}: {{ details.note }}")
    fine = eco(tmp_path, "check", "templates", "own")
    put(tmp_path / "own", "thread/noted.j2", "{{ by }}: {{ detials.note }}")
    put(tmp_path / "own", "thread/edited.j2", "{{ by }} edited.")
    faulty = eco(tmp_path, "check", "templates", ECO_TEMPLATES="own")
    wrong = eco(tmp_path, "check", "templates", ECO_TEMPLATES="other")

    assert (0, "thread/noted.j2: fine, takes the place of ours\n", "") == (fine.returncode, fine.stdout, fine.stderr)
    assert (1, "thread/edited.j2: fine, takes the place of ours\n") == (faulty.returncode, faulty.stdout)
    assert "thread/noted.j2, line 1: there is no “detials” here. Did you mean “details”?\n" == faulty.stderr
    assert (2, "ECO_TEMPLATES: There is no folder “other”.\n") == (wrong.returncode, wrong.stderr)


def test_what_is_allowed_is_documented() -> None:
    """Each filter, and each of Slack's limits, on the page that operators read."""
    page = (Path(__file__).parents[2] / "docs/WORDING.md").read_text("utf-8")
    limits = {template_overrides.BLOCK, *template_overrides.SHORTER.values()}

    assert [] == [name for name in template_rules.TEMPLATE.filters if f"`{name}`" not in page]
    assert [] == [most for most in limits if not re.search(rf"\b{most:,} (characters|for)\b", page)]


def test_without_a_folder_there_is_nothing_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how to name one."""
    assert 0 == check_command.run(None)
    assert "You have none of your own. Name a folder, or set ECO_TEMPLATES.\n" == capsys.readouterr().out
