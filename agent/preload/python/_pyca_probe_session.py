"""Sessions below CPython 3.12: code looks for one itself, and its probes are put back when one begins.

A look is a probe whose store is a call: at each start of a function, behind each `yield` and `await`, and at
each turn of a loop, until it proves hot. With sessions on, a probe stores twice: for the total, and for the
session, which outside of one goes nowhere.
"""

from _weakref import ref
from functools import partial

NOP, JUMP_FORWARD = 9, 110


class Looks:
    """What the looks of one code object store to: `looks[offset] = …` is a look. The offset is its own."""

    __slots__ = ("instructions", "is_due")

    def __init__(self, instructions, is_due):
        self.instructions = instructions
        self.is_due = is_due

    def __setitem__(self, offset, _):
        if not self.is_due(self, offset):
            self.instructions[offset] = JUMP_FORWARD

    def __reduce__(self):
        """Be of no consequence wherever the code is to run."""
        return dict, ()


class Sessions:
    """All files' memory for the session, and all code with probes.

    Raises OSError or ValueError where the control file can't be had.
    """

    def __init__(self, load, data):
        session = load("_pyca_session")
        self._maps = load("_pyca_line_map"), load("_pyca_shared_memory")["share"]
        self._generation, self._mark = session["map_control"](data, *self._maps)
        self._proves_hot, self._window = session["meter_heat"](), session["WINDOW"]
        self._open = lambda generation: session["Session"](data, generation, *self._maps, self.names)
        self._seen = self._mark[0]
        self._looks = 0
        self._files = []  # (memory for the session, view of the total's map)
        self._codes = {}  # id -> (weak reference to a code object's instructions, offsets of its probes)
        self.names = {}  # As Sources has it.
        self._session = self._begun()

    def show(self, memory, view):
        """Aim a file's memory at what the session has for it."""
        self._files.append((memory, view))
        self._aim(memory, view)

    def looks(self, instructions):
        return Looks(instructions, self._is_due)

    def add(self, instructions, offsets):
        """Have the probes of a code object put back when a session begins."""
        key = id(instructions)
        forget = partial(self._codes.pop, key)  # With the reference as what is popped if there is none.
        self._codes[key] = ref(instructions, forget), offsets

    def _begun(self):
        return self._open(self._generation[0]) if self._generation[0] else None

    def _aim(self, memory, view):
        marks = self._session and self._session.view(view)
        if marks:
            memory.show(marks)
        else:
            memory.show_nothing(len(view))

    def _is_due(self, looks, offset):
        """Look, and tell whether to look here again."""
        if self._mark[0] != self._seen:
            self._look()
        self._looks += 1
        if self._looks <= self._window:
            return True
        self._looks = 0
        return not self._proves_hot((id(looks), offset))

    def _look(self):
        # Another thread that comes in between does the same once more, and loses nothing.
        now = self._mark[0]
        self._session = self._begun()
        for memory, view in list(self._files):
            self._aim(memory, view)
        if self._session:
            for instructions, offsets in list(self._codes.values()):
                instructions = instructions()
                if instructions is not None:
                    for offset in offsets:
                        instructions[offset] = NOP
        self._seen = now
