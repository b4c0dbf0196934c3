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
TRADED = {"co_code": 48, "co_consts": 56, "co_linetable" if VERSION >= (3, 10) else "co_lnotab": 120}
ZOMBIE_FRAME = 128
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
CALL_OF_OURS = bytes((RESUME, 0, PUSH_NULL, 0, LOAD_CONST, 0, CALL, 0))


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


def entrance(Memory, lines_of):
    """Return what makes code that is about to run its double: (code, function that makes the double) -> None.

    lines_of: code -> its lines' numbers
    """
    return _trade if VERSION < (3, 11) else _Redirection(Memory, lines_of).enter


def _trade(code, make_double):
    """Make a code object that has never run what its double is, and the other way round."""
    stacksize = _Int.from_address(id(code) + STACKSIZE)
    if _word(id(code) + ZOMBIE_FRAME).value or stacksize.value != code.co_stacksize:
        return
    double = make_double(code)
    for each in code, double:
        if any(_word(id(each) + offset).value != id(getattr(each, name)) for name, offset in TRADED.items()):
            return
    for offset in TRADED.values():
        one, other = _word(id(code) + offset), _word(id(double) + offset)
        one.value, other.value = other.value, one.value
    stacksize.value = max(code.co_stacksize, double.co_stacksize)


class _Redirection:
    def __init__(self, Memory, lines_of):
        self._Memory = Memory
        self._lines_of = lines_of
        self._retain = _function("Py_IncRef", None, _Object)
        self._release = _function("Py_DecRef", None, _Object)
        self._interpreter = _function("PyInterpreterState_Get", _Word)()
        self._evaluator = _function("_PyInterpreterState_GetEvalFrameFunc", _Word, _Word)
        self._default = _ctypes.dlsym(_ctypes.dlopen(None, GLOBAL_NOW), "_PyEval_EvalFrameDefault")
        # id(code) -> [starts to come, double, its way in, the code's own first word, its constants, ours]
        self._entered = {}

    def enter(self, code, make_double):
        """Change the start of a code object, so that its next frame runs the double."""
        if id(code) in self._entered:
            self._entered[id(code)][0] += 1
            return
        bytecode = code.co_code
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
        if not memories:
            return
        if len(bytecode) < len(CALL_OF_OURS):
            # Too short for a call, and for more than a line that loads a constant.
            for line in self._lines_of(code):
                memories[0][line] = RUN
            return
        way_in = len(double.co_code)
        double = _with_way_in(double)
        memories[-1].aim(double)
        ours = (lambda: self._redirect(code),)
        start = _word(id(code) + _INLINE)
        self._entered[id(code)] = [1, double, way_in, start.value, consts.value, ours]
        stacksize.value = max(stacksize.value, double.co_stacksize)
        consts.value = id(ours)
        start.value = int.from_bytes(CALL_OF_OURS, sys.byteorder)

    def _redirect(self, code):
        """Have the frame that called go on in the double. It looks at what it runs when the call returns."""
        entered = self._entered[id(code)]
        _, double, way_in, start, consts, _ = entered
        entered[0] -= 1
        if entered[0] == 0:
            del self._entered[id(code)]
            _word(id(code) + _INLINE).value = start
            _word(id(code) + CONSTS).value = consts
        frame = _word(id(sys._getframe(2)) + FRAME).value
        self._retain(double)
        _word(frame + FRAME_CODE).value = id(double)
        _word(frame + FRAME_INSTRUCTION).value = id(double) + _INLINE + way_in - 2
        self._release(code)


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
    """Calls a function with each code object that is about to run, until it is removed.

    CPython can't take an audit hook back, and audits every `id`: 0.2 µs with a hook of ours, still 0.1 µs
    with none left on its list. Nothing at all where there never was a list.
    """

    def __init__(self, on_exec):
        def hook(event, arguments):
            if event == "exec":
                on_exec(arguments[0])

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
