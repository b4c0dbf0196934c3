"""Line maps: a file for each version of a source file, with a byte a line that a container's processes share.

    {"v":1,"path":…,"root":…,"source":"sha256:…","lines":120,"runtime":"cpython-3.13","created":…}\\n
    ..-+++-.-…      a byte a line: '.' no code, '-' not run, '+' run
    the source file, whole

Named by path and source. It is born whole, by a link; from then on lines change from '-' to '+' and in no
other way, so it needs no lock, and `created` to the time when a process took it up again. Functions come from
`posix`: an application may have put others into `os`.
"""

import _warnings
import os
import posix
import sys
from _operator import itemgetter
from errno import EPERM
from time import time_ns

try:
    from _sha2 import sha256
except ImportError:  # Before 3.12
    from _sha256 import sha256

NO_CODE, MISSED, RUN = b".-+"
RUNTIME = f"cpython-{sys.version_info[0]}.{sys.version_info[1]}"

_FLAGS = posix.O_RDWR | posix.O_CLOEXEC | posix.O_NOFOLLOW
_ATTEMPTS = (
    100  # A temporary name can be another thread's, or that of a process with our id killed at this point.
)
_HEADER_LIMIT = 1 << 16  # Bytes; a path takes 4,096, or six times that where every one has to be escaped.
_USUAL_HEADER = 1 << 10

if sys.version_info >= (3, 14):
    from _contextvars import Context

    def _in_empty_context(function, *arguments, **options):
        return Context().run(function, *arguments, **options)
else:

    def _in_empty_context(function, *arguments, **options):
        return function(*arguments, **options)


_compile = compile
# Since 3.15 a filter compares the name of the module, once made of the file's (python/cpython#135801).
_COMPILE_OPTIONS = {"module": "<pyca>"} if sys.version_info >= (3, 15) else {}
_Code = type(compile("", "", "exec"))


def open_line_map(data, root, path, module, share):
    """Return a writable view of a file's line map, indexed by line number, and its name; make it if need be.

    data: folder of the maps · root: of the sources · path: of this one
    module: code object of the whole module, or None where the source has to be compiled for it
    share: (fd, size) -> view of shared memory
    Raises OSError, ValueError or SyntaxError where there can be no map: the file goes without.
    """
    source = _read(path)
    count = line_count(source)
    name = os.fsencode(path)
    source_hash = sha256(source).hexdigest()
    digest = sha256(name + b"\0" + source_hash.encode("ascii")).hexdigest()[:32]
    target = f"{data}/{digest}.lines"
    try:
        fd, is_met = open_file(target, _FLAGS), True
    except FileNotFoundError:
        # What -O leaves out has lines all the same: other processes may run the file without -O.
        states = line_states(module if module and not sys.flags.optimize else _compiled(source), count)
        header = _header(name.decode("utf-8", "surrogateescape"), root, source_hash, count)
        fd = create(f"{data}/.{digest}.{posix.getpid()}", target, header + states + source)
        is_met = False
    return _view(fd, target, count, count + len(source), share, is_met), f"{digest}.lines"


def copy_line_map(data, folder, name, count, share):
    """Return a view of another folder's copy of a line map, made with nothing run yet if there is none."""
    target = f"{folder}/{name}"
    content = _read(f"{data}/{name}")
    begin = content.index(b"\n") + 1
    try:
        fd = open_file(target, _FLAGS)
    except FileNotFoundError:
        states = content[begin : begin + count].replace(bytes((RUN,)), bytes((MISSED,)))
        content = content[:begin] + states + content[begin + count :]
        fd = create(f"{folder}/.{name[:32]}.{posix.getpid()}", target, content)
    return _view(fd, target, count, len(content) - begin, share)


def _view(fd, target, count, size, share, is_met=False):
    """Map a line map of `size` bytes after its header, and close it.

    is_met: it was there before. From now on it is its path's newest: a version that comes back has its map of
    before. The file's own times won't do, as each line marked changes them.
    """
    try:
        header = posix.pread(fd, _USUAL_HEADER, 0)
        if b"\n" not in header:
            header = posix.pread(fd, _HEADER_LIMIT, 0)
        begin = header.index(b"\n") + 1
        if posix.fstat(fd).st_size != begin + size:
            raise ValueError(f"{target} is not whole")  # To touch memory beyond the end of a file is fatal.
        if is_met:
            now = _now()
            at = begin - len(b"}\n") - len(now)
            if header[:at].endswith(b'"created":'):
                posix.pwrite(fd, now, at)
        return share(fd, begin + count)[begin - 1 :]
    finally:
        posix.close(fd)


def _now():
    return b"%d" % (time_ns() // 1_000_000)


def line_count(source):
    """Count lines as Python does: each ends in LF, CR LF or CR, the last one perhaps in nothing."""
    if b"\r" in source:
        source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return source.count(b"\n") + (not source.endswith(b"\n") and source != b"")


def line_states(module, count):
    """Return the states of lines 1 to count before any of them ran: those with code are what co_lines says.

    Annotations that 3.14 evaluates on demand don't count, as they don't for coverage.py.
    """
    lines = set()
    for code in code_objects(module):
        if code.co_name != "__annotate__":
            lines.update(code_lines(code))
    lines.discard(None)
    states = bytearray((NO_CODE,)) * (count + 1)
    for line in lines:
        if line <= count:
            states[line] = MISSED
    return states[1:]


def code_lines(code):
    """Return the lines of a code object, some of them again and again: as co_lines, which 3.10 brought."""
    if sys.version_info >= (3, 10):
        return map(itemgetter(2), code.co_lines())
    lines, line, table = [], code.co_firstlineno, code.co_lnotab
    for step, change in zip(table[::2], table[1::2]):
        if step:
            lines.append(line)
        line += change - 256 if change > 127 else change
    lines.append(line)
    return lines


def code_objects(code):
    """Return a code object and all those within it."""
    found = [code]
    for code in found:
        for const in code.co_consts:
            if type(const) is _Code:
                found.append(const)
    return found


def _compiled(source):
    """Compile a file that runs in another way than by import, in silence.

    Filters for our names alone leave the application's warnings as they are, unlike catch_warnings. A warning
    may be that of the module that calls. Since 3.14 a context can have filters, which come first.
    """
    filters = getattr(sys.modules.get("warnings", _warnings), "filters", [])
    silence = [("ignore", None, Warning, name, 0) for name in ("<pyca>", __name__)]
    filters[:0] = silence
    try:
        options = {"dont_inherit": True, "optimize": 0, **_COMPILE_OPTIONS}
        return _in_empty_context(_compile, source, "<pyca>", "exec", **options)
    finally:
        for each in silence:
            if each in filters:
                filters.remove(each)


def _read(path):
    fd = open_file(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        parts = []
        while part := posix.read(fd, _HEADER_LIMIT):
            parts.append(part)
        return b"".join(parts)
    finally:
        posix.close(fd)


def _header(path, root, source_hash, count):
    return (
        f'{{"v":1,"path":{_quoted(path)},"root":{_quoted(root)},"source":"sha256:{source_hash}",'
        f'"lines":{count},"runtime":"{RUNTIME}","created":{_now().decode()}}}\n'
    ).encode("ascii")


def _quoted(text):
    """Write a JSON string in ASCII; a byte that isn't UTF-8 stays the lone surrogate that Python reads."""
    if text.isascii() and text.isprintable():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return '"' + "".join("\\u" + units[at : at + 4] for at in range(0, len(units), 4)) + '"'


def create(prefix, target, content):
    """Put a file in place whole, or find another one there; return it opened."""
    for attempt in range(_ATTEMPTS):
        temporary = f"{prefix}.{attempt}.tmp"
        try:
            fd = open_file(temporary, _FLAGS | posix.O_CREAT | posix.O_EXCL, 0o666)
            break
        except FileExistsError:
            continue
    else:
        raise FileExistsError(temporary)
    try:
        _fill(fd, content)
        _audited(
            posix.fchmod, fd, 0o666
        )  # Every user of the container marks lines in it, whatever our umask.
        _audited(posix.link, temporary, target)
    except BaseException as error:
        posix.close(fd)
        if isinstance(error, FileExistsError):
            return open_file(target, _FLAGS)
        raise
    finally:
        _audited(posix.unlink, temporary)
    return fd


def open_file(path, flags, mode=0o777):
    return _audited(posix.open, path, flags, mode)


def _audited(function, *arguments):
    """Call a function of the system's. An exception of an audit hook of the application's becomes an OSError.

    One of a signal handler doesn't: it comes before the call is begun, or after its result is there.
    """
    results, begun = [], False
    call = map(function, *((argument,) for argument in arguments))
    try:
        begun = True
        results.extend(call)
    except (OSError, MemoryError, RecursionError):
        raise
    except Exception as error:
        if results or not begun:
            raise
        raise PermissionError(EPERM, f"an audit hook raised {error!r}") from None
    return results[0]


def _fill(fd, content):
    """Write a file to its last byte, which has its space then: on a full volume that is an OSError here.

    Once it is mapped it would be fatal. posix_fallocate promises no more: file systems that copy what is
    written over (btrfs, ZFS) ask for space again all the same.
    """
    rest = memoryview(content)
    while rest:
        rest = rest[posix.write(fd, rest) :]
