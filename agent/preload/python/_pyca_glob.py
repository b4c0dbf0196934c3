"""Globs of paths: `?` and `*` within a segment, `**` across. To match a folder is to match all it holds."""

import os


def patterns(text, root):
    """Parse comma-separated globs into lists of segments. A relative one is anchored at root."""
    globs = [glob.strip() for glob in text.split(",")]
    return [
        os.path.normpath(os.path.join(root, glob)).rstrip("/").split("/") + ["**"] for glob in globs if glob
    ]


def matches(patterns, path):
    """Tell whether any of the patterns matches an absolute path."""
    segments = path.split("/")
    return any(_matches(pattern, segments, "**", _segment_matches) for pattern in patterns)


def _segment_matches(pattern, segment):
    return pattern == segment or _matches(pattern, segment, "*", lambda glob, char: glob in ("?", char))


def _matches(pattern, items, star, equal):
    """Match a sequence against one in which star stands for any run of items.

    Going back to the last star alone is enough, so it takes no more than len(pattern) * len(items) steps.
    """
    at = item = 0
    back = None  # (index after the last star, index of the item it gives up next)
    while item < len(items):
        if at < len(pattern) and pattern[at] == star:
            at += 1
            back = at, item + 1
        elif at < len(pattern) and equal(pattern[at], items[item]):
            at += 1
            item += 1
        elif back:
            at, item = back
            back = at, item + 1
        else:
            return False
    return all(rest == star for rest in pattern[at:])
