"""Catalogs of words: one file for each language, such as de.po beside this one, read when it is first needed.

The text file is read as it is, so nobody has to compile it and no binary is kept.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def catalog_file(language: str) -> Path:
    """Where the words of a language are."""
    return Path(__file__).with_name(f"{language}.po")


def read_catalog(language: str) -> Catalog:
    """The catalog of a language, as its translators see it.

    Raises:
        OSError, PoFileError: it cannot be read.
    """
    with catalog_file(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
def catalog_of(language: str) -> GNUTranslations:
    """The words of a language; entries that are marked as uncertain (fuzzy) are left out."""
    compiled = BytesIO()
    write_mo(compiled, read_catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)
