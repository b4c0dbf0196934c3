"""Prints what coverage.py says of a run: {path: {"executed": lines, "missing": lines, "raw": lines}}.

raw: the lines with code, before coverage.py folds them into statements. Argument: coverage.py's data file.
"""

import json
import sys

from coverage.parser import PythonParser

import coverage

# What 7.17 leaves out by default; older releases, the last ones for older Pythons, leave out less.
EXCLUDED = [
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
]

report = coverage.Coverage(data_file=sys.argv[1], config_file=False)
report.set_option("report:exclude_lines", EXCLUDED)
report.load()
files = {}
for path in report.get_data().measured_files():
    parser = PythonParser(filename=path)
    parser.parse_source()
    _, statements, _, missing, _ = report.analysis2(path)
    executed = sorted(set(statements) - set(missing))
    files[path] = {"executed": executed, "missing": missing, "raw": sorted(parser.raw_statements)}
print(json.dumps(files))
