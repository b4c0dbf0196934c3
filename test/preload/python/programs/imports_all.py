import importlib

for name in ("empty", "comment", "no_newline", "crlf", "docstring", "statements"):
    importlib.import_module(name)
