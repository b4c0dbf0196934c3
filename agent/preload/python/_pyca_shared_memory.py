"""Files mapped as shared memory, without a file descriptor that stays.

Python's own `mmap` keeps one for each file (up to 3.12 always): a thousand files take all that a process may
have, and an application that closes every descriptor it finds would close ours.
"""

import _ctypes
from errno import ENOMEM

_GLOBAL_NOW = 0x102  # RTLD_GLOBAL | RTLD_NOW
_READ_WRITE, _MAP_SHARED = 3, 1
_WRITABLE = 0x200  # PyBUF_WRITE


class _Long(_ctypes._SimpleCData):
    _type_ = "l"


class _Object(_ctypes._SimpleCData):
    _type_ = "O"


def _function(name, result, arguments):
    class Function(_ctypes.CFuncPtr):
        _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
        _restype_ = result

    function = Function(_ctypes.dlsym(_ctypes.dlopen(None, _GLOBAL_NOW), name))
    function.argtypes = (_Long,) * arguments
    return function


_mmap = _function("mmap", _Long, 6)
_view = _function("PyMemoryView_FromMemory", _Object, 3)


def share(fd, size):
    """Return a writable view of the first `size` bytes (>= 1) of an open file, mapped for good."""
    address = _mmap(0, size, _READ_WRITE, _MAP_SHARED, fd, 0)
    if address == -1:
        raise OSError(ENOMEM, "cannot map a file")
    return _view(address, size, _WRITABLE)
