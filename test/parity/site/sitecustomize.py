"""Starts coverage.py in every process that has COVERAGE_PROCESS_START, as its documentation advises."""

import coverage

coverage.process_startup()
