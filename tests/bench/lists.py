"""Benchmark reading lists of 5,000 lines: pasted text, CSV and XLSX, with the memory that it takes."""

from __future__ import annotations

import io
import time
import tracemalloc
from collections.abc import Callable

import openpyxl

from bot.domain.enrollment import Customer
from bot.list_files.entries import read_entries
from bot.list_files.reading import MOST_LINES, read_file, read_pasted
from bot.list_files.table import Table
from tests.bench.report import Section, Target, number, spread
from tests.bench.setting import Setting

#: Seconds and megabytes for reading and checking a list.
SECONDS, MEMORY = 2.0, 100.0
COLUMNS = ["Subset", "Console email", "Spot org ID"]


def run(bench: Setting) -> list[Section]:
    """Every way in, one after the other."""
    return [reading(MOST_LINES, bench.repeats)]


def customers(count: int) -> list[Customer]:
    """End customers, each with its own organization."""
    return [Customer(f"Customer {n}: EU", f"admin{n}@customer{n}.example", f"{606_000_000 + n}") for n in range(count)]


def reading(count: int, repeats: int) -> Section:
    """Reads a list of `count` end customers in every format."""
    lines = [[customer.subset, customer.email, customer.spot_org_id] for customer in customers(count)]
    typed = "\n".join(" : ".join(line) for line in lines)
    tabbed = "\n".join("\t".join(line) for line in lines)
    written = "\n".join(",".join(line) for line in [COLUMNS, *lines]).encode()
    workbook = as_workbook([COLUMNS, *lines])
    ways: dict[str, Callable[[], Table]] = {
        "pasted, colons": lambda: read_pasted(typed),
        "pasted, tabs": lambda: read_pasted(tabbed),
        "CSV": lambda: read_file("customers.csv", written),
        "XLSX": lambda: read_file("customers.xlsx", workbook),
    }
    rows, targets = [], []
    for name, read in ways.items():
        tracemalloc.start()
        assert len(read_entries(read(), "customers", None).entries) == count
        memory = tracemalloc.get_traced_memory()[1] / 1_000_000
        tracemalloc.stop()
        taken = [_seconds(read) for _ in range(repeats)]
        rows.append([name, spread(taken, "s"), f"{number(memory)} MB"])
        targets.append(Target(f"{name}: within {SECONDS} s", f"{number(min(taken))} s", min(taken) <= SECONDS))
        targets.append(Target(f"{name}: less than {MEMORY:.0f} MB", f"{number(memory)} MB", memory < MEMORY))
    words = f"Reading and checking {count:,} end customers. Memory is the most that Python allocates meanwhile."
    return Section("Lists", words, ["from", "seconds", "memory"], rows, targets)


def as_workbook(rows: list[list[str]]) -> bytes:
    """A workbook of text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    room = io.BytesIO()
    book.save(room)
    return room.getvalue()


def _seconds(read: Callable[[], Table]) -> float:
    began = time.perf_counter()
    read_entries(read(), "customers", None)
    return time.perf_counter() - began
