"""Which files are the application's own, and the one name that each of them goes by."""

import os
import posix
import sys

_LINK, _TYPE = 0o120000, 0o170000


class Scope:
    """What PYCA_INCLUDE and PYCA_EXCLUDE say; by default .py files that are not installed ones."""

    def __init__(self, load, folder, directory, root, include, exclude):
        """Every argument as the process had it at its start.

        folder: ours · directory: the working directory, None where it is gone · root: PYCA_SOURCE_ROOT or ""
        """
        self._directory = directory
        self._folders = {}  # folder as named -> folder as it is
        self.root = os.path.realpath(os.path.join(directory or "/", root))
        self._include = self._exclude = None
        if include or exclude:
            patterns = load("_pyca_glob")["patterns"]
            self._include = patterns(include, self.root)
            self._exclude = patterns(exclude, self.root)
            self._matches = load("_pyca_glob")["matches"]
        self._ours = folder + "/"
        self._installed = tuple(
            os.path.realpath(prefix) + "/"
            for prefix in (os.path.dirname(os.__file__), sys.prefix + "/bin", sys.base_prefix + "/bin")
        )

    def path(self, name):
        """Return the path of a file by its co_filename, or None if it is out of scope."""
        if not name.endswith(".py"):
            return None  # Generated code has names of all kinds, templates that of their own file.
        if name[0] != "/":
            if self._directory is None:
                return None
            name = os.path.join(self._directory, name)
        name = os.path.normpath(name)
        path = self._real(name)
        return path if path.endswith(".py") and self._covers(path, name) else None

    def _covers(self, path, name):
        if path.startswith(self._ours) or (self._exclude and self._matches(self._exclude, path)):
            return False
        if self._include:
            return self._matches(self._include, path)
        # Part of Python by either name, as Debian's sitecustomize.py, a link to /etc; but a link among the
        # packages to where one is being worked on leads to the application's own.
        return (
            not _is_packaged(path)
            and not path.startswith(self._installed)
            and (_is_packaged(name) or not name.startswith(self._installed))
        )

    def _real(self, path):
        """Resolve links, as coverage.py does: a file has one map by whatever name it was imported."""
        head, tail = os.path.split(path)
        folder = self._folders.get(head)
        if folder is None:
            folder = self._folders[head] = os.path.realpath(head)
        path = os.path.join(folder, tail)
        if posix.lstat(path).st_mode & _TYPE == _LINK:
            path = os.path.realpath(path)
        return _stable(path) if "/.." in path else path


def _is_packaged(path):
    return "/site-packages/" in path or "/dist-packages/" in path


def _stable(path):
    """Name a file of a ConfigMap volume without the folder that each update changes: ..2026_01_31…/app.py."""
    name = "/".join(part for part in path.split("/") if not part.startswith(".."))
    try:
        return name if os.path.samefile(name, path) else path
    except OSError:
        return path
