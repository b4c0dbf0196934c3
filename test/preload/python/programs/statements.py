#!/usr/bin/env python3
# A comment before the docstring.
"""A module's docstring,

over several lines.
"""
from __future__ import annotations

import os, sys
from os.path import (
    basename,
    dirname as folder_of,
)

if False:
    unreachable = 1

LIMIT: int = 3
UNSET: int
total = (
    1
    + 2
    + LIMIT
)
text = """a string
over {lines}
""".format(
    lines=2,
)
continued = 1 + \
    2 + \
    3
a = b = c = 0; d = 1
a, (b, *c) = 1, (2, 3, 4)
a += 1
del a
assert b == 2, (
    "never"
    "printed"
)
print(
    "call",
    basename(
        "/x/y"
    ),
    *[1,
      2],
    sep=" ",
)
"a string statement"
...
42


def early(value):
    """A docstring."""
    if value:
        return (
            value
        )
    else:
        pass
    return None


early(1)


def never(
    first,
    second=LIMIT
    + 1,
    *rest,
    third: int = 3,
    **others,
) -> int:
    '''Not called.'''
    return first


def loops():
    n = 0
    for i in range(5):
        if i == 1:
            continue
        if i == 3:
            break
        n += i
    else:
        n = -1
    for i in ():
        n = -2
    else:
        n += 1
    while n > 0:
        n -= 1
        if n == 100:
            break
    else:
        n = 9
    while True:
        n += 1
        if n > 10:
            break
    while 0:
        n = 0
    return n


loops()


def scopes():
    counter = 0

    def inner():
        nonlocal counter
        global total
        counter += 1
        total = 2
        return counter
    inner()
    return lambda: (
        counter
    )


scopes()()

if sys.version_info > (3,):
    kind = 3
elif sys.version_info > (2,):
    kind = 2
else:
    kind = 1

if __name__ == "__main__":
    print(kind, folder_of("/x/y"))
else:
    print("imported")

if (
    kind == 3
    and total == 2
    or kind == 1
):
    value = 1 if kind else 2
    other = (
        1
        if not kind
        else 2
    )

x = [
    1,
    2,
][
    0
]
y = {
    "a": 1,
    "b": [
        2,
    ],
    **{
        "c": 3,
    },
}
if x: print("one line")
if not x: print("not this one")
for _ in (): pass
while x: x -= 1
class Empty: pass
def one_line(): return 1
one_line()
def uncalled_line(): return 1
