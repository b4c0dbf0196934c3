"""Files mapped as shared memory, without a file descriptor that stays.

One for each file would be more than a process may have in an application of a thousand files, and one that
closes every descriptor it finds would close ours. `mmap` needs none since 3.13 (python/cpython#78502); before
that, the system's own is called, by `_ctypes` without the rest of `ctypes`.
"""

import sys

_READ_WRITE, _MAP_SHARED = 3, 1


def _by_mmap():
    from _frozen_importlib import BuiltinImporter
    from _frozen_importlib_external import PathFinder

    # Not by `import`: a script may well be named mmap.py, and would be run once more.
    folders = [entry for entry in sys.path if entry.endswith("/lib-dynload")]
    spec = BuiltinImporter.find_spec("mmap") or PathFinder.find_spec("mmap", folders)
    module = spec.loader.create_module(spec)
    spec.loader.exec_module(module)
    mmap = module.mmap
    return lambda fd, size: memoryview(mmap(fd, size, trackfd=False))


def _by_system():
    import _ctypes
    from errno import ENOMEM

    class Long(_ctypes._SimpleCData):
        _type_ = "l"

    class Object(_ctypes._SimpleCData):
        _type_ = "O"

    def function(name, result, arguments):
        class Function(_ctypes.CFuncPtr):
            _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_PYTHONAPI
            _restype_ = result

        global_now = 0x102  # RTLD_GLOBAL | RTLD_NOW
        found = Function(_ctypes.dlsym(_ctypes.dlopen(None, global_now), name))
        found.argtypes = (Long,) * arguments
        return found

    mmap = function("mmap", Long, 6)
    view_of = function("PyMemoryView_FromMemory", Object, 3)
    writable = 0x200  # PyBUF_WRITE

    def share(fd, size):
        address = mmap(0, size, _READ_WRITE, _MAP_SHARED, fd, 0)
        if address == -1:
            raise OSError(ENOMEM, "cannot map a file")
        return view_of(address, size, writable)

    return share


# (fd, size) -> a writable view of the first `size` bytes, at least 1, of an open file; mapped for good
share = _by_mmap() if sys.version_info >= (3, 13) else _by_system()
