"""Sessions: which lines run between a start and a stop, besides the total, in processes that never restart.

The agent begins one by another generation in a control file, which is mapped here. What runs looks at it:
each start of a function in scope, resumption of a generator or coroutine, and turn of a loop, until it proves
hot. A look costs 0.1 to 0.2 µs. The garbage collector's callback would come late or never; threads and
signals are the application's own.

    control file                        what a look does
    as at the last look                 nothing
    another generation                  arms every line again; lines mark the session's maps besides
    0                                   lines mark the total alone

The session's folder may be gone: then lines mark the total alone.
"""

import posix
import sys
from time import monotonic_ns

MISSED, RUN = b"-+"
SIZE = 64
_IDLE = b"\0" + b"\n" * (SIZE - 1)

# Hot is what is met _HOT times at the end of WINDOW looks, in windows of less than _HOT_WINDOW nanoseconds,
# one after the other. It doesn't look again in this session; what is left costs an application 1 % at most.
WINDOW = 256
_HOT_WINDOW = 5_000_000
_HOT = 16


def map_control(data, line_map, share):
    """Return two views of the control file: of its bytes, and of the first eight of them as a number.

    It is made here where the agent is still to come, which writes to what it finds.
    """
    path = data + "/session"
    flags = posix.O_RDWR | posix.O_CLOEXEC | posix.O_NOFOLLOW | posix.O_NONBLOCK
    try:
        fd = line_map["open_file"](path, flags)
    except FileNotFoundError:
        fd = line_map["create"](f"{data}/.session.{posix.getpid()}", path, _IDLE)
    try:
        if posix.fstat(fd).st_size < SIZE:
            raise ValueError(f"{path} is not whole")
        view = share(fd, SIZE)
    finally:
        posix.close(fd)
    return view, view[:8].cast("Q")


class Session:
    """The maps of one session, each a copy of the total's at its first line, with nothing run yet."""

    def __init__(self, data, generation, line_map, share, names):
        """names: id(view) -> (view, file name) of the total's maps; a view that is in there keeps its id."""
        self._copy = line_map["copy_line_map"]
        self._folders = data, f"{data}/session-{generation}"
        self._share = share
        self._names = names
        self._views = {}  # id(view of the total) -> view, None where there is none

    def mark(self, total, line):
        """Mark a line of the file that has this map in the total."""
        view = self.view(total)
        if view and line < len(view) and view[line] == MISSED:
            view[line] = RUN

    def view(self, total):
        """Return the session's view of the file that has this one in the total, or None."""
        key = id(total)
        if key not in self._views:
            self._views[key] = self._open(key)
        return self._views[key]

    def _open(self, key):
        if key not in self._names:
            return None
        total, name = self._names[key]
        try:
            return self._copy(*self._folders, name, len(total) - 1, self._share)
        except (OSError, ValueError):
            return None


def meter_heat():
    """Return a function that tells, at the end of a window of looks, whether the last one's place is hot."""
    since = 0
    hot = {}  # place -> times

    def proves_hot(place):
        nonlocal since
        now = monotonic_ns()
        took, since = now - since, now
        if took > _HOT_WINDOW:
            hot.clear()
            return False
        hot[place] = hot.get(place, 0) + 1
        return hot[place] > _HOT

    return proves_hot


def callbacks(tool, ordinary, view_of, large, control, begin, is_foreign, give_up):
    """Return the callbacks to be registered instead of the ordinary ones, by event.

    ordinary: start, line and instruction, which mark the total
    view_of: code object -> view of the total's map, or None · large: as the collector has it
    control: what map_control returned · begin: generation -> Session
    is_foreign: error -> whether it is the application's · give_up: (error, code) -> None, where it is ours
    """
    monitoring = sys.monitoring
    events = monitoring.events
    disable = monitoring.DISABLE
    get_local_events = monitoring.get_local_events
    restart_events = monitoring.restart_events
    start, line, instruction = ordinary
    generation, mark = control

    seen = mark[0]
    session = begin(generation[0]) if generation[0] else None
    looks = 0
    proves_hot = meter_heat()

    def look():
        nonlocal seen, session
        now = mark[0]
        # In this order: another thread that comes in between looks for itself, and loses nothing.
        session = begin(generation[0]) if generation[0] else None
        if session:
            restart_events()
        seen = now

    def is_to_end(code, offset):
        nonlocal looks
        looks = 0
        return disable if proves_hot((id(code), offset)) else None

    def on_start(code, offset):
        nonlocal looks
        try:
            if mark[0] != seen:
                look()
            if not get_local_events(tool, code):
                return start(code, offset, 2)
            looks += 1
            return is_to_end(code, offset) if looks > WINDOW else None
        except (MemoryError, RecursionError):
            return None

    def on_resume(code, offset):
        nonlocal looks
        try:
            if mark[0] != seen:
                look()
            looks += 1
            return is_to_end(code, offset) if looks > WINDOW else None
        except (MemoryError, RecursionError):
            return None

    def on_jump(code, offset, target):
        nonlocal looks
        if target > offset:
            return disable
        try:
            if mark[0] != seen:
                look()
            looks += 1
            return is_to_end(code, offset) if looks > WINDOW else None
        except (MemoryError, RecursionError):
            return None

    def mark_line(code, current, view, number):
        try:
            current.mark(view, number)
        except BaseException as error:
            if is_foreign(error):
                raise
            give_up(error, code)

    def on_line(code, number):
        current = session
        line(code, number)
        if current:
            mark_line(code, current, view_of(code), number)
        # Where another session began meanwhile, the line is that one's too when it runs again.
        return disable if current is session else None

    def on_instruction(code, offset):
        current = session
        instruction(code, offset)
        if current and id(code) in large:
            _, view, lines = large[id(code)]
            mark_line(code, current, view, lines[offset // 2])
        return disable if current is session else None

    return {
        events.PY_START: on_start,
        events.PY_RESUME: on_resume,
        events.JUMP: on_jump,
        events.LINE: on_line,
        events.INSTRUCTION: on_instruction,
    }
