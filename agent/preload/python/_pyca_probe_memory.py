"""Memory that code holds as a constant and stores into, byte by byte, without a call.

The objects are hashable, as a code object with them has to be, and can be pickled, as cloudpickle does.
"""

import _ctypes
import sys
from _functools import partial
from _weakref import ref

_INLINE = sys.version_info >= (3, 11)  # Bytecode is part of the code object; before, a bytes object.
_BYTES_HEADER = bytes.__basicsize__ - 1
_PYTHON_API = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
_GLOBAL_NOW = 0x102  # RTLD_GLOBAL | RTLD_NOW


class _Byte(_ctypes._SimpleCData):
    _type_ = "B"


class _Word(_ctypes._SimpleCData):
    _type_ = "P"


class _Move(_ctypes.CFuncPtr):
    _flags_ = _PYTHON_API
    _restype_ = None


class _Object(_ctypes._SimpleCData):
    _type_ = "O"


class _Untrack(_ctypes.CFuncPtr):
    _flags_ = _PYTHON_API
    _restype_ = None


class Memory(_ctypes._Pointer):
    """A pointer to bytes."""

    _type_ = _Byte
    __slots__ = ("keep", "size", "__weakref__")
    __hash__ = object.__hash__

    def aim(self, code, size):
        """Point to the bytecode of a code object; copies of it that outlive it store into nowhere.

        size: of the bytecode. To ask 3.11 for it makes a copy that it keeps.
        """
        self.size = size
        # There is one for each function, for good: no collection has to go through them, or constants.
        untrack(self)
        untrack(code.co_consts)
        if not _INLINE:
            self.keep = code.co_code
            self._point_to(id(self.keep) + _BYTES_HEADER)
            return
        # A strong reference would be a cycle that no collector finds. What is called when the code goes is C:
        # in Python, an exception of the application's signal handlers would be lost there.
        lose = partial(_move, _ctypes.addressof(self), _nowhere(self.size), 8)
        self.keep = _CodeReference(code, lose)
        untrack(lose)
        untrack(self.keep)
        self._point_to(id(code) + type(code).__basicsize__)

    def show(self, view):
        """Point to what a view shows, of memory that is mapped for good."""
        self.keep, self.size = view, len(view)
        self._point_to(address_of(view))

    def show_nothing(self, size):
        """Point to bytes that nobody reads."""
        self.show(bytearray(size))

    def _point_to(self, address):
        memoryview(self).cast("B")[:] = address.to_bytes(8, sys.byteorder)

    def __reduce__(self):
        """Be a memory of its own wherever the code is to run."""
        from mmap import mmap

        return mmap, (-1, self.size)


class _CodeReference(ref):
    __slots__ = ()
    _as_parameter_ = 0  # What ctypes hands on of it, as an argument too many.


_move = _Move(_ctypes.dlsym(_ctypes.dlopen(None, _GLOBAL_NOW), "memmove"))
_move.argtypes = (_Word, _Word, _Word)
untrack = _Untrack(_ctypes.dlsym(_ctypes.dlopen(None, _GLOBAL_NOW), "PyObject_GC_UnTrack"))
untrack.argtypes = (_Object,)
_nowheres = []


def _nowhere(size):
    """Return where the address of memory lies that nobody reads."""
    if not _nowheres or len(_nowheres[-1][0]) < size:
        memory = bytearray(max(2 * size, 4096))
        _nowheres.append((memory, _Word(address_of(memory))))
    return _ctypes.addressof(_nowheres[-1][1])


def address_of(buffer):
    """Return where a writable buffer lies."""
    return _ctypes.addressof(_Byte.from_buffer(buffer))
