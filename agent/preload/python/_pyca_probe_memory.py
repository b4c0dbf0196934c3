"""Memory that code holds as a constant and stores into, byte by byte, without a call.

The objects are hashable, as a code object with them has to be, and can be pickled, as cloudpickle does.
"""

import _ctypes
import sys
from _weakref import ref

_INLINE = sys.version_info >= (3, 11)  # Bytecode is part of the code object; before, a bytes object.
_BYTES_HEADER = bytes.__basicsize__ - 1


class _Byte(_ctypes._SimpleCData):
    _type_ = "B"


class Memory(_ctypes._Pointer):
    """A pointer to bytes."""

    _type_ = _Byte
    __slots__ = ("keep", "size")
    __hash__ = object.__hash__

    def aim(self, code):
        """Point to the bytecode of a code object; copies of it that outlive it store into nowhere."""
        bytecode = code.co_code
        self.size = len(bytecode)
        if not _INLINE:
            self.keep = bytecode
            self._point_to(id(bytecode) + _BYTES_HEADER)
            return
        self.keep = ref(code, self._lose)  # A strong one would be a cycle that no collector finds.
        self._point_to(id(code) + type(code).__basicsize__)

    def show(self, view):
        """Point to what a view shows, of memory that is mapped for good."""
        self.keep, self.size = view, len(view)
        self._point_to(address_of(view))

    def _lose(self, _):
        self.keep = bytearray(self.size)
        self._point_to(address_of(self.keep))

    def _point_to(self, address):
        memoryview(self).cast("B")[:] = address.to_bytes(8, sys.byteorder)

    def __reduce__(self):
        """Be a memory of its own wherever the code is to run."""
        from mmap import mmap

        return mmap, (-1, self.size)


def address_of(buffer):
    """Return where a writable buffer lies."""
    return _ctypes.addressof(_Byte.from_buffer(buffer))
