"""A pytest plugin: writes {test: outcome} to the file PARITY_OUTCOMES."""

import json
import os

outcomes = {}


def pytest_runtest_logreport(report):
    """Keep the worst of set-up, call and tear-down, as pytest counts them."""
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xfailed" if report.skipped else "xpassed"
    elif report.failed and report.when != "call":
        outcome = "error"
    if report.when == "call" or outcome != "passed":
        outcomes[report.nodeid] = outcome


def pytest_collectreport(report):
    """A file that can't be collected is an error too; one may skip itself."""
    if not report.passed:
        outcomes[report.nodeid] = "skipped" if report.skipped else "error"


def pytest_sessionfinish():
    """Write what there is; a suite that ends otherwise leaves no file."""
    with open(os.environ["PARITY_OUTCOMES"], "w") as file:
        json.dump(outcomes, file)
