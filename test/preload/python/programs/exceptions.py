import contextlib


def attempt(error):
    try:
        if error:
            raise error
        result = "fine"
    except ValueError:
        result = "value"
    except (
        KeyError,
        IndexError,
    ) as caught:
        result = repr(caught)
    except Exception:
        raise
    else:
        result += "!"
    finally:
        result = (
            result
            if error is None
            else "again"
        )
    return result


attempt(None)
attempt(ValueError())
attempt(IndexError(1))
try:
    attempt(TypeError())
except TypeError: pass


def returns_in_try():
    try:
        return 1
    finally:
        print("finally")


returns_in_try()


def loops_in_try():
    for i in range(3):
        try:
            if i == 0:
                continue
            break
        finally:
            print(i)
    return i


loops_in_try()


class Manager:
    def __init__(self, swallow=False):
        self.swallow = swallow

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return self.swallow


def managed():
    with Manager() as one, \
            Manager():
        x = 1
    with Manager(
            swallow=True
    ) as two:
        raise ValueError(
            one
        )
    with Manager(True):
        return 1
    print("not reached")


managed()


@contextlib.contextmanager
def context():
    try:
        yield 1
    except ZeroDivisionError:
        print("caught")
    finally:
        print("left")


with context():
    1 / 0

with contextlib.suppress(KeyError):
    {}["a"]
    print("not this")


def chain():
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError(
                "from"
            ) from error
    except RuntimeError:
        pass
    else:
        print("no")


chain()


def uncaught():
    values = [
        1,
        int("x"),
        2,
    ]
    return values


try:
    uncaught()
except ValueError:
    pass

assert True
try:
    assert (
        False
    ), "message"
except AssertionError:
    ...
