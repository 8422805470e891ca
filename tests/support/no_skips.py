"""A pytest plugin: where nothing may be skipped, a skip is a failure that says what was missing.

On a developer's machine a test that needs PostgreSQL is skipped where there is none. In CI that would be a
hole nobody sees, so TESTS_NO_SKIPS=1 or CI=true closes it. Expected failures stay what they are.
"""

import os
from collections.abc import Generator, Mapping

import pytest


def skips_are_failures(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this run must not skip: TESTS_NO_SKIPS decides, CI is asked where it is not set."""
    return environ.get("TESTS_NO_SKIPS", environ.get("CI", "")).lower() in {"1", "true", "yes"}


def _reason(longrepr: object) -> str:
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a test's skip into a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and skips_are_failures():
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in this run. {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into an error."""
    report = yield
    if report.skipped and skips_are_failures():
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in this run. {_reason(report.longrepr)}"
    return report
