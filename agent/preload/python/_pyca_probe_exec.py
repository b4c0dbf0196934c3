"""Gives probes to code that runs in another way than by import: `python app.py`, `exec`, runpy.run_path.

The interpreter tells of it by the audit event "exec", with the code object that it is about to run, so that
one has to become its double with probes:

3.8 to 3.10  they trade bytecode, constants and line tables
3.11         bytecode is part of the object. Its first instructions are replaced by a call of ours, which has
             the frame that it was called from go on in the double, and puts them back
"""

import _ctypes
import sys

VERSION = sys.version_info[:2]
GENERATORS = 0x20 | 0x80 | 0x200  # Flags of code whose frames start in another way.

# Offsets in what C calls PyCodeObject, PyFrameObject, and _PyInterpreterFrame. Nothing is written before
# what is there has been found to be what it should.
STACKSIZE = 68 if VERSION >= (3, 11) else 32
POINTERS = {"co_code": 48, "co_consts": 56, "co_linetable" if VERSION >= (3, 10) else "co_lnotab": 120}
TRADED = 32, 128  # From the stack's size to the line table, all that code objects have
ZOMBIE_FRAME = 128
BYTES_HASH = 24
CONSTS = 24
FRAME, FRAME_CODE, FRAME_INSTRUCTION = 24, 32, 56

# Where PyInterpreterState has its list of audit hooks.
HOOKS = {(3, 8): 2704, (3, 9): 3536, (3, 10): 3504, (3, 11): 3552}
LIST_SIZE, LIST_ITEMS = 16, 24

GLOBAL_NOW = 0x102  # RTLD_GLOBAL | RTLD_NOW
RUN = 43

_Code = type((lambda: 0).__code__)
_INLINE = _Code.__basicsize__  # Where the bytecode of 3.11 begins
RESUME, POP_TOP, PUSH_NULL, LOAD_CONST, CALL, JUMP_BACKWARD, EXTENDED_ARG = 151, 1, 2, 100, 171, 140, 144


class _Word(_ctypes._SimpleCData):
    _type_ = "P"


class _Int(_ctypes._SimpleCData):
    _type_ = "i"


class _Object(_ctypes._SimpleCData):
    _type_ = "O"


def _word(address):
    return _Word.from_address(address)


def _function(name, result, *arguments):
    class Function(_ctypes.CFuncPtr):
        _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
        _restype_ = result

    function = Function(_ctypes.dlsym(_ctypes.dlopen(None, GLOBAL_NOW), name))
    function.argtypes = arguments
    return function


def _memory(address, size):
    """Return a writable view of memory: a slice of it is assigned while no other thread runs."""
    view_of = _function("PyMemoryView_FromMemory", _Object, _Word, _Word, _Int)
    writable = 0x200  # PyBUF_WRITE
    return view_of(address, size, writable)


def entrance(Memory, lines_of):
    """Return what makes code that is about to run its double: (code, function that makes the double) -> None.

    lines_of: code -> its lines' numbers
    """
    return (_Trade if VERSION < (3, 11) else _Redirection)(Memory, lines_of).enter


class _Trade:
    def __init__(self, Memory, lines_of):
        self._Memory = Memory

    def enter(self, code, make_double):
        """Make a code object that has never run what its double is, and the other way round."""
        if code.co_flags & GENERATORS or _word(id(code) + ZOMBIE_FRAME).value or not _is_laid_out(code):
            return
        before, known = id(code.co_consts), hash(code)
        double = make_double(code)
        memories = [const for const in double.co_consts if type(const) is self._Memory]
        if double is code or id(code.co_consts) != before or not _is_laid_out(double):
            return  # Another thread was faster.
        ours, theirs = (_memory(id(each) + TRADED[0], TRADED[1] - TRADED[0]) for each in (double, code))
        new, old = bytes(ours), bytes(theirs)
        theirs[:] = new
        ours[:] = old
        # It may be the key of a dict by now, as those that `profile` runs are. Its hash is an exclusive or of
        # others, of which bytes keep their own.
        kept = _word(id(code.co_code) + BYTES_HASH)
        if hash(code.co_code) % (1 << 64) == kept.value:
            kept.value ^= (hash(code) ^ known) % (1 << 64)
        if memories:
            memories[-1].keep = (
                memories[-1].keep,
                double,
            )  # A frame that runs it all the same needs what was there.


def _is_laid_out(code):
    if _Int.from_address(id(code) + STACKSIZE).value != code.co_stacksize:
        return False
    return all(_word(id(code) + offset).value == id(getattr(code, name)) for name, offset in POINTERS.items())


class _Redirection:
    def __init__(self, Memory, lines_of):
        self._Memory = Memory
        self._lines_of = lines_of
        self._retain = _function("Py_IncRef", None, _Object)
        self._release = _function("Py_DecRef", None, _Object)
        self._interpreter = _function("PyInterpreterState_Get", _Word)()
        self._evaluator = _function("_PyInterpreterState_GetEvalFrameFunc", _Word, _Word)
        self._default = _ctypes.dlsym(_ctypes.dlopen(None, GLOBAL_NOW), "_PyEval_EvalFrameDefault")
        self._entered = {}  # id(code) -> its way into the double, until the double runs

    def enter(self, code, make_double):
        """Change the start of a code object, so that its next frame runs the double."""
        entered, key = self._entered, id(code)
        # Other threads may start the same code. None comes between lines without a call or a loop.
        if key in entered:
            entered[key].is_shared = True
            return
        bytecode, known = code.co_code, code.co_consts
        consts, stacksize = _word(id(code) + CONSTS), _Int.from_address(id(code) + STACKSIZE)
        if (
            not _is_as_expected(sys._getframe())
            or self._evaluator(self._interpreter) != self._default  # Then nobody looks at what we change.
            or code.co_flags & GENERATORS
            or consts.value != id(code.co_consts)
            or stacksize.value != code.co_stacksize
            or bytecode[0] != RESUME
        ):
            return
        double = make_double(code)
        memories = [const for const in double.co_consts if type(const) is self._Memory]
        call = _call_of_ours(len(known))
        if not memories:
            return
        if len(bytecode) < len(call):
            # Too short for a call, and for more than a line that loads a constant.
            for line in self._lines_of(code):
                for marks in memories[:-1]:
                    if line and line < marks.size:
                        marks[line] = RUN
            return
        way_in = len(double.co_code)
        double = _with_way_in(double)
        memories[-1].aim(double, len(double.co_code))
        stacksize.value = max(stacksize.value, double.co_stacksize)
        start = _memory(id(code) + _INLINE, len(call))
        way = _Way(double, id(double) + _INLINE + way_in - 2, start, bytecode, consts, id(known))
        ours = way.constants = (*known, lambda: self._redirect(code, way))
        address = id(ours)
        if key in entered:
            entered[key].is_shared = True
            return
        entered[key] = way
        consts.value = address
        start[:] = call

    def _redirect(self, code, way):
        """Have the frame that called go on in the double. It looks at what it runs when the call returns."""
        entered, key = self._entered, id(code)
        if not way.is_shared and key in entered:
            way.start[:] = way.own_start
            way.consts.value = way.own_constants
            del entered[key]
        frame = _word(id(sys._getframe(2)) + FRAME).value
        self._retain(way.double)
        _word(frame + FRAME_CODE).value = id(way.double)
        _word(frame + FRAME_INSTRUCTION).value = way.instruction
        self._release(code)


class _Way:
    """What leads from a code object into its double. One that several threads take at once stays for good."""

    def __init__(self, double, instruction, start, bytecode, consts, own_constants):
        self.double = double
        self.instruction = instruction
        self.start, self.own_start = start, bytecode[: len(start)]
        self.consts, self.own_constants = consts, own_constants
        self.constants = None
        self.is_shared = False


def _call_of_ours(index):
    """Return instructions that call a constant, which never come to what is behind the call."""
    extended = b"".join(bytes((EXTENDED_ARG, index >> 8 * n & 255)) for n in (2, 1) if index >> 8 * n)
    return bytes((RESUME, 0, PUSH_NULL, 0)) + extended + bytes((LOAD_CONST, index & 255, CALL, 0))


def _with_way_in(double):
    """Append what is run first: it drops the result of our call, then goes to where the double starts."""
    back = len(double.co_code) // 2 + 1
    extended = (back > 253) + (back > 65532)
    back += extended
    jump = b"".join(bytes((EXTENDED_ARG, back >> 8 * n & 255)) for n in range(extended, 0, -1))
    end = bytes((POP_TOP, 0)) + jump + bytes((JUMP_BACKWARD, back & 255))
    table = double.co_linetable + bytes((128 | 15 << 3 | len(end) // 2 - 1,))
    return double.replace(co_code=double.co_code + end, co_linetable=table)


def _is_as_expected(frame):
    inner = _word(id(frame) + FRAME).value
    if _word(inner + FRAME_CODE).value != id(frame.f_code):
        return False
    offset = _word(inner + FRAME_INSTRUCTION).value - id(frame.f_code) - _INLINE
    return 0 <= offset < len(frame.f_code.co_code)


class Hook:
    """An audit hook that can be removed.

    CPython can't take an audit hook back, and audits every `id`: 0.2 µs with a hook of ours, still 0.1 µs
    with none left on its list. Nothing at all where there never was a list.
    """

    def __init__(self, hook):
        self._hook = hook
        # The list is made with the first hook, where the garbage collector doesn't see it: it will be where
        # the list was that was freed last.
        hooks = []
        self._address = id(hooks)
        del hooks
        sys.addaudithook(hook)

    def remove(self):
        if not self._is_found():
            return
        pointer = _Word(self._address)
        hooks = _Object.from_address(_ctypes.addressof(pointer)).value
        hooks.remove(self._hook)
        name = "PyInterpreterState_Get" if VERSION >= (3, 9) else "_PyInterpreterState_Get"
        place = _word(_function(name, _Word)() + HOOKS[VERSION])
        if not hooks and place.value == self._address:
            place.value = None

    def _is_found(self):
        if _word(self._address + 8).value != id(list) or not _word(self._address + LIST_SIZE).value:
            return False
        return _word(_word(self._address + LIST_ITEMS).value).value == id(self._hook)
