"""Ends by an exception nobody catches."""
import sys


def quiet(kind, value, traceback):
    pass


sys.excepthook = quiet


def deep(n):
    if n:
        deep(n - 1)
        print("never")
    raise KeyError(
        n
    )


try:
    deep(2)
finally:
    print("finally")
print("never")
