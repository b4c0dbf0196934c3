squares = [i * i for i in range(3)]
nested = [
    (i, j)
    for i in range(3)
    if i
    for j in range(
        i
    )
]
table = {
    key: value
    for key, value in
    zip("ab", [1, 2])
}
unique = {
    x
    for x in squares
    if x > 1
}
lazy = (
    x
    for x in squares
)
list(lazy)
unused = (
    x + 1
    for x in squares
)
total = sum(
    x
    for x in squares
    if x
)
if (n := len(squares)) > 2:
    print(n)
while (n := n - 1) > 0:
    pass
name = "world"
greeting = f"hello {name}"
formatted = (
    f"{name!r:>{10}}"
    f"{n}"
    "plain"
    f"{ {'a': 1}['a'] }"
)
long = f"""
{name}
{
    name.upper()
}
"""
either = (
    name
    or
    "nobody"
)
chosen = (
    "a"
    if name == "x"
    else
    "b"
)
comparison = (
    0
    < n + 1
    < 10
)
not_called = n and print(
    "never"
)
call = dict(
    a=1,
    **{
        "b": 2,
    },
)
subscript = [
    1, 2, 3
][
    1:
    2
]
attribute = (
    "x"
    .upper()
    .lower()
    .strip()
)
star = [*squares, *(
    1,
    2,
)]
lambda_in_call = list(map(
    lambda x:
        x + 1,
    squares,
))
conditional_lambda = (lambda: 1) if n else (
    lambda: 2
)
big = 10 ** 3
constant = (
    1
    +
    2
)
negative = -(
    n
)
data = [
    {"id": 1, "tags": ["a", "b"]},
    {"id": 2, "tags": [
        "c",
    ]},
    None,
]
matrix = [[x for x in row] for row in [[1, 2], [3]]]
first, *rest = (
    squares
)
print(
    *(
        x
        for x
        in squares
    ),
    sep=","
)
