"""Where lines begin in code, and the line tables of code that instructions are put into: CPython 3.8 to 3.11.

Positions are in code units of two bytes. A range is (begin, end, line); line is None where there is none.
The tables are described in CPython's Objects/lnotab_notes.txt (3.8 to 3.10) and Objects/locations.md (3.11).
"""

import sys
from itertools import accumulate, chain, compress

VERSION = sys.version_info[:2]

_IS_HEAD = bytes(byte >> 7 for byte in range(256))
_LENGTHS = bytes((byte & 7) + 1 for byte in range(256))
_PAYLOAD = bytes(range(128))
_ONE_LINE, _NO_COLUMNS, _LONG = 10, 13, 14  # Kinds of entries in 3.11; those below stay on their line.
_probe_runs = {}  # (by how much the line changes, length) -> entries of a probe


def line_ranges(code):
    """Return the ranges of a code object, in order: none is empty, and neighbours are of different lines."""
    if VERSION >= (3, 10):
        return [(begin // 2, end // 2, line) for begin, end, line in code.co_lines() if begin < end]
    ranges = []
    table, size = code.co_lnotab, len(code.co_code)
    begin, at = 0, 0
    current = line = code.co_firstlineno
    for step, change in chain(zip(table[::2], table[1::2]), ((size, 0),)):
        if step:
            if line != current:
                if begin < at:
                    ranges.append((begin // 2, at // 2, current))
                begin, current = at, line
            at += step
            if at >= size:
                break
        line += change - 256 if change > 127 else change
    ranges.append((begin // 2, size // 2, current))
    return ranges


def line_table(code, ranges, inserted, place):
    """Return the line table of a code object that has grown.

    inserted: {unit: (length of what its instruction has in front as a line's probe, and else)}
    place(unit): where a jump to this unit leads now
    """
    if VERSION < (3, 10):
        return _lnotab(code.co_firstlineno, ranges, place)
    if VERSION == (3, 10):
        return _linetable(code.co_firstlineno, ranges, place)
    return _locations(code.co_linetable, inserted)


def _lnotab(line, ranges, place):
    table = bytearray()
    at = 0
    for begin, _, next_line in ranges:
        step, change = 2 * place(begin) - at, next_line - line
        at, line = at + step, next_line
        while step > 255:
            table += b"\xff\0"
            step -= 255
        while not -128 <= change <= 127:
            part = 127 if change > 0 else -128
            table += bytes((step, part & 255))
            step, change = 0, change - part
        if step or change:
            table += bytes((step, change & 255))
    return bytes(table)


def _linetable(line, ranges, place):
    table = bytearray()
    for begin, end, next_line in ranges:
        step = 2 * (place(end) - place(begin))
        change = -128
        if next_line is not None:
            change, line = next_line - line, next_line
            while not -127 <= change <= 127:
                part = 127 if change > 0 else -127
                table += bytes((0, part & 255))
                change -= part
        while step > 254:
            table += bytes((254, change & 255))
            step -= 254
            change = -128 if next_line is None else 0
        table += bytes((step, change & 255))
    return bytes(table)


def _locations(table, inserted):
    """Most entries stay as they are, and are not looked at one by one: this is where the time would go."""
    heads = list(compress(range(len(table)), table.translate(_IS_HEAD)))
    begins = list(accumulate(table.translate(None, _PAYLOAD).translate(_LENGTHS), initial=0))
    index_of = dict(zip(begins, range(len(heads))))
    heads.append(len(table))
    touched = {}  # index of an entry -> units in it that have something in front
    for unit in sorted(inserted):
        index = index_of.get(unit)
        if index is None:
            index = next(index for index, begin in enumerate(begins) if begin > unit) - 1
        touched.setdefault(index, []).append(unit)
    parts = []
    done = 0
    for index, units in touched.items():
        at, begin = heads[index], begins[index]
        parts.append(table[done:at])
        done = heads[index + 1]
        kind = table[at] >> 3 & 15
        probe, more = inserted.get(begin, (0, 0))
        if len(units) == 1 and probe and not more and kind < _NO_COLUMNS:
            # Nearly all of them: the probe takes over by how much the line changes.
            change = max(0, kind - _ONE_LINE)
            head = table[at] & 0x87 | min(kind, _ONE_LINE) << 3
            if (change, probe) not in _probe_runs:
                _probe_runs[change, probe] = bytes(_run(_NO_COLUMNS, change, b"", probe))
            parts += _probe_runs[change, probe], bytes((head,)), table[at + 1 : done]
        else:
            parts.append(_entry(table[at:done], begin, begins[index + 1], units, inserted))
    parts.append(table[done:])
    return b"".join(parts)


def _entry(entry, begin, end, units, inserted):
    """Return the entries for what one entry became: its line changes once, at whatever comes first."""
    kind, change, rest = _split(entry)
    out = bytearray()
    length = 0
    for unit in range(begin, end):
        if unit in units:
            probe, more = inserted[unit]
            if probe:
                if length:
                    out += _run(kind, change, rest, length)
                    length = change = 0
                out += _run(_NO_COLUMNS, change, b"", probe)
                change = 0
            length += more
        length += 1
    return out + _run(kind, change, rest, length)


def _split(entry):
    """Return an entry's kind, how far its line is from the one before, and its other bytes."""
    kind = entry[0] >> 3 & 15
    if _ONE_LINE <= kind < _NO_COLUMNS:
        return _ONE_LINE, kind - _ONE_LINE, entry[1:]
    if kind not in (_NO_COLUMNS, _LONG):
        return kind, 0, entry[1:]
    value = shift = 0
    at = 1
    while True:
        byte = entry[at]
        value |= (byte & 63) << shift
        at += 1
        shift += 6
        if not byte & 64:
            break
    return kind, -(value >> 1) if value & 1 else value >> 1, entry[at:]


def _run(kind, change, rest, length):
    """Write entries of 8 units at most, the first of which changes the line."""
    out = bytearray()
    while length > 0:
        shown = kind + change if kind == _ONE_LINE else kind
        out.append(128 | shown << 3 | min(length, 8) - 1)
        if kind in (_NO_COLUMNS, _LONG):
            value = -change << 1 | 1 if change < 0 else change << 1
            while value > 63:
                out.append(64 | value & 63)
                value >>= 6
            out.append(value)
        out += rest
        change = 0
        length -= 8
    return out
