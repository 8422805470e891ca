"""Files from which enrollments are started."""

from __future__ import annotations

HEADER = "Account,Name,Owner,Channel,Organization ID,Step,Waiting,Since,Subsets,Pairs"
#: What is wrong with a row, by what stands in it: account, name, owner, channel, organization, step, waiting, since.
WRONG = {
    "has 3 digits": {"account": "123"},
    "Enter the account name": {"name": ""},
    "I know nobody called “nobody”": {"owner": "nobody"},
    "I know no channel “#nowhere”": {"channel": "#nowhere"},
    "looks like an AWS Organizations ID": {"organization": "o-abcdefghij"},
    "“Step five” is no step": {"step": "Step five"},
    "is not a date": {"step": "Create subsets", "since": "last week"},
}


def account(number: int) -> str:
    """The account of a row."""
    return f"{500_000_000_000 + number}"


def row(number: int, **cells: str) -> str:
    """A row that is right but for what is given."""
    right = {
        "account": account(number),
        "name": f"Payer {number}",
        "owner": "ana",
        "channel": "#eco-rollout",
        "organization": str(700_000 + number),
        "step": "",
        "waiting": "",
        "since": "",
        "subsets": "",
        "pairs": "",
    }
    return ",".join((right | cells).values())


def mixed(count: int = 200, every: int = 25) -> tuple[bytes, dict[int, str]]:
    """A file with that many rows, one of each kind of fault among them; line -> what its fault says."""
    lines, faults, wrong = [HEADER], dict[int, str](), list(WRONG.items())
    for number in range(count):
        if number % every == every // 2 and wrong:
            sentence, cells = wrong.pop(0)
            faults[len(lines) + 1] = sentence
            lines.append(row(number, **cells))
        else:
            lines.append(row(number))
    assert not wrong, "every kind of fault has a line"
    return "\n".join(lines).encode(), faults
