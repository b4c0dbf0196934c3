"""Compares code with and without probes, instruction by instruction: preload's folder, then Python files.

Prints how many code objects it compared, and each difference.
"""

import dis
import importlib.util
import os
import sys
import warnings

VERSION = sys.version_info[:2]
JUMP_UNIT = 2 if VERSION >= (3, 10) else 1
NOP, EXTENDED_ARG = dis.opmap["NOP"], dis.opmap["EXTENDED_ARG"]
LOAD_CONST = dis.opmap["LOAD_CONST"]
JUMPS = frozenset(dis.hasjrel + dis.hasjabs)


def load(name, loaded={}):  # noqa: B006
    if name not in loaded:
        spec = importlib.util.spec_from_file_location(name, os.path.join(sys.argv[1], name + ".py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded[name] = vars(module)
    return loaded[name]


def lines_by_offset(code):
    lines = {}
    if VERSION >= (3, 10):
        for begin, end, line in code.co_lines():
            lines.update(dict.fromkeys(range(begin, end, 2), line))
        return lines
    starts = dict(dis.findlinestarts(code))
    line = code.co_firstlineno
    for offset in range(0, len(code.co_code), 2):
        line = lines[offset] = starts.get(offset, line)
    return lines


def stores_into_memory(code, begin, end):
    """Tell a probe from other NOPs that have an argument: the compiler leaves some."""
    loaded = []
    argument = 0
    for at in range(begin, min(end, len(code.co_code)), 2):
        argument = argument << 8 | code.co_code[at + 1]
        if code.co_code[at] != EXTENDED_ARG:
            loaded.append(code.co_consts[argument : argument + 1] if code.co_code[at] == LOAD_CONST else None)
            argument = 0
    return len(loaded) > 1 and bool(loaded[1]) and type(loaded[1][0]).__name__ == "Memory"


def instructions(code):
    """Return [(instruction, line, columns)] without probes, where each offset leads, and the probes."""
    lines = lines_by_offset(code)
    columns = [position[2:] for position in code.co_positions()] if VERSION >= (3, 11) else None
    kept, index_at, probes = [], {}, []
    behind = 0
    for instruction in dis.get_instructions(code):
        offset = instruction.offset
        index_at[offset] = len(kept)
        if offset < behind:
            continue
        end = offset + 2 + code.co_code[offset + 1] * JUMP_UNIT
        if instruction.opcode == NOP and stores_into_memory(code, offset + 2, end):
            behind = end
            probes.append((offset, lines[offset], code.co_code[offset:behind]))
        elif instruction.opcode != EXTENDED_ARG:
            kept.append((instruction, lines[offset], columns and columns[offset // 2]))
    index_at[len(code.co_code)] = len(kept)
    return kept, index_at, probes


def described(code):
    kept, index_at, _ = instructions(code)
    for instruction, line, columns in kept:
        jumps = instruction.opcode in JUMPS
        argument = index_at[instruction.argval] if jumps else instruction.arg
        yield instruction.opname, argument, line, columns


def handlers(code):
    if VERSION < (3, 11):
        return []
    _, index_at, _ = instructions(code)
    caches = {}
    for offset in range(0, len(code.co_code) + 2, 2):
        caches[offset] = index_at.get(offset, caches.get(offset - 2, 0))
    return [
        (caches[entry.start], caches[entry.end], caches[entry.target], entry.depth, entry.lasti)
        for entry in dis._parse_exception_table(code)
    ]


def compare(plain, probed):
    """Yield what differs; the same for all code within."""
    compared.append(plain)
    if list(described(plain)) != list(described(probed)):
        yield f"instructions of {plain}"
    if handlers(plain) != handlers(probed):
        yield f"exception table of {plain}"
    _, _, probes = instructions(probed)
    if probed.co_stacksize != plain.co_stacksize + (3 if probes else 0):
        yield f"stack of {plain}"
    if probes:
        first = len(plain.co_consts)
        numbers = probed.co_consts[first + 4 :]
        for offset, line, _ in probes:
            if line not in numbers or offset not in numbers:
                yield f"probe of line {line} at {offset} of {plain}"
    for one, other in zip(plain.co_consts, probed.co_consts):  # noqa: B905
        if isinstance(one, type(plain)):
            yield from compare(one, other)
        elif one is not other:
            yield f"constants of {plain}"


warnings.simplefilter("ignore")
compared = []
add = load("_pyca_probe_code")["adder"](load)
Memory = load("_pyca_probe_memory")["Memory"]
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        try:
            module = compile(file.read(), path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
    for difference in compare(module, add(module, (Memory(),), sys.maxsize)[0]):
        print(difference)
print(len(compared))
