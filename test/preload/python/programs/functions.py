import functools
from typing import TYPE_CHECKING, overload, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    import nowhere


def plain(function):
    return function


def with_arguments(*names, **options):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)
        return wrapper
    return decorate


@plain
def decorated():
    return 1


@plain
@with_arguments(
    "a",
    b=1,
)
# between
@with_arguments()
def decorated_more(
    first=1,
    second=2,
):
    """Doc."""
    return (first,
            second)


@plain
class Decorated:
    """A class."""

    attribute: int
    other: str = "x"
    table = {
        "a": 1,
        "b": 2,
    }

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        self._value = value

    @staticmethod
    def static(): return 1

    @classmethod
    def make(cls):
        return cls()

    def unused(self):
        """Only a docstring."""

    def unused_too(self): pass

    class Inner(
        dict,
    ):
        depth = 2

        def method(self):
            return self.depth

    if TYPE_CHECKING:
        def typed(self): ...
    else:
        def typed(self):
            return 1


decorated()
decorated_more(1)
instance = Decorated.make()
instance.value = 1
instance.value
instance.Inner().method()


class Shape(Protocol):
    def area(self) -> float: ...

    def name(self) -> str:
        ...


@overload
def double(value: int) -> int: ...
@overload
def double(value: str) -> str: ...
def double(value):
    return value * 2


double(2)

add = lambda a, b: a + b
unused = lambda: (
    1,
    2,
)
pairs = sorted(
    [(1, 2), (0, 3)],
    key=lambda pair: (
        pair[1]
    ),
)
add(1, 2)


def generator(n):
    sent = yield
    while n:
        sent = yield (
            n
        )
        n -= 1
    return "done"


def delegating():
    result = yield from generator(1)
    print(result)


for _ in delegating():
    pass

abandoned = generator(3)
next(abandoned)
del abandoned
unstarted = generator(3)


def closure():
    cell = 1

    def inner(
        default=cell,
    ):
        return [
            cell
            for _ in range(2)
            if cell
        ]
    return inner


closure()()


def recursive(n):
    if n == 0:
        return 0
    return recursive(
        n - 1
    ) + 1


recursive(3)


class Meta(type):
    def __new__(mcs, name, bases, namespace, **options):
        return super().__new__(mcs, name, bases, namespace)


class Made(metaclass=Meta, option=1):
    x = [i for i in range(2)]
    y = [
        i
        for i in x
    ]

    def __init_subclass__(cls):
        cls.seen = True


class Sub(Made):
    pass
