"""The project that a process belongs to.

    Python runs                                      looked at, from there upwards
    a script, a folder or a zip                      its folder
      … that is installed, or in a hidden folder     the working directory
    a module (-m), a string (-c), standard input     the working directory

The root is the first folder with .git, .env or pyproject.toml. Without any, it is the working directory where
the script lies in it, else the script's folder. The home folder and / are no root by these rules: what lies
there is for all projects.

    .git at the root or above it   paths in reports are relative to the folder that has it
    none                           they are relative to the root
"""

import os
import sys

_MARKERS = (".git", ".env", "pyproject.toml")
_SETTINGS = ("ENABLED", "SOURCE_ROOT", "INCLUDE", "EXCLUDE", "SESSIONS", "DEBUG")
_LONGEST_NAME = 40
_LARGEST_ENV = 1 << 16


class Project:
    """`folder` is its place in the state folder; `settings` is what the collector asks for, by name."""

    def __init__(self, root, repository, state, settings):
        self.root = root
        self.repository = repository
        self.state = state
        self.folder = f"{state}/projects/{_name(root)}-{_hash(root):08x}"
        self.settings = settings


def find(script, environ):
    """Return the project, or None where there is no telling.

    script: sys.argv[0] as site.py meets it
    """
    try:
        directory = os.getcwd()  # Without links, as the script's folder.
    except FileNotFoundError:
        directory = None
    home = environ.get("HOME", "")
    home = home if home[:1] == "/" else _home()
    state = environ.get("XDG_STATE_HOME", "")
    state = (state if state[:1] == "/" else home + "/.local/state") + "/pyca"
    home = os.path.realpath(home)
    folder = _script_folder(script, directory) or directory
    if folder is None:
        return None
    root, repository = _roots(folder, home)
    if root is None:
        is_inside = directory and _is_below(folder, directory) and directory not in ("/", home)
        root = directory if is_inside else folder
    settings = _settings(environ, repository, root)
    if not settings["PYCA_SOURCE_ROOT"]:
        settings["PYCA_SOURCE_ROOT"] = repository or root
    # Editors and tools keep Python files of their own in hidden folders of the home folder.
    if not settings["PYCA_EXCLUDE"] and not (_is_below(root, home) and _is_hidden(root[len(home) :])):
        settings["PYCA_EXCLUDE"] = home + "/.*"
    return Project(root, repository, state, settings)


def _script_folder(script, directory):
    if script in ("", "-c", "-m") or (directory is None and script[0] != "/"):
        return None
    path = os.path.realpath(script)
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    installed = folder in (sys.prefix + "/bin", sys.base_prefix + "/bin", "/usr/bin", "/usr/local/bin")
    installed = installed or "/site-packages/" in path or "/dist-packages/" in path
    installed = installed or folder.startswith(os.path.dirname(os.__file__))
    # Of what the working directory is hidden in itself, as in a work tree of a tool, the script may be too.
    below = folder[len(directory) :] if directory and _is_below(folder, directory) else folder
    return None if installed or _is_hidden(below) else folder


def _roots(folder, home):
    """Return the folder marked as a project, and that of its repository, each None if there is none."""
    root = repository = None
    while len(folder) > 1 and folder != home:
        if root is None and any(_exists(f"{folder}/{marker}") for marker in _MARKERS):
            root = folder
        if _exists(folder + "/.git"):
            repository = folder
            break
        folder = os.path.dirname(folder)
    return root, repository


def _settings(environ, repository, root):
    """Return what the environment says, else the .env of the repository or of the root."""
    file = None if repository is None else _env_file(repository)
    if file is None:
        file = _env_file(root) or {}
    settings = {}
    for key in _SETTINGS:
        name, older = "PYCA_" + key, "PCA_" + key
        found = environ if name in environ or older in environ else file
        settings[name] = found.get(name) or found.get(older, "")
    return settings


def _env_file(folder):
    """Return what a .env sets of ours, as Node's parseEnv reads it; None if there is no such file."""
    try:
        with open(folder + "/.env", "rb") as file:
            # In a folder as /tmp anybody may write one (agent/dot-env.ts).
            if os.stat(folder).st_mode & 0o002 and os.fstat(file.fileno()).st_uid not in (os.geteuid(), 0):
                return None
            text = file.read(_LARGEST_ENV).decode("utf-8", "replace")
    except OSError:
        return None
    found = {}
    if "CA_" in text:
        for line in text.splitlines():
            name, equals, value = line.partition("=")
            name = name.strip()
            name = name[7:].strip() if name.startswith("export ") else name
            if equals and name.startswith(("PYCA_", "PCA_")):
                found[name] = _env_value(value.strip())
    return found


def _env_value(value):
    quote = value[:1]
    if quote and quote in "'\"`" and quote in value[1:]:
        return value[1 : value.index(quote, 1)]
    return value.partition("#")[0].rstrip()


def _home():
    from pwd import getpwuid

    return getpwuid(os.getuid()).pw_dir


def _exists(path):
    try:
        os.lstat(path)
    except OSError:
        return False
    return True


def _is_below(folder, other):
    return folder == other or folder.startswith(other.rstrip("/") + "/")


def _is_hidden(path):
    return "/." in path


def _name(root):
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in os.path.basename(root))
    return name.lstrip(".")[:_LONGEST_NAME] or "root"


def _hash(text):
    """FNV-1a, 32 bits: zlib and hashlib cost more to import than all the rest here."""
    value = 0x811C9DC5
    for byte in os.fsencode(text):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
