# Since Python 3.10
from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int = 0


def describe(value):
    match value:
        case 0:
            return "zero"
        case 1 | 2:
            return "small"
        case str() as text if text:
            return text
        case str():
            return "empty"
        case [first, *rest]:
            return first
        case {
            "name": name,
            **others,
        }:
            return name
        case Point(
            x=0,
            y=y,
        ):
            return y
        case Point():
            return "point"
        case _:
            return None


for value in (0, 2, "x", "", [1, 2], {"name": "n"}, Point(0), 3.5):
    describe(value)


def no_default(value):
    match value:
        case 5:
            print("five")
        case 6:
            print("six")
    print("after")


no_default(6)
no_default(7)


def bound(value):
    match value:
        case (a, b):
            result = a + b
        case other:
            result = other
    return result


bound(1)


def guarded(value):
    match (
        value,
        1,
    ):
        case (x, y) if (
            x > y
        ):
            return x
        case (x, _):
            pass
    return 0


guarded(2)
guarded(0)
