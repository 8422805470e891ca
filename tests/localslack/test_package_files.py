"""The files of the package: independent of any one app, and a page whose scripts import each other in one direction."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "bot" / "localslack"
SCRIPTS = PACKAGE / "page" / "static"


def test_no_file_knows_the_bot_it_is_shipped_with() -> None:
    """Neither the product's names nor its package: names come from the manifest and the seed."""
    named = re.compile(r"\beco\b|eco[-_]|\benroll|\bspot\.io|\bfinops\b|\bfrom bot\b|\bimport bot\b", re.IGNORECASE)
    found = [
        f"{file.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for file in sorted(PACKAGE.rglob("*"))
        if file.suffix in (".py", ".js", ".html", ".css", ".md", ".toml")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if named.search(line)
    ]

    assert [] == found


def test_no_scripts_of_the_page_import_each_other() -> None:
    """There is an order in which every script can be read after those it uses."""
    imports = {
        script.name: set(re.findall(r'^import .* from "\./([\w.]+)";', script.read_text("utf-8"), re.MULTILINE))
        for script in SCRIPTS.glob("*.js")
    }
    assert imports["main.js"]
    while ready := [name for name, used in imports.items() if not used & imports.keys()]:
        for name in ready:
            del imports[name]

    assert {} == imports
