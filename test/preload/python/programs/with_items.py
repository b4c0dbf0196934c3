# Since Python 3.9
class Manager:
    def __init__(self, swallow=False):
        self.swallow = swallow

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return self.swallow


def managed():
    with (
        Manager() as one,
        Manager(
            swallow=True
        ) as two,
    ):
        raise ValueError(
            one
        )
    with (
        Manager() as one, Manager()
    ):
        return 1
    print("not reached")


managed()
