"""Prints what coverage.py says of the files below a folder: {path: {"executed": lines, "missing": lines}}.

Arguments: the configuration file of the run, the folder. Its own reports leave templates out as well, which
bear the names of their files in the code made from them.
"""

import json
import os
import sys

from coverage_exclusions import EXCLUDED

import coverage

config, folder = sys.argv[1:]
report = coverage.Coverage(config_file=config)
report.set_option("report:exclude_lines", EXCLUDED)
report.combine()
files = {}
for path in report.get_data().measured_files():
    relative = os.path.relpath(path, folder)
    if relative.startswith("..") or not path.endswith(".py") or not os.path.exists(path):
        continue
    _, statements, _, missing, _ = report.analysis2(path)
    files[relative] = {"executed": sorted(set(statements) - set(missing)), "missing": missing}
print(json.dumps(files))
