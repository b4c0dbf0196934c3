"""Keeps probes out of what an application writes with marshal, as Keras does with the functions of a model.

Marshal would write the memory that they store into as bytes, and in bytes nothing can be stored.
"""

import marshal

NOP, JUMP_FORWARD = 9, 110  # A probe's first instruction, before and after its line has run

_Code = type((lambda: 0).__code__)


def keep_out(Memory):
    """Have marshal write code without memory, whose probes are all jumped over."""
    dump, dumps = marshal.dump, marshal.dumps

    def plain(value):
        if type(value) is _Code:
            return _plain_code(value, Memory)
        if type(value) in (tuple, list):
            return type(value)(map(plain, value))
        if type(value) is dict:
            return {plain(key): plain(item) for key, item in value.items()}
        return value

    def written(function):
        def write(*arguments):
            return function(*map(plain, arguments[:1]), *arguments[1:])

        write.__name__ = write.__qualname__ = function.__name__
        write.__doc__, write.__module__ = function.__doc__, function.__module__
        return write

    marshal.dump, marshal.dumps = written(dump), written(dumps)


def _plain_code(code, Memory):
    if not any(type(const) in (_Code, Memory) for const in code.co_consts):
        return code
    consts = [_plain_code(const, Memory) if type(const) is _Code else const for const in code.co_consts]
    if Memory not in map(type, consts):
        return code.replace(co_consts=tuple(consts))
    bytecode = bytearray(code.co_code)
    for at in range(0, len(bytecode), 2):
        if bytecode[at] == NOP and bytecode[at + 1]:
            bytecode[at] = JUMP_FORWARD
    consts = tuple(None if type(const) is Memory else const for const in consts)
    return code.replace(co_code=bytes(bytecode), co_consts=consts)
