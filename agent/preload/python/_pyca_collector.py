"""Marks lines as they run, by sys.monitoring (PEP 669): a line costs its first run, and nothing after."""

import os
import sys
from _weakref import ref
from posix import write

MISSED, RUN = b"-+"
MODULE = "<module>"
# Python files whose functions we call: os, posixpath and genericpath, frozen or not.
CALLED = tuple(function.__code__.co_filename for function in (os.fsencode, os.path.join, os.path.samefile))

# Before CPython 3.14 a LINE event looks its number up from the start of the code object, which is quadratic:
# 8 s for a dict of 10,000 lines (python/cpython#127953). Code with a line table of more bytes than this gets
# INSTRUCTION events instead: there are more of those, but each at a constant cost.
LARGE = 4096 if sys.version_info < (3, 14) else sys.maxsize

RESUME_UNITS = 2 if sys.version_info >= (3, 15) else 1  # Of the instruction that functions start with.
OPTIMIZED = 1  # The flag of functions, as against modules and classes


def start(load, folder, settings, open_data):
    """Arm sys.monitoring.

    load: name of a module of our folder -> its namespace; none is loaded before there is code that needs it
    folder: absolute path of our folder
    settings: PYCA_SOURCE_ROOT and its like, by name
    open_data: () -> folder of the line maps, or None; called when the first code in scope is met
    """
    monitoring = sys.monitoring
    # 4 first: hypothesis has 3 wired in, and warns where that is taken.
    tool = next((tool for tool in (4, 3) if monitoring.get_tool(tool) is None), None)
    if tool is None or _in_subinterpreter():
        return
    try:
        directory = os.getcwd()
    except OSError:
        directory = None
    limits = [settings.get("PYCA_" + name, "") for name in ("SOURCE_ROOT", "INCLUDE", "EXCLUDE")]
    debug = settings.get("PYCA_DEBUG") == "1"
    has_sessions = settings.get("PYCA_SESSIONS", "").lower() in ("true", "1", "yes", "on")

    # What the callbacks need is theirs: at the interpreter's end, modules lose what they hold.
    disable = monitoring.DISABLE
    line_event = monitoring.events.LINE
    instruction_event = monitoring.events.INSTRUCTION
    set_events = monitoring.set_events
    set_local_events = monitoring.set_local_events
    register_callback = monitoring.register_callback
    get_frame = sys._getframe

    views = {}  # co_filename -> view of its line map (index: line number), None: not ours to mark
    large = {}  # id(code) -> (weak reference, view, line number of each code unit)
    scope = sources = None
    watched = 0  # Events that sessions need besides.
    started = disable  # What becomes of a start that has been seen to.

    def on_start(code, offset, depth=1):
        try:
            name = code.co_filename
            view = views.get(name, views)
            if view is None:
                return disable
            if view is views or code.co_name == MODULE:
                if not name.endswith(".py"):
                    return disable  # Not remembered: there is no end of generated names.
                view = find_view(code, get_frame(depth).f_back)
                if view is None:
                    return disable
            if code.co_name == "__annotate__":  # As in line_states.
                return disable
            arm(code, view, offset)
            return started
        except (MemoryError, RecursionError):
            return None  # No room just now, not even to ask whose it is: the next start is another chance.
        except BaseException as error:
            if is_foreign(error):
                raise
            give_up(error, code)
        return disable

    def find_view(code, caller):
        nonlocal scope, sources
        name = code.co_filename
        if sources is None:
            if scope is None:
                scope = load("_pyca_scope")["Scope"](load, folder, directory, *limits)
            if scope.path(name) is None:
                views[name] = None
                return None
            data = open_data()
            if data is None:
                stop()
                return None
            sources = load("_pyca_sources")["Sources"](load, scope, data)
            if has_sessions:
                watch_sessions(data)
        view = sources.view(code, caller)
        if sources.has_versions(name):
            views.pop(name, None)  # Its lines go by way of find_view from now on.
        else:
            views[name] = view
        return view

    def arm(code, view, offset):
        if len(code.co_linetable) > LARGE or (watched and _body_is_on_def_line(code, offset)):
            lines = _unit_lines(code)
            lines[: offset // 2 + RESUME_UNITS] = [0] * (offset // 2 + RESUME_UNITS)
            key = id(code)
            large[key] = (ref(code, lambda _: large.pop(key, None)), view, lines)
            set_local_events(tool, code, instruction_event | watched)
            return
        # A body on the line of its own def has no LINE event since 3.13 (python/cpython#155992).
        line = code.co_firstlineno
        if code.co_name != MODULE and line < len(view) and view[line] == MISSED:
            view[line] = RUN
        set_local_events(tool, code, line_event | watched)

    def on_line(code, line):
        try:
            view = views[code.co_filename]
            if view[line] == MISSED:
                view[line] = RUN
        except (KeyError, IndexError, TypeError):
            on_uncommon_line(code, line)
        return disable

    def on_uncommon_line(code, line):
        view = sources and sources.version_view(code)
        if view and line < len(view) and view[line] == MISSED:
            view[line] = RUN

    def on_instruction(code, offset):
        try:
            _, view, lines = large[id(code)]
            line = lines[offset // 2]
            if view[line] == MISSED:
                view[line] = RUN
        except (KeyError, IndexError):
            pass
        return disable

    def watch_sessions(data):
        """Let lines be marked for sessions too; a process without code in scope never looks for one."""
        nonlocal watched, started
        session = load("_pyca_session")
        maps = load("_pyca_line_map"), load("_pyca_shared_memory")["share"]
        try:
            control = session["map_control"](data, *maps)
        except (OSError, ValueError):
            return  # The total goes on.

        sources.names = {}

        def begin(generation):
            return session["Session"](data, generation, *maps, sources.names)

        def view_of(code):
            return views.get(code.co_filename) or (sources and sources.version_view(code))

        ordinary = on_start, on_line, on_instruction
        session_callbacks = session["callbacks"]
        callbacks.update(
            session_callbacks(tool, ordinary, view_of, large, control, begin, is_foreign, give_up)
        )
        for event, callback in callbacks.items():
            register_callback(tool, event, callback)
        watched = monitoring.events.PY_RESUME | monitoring.events.JUMP
        started = None

    callbacks = {
        monitoring.events.PY_START: on_start,
        line_event: on_line,
        instruction_event: on_instruction,
    }

    def is_foreign(error):
        return _is_foreign(error, folder)

    def give_up(error, code):
        """Leave out the file of a code object; after an error nobody thought of, everything."""
        name = code.co_filename
        if debug:
            write(2, f"pyca: {name}: {error!r}\n".encode(errors="replace"))
        if isinstance(error, (OSError, ValueError, SyntaxError)):
            if not (sources and sources.has_versions(name)):
                views[name] = None
            return
        stop()

    def stop():
        set_events(tool, 0)
        for event in callbacks:
            register_callback(tool, event, None)

    monitoring.use_tool_id(tool, "pyca")
    for event, callback in callbacks.items():
        register_callback(tool, event, callback)
    set_events(tool, monitoring.events.PY_START)


def _unit_lines(code):
    """Return the line number of each of a code object's units, 0 where it has none."""
    lines = []
    for begin, end, line in code.co_lines():
        lines += [line or 0] * ((end - begin) // 2)
    return lines


def _body_is_on_def_line(code, offset):
    """Tell a function with code on its first line, where there is no LINE event to see it in a session by.

    offset: of its RESUME
    """
    if sys.version_info < (3, 13) or not code.co_flags & OPTIMIZED:
        return False
    return code.co_firstlineno in _unit_lines(code)[offset // 2 + RESUME_UNITS :]


def _in_subinterpreter():
    """Ask what the main interpreter alone won't answer: the module that tells would take 0.4 ms to import."""
    if "t" in sys.abiflags:  # There neither answers.
        known = "_interpreters" in sys.modules
        from _interpreters import get_current, get_main

        if not known:
            del sys.modules["_interpreters"]
        return get_current()[0] != get_main()[0]
    from _imp import _override_multi_interp_extensions_check

    try:
        _override_multi_interp_extensions_check(0)
    except RuntimeError:
        return False
    return True


def _is_foreign(error, folder):
    """Tell the application's exceptions, raised in our frames by a signal handler or from another thread.

    Ours are built-in ones, raised by our own code or by what it calls in os and os.path.
    """
    if not isinstance(error, Exception) or type(error).__module__ != "builtins":
        return True
    innermost = error.__traceback__
    while innermost.tb_next:
        innermost = innermost.tb_next
    name = innermost.tb_frame.f_code.co_filename
    return not name.startswith((folder, "<frozen importlib.")) and name not in CALLED
