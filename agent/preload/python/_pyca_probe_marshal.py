"""Keeps probes out of what an application writes with marshal, as Keras does with the functions of a model.

Marshal would write the memory that they store into as bytes, and in bytes nothing can be stored.
"""

import marshal

NOP, JUMP_FORWARD = 9, 110  # A probe's first instruction, before and after its line has run
# How marshal writes a pointer: as a bytes object of 8 bytes, perhaps to be referred to.
MEMORY = (b"s\x08\0\0\0", b"\xf3\x08\0\0\0")

_Code = type((lambda: 0).__code__)


def keep_out(*kinds):
    """Have marshal write code without constants of these types, whose probes are all jumped over."""
    write = marshal.dumps

    def dumps(value, *version):
        try:
            written = write(value, *version)
        except ValueError:  # With looks for sessions it can't be written.
            return write(_plain(value, kinds), *version)
        # Only what may hold memory is looked through.
        if any(mark in written for mark in MEMORY):
            written = write(_plain(value, kinds), *version)
        return written

    def dump(value, file, *version):
        return file.write(dumps(value, *version))

    for own, function in (dump, marshal.dump), (dumps, write):
        own.__qualname__, own.__doc__, own.__module__ = function.__qualname__, function.__doc__, "marshal"
    marshal.dump, marshal.dumps = dump, dumps


def _plain(value, kinds):
    if type(value) is _Code:
        return _plain_code(value, kinds)
    if type(value) in (tuple, list, set, frozenset):
        return type(value)(_plain(item, kinds) for item in value)
    if type(value) is dict:
        return {_plain(key, kinds): _plain(item, kinds) for key, item in value.items()}
    return value


def _plain_code(code, kinds):
    if not any(type(const) in (_Code, *kinds) for const in code.co_consts):
        return code
    consts = [_plain_code(const, kinds) if type(const) is _Code else const for const in code.co_consts]
    if not any(type(const) in kinds for const in consts):
        return code.replace(co_consts=tuple(consts))
    bytecode = bytearray(code.co_code)
    for at in range(0, len(bytecode), 2):
        if bytecode[at] == NOP and bytecode[at + 1]:
            bytecode[at] = JUMP_FORWARD
    consts = tuple(None if type(const) in kinds else const for const in consts)
    return code.replace(co_code=bytes(bytecode), co_consts=consts)
