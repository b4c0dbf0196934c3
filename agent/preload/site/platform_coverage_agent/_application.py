"""Makes an application known to the user's agent, and starts that where none runs.

    state folder is another user's          no line maps; nor does root begin one in another user's folder
    no room, no permission                  no line maps
    no agent can be started                 line maps; the next agent publishes them

Functions come from `posix`: an application may have put others into `os`.
"""

import os
import posix
from time import time_ns

# What a report says of a CI run comes from these (agent/ci-facts.ts); PYCA_ and PCA_ settings come with them.
CI = (
    "GITHUB_ACTIONS GITHUB_RUN_ID GITHUB_JOB GITHUB_SERVER_URL GITHUB_REPOSITORY GITHUB_REPOSITORY_ID "
    "GITHUB_EVENT_NAME GITHUB_HEAD_REF GITHUB_REF_NAME GITHUB_REF_TYPE GITHUB_SHA GITHUB_TOKEN "
    "GITLAB_CI CI_PIPELINE_ID CI_JOB_ID CI_REPOSITORY_URL CI_PROJECT_URL CI_PROJECT_ID "
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME "
    "CI_COMMIT_BRANCH CI_COMMIT_SHA "
    "CIRCLECI CIRCLE_PIPELINE_ID CIRCLE_WORKFLOW_ID CIRCLE_WORKFLOW_JOB_ID CIRCLE_BUILD_NUM "
    "CIRCLE_REPOSITORY_URL CIRCLE_BRANCH CIRCLE_SHA1 "
    "JENKINS_URL BUILD_ID BUILD_NUMBER JOB_NAME GIT_URL GIT_URL_1 CHANGE_BRANCH BRANCH_NAME GIT_LOCAL_BRANCH "
    "GIT_BRANCH GIT_COMMIT TAG_NAME"
).split()


def register(load, folder, project):
    """Return the folder for the line maps, or None where there is to be none.

    folder: that of this package
    """
    if not _open_state(project.state):
        return None
    data = f"{project.folder}/data/{_commit(project.repository) or 'none'}"
    for path in (data, project.folder + "/applications"):
        _make(path)
    posix.utime(data)  # The commit that ran last is that of the newest folder.
    try:
        posix.symlink(project.root, project.folder + "/root")
    except FileExistsError:
        pass
    command = load("_agent", folder)["command"](folder)
    version = _read(folder + "/VERSION").strip().decode()
    _record(project.folder + "/applications", data, version, command)
    try:
        load("_agent", folder)["ensure"](project.state, command, CI)
    except Exception:
        pass  # Python may have been built without what it takes.
    return data


def _open_state(state):
    try:
        return posix.stat(state).st_uid == posix.geteuid()
    except FileNotFoundError:
        parent = os.path.dirname(state)
        while not os.path.isdir(parent):
            parent = os.path.dirname(parent)
        if posix.geteuid() == 0 and posix.stat(parent).st_uid != 0:
            return False  # sudo may leave HOME as it was.
        _make(os.path.dirname(state))
        try:
            posix.mkdir(state, 0o700)
        except FileExistsError:
            return posix.stat(state).st_uid == posix.geteuid()
        return True


def _make(folder):
    """Make a folder and those above it; whoever comes second finds it there."""
    try:
        posix.mkdir(folder)
    except FileExistsError:
        pass
    except FileNotFoundError:
        if os.path.isdir(os.path.dirname(folder)):
            raise  # In /proc nothing can be made.
        _make(os.path.dirname(folder))
        _make(folder)


def _record(folder, data, version, command):
    """Write what the agent asks for, each NAME=VALUE and a NUL, as /proc has a process's environment."""
    pid = posix.getpid()
    # "PID (NAME) STATE …": a name may hold anything.
    start = _read("/proc/self/stat").rpartition(b")")[2].split()[19].decode()
    environ = os.environ
    names = [name for name in environ if name.startswith(("PYCA_", "PCA_"))]
    names += [name for name in CI if name in environ]
    entries = [("data", os.path.basename(data)), ("version", version), ("time", str(time_ns() // 1_000_000))]
    entries += [("agent", argument) for argument in command]
    entries += [(name, environ[name]) for name in names]
    draft = f"{folder}/.{pid}-{start}"
    fd = posix.open(draft, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_CLOEXEC, 0o600)
    try:
        rest = b"".join(os.fsencode(f"{name}={value}\0") for name, value in entries)
        while rest:
            rest = rest[posix.write(fd, rest) :]
    finally:
        posix.close(fd)
    posix.rename(draft, f"{folder}/{pid}-{start}")


def _commit(repository):
    """Return the commit that a repository is at, or None: what runs of one commit is not told of another."""
    if repository is None:
        return None
    try:
        folder = repository + "/.git"
        if not os.path.isdir(folder):  # A work tree or a submodule: "gitdir: PATH".
            folder = os.path.join(repository, os.fsdecode(_read(folder)[8:].strip()))
        head = _read(folder + "/HEAD").strip()
        if not head.startswith(b"ref: "):
            return _checked(head)
        name = head[5:]
        common = folder
        if os.path.exists(folder + "/commondir"):
            common = os.path.join(folder, os.fsdecode(_read(folder + "/commondir").strip()))
        try:
            return _checked(_read(os.path.join(common, os.fsdecode(name))).strip())
        except FileNotFoundError:
            for line in _read(common + "/packed-refs").split(b"\n"):
                if line.endswith(b" " + name):
                    return _checked(line.partition(b" ")[0])
    except (OSError, ValueError):
        pass
    return None


def _checked(commit):
    int(commit, 16)
    return commit.decode() if len(commit) in (40, 64) else None


def _read(path):
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        parts = []
        while True:
            part = posix.read(fd, 1 << 16)
            if not part:
                return b"".join(parts)
            parts.append(part)
    finally:
        posix.close(fd)
