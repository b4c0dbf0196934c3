# Since Python 3.12
from typing import Generic, NamedTuple, TypedDict
from enum import Enum
import dataclasses


type Pair[T] = tuple[
    T,
    T,
]
type Lazy = NotDefined


def first[T](
    items: list[T],
) -> T:
    return items[0]


class Box[T: (
    int,
    str,
)]:
    item: T

    def __init__(self, item: T) -> None:
        self.item = item

    def get(self) -> T:
        return self.item

    def unused[U](self, other: U) -> U:
        return other


first([1])
Box(1).get()
Pair.__value__


class Named(NamedTuple):
    """With a docstring."""

    x: int
    y: int = 0


class Typed(TypedDict, total=False):
    name: str
    age: int


class Colour(Enum):
    RED = 1
    GREEN = (
        2
    )

    @property
    def dark(self):
        return self is Colour.RED


Colour.RED.dark


@dataclasses.dataclass(
    frozen=True,
)
class Frozen:
    name: str
    tags: list[str] = dataclasses.field(
        default_factory=list,
    )
    count: int = 0

    def __post_init__(self):
        if self.count:
            raise ValueError


Frozen("a")


def annotated(
    a: int,
    b: "str" = "x",
    *,
    c: dict[
        str,
        int,
    ] | None = None,
) -> list[
    int
]:
    local: int = 1
    later: str
    return [local]


annotated(1)
variable: dict[
    str, int
] = {}
declared: "NotThere"
if variable:
    conditional: int = 1
else:
    conditional: int
