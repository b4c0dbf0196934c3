"""Runs the sitecustomize that the one of `pyca install` stands before, as if that had never been there."""

import os
import sys


def run(namespace, folder):
    """Run the file that `pyca install` put aside, or else what comes later on sys.path.

    namespace: of our sitecustomize · folder: of this package
    """
    from _frozen_importlib_external import SourceFileLoader

    path = folder + "/kept/sitecustomize.py"
    if os.path.exists(path):
        name = namespace["__name__"]
        namespace.pop("_run", None)
        exec(SourceFileLoader(name, path).get_code(name), namespace)
    else:
        _give_way(namespace)


def _give_way(namespace):
    from _frozen_importlib import _init_module_attrs
    from _frozen_importlib_external import PathFinder

    name = namespace["__name__"]
    ours = os.path.dirname(namespace["__file__"])
    entries = [os.path.abspath(entry) for entry in sys.path]
    later = sys.path[entries.index(ours) + 1 :] if ours in entries else []
    spec = PathFinder.find_spec(name, later)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = type(sys)(name)
    _init_module_attrs(spec, module)
    # The import system takes what sys.modules holds once our module is done.
    sys.modules[name] = module
    spec.loader.exec_module(module)
