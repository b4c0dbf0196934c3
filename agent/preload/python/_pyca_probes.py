"""Marks lines as they run, by probes in the bytecode: CPython 3.8 to 3.11, which have no sys.monitoring."""

import os
import sys
from posix import stat, write

_Code = type((lambda: 0).__code__)

# Python files whose functions we call: os, posixpath and genericpath.
CALLED = tuple(function.__code__.co_filename for function in (os.fsencode, os.path.join, os.path.samefile))

# What reads bytecode to make something else of it: files that name it go without probes, and without a map.
READERS = ("numba", "pony")
if sys.version_info < (3, 11):  # What is built on `executing`, which compares bytecode with its own.
    READERS += ("devtools", "executing", "icecream", "snoop", "sorcery", "varname")

# What runs an application's code by `exec`: modules of others, such that are run by `python -m` (many an
# application imports pdb and never runs it), and names that its own code may have.
RUNNERS = (
    "_pytest.assertion.rewrite",
    "coverage.execfile",
    "IPython.core.interactiveshell",
    "multiprocessing.forkserver",
)
COMMANDS = ("cProfile", "pdb", "profile", "trace")
RUNNING = {"exec", "runpy"}

# As a frame of the import system, which leaves those out of tracebacks.
GET_CODE = """
def hooked(plain, imported, is_run_by, is_runpy, get_frame):
    def get_code(self, fullname):
        code = plain(self, fullname)
        frame = get_frame(1)
        while frame is not None and frame.f_code.co_name == "get_code":
            frame = frame.f_back
        if frame is None or not is_run_by(frame.f_code):
            return code
        return imported(code, fullname, is_runpy(frame.f_code))
    return get_code
"""


def start(load, folder, settings, open_data):
    """Have every module get probes that is imported from now on, and the main script.

    load: name of a module of our folder -> its namespace; none is loaded before there is code that needs it
    folder: absolute path of our folder
    settings: PYCA_SOURCE_ROOT and its like, by name
    open_data: () -> folder of the line maps, or None; called when the first code in scope is met
    """
    try:
        directory = os.getcwd()
    except OSError:
        directory = None
    limits = [settings.get("PYCA_" + name, "") for name in ("SOURCE_ROOT", "INCLUDE", "EXCLUDE")]
    debug = settings.get("PYCA_DEBUG") == "1"
    has_sessions = settings.get("PYCA_SESSIONS", "").lower() in ("true", "1", "yes", "on")
    scope = sources = sessions = add = Memory = hook = None
    main = ()
    load = _once(load)
    get_frame = sys._getframe
    out_of_scope = set()  # co_filenames
    stopped = False

    def is_ours(name):
        nonlocal scope
        if stopped or not name.endswith(".py") or name in out_of_scope:
            return False
        if scope is None:
            scope = load("_pyca_scope")["Scope"](load, folder, directory, *limits)
        if scope.path(name) is None:
            out_of_scope.add(name)
            return False
        return True

    def imported(code, name, is_command):
        """Return what the import system is to run for a module."""
        try:
            if name in RUNNERS or (is_command and name in COMMANDS):
                watch()
        except (MemoryError, RecursionError):
            pass
        return probed(code, None)

    def probed(code, caller):
        """Return a code object's double with probes, or itself where it is not ours or can't have them.

        caller: the frame that runs it, or None where that is the import system
        """
        try:
            return add_probes(code, caller) if is_ours(code.co_filename) else code
        except (MemoryError, RecursionError):
            return code
        except BaseException as error:
            if _is_foreign(error, folder):
                raise
            if debug:
                write(2, f"pyca: {code.co_filename}: {error!r}\n".encode(errors="replace"))
            if isinstance(error, (OSError, ValueError, SyntaxError)):
                out_of_scope.add(code.co_filename)
            return code

    def add_probes(code, caller):
        nonlocal add, Memory, sessions, sources, stopped
        if add is None:
            data = open_data()
            if data is None:
                stopped = True
                return code
            Memory = load("_pyca_probe_memory")["Memory"]
            sources = load("_pyca_sources")["Sources"](load, scope, data)
            if has_sessions:
                sessions = look_for_sessions(data)
            looks = (load("_pyca_probe_session")["Looks"],) if sessions else ()
            load("_pyca_probe_marshal")["keep_out"](Memory, *looks)
            add = load("_pyca_probe_code")["adder"](load, sessions)
        names = _names(code)
        if any(name.partition(".")[0] in READERS for name in names):
            return code
        if not RUNNING.isdisjoint(names):
            watch()
        # First the probes, then the map: should there be no probes, no line may seem not to have run.
        marks = (Memory(), Memory()) if sessions else (Memory(),)
        double, last = add(code, marks, sys.maxsize)
        view = sources.view(code, caller)
        if not view:
            return code
        marks[0].show(view)
        if sessions:
            sessions.show(marks[1], view)
        if last >= len(view):
            double, _ = add(code, marks, len(view))
        return double

    def look_for_sessions(data):
        try:
            sessions = load("_pyca_probe_session")["Sessions"](load, data)
        except (OSError, ValueError):
            return None  # The total goes on.
        sources.names = sessions.names
        return sessions

    def watch():
        """Look at all code that is run by `exec`, from now on."""
        nonlocal hook, main
        main = ()
        if hook is None:
            execution = load("_pyca_probe_exec")
            hook = execution["Hook"](entering(execution))

    def entering(execution):
        enter = None

        def on_audit(event, arguments):
            nonlocal enter, hook
            if event != "exec":
                return
            try:
                code = arguments[0]
                name = code.co_filename if type(code) is _Code else ""
                if not is_ours(name) or (Memory and Memory in map(type, code.co_consts)):
                    return
                if enter is None:
                    lines_of = load("_pyca_line_map")["code_lines"]
                    enter = execution["entrance"](load("_pyca_probe_memory")["Memory"], lines_of)
                caller = get_frame(0).f_back  # None where C runs it.
                enter(code, lambda code: probed(code, caller))
                if name in main:
                    hook.remove()
                    hook = None
            except (MemoryError, RecursionError):
                pass
            except Exception as error:
                if _is_foreign(error, folder):
                    raise

        return on_audit

    _hook_imports(imported)
    script = sys.argv[0] if getattr(sys, "argv", None) else ""
    if sys.argv[1:2] == ["--multiprocessing-fork"]:
        watch()
    elif _exists(script) and is_ours(script):
        watch()
        main = script, os.path.join(directory or "", script)  # Since 3.9 the latter.


def _once(load):
    loaded = {}

    def load_once(name):
        if name not in loaded:
            loaded[name] = load(name)
        return loaded[name]

    return load_once


def _hook_imports(imported):
    import _frozen_importlib_external as importer

    loader = importer.SourceLoader
    plain = loader.get_code
    names = {}
    exec(compile(GET_CODE, "<frozen importlib._bootstrap_external>", "exec"), names)
    hooked = names["hooked"](plain, imported, _runs, _is_runpy, sys._getframe)
    # With the globals of the import system: pdb knows it by its name there.
    get_code = type(hooked)(hooked.__code__, vars(importer), "get_code", None, hooked.__closure__)
    get_code.__qualname__, get_code.__doc__ = plain.__qualname__, plain.__doc__
    loader.get_code = get_code


def _exists(script):
    try:
        return script.endswith(".py") and stat(script) is not None
    except OSError:
        return False


def _runs(code):
    """Tell callers of get_code that run what they get from those that look at it or write it to a file."""
    return code.co_name == "exec_module" or _is_runpy(code)


def _is_runpy(code):
    return code.co_filename.endswith(("/runpy.py", "<frozen runpy>"))


def _names(code):
    """Return all names in a module, those of functions and classes too."""
    names = set(code.co_names)
    for const in code.co_consts:
        if type(const) is type(code):
            names |= _names(const)
    return names


def _is_foreign(error, folder):
    """Tell the application's exceptions, raised in our frames by a signal handler or from another thread."""
    if not isinstance(error, Exception) or type(error).__module__ != "builtins":
        return True
    innermost = error.__traceback__
    while innermost.tb_next:
        innermost = innermost.tb_next
    name = innermost.tb_frame.f_code.co_filename
    return not name.startswith((folder, "<frozen importlib.")) and name not in CALLED
