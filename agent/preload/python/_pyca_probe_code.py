"""Probes: instructions before each line that mark it, and then have themselves be jumped over.

    NOP 8              becomes JUMP_FORWARD 8 once its line has run: two bytes of bytecode for it from then on
    LOAD_CONST 43      marks[line] = "+"
    LOAD_CONST marks
    LOAD_CONST line
    STORE_SUBSCR
    LOAD_CONST 110     instructions[offset] = JUMP_FORWARD
    LOAD_CONST instructions
    LOAD_CONST offset
    STORE_SUBSCR

`marks` and `instructions` are memory as C sees it. No call and no frame: no tool, trace function or signal
handler of the application meets a probe, and it cannot fail. The lines are those for which CPython would
call a trace function.

With sessions on, a probe stores to the session's marks as well, and code has looks in front of some probes:

    NOP 8              becomes JUMP_FORWARD 8 where it proves hot
    LOAD_CONST 43      looks[offset] = 43, which is a call
    LOAD_CONST looks
    LOAD_CONST offset
    STORE_SUBSCR
"""

import sys
from itertools import accumulate

VERSION = sys.version_info[:2]
CACHED = VERSION >= (3, 11)  # Instructions are followed by inline caches.
JUMP_UNIT = 1 if VERSION >= (3, 10) else 2  # Jumps count code units, before 3.10 bytes.

STORE_SUBSCR, NOP, LOAD_CONST, JUMP_FORWARD, EXTENDED_ARG, RESUME = 60, 9, 100, 110, 144, 151
FOR_ITER, SETUP_FINALLY = 93, 122
# STORE_NAME, STORE_FAST, STORE_DEREF; until 3.10 SETUP_FINALLY, on 3.8 POP_TOP and DUP_TOP
_KEPT_FIRST = (90, 125, 138) if CACHED else (90, 125, 137, 122) + ((1, 4) if VERSION == (3, 8) else ())
RUN = 43
YIELDS = (72, 86)  # YIELD_FROM, until 3.10 again for each value, and YIELD_VALUE
AWAITING = (134,)  # JUMP_BACKWARD_NO_INTERRUPT, since 3.11: a turn for each value of an `await`
OPTIMIZED = 1  # CO_OPTIMIZED: a function's

# As in the module `opcode`, which can be the application's: jumps to code further on, anywhere, further back.
if CACHED:
    FORWARD, ABSOLUTE = (93, 110, 111, 112, 114, 115, 123, 128, 129), ()
    BACKWARD = (134, 140, 173, 174, 175, 176)
else:
    FORWARD, ABSOLUTE, BACKWARD = (93, 110, 122, 143, 154), (111, 112, 113, 114, 115), ()
    if VERSION == (3, 8):
        FORWARD += (162,)
    else:
        ABSOLUTE += (121,)
BLOCKS = (122, 143, 154)  # SETUP_FINALLY, SETUP_WITH and SETUP_ASYNC_WITH lead to exception handlers.
STORE = bytes((STORE_SUBSCR, 0)) + bytes(2 * CACHED)
TABLE = "co_linetable" if VERSION >= (3, 10) else "co_lnotab"
_JUMPS = bytes(opcode in FORWARD + ABSOLUTE + BACKWARD for opcode in range(256))

_NEAR_LOADS = [bytes((LOAD_CONST, index)) for index in range(256)]

_Code = type((lambda: 0).__code__)


class Jump:
    """A jump: where it stands, with its EXTENDED_ARGs, and where it leads."""

    __slots__ = ("at", "first", "opcode", "target", "units")

    def __init__(self, at, first, opcode, target):
        self.at = at
        self.first = first
        self.opcode = opcode
        self.target = target
        self.units = at - first + 1


def find_jumps(code):
    """Return all jumps of some bytecode."""
    opcodes, arguments = code[::2], code[1::2]
    flags = opcodes.translate(_JUMPS)
    jumps = []
    at = flags.find(1)
    while at >= 0:
        opcode, argument, first = opcodes[at], arguments[at], at
        while first and opcodes[first - 1] == EXTENDED_ARG:
            first -= 1
        for ext in range(first, at):
            argument |= arguments[ext] << 8 * (at - ext)
        argument //= JUMP_UNIT
        if opcode in ABSOLUTE:
            target = argument
        elif opcode in BACKWARD:
            target = at + 1 - argument
        else:
            target = at + 1 + argument
        jumps.append(Jump(at, first, opcode, target))
        at = flags.find(1, at + 1)
    return jumps


def probe_units(code, ranges, jumps, handlers):
    """Return {unit: line}: where CPython would tell a trace function of a line, if it hasn't run by then."""
    bytecode = code.co_code
    size = len(bytecode) // 2
    targets = sorted({jump.target for jump in jumps}.union(handlers, (size,)))
    # What stands before a function's start is not traced; nor is the start itself, on the line of the `def`.
    start = bytecode[::2].find(RESUME) + 1 if CACHED else 0
    probes = {}
    seen = set()  # Lines that have run, whichever way control came here.
    index = 0
    entries = None
    for begin, end, line in ranges:
        while targets[index] <= begin < size:
            seen.clear()
            index += 1
        # Until 3.9 a folded constant may have its line begin behind its EXTENDED_ARG: that is not traced.
        inside = begin > 0 and bytecode[2 * begin - 2] == EXTENDED_ARG
        if line and line not in seen and end > start and not inside:
            probes[_clear(bytecode, max(begin, start), end, targets)] = line
            seen.add(line)
        if targets[index] < end:
            first = index
            while targets[index] < end:
                index += 1
            if line:
                entries = entries or _Entries(ranges, jumps, handlers)
                for unit in filter(entries.are_traced_at, targets[first:index]):
                    probes[unit] = line
            seen = {line}
    return probes


def _clear(bytecode, unit, end, targets):
    """Step behind what cannot raise and is best left where it is.

    `x = x + y` is done in place, no signal comes between what is before a `try` and the `try`, and on 3.8
    pdb tells an `except` that it must not jump to by its first instruction.
    """
    moves = bytecode[2 * unit] in _KEPT_FIRST and unit + 1 < end and unit + 1 not in targets
    return unit + 1 if moves else unit


class _Entries:
    """Targets in the middle of a line that CPython traces when control comes from another line.

    Exception handlers since 3.9, other targets further on since 3.10.
    """

    def __init__(self, ranges, jumps, handlers):
        self._handlers = handlers if VERSION >= (3, 9) else ()
        self._lines = []  # of each unit
        self._sources = {}  # target -> jumps that lead on to it
        if VERSION >= (3, 10):
            for begin, end, line in ranges:
                self._lines += [line] * (end - begin)
            for jump in jumps:
                if jump.at < jump.target:
                    self._sources.setdefault(jump.target, []).append(jump.at)

    def are_traced_at(self, unit):
        if unit in self._handlers:
            return True
        return any(self._lines[source] != self._lines[unit] for source in self._sources.get(unit, ()))


def look_units(code, jumps):
    """Return where code looks for a session: a function starts or goes on behind a yield, a loop turns."""
    opcodes = code.co_code[::2]
    if not code.co_flags & OPTIMIZED:
        units = set()
    elif CACHED:
        units = {unit + 1 for unit, opcode in enumerate(opcodes) if opcode == RESUME}
    else:
        units = {0}.union(unit + 1 for unit, opcode in enumerate(opcodes) if opcode in YIELDS)
    return units.union(
        jump.target for jump in jumps if jump.target <= jump.at and jump.opcode not in AWAITING
    )


def adder(load, sessions=None):
    """Return a function that makes code objects like others, with probes.

    load: name of a module of our folder -> its namespace · sessions: a Sessions where they are on
    """
    lines = load("_pyca_probe_lines")
    line_ranges, line_table = lines["line_ranges"], lines["line_table"]
    Memory = load("_pyca_probe_memory")["Memory"]

    def add(code, marks, end):
        """Return a code object with probes, as those within it have, and the last line of all.

        marks: memories, indexed by line number · end: lines from this one on have none
        """
        last = 0
        consts = list(code.co_consts)
        for index, const in enumerate(consts):
            if type(const) is _Code:
                consts[index], inner = add(const, marks, end)
                last = max(last, inner)
        ranges = line_ranges(code)
        handled = read_exception_table(code.co_exceptiontable) if CACHED else []
        jumps = find_jumps(code.co_code)
        handlers = {target for _, _, target, _ in handled} if CACHED else _blocks(jumps)
        probes = probe_units(code, ranges, jumps, handlers)
        probes = {unit: line for unit, line in probes.items() if line < end}
        if not probes:
            return code.replace(co_consts=tuple(consts)), last

        instructions = Memory()
        looks = look_units(code, jumps) if sessions else ()
        layout = Layout(len(code.co_code) // 2, jumps, probes, looks, len(consts), len(marks))
        # The total's marks are the first memory, the instructions the last: _pyca_probe_exec looks for them.
        consts += (RUN, *marks, JUMP_FORWARD, instructions)
        if looks:
            consts.append(sessions.looks(instructions))
        changes = {
            "co_code": layout.assemble(code.co_code, consts),
            TABLE: line_table(code, ranges, layout.inserted(), layout.place),
            "co_consts": tuple(consts),
            "co_stacksize": code.co_stacksize + 3,
        }
        if CACHED:
            changes["co_exceptiontable"] = write_exception_table(handled, layout.place)
        probed = code.replace(**changes)
        instructions.aim(probed, len(changes["co_code"]))
        if sessions:
            sessions.add(instructions, layout.offsets())
        return probed, max(last, max(probes.values()))

    return add


def _blocks(jumps):
    return {jump.target for jump in jumps if jump.opcode in BLOCKS}


class Layout:
    """Where everything goes when probes are put in."""

    def __init__(self, size, jumps, probes, looks, consts, marks):
        """looks: units · consts: how many constants there are · marks: how many memories have each line"""
        self._jumps = jumps
        self._probes = probes
        self._looks = looks
        self._consts = consts
        self._marks = marks
        constants = consts + 4 + marks + 2 * len(probes) + len(looks)
        self._extended = (constants > 1 << 8) + (constants > 1 << 16)  # EXTENDED_ARGs of each LOAD_CONST
        store = 3 * (1 + self._extended) + len(STORE) // 2
        self._length = 1 + store * (marks + 1)
        self._look_length = 1 + store
        self._lengths = dict.fromkeys(probes, self._length)
        for unit in looks:
            self._lengths[unit] = self._lengths.get(unit, 0) + self._look_length
        self._grown = {}  # first unit of a jump -> EXTENDED_ARGs more than it had
        self._added = [0] * (size + 2)
        for unit, length in self._lengths.items():
            self._added[unit + 1] += length
        self._settle()

    def offsets(self):
        """Return where the probes and looks are, in bytes."""
        starts = [2 * self.place(unit) for unit in self._looks]
        return starts + [2 * self._probe_at(unit) for unit in self._probes]

    def _probe_at(self, unit):
        return self.place(unit) + (self._look_length if unit in self._looks else 0)

    def place(self, unit):
        """Return where a jump to a unit leads now: to its probe."""
        return unit + self._shifts[unit]

    def inserted(self):
        """Return {unit: (length of its probe or 0, by how much its instruction has grown)}."""
        grown = self._grown
        inserted = {unit: (length, grown.get(unit, 0)) for unit, length in self._lengths.items()}
        for unit in grown:
            inserted.setdefault(unit, (0, grown[unit]))
        return inserted

    def _settle(self):
        """Make jumps longer until all of them reach."""
        settled = False
        while not settled:
            settled = True
            self._shifts = list(accumulate(self._added))
            for jump in self._jumps:
                units = 1
                argument = self._argument(jump) >> 8
                while argument:
                    units += 1
                    argument >>= 8
                more = units - jump.units
                if more > self._grown.get(jump.first, 0):
                    self._added[jump.first + 1] += more - self._grown.get(jump.first, 0)
                    self._grown[jump.first] = more
                    settled = False

    def _argument(self, jump):
        target = self.place(jump.target)
        if jump.opcode in ABSOLUTE:
            return target * JUMP_UNIT
        behind = jump.at + self._shifts[jump.at + 1] + 1
        return abs(target - behind) * JUMP_UNIT

    def assemble(self, bytecode, consts):
        """Return the new bytecode; what the probes need is appended to consts."""
        old = bytearray(bytecode)
        prefixes = {}
        for jump in self._jumps:
            argument = self._argument(jump)
            for unit in range(jump.at, jump.first - 1, -1):
                old[2 * unit + 1] = argument & 255
                argument >>= 8
            if jump.first in self._grown:
                prefixes[jump.first] = _extensions(argument, self._grown[jump.first])
        first = self._consts
        load = self._load if self._extended else _NEAR_LOADS.__getitem__
        head = bytes((NOP, (self._length - 1) * JUMP_UNIT))
        look = bytes((NOP, (self._look_length - 1) * JUMP_UNIT))
        run, behind = load(first), first + 1 + self._marks
        memories = [run + load(index) for index in range(first + 1, behind)]
        jump = load(behind) + load(behind + 1)
        looks = run + load(behind + 2)
        loads = {}  # number -> the instructions that load it

        def number(value):
            if value not in loads:
                loads[value] = load(len(consts))
                consts.append(value)
            return loads[value]

        parts = []
        done = 0
        for unit in sorted(self._lengths.keys() | prefixes.keys()):
            parts.append(old[done : 2 * unit])
            done = 2 * unit
            if unit in self._looks:
                parts += look, looks, number(2 * self.place(unit)), STORE
            if unit in self._probes:
                parts.append(head)
                for memory in memories:
                    parts += memory, number(self._probes[unit]), STORE
                parts += jump, number(2 * self._probe_at(unit)), STORE
            if unit in prefixes:
                parts.append(prefixes[unit])
        parts.append(old[done:])
        return b"".join(parts)

    def _load(self, index):
        return _extensions(index >> 8, self._extended) + bytes((LOAD_CONST, index & 255))


def _extensions(argument, count):
    """Return EXTENDED_ARGs for what of an argument is above its lowest byte."""
    out = b""
    for _ in range(count):
        out = bytes((EXTENDED_ARG, argument & 255)) + out
        argument >>= 8
    return out


def read_exception_table(table):
    """Return [(begin, length, target, depth and flag)] of a table of 3.11."""
    numbers = []
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    return list(zip(*[iter(numbers)] * 4))


def write_exception_table(entries, place):
    """Return the table for code that has grown."""
    table = bytearray()
    for begin, length, target, rest in entries:
        start = len(table)
        for value in (place(begin), place(begin + length) - place(begin), place(target), rest):
            shift = 6 * max(0, (value.bit_length() - 1) // 6)
            while shift:
                table.append(64 | value >> shift & 63)
                shift -= 6
            table.append(value & 63)
        table[start] |= 128
    return bytes(table)
