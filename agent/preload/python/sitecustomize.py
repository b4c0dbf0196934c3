"""Starts PYCA's collector, then gives way to the sitecustomize it shadows, as if it had never been there.

Every Python process that has this folder on PYTHONPATH runs this file, whatever its version: it stays small,
parses everywhere, and what it starts is loaded only where it is supported.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))


def _load(name):
    """Return the namespace of a module of this folder, kept from sys.modules: no application meets it."""
    from _frozen_importlib_external import SourceFileLoader

    path = os.path.join(_FOLDER, name + ".py")
    namespace = {"__name__": "importlib._pyca"}
    code = SourceFileLoader(name, path).get_code(name)
    exec(_unseen(code), namespace)
    return namespace


def _unseen(code):
    """Name code as the import system's: what traces the application (coverage.py, pdb) would show it.

    This file itself can't be hidden: from a coverage.py that a .pth file has started.
    """
    consts = tuple(_unseen(const) if type(const) is type(code) else const for const in code.co_consts)
    return code.replace(co_filename="<frozen importlib._pyca>", co_consts=consts)


def _supported():
    """CPython 3.8 to 3.15, with or without its lock; every other Python stands down."""
    return (3, 8) <= sys.version_info[:2] <= (3, 15) and sys.implementation.name == "cpython"


def start(settings, open_data):
    """Start the collector. What goes wrong in it is ours alone: an application never hears of it.

    settings: PYCA_SOURCE_ROOT and its like, by name
    open_data: () -> folder of the line maps, or None; called when the first code in scope is met
    """
    if not _supported():
        return
    collector = "_pyca_collector" if sys.version_info >= (3, 12) else "_pyca_probes"
    try:
        _load(collector)["start"](_load, _FOLDER, settings, open_data)
    except Exception as error:
        if settings.get("PYCA_DEBUG") == "1":
            sys.stderr.write("pyca: not collecting: " + repr(error) + "\n")


def _start_by_environment():
    if not os.environ.get("PYCA_DATA"):
        return
    data = os.path.abspath(os.environ["PYCA_DATA"])
    if os.path.isdir(data):
        start(os.environ, lambda: data)


# The hook of `pyca install` loads this file by another name, for `start` alone.
if __name__ == "sitecustomize":
    _start_by_environment()

    # Off the import path, but not out of PYTHONPATH: the processes that this one starts need it there.
    # A relative entry is not ours, and abspath would fail on it where the working directory is gone.
    sys.path[:] = [entry for entry in sys.path if os.path.normpath(entry) != _FOLDER]
    sys.path_importer_cache.pop(_FOLDER, None)

    # The import system takes what sys.modules holds once this module is done, and site.py treats what is
    # raised as always: that there is no such module passes in silence, else it is "Error in sitecustomize".
    _ours = sys.modules.pop(__name__)  # Python 2 empties a module that nothing refers to.
    __import__("sitecustomize")
