"""Tables as text: one line per row, the cells parted by ` | `."""

from __future__ import annotations

from collections.abc import Sequence


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows of a table as lines; rows and columns without any text are left out."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    used = [column for column in range(width) if any(column < len(row) and row[column] for row in cells)]
    lines = ([row[column] if column < len(row) else "" for column in used] for row in cells)
    return "\n".join(row_text(line) for line in lines if any(line))


def row_text(cells: Sequence[str]) -> str:
    """Return one row as a line, without the empty cells at its end."""
    filled = max((index for index, cell in enumerate(cells, start=1) if cell), default=0)
    return " | ".join(cells[:filled])
