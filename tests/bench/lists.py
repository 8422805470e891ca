"""Benchmark lists of 5,000 lines: reading pasted text, CSV and XLSX, with its memory; previewing and saving them."""

from __future__ import annotations

import io
import time
import tracemalloc
from collections.abc import Callable

import openpyxl

from bot.domain.enrollment import Customer
from bot.domain.list_changes import Draft
from bot.list_files.entries import read_entries
from bot.list_files.reading import MOST_LINES, read_file, read_pasted
from bot.list_files.table import Table
from bot.repository.database import Database
from bot.use_cases import OwnedEnrollments
from tests.bench.report import Section, Target, number, spread
from tests.bench.setting import DATABASES, Setting
from tests.domain.building import POLICY
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller

#: Seconds and megabytes for reading and checking a list.
SECONDS, MEMORY = 2.0, 100.0
COLUMNS = ["Subset", "Console email", "Spot org ID"]


def run(bench: Setting) -> list[Section]:
    """Every way in, one after the other."""
    return [reading(MOST_LINES, bench.repeats), saving(bench, MOST_LINES)]


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
    accounts = "\n".join(f"Customer {n}: EU,{n:04}-5678-9012" for n in range(count)).encode()
    ways["CSV of AWS accounts"] = lambda: read_file("aws-accounts.csv", accounts)
    rows, targets = [], []
    for name, read in ways.items():
        list_name = "subset_accounts" if "accounts" in name else "customers"
        tracemalloc.start()
        assert len(read_entries(read(), list_name, None).entries) == count
        memory = tracemalloc.get_traced_memory()[1] / 1_000_000
        tracemalloc.stop()
        taken = [_seconds(read, list_name) for _ in range(repeats)]
        rows.append([name, spread(taken, "s"), f"{number(memory)} MB"])
        targets.append(Target(f"{name}: within {SECONDS} s", f"{number(min(taken))} s", min(taken) <= SECONDS))
        targets.append(Target(f"{name}: less than {MEMORY:.0f} MB", f"{number(memory)} MB", memory < MEMORY))
    words = (
        f"Reading and checking {count:,} end customers, and as many AWS accounts. "
        "Memory is the most that Python allocates meanwhile."
    )
    return Section("Lists", words, ["from", "seconds", "memory"], rows, targets)


def saving(bench: Setting, count: int) -> Section:
    """Reads a CSV of `count` end customers, previews it and saves it, on each database."""
    written = "\n".join(f"{each.subset},{each.email},{each.spot_org_id}" for each in customers(count)).encode()
    rows, targets = [], []
    for kind in DATABASES:
        taken = [_saved(bench, kind, written) for _ in range(bench.repeats)]
        rows.append([kind, spread(taken, "s")])
        targets.append(Target(f"{kind}: within {SECONDS} s", f"{number(min(taken))} s", min(taken) <= SECONDS))
    words = f"A CSV of {count:,} end customers is read, previewed and saved."
    return Section("Lists that are saved", words, ["database", "seconds"], rows, targets)


def _saved(bench: Setting, kind: str, written: bytes) -> float:
    url = bench.fresh(kind)
    database = Database(url)
    database.migrate()
    desk = Desk(database)
    book, enrollment_id = OwnedEnrollments(database, desk.clock, POLICY), desk.opened(StepKey.ASSOCIATE_CUSTOMERS).id
    began = time.perf_counter()
    read = read_entries(read_file("customers.csv", written), "customers", None)
    draft = Draft("customers", "customers.csv", tuple(entry for _, entry in read.entries))
    book.save_preview(caller(), book.open_preview(caller(), enrollment_id, draft).id)
    seconds = time.perf_counter() - began
    database.close()
    bench.drop(url)
    return seconds


def as_workbook(rows: list[list[str]]) -> bytes:
    """A workbook of text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    room = io.BytesIO()
    book.save(room)
    return room.getvalue()


def _seconds(read: Callable[[], Table], list_name: str) -> float:
    began = time.perf_counter()
    read_entries(read(), list_name, None)
    return time.perf_counter() - began
