"""Starts PYCA's collector in every Python of this site-packages, by platform_coverage_agent.pth.

    this Python is not CPython 3.8 or later, on Linux                nothing
    -I, -E                                                           nothing
    PYCA_ENABLED is false, no, off or 0 (or PCA_ENABLED; or in .env) nothing
    PYCA_DATA is set                                                 nothing: a pod's preload, or pyca run's
    pip, ensurepip, venv, virtualenv, pyca; whatever pip builds by   nothing
    any other                                                        the collector

Every process pays for this file; the rest is read where there is something to collect.
"""

import os
import sys

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_TOOLS = ("pip", "ensurepip", "venv", "virtualenv", "pyca")
_OFF = ("false", "no", "off", "0")

_started = False


def start():
    """Start the collector, once. What goes wrong in it is ours alone: an application never hears of it."""
    global _started
    if _started:
        return
    _started = True
    debug = os.environ.get("PYCA_DEBUG") == "1"
    try:
        obstacle = _obstacle(os.environ) or _collect()
    except Exception as error:
        obstacle = repr(error)
    if obstacle and debug:
        sys.stderr.write("pyca: not collecting: " + obstacle + "\n")


def sitecustomize(namespace):
    """Start, then run the sitecustomize that ours stands before; that one may raise what it likes."""
    start()
    _load("_shadowed")["run"](namespace, _FOLDER)


def is_off(value):
    """Tell a PYCA_ENABLED that switches off."""
    return value.strip().lower() in _OFF


def _obstacle(environ):
    """Return why there is nothing to do, or None."""
    if sys.version_info < (3, 8) or sys.platform != "linux" or sys.implementation.name != "cpython":
        return "this is not CPython 3.8 or later on Linux"
    if sys.flags.ignore_environment:  # -I implies it.
        return "-I or -E"
    if environ.get("PYCA_DATA"):
        return "PYCA_DATA is set: a preload collects"
    if is_off(environ.get("PYCA_ENABLED") or environ.get("PCA_ENABLED", "")):
        return "PYCA_ENABLED"
    # pip sets it for what builds a package; by the other name before 22.
    if "PIP_BUILD_TRACKER" in environ or "PIP_REQ_TRACKER" in environ:
        return "pip builds a package"
    if _is_tool(sys.argv):
        return "a tool that installs"
    return None


def _is_tool(argv):
    if not argv:
        return False
    if argv[0] == "-m":
        name = _module(argv).partition(".")[0]
    else:
        name = argv[0].rpartition("/")[2].rstrip("0123456789.")  # pip3.12
    return name in _TOOLS


def _module(argv):
    """Return what follows -m: site.py runs before runpy has put the module's file in its place."""
    original = getattr(sys, "orig_argv", None)
    if original is None:  # Before 3.10.
        with open("/proc/self/cmdline", "rb") as file:
            original = [os.fsdecode(argument) for argument in file.read().split(b"\0")[:-1]]
    name = original[len(original) - len(argv)]
    return name.partition("m")[2] if name[:1] == "-" else name  # -mpip, -Impip


def _load(name, folder=_FOLDER):
    """Return the namespace of a module, kept from sys.modules: no application meets it."""
    from _frozen_importlib_external import SourceFileLoader

    path = os.path.join(folder, name + ".py")
    namespace = {"__name__": __name__, "__file__": path}  # By its own name, sitecustomize.py would give way.
    exec(_unseen(SourceFileLoader(__name__, path).get_code(__name__)), namespace)
    return namespace


def _unseen(code):
    """Name code as the import system's: it is in no scope, and what it raises is not the application's."""
    consts = tuple(_unseen(const) if type(const) is type(code) else const for const in code.co_consts)
    return code.replace(co_filename="<frozen importlib._pyca>", co_consts=consts)


def _collect():
    """Start the collector; return what keeps it from that, or None."""
    project = _load("_project")["find"](sys.argv[0] if sys.argv else "", os.environ)
    if project is None:
        return "the working directory is gone"
    if is_off(project.settings["PYCA_ENABLED"]):
        return "PYCA_ENABLED in .env"

    def open_data():
        return _load("_application")["register"](_load, _FOLDER, project)

    preload = os.path.join(_FOLDER, "preload", "python")
    _load("sitecustomize", preload)["start"](project.settings, open_data)
    return None
