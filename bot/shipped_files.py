"""The files that come along with the code, manifest.yml and .env.example, and the command `files` that writes them."""

from __future__ import annotations

from pathlib import Path

import bot

DONE, BROKEN = 0, 1
_PACKAGE = Path(bot.__file__).parent
#: What an operator needs beside the program: the app's manifest and all settings with their meaning.
_FOR_OPERATORS = ("manifest.yml", ".env.example")


def shipped_file(name: str) -> Path:
    """Find a file at the top of a checkout, or beside the code of an installed bot."""
    return next(path for path in (_PACKAGE / name, _PACKAGE.parent / name) if path.exists())


def write_files(folder: Path) -> tuple[int, str]:
    """Write the files into a folder, over none that differs; returns the exit code and a message."""
    contents = {name: shipped_file(name).read_bytes() for name in _FOR_OPERATORS}
    try:
        others = [name for name in contents if _differs(folder / name, contents[name])]
        if others:
            return BROKEN, (
                f"{' and '.join(str(folder / name) for name in others)}: there already, and not this version's. "
                "Nothing was written: name another folder."
            )
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as fault:
        return BROKEN, f"The files cannot be written: {fault.filename}: {fault.strerror}."
    return DONE, f"Written: {' and '.join(str(folder / name) for name in contents)}."


def _differs(file: Path, content: bytes) -> bool:
    return file.exists() and file.read_bytes() != content
