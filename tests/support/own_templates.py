"""Templates of an operator: files in a folder, which are used for one test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.presentation import texts


def written(folder: Path, **files: str) -> Path:
    """A folder with these templates; `cards__head` is `cards/head.j2`."""
    for name, text in files.items():
        put(folder, f"{name.replace('__', '/')}.j2", text)
    return folder


def put(folder: Path, name: str, text: str) -> None:
    """Write one file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


@contextmanager
def used(folder: Path) -> Iterator[dict[str, int]]:
    """Use them; yields how many faults of each file were counted."""
    counted: dict[str, int] = {}

    def count(file: str, more: int) -> None:
        counted[file] = counted.get(file, 0) + more

    texts.use_templates(folder, count)
    try:
        yield counted
    finally:
        texts.use_templates(None)
