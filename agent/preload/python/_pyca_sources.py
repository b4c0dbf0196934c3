"""The source files met so far: which are the application's, and which version of one a code object is of."""

import posix
from _stat import S_ISREG
from _weakref import ref

MODULE = "<module>"

# Each map is a mapping of memory, of which Linux by default lets a process have 65,530, and a file on disk:
# an application that runs generated files without end goes on without maps. The agent reads as many.
MOST_MAPS = 20_000


class Source:
    """One file: its path, what tells a changed one, the views of its first and its latest version."""

    __slots__ = ("path", "identity", "first", "latest", "versions")

    def __init__(self, path, identity, view):
        self.path = path
        self.identity = identity
        self.first = self.latest = view
        self.versions = {}  # id(code) -> (weak reference, view), for code of later versions than the first


class Sources:
    """Views of line maps by code object. Takes no lock: two threads at one map get two views of one file."""

    def __init__(self, load, scope, data):
        self._scope = scope
        self._data = data
        self._line_map = load("_pyca_line_map")
        self._share = load("_pyca_shared_memory")["share"]
        self._opened = 0
        self.names = None  # Where sessions are looked for: id(view) -> (view, file name) of every map
        self._by_name = {}  # co_filename -> Source, or None where there is nothing of ours

    def view(self, code, caller):
        """Return where a code object's lines are marked, or None.

        A file is keyed by co_filename, never by code object: those of two files can compare equal.
        caller: the frame that the code was started from
        """
        name = code.co_filename
        if name not in self._by_name:
            path = self._scope.path(name)
            first = path and self._first(path, code, caller)
            if self._by_name.setdefault(name, first) is first:
                return first and first.first
        source = self._by_name[name]
        if source is None:
            return None
        if code.co_name == MODULE:
            self._refresh(source, code, caller)
        return self._view(source, code)

    def version_view(self, code):
        """Return the view of a code object that has been started before, or None."""
        source = self._by_name.get(code.co_filename)
        return source and self._view(source, code)

    def has_versions(self, name):
        """Tell whether the code of a file has to be told apart by version."""
        source = self._by_name.get(name)
        return source is not None and source.latest is not source.first

    def _view(self, source, code):
        version = source.versions.get(id(code))
        return version[1] if version else source.first

    def _first(self, path, code, caller):
        return Source(path, _identity(path), self._open(path, code, caller))

    def _refresh(self, source, code, caller):
        """See whether a module that starts, perhaps again, is that of a changed file: it has another map."""
        try:
            identity = _identity(source.path)
        except FileNotFoundError:
            return
        if identity != source.identity:
            # Should its map fail, this version goes without, and those before it stay with theirs.
            source.identity, source.latest = identity, None
            self._adopt(source, code)
            source.latest = self._open(source.path, code, caller)
        if source.latest is not source.first:
            self._adopt(source, code)

    def _adopt(self, source, module):
        for code in self._line_map["code_objects"](module):
            key = id(code)
            forget = ref(code, lambda _, key=key: source.versions.pop(key, None))
            source.versions[key] = (forget, source.latest)

    def _open(self, path, code, caller):
        if self._opened >= MOST_MAPS:
            raise ValueError(f"{path} is one file too many")
        self._opened += 1
        module = code if code.co_name == MODULE and _runs_whole_files(caller) else None
        view, name = self._line_map["open_line_map"](self._data, self._scope.root, path, module, self._share)
        if self.names is not None:
            self.names[id(view)] = view, name
        return view


def _identity(path):
    status = posix.stat(path)
    if not S_ISREG(status.st_mode):
        raise ValueError(f"{path} is no regular file")  # To open a pipe might block for good.
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _runs_whole_files(caller):
    """Tell the import system, runpy and the interpreter itself (no frame) from an exec of who knows what."""
    return caller is None or caller.f_code.co_filename.startswith(("<frozen importlib.", "<frozen runpy>"))
