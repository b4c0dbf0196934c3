"""Memory that code holds as a constant and stores into, byte by byte, without a call.

The objects are hashable, as a code object with them has to be, and can be pickled, as cloudpickle does.
"""

import _ctypes
import sys
from _ctypes import addressof  # At the interpreter's end, code goes after what modules hold.
from _weakref import ref

_INLINE = sys.version_info >= (3, 11)  # Bytecode is part of the code object; before, a bytes object.
_BYTES_HEADER = bytes.__basicsize__ - 1
_BYTE_ORDER = sys.byteorder


class _Byte(_ctypes._SimpleCData):
    _type_ = "B"


class Memory(_ctypes._Pointer):
    """A pointer to bytes."""

    _type_ = _Byte
    __slots__ = ("keep", "size", "__weakref__")
    __hash__ = object.__hash__

    def aim(self, code):
        """Point to the bytecode of a code object; copies of it that outlive it store into nowhere."""
        bytecode = code.co_code
        self.size = len(bytecode)
        if not _INLINE:
            self.keep = bytecode
            self._point_to(id(bytecode) + _BYTES_HEADER)
            return
        # A strong reference would be a cycle that no collector finds.
        self.keep = _CodeReference(code, self)
        self._point_to(id(code) + type(code).__basicsize__)

    def show(self, view):
        """Point to what a view shows, of memory that is mapped for good."""
        self.keep, self.size = view, len(view)
        self._point_to(address_of(view))

    def lose(self):
        """Point to nowhere in particular: the code object is gone, and what stores still is a copy of it."""
        self.keep = bytearray(self.size)
        self._point_to(address_of(self.keep))

    def _point_to(self, address):
        memoryview(self).cast("B")[:] = address.to_bytes(8, _BYTE_ORDER)

    def __reduce__(self):
        """Be a memory of its own wherever the code is to run."""
        from mmap import mmap

        return mmap, (-1, self.size)


class _CodeReference(ref):
    __slots__ = ("_memory",)

    def __new__(cls, code, _):
        return ref.__new__(cls, code, _lose)

    def __init__(self, code, memory):
        super().__init__(code, _lose)
        self._memory = ref(memory)

    def lose(self):
        memory = self._memory()
        if memory is not None:
            memory.lose()


def _lose(reference):
    reference.lose()


def address_of(buffer):
    """Return where a writable buffer lies."""
    return addressof(_Byte.from_buffer(buffer))
