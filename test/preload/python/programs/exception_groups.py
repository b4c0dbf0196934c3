# Since Python 3.11
def groups(errors):
    try:
        raise ExceptionGroup("g", errors)
    except* ValueError as group:
        count = len(group.exceptions)
    except* (TypeError, KeyError):
        count = 0
    except* OSError:
        count = -1
    else:
        count = -2
    finally:
        count = -3
    return count


groups([ValueError(1), TypeError(2)])
