"""Prints, for each source file below the given folders, CPython's lines and coverage.py's statements: one JSON a line."""

import json
import sys
import warnings
from pathlib import Path
from types import CodeType

from coverage.config import DEFAULT_EXCLUDE
from coverage.exceptions import NotPython
from coverage.parser import PythonParser

EXCLUDE = "|".join(f"(?:{regex})" for regex in DEFAULT_EXCLUDE)


def raw_lines(code: CodeType) -> set[int]:
    lines = {line for _, _, line in code.co_lines() if line}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            lines |= raw_lines(const)
    return lines


warnings.simplefilter("ignore")
for folder in sys.argv[1:]:
    for path in sorted(Path(folder).rglob("*.py")):
        try:
            source = path.read_bytes()
            text = source.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
            parser = PythonParser(text=text, filename=str(path), exclude=EXCLUDE)
            parser.parse_source()
            raw = raw_lines(compile(source, str(path), "exec", dont_inherit=True))
        except (SyntaxError, ValueError, NotPython):  # the test-suite's files that are broken on purpose
            continue
        print(json.dumps({"path": str(path), "raw": sorted(raw), "statements": sorted(parser.statements)}))
