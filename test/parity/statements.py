"""Prints what coverage.py's parser says of each source file below the given folders: one JSON a line."""

import json
import sys
import warnings
from pathlib import Path

from coverage.exceptions import NotPython
from coverage.parser import PythonParser
from coverage_exclusions import EXCLUDED

EXCLUDE = "|".join(f"(?:{regex})" for regex in EXCLUDED)

warnings.simplefilter("ignore")
for folder in sys.argv[1:]:
    for path in sorted(Path(folder).rglob("*.py")):
        if {"test", "site-packages"} & set(path.parts):  # these would take a minute
            continue
        try:
            text = path.read_text("utf-8-sig")
            parser = PythonParser(text=text, filename=str(path), exclude=EXCLUDE)
            parser.parse_source()
        except (ValueError, NotPython):  # the test-suite's files that are broken on purpose
            continue
        lines = {"raw": sorted(parser.raw_statements), "statements": sorted(parser.statements)}
        print(json.dumps({"path": str(path), "text": text, **lines}))
