"""Finding the tables of a page: rows of cells that wide gaps part, with gutters that run through all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from carrel.indexing.converters.pdf_lines import Line, join_row, shares_row

# In heights of a line.
CELL_GAP = 0.9
"""Between two cells; between two words of justified text there is less."""
_GUTTER = 0.4
_ROW_GAP = 2.5
_WRAPPED_GAP = 0.9

_LEAST_ROWS = 3
_SPANNED = 0.2
"""Share of the rows that may reach across a gutter, as the heads of several columns do."""
_PROSE_WORDS = 4
_PROSE_ROWS = 4
"""From so many words and rows on, in all columns, they are columns of prose that stand side by side."""

Interval = tuple[float, float]


@dataclass(slots=True)
class Row:
    """What stands on one line of a page, in cells from left to right."""

    cells: list[list[Line]]

    @property
    def lines(self) -> list[Line]:
        return [line for cell in self.cells for line in cell]

    @property
    def top(self) -> float:
        return max(line.top for line in self.lines)

    @property
    def bottom(self) -> float:
        return min(line.bottom for line in self.lines)

    @property
    def height(self) -> float:
        return float(median(line.height for line in self.lines))

    @property
    def extents(self) -> list[Interval]:
        return [(min(line.left for line in cell), max(line.right for line in cell)) for cell in self.cells]

    @property
    def gutters(self) -> list[Interval]:
        return [(left[1], right[0]) for left, right in pairwise(self.extents)]


def split_tables(lines: Sequence[Line]) -> Iterator[list[Line] | list[list[str]]]:
    """Yield the lines of a page in order: runs of lines, and tables as rows of cells."""
    rows = list(_rows(lines))
    run: list[Line] = []
    at = 0
    while at < len(rows):
        end = _end_of_table(rows, at)
        if end - at < _LEAST_ROWS:
            run += _whole_lines(rows[at].lines)
            at += 1
            continue
        yield run
        run = []
        yield from _table(rows[at:end])
        at = end
    yield run


def _whole_lines(lines: Sequence[Line]) -> list[Line]:
    """Put the parts of lines together again, where the gaps part no cells."""
    whole: list[Line] = []
    for line in lines:
        if line.goes_on and whole:
            before = whole.pop()
            whole.append(Line(f"{before.text} {line.text}", before.first, line.last, goes_on=before.goes_on))
        else:
            whole.append(line)
    return whole


def _rows(lines: Sequence[Line]) -> Iterator[Row]:
    row: Row | None = None
    before: Line | None = None
    for line in lines:
        if row is None or before is None or not (line.goes_on or shares_row(before, line)):
            if row is not None:
                yield row
            row = Row([[line]])
        elif line.left - before.right >= CELL_GAP * line.height:
            row.cells.append([line])
        else:
            row.cells[-1].append(line)
        before = line
    if row is not None:
        yield row


def _end_of_table(rows: Sequence[Row], start: int) -> int:
    """Return where the table that begins with a row ends; `start` if none begins there."""
    gutters = rows[start].gutters
    end = start
    for number in range(start, len(rows)):
        row = rows[number]
        if number > start and not 0 <= rows[number - 1].bottom - row.top + row.height < _ROW_GAP * row.height:
            break
        common = _common(gutters, row.gutters, row.height)
        if common:
            gutters, end = common, number + 1
        elif len(row.cells) > 1 or not _fits(row, gutters):
            break
        elif end == number and _continues(rows[number - 1], row, gutters):
            end = number + 1
    return end if end > start + 1 else start


def _common(gutters: Sequence[Interval], others: Sequence[Interval], height: float) -> list[Interval]:
    """Return the parts that both have, as far as they are wide enough to part cells."""
    shared = ((max(a[0], b[0]), min(a[1], b[1])) for a in gutters for b in others)
    return [gutter for gutter in shared if gutter[1] - gutter[0] >= _GUTTER * height]


def _fits(row: Row, gutters: Sequence[Interval]) -> bool:
    """Tell whether the one cell of a row leaves all gutters free."""
    left, right = row.extents[0]
    return all(right <= gutter[1] or left >= gutter[0] for gutter in gutters)


def _continues(before: Row, row: Row, gutters: Sequence[Interval]) -> bool:
    """Tell whether the one cell of a row is the next line of a cell above that is not in the first column."""
    is_near = before.bottom - row.top < _WRAPPED_GAP * row.height
    return is_near and bool(gutters) and row.extents[0][0] >= min(gutters)[0]


def _table(rows: Sequence[Row]) -> Iterator[list[Line] | list[list[str]]]:
    columns = _columns(rows)
    if _are_prose(rows, columns):
        for number in range(len(columns)):
            cells = [cell for row in rows for cell in row.cells if _column(cell, columns) == number]
            yield [replace(line, goes_on=False) for cell in cells for line in _whole_lines(cell)]
        return
    table: list[list[str]] = []
    for before, row in pairwise([None, *rows]):
        if row is None:
            continue
        filled = [""] * len(columns)
        for cell in row.cells:
            number = _column(cell, columns)
            filled[number] = f"{filled[number]} {_cell_text(cell)}".strip()
        if table and before is not None and len(row.cells) == 1 and not filled[0] and _is_near(before, row):
            table[-1] = [f"{above} {below}".strip() for above, below in zip(table[-1], filled, strict=True)]
        else:
            table.append(filled)
    yield table


def _is_near(before: Row, row: Row) -> bool:
    return before.bottom - row.top < _WRAPPED_GAP * row.height


def _columns(rows: Sequence[Row]) -> list[Interval]:
    """Return the columns of a table: where more rows than may span a gutter have text."""
    edges = sorted(
        (edge, step) for row in rows for extent in row.extents for edge, step in zip(extent, (1, -1), strict=True)
    )
    columns: list[Interval] = []
    covering, start = 0, 0.0
    most_spanning = int(_SPANNED * len(rows))
    for edge, step in edges:
        was_inside = covering > most_spanning
        covering += step
        if not was_inside and covering > most_spanning:
            start = edge
        elif was_inside and covering <= most_spanning:
            columns.append((start, edge))
    return _joined(columns, _GUTTER * rows[0].height)


def _joined(columns: Sequence[Interval], least: float) -> list[Interval]:
    joined: list[Interval] = []
    for column in columns:
        if joined and column[0] - joined[-1][1] < least:
            joined[-1] = (joined[-1][0], column[1])
        else:
            joined.append(column)
    return joined


def _column(cell: Sequence[Line], columns: Sequence[Interval]) -> int:
    """Return the column that a cell begins in: the first that it overlaps, else the nearest."""
    left, right = min(line.left for line in cell), max(line.right for line in cell)
    over = [number for number, column in enumerate(columns) if left < column[1] and right > column[0]]
    return over[0] if over else min(range(len(columns)), key=lambda number: abs(columns[number][0] - left))


def _are_prose(rows: Sequence[Row], columns: Sequence[Interval]) -> bool:
    words: list[list[int]] = [[] for _ in columns]
    for row in rows:
        for cell in row.cells:
            words[_column(cell, columns)].append(sum(len(line.text.split()) for line in cell))
    return all(len(counts) >= _PROSE_ROWS and median(counts) >= _PROSE_WORDS for counts in words)


def _cell_text(cell: Sequence[Line]) -> str:
    text = cell[0].text
    for before, line in pairwise(cell):
        text = join_row(text, before, line)
    return text
