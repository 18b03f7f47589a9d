"""What a terminal leaves of a text that moves the cursor: of a progress bar, its last state."""

from __future__ import annotations

import re
import unicodedata

# Escape sequences, of which some are obeyed; movements; and the text between.
_TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])"
    r"|(?P<ignored>\x1b[P\]X^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~])"
    r"|\x1b(?P<escape>[0-OQ-WYZ\\`-~])"
    r"|(?P<move>[\r\n\b\t])"
    r"|(?P<text>[^\x1b\r\n\b\t]+|\x1b)"
)
_MOVES = re.compile("[\x1b\r\b]")
_WIDEST, _HIGHEST = 1000, 100  # where a movement may lead; text may go on beyond
_TAB = 8


def left(text: str) -> str:
    """The text that a terminal shows in the end, wide enough for every line and without colours.

    Obeyed are carriage returns, backspaces and the escape sequences that move the cursor or erase;
    the others are left out. A line that was written over loses the blanks at its end.

    >>> left("10%\\r100%\\n\\nab\\x1b[A\\rdone")
    '100%\\ndone\\nab'
    """
    if not _MOVES.search(text):
        return text
    screen = _Screen()
    for token in _TOKEN.finditer(text):
        if token["text"]:
            screen.write(token["text"])
        elif token["move"]:
            screen.move(token["move"])
        elif token["final"]:
            screen.obey(token["final"], token["parameters"])
        elif token["escape"]:
            screen.escape(token["escape"])
    return screen.shown()


class _Screen:
    """Lines of cells: a cell is a character with its marks; the second of a wide one is empty."""

    def __init__(self) -> None:
        self.lines: list[list[str]] = [[]]
        self.row = self.column = 0
        self._saved = 0, 0
        self._written_over: set[int] = set()

    def shown(self) -> str:
        """The text of the screen."""
        lines = map("".join, self.lines)
        over = self._written_over
        return "\n".join(s.rstrip(" ") if row in over else s for row, s in enumerate(lines))

    def write(self, text: str) -> None:
        """Put text at the cursor, over what is there."""
        if not text.isascii():
            rest = text.lstrip("".join(filter(_is_mark, set(text))))
            self._join(text[: len(text) - len(rest)])
            text = rest
        cells = list(text) if text.isascii() else _cells(text)
        line, start, end = self.lines[self.row], self.column, self.column + len(cells)
        line.extend(" " * (start - len(line)))
        if start < len(line):
            self._written_over.add(self.row)
            if line[start] == "":  # half of a wide character
                line[start - 1] = " "
            if end < len(line) and line[end] == "":
                line[end] = " "
        line[start:end] = cells
        self.column = end

    def move(self, control: str) -> None:
        """Obey a control character."""
        if control == "\n":
            self._go(self.row + 1, 0, grow=True)
        elif control == "\r":
            self._go(self.row, 0)
        elif control == "\t":
            self._go(self.row, (self.column // _TAB + 1) * _TAB)
        else:
            self._go(self.row, self.column - 1)

    def escape(self, letter: str) -> None:
        """Obey an escape sequence of two characters."""
        if letter == "7":
            self._saved = self.row, self.column
        elif letter == "8":
            self._go(*self._saved)
        elif letter in ("D", "E"):
            self._go(self.row + 1, self.column if letter == "D" else 0, grow=True)
        elif letter == "M":
            self._go(self.row - 1, self.column)
        elif letter == "c":
            self._erase_display(2)
            self._go(0, 0)

    def obey(self, final: str, parameters: str) -> None:
        """Obey a control sequence."""
        if re.match("[<-?]", parameters):  # of some terminals
            return
        numbers = [int(n[:6]) if n.isdecimal() else 0 for n in parameters.split(";")]
        first = numbers[0]
        count = max(1, first)
        line = self.lines[self.row]
        if final in "ABCDEFGHdf`":
            self._go_by(final, count, max(1, numbers[1]) if len(numbers) > 1 else 1)
        elif final == "J":
            self._erase_display(first)
        elif final == "K":
            self._erase_line(first)
        elif final == "X":
            self._blank(self.column, self.column + count)
        elif final == "P":
            del line[self.column : self.column + count]
            self._written_over.add(self.row)
        elif final == "@":
            line[self.column : self.column] = " " * min(count, _WIDEST)
        elif final == "s" and not parameters:
            self._saved = self.row, self.column
        elif final == "u" and not parameters:
            self._go(*self._saved)

    def _go_by(self, final: str, count: int, second: int) -> None:
        row, column = self.row, self.column
        goals = {
            "A": (row - count, column),
            "B": (row + count, column),
            "C": (row, column + count),
            "D": (row, column - count),
            "E": (row + count, 0),
            "F": (row - count, 0),
            "G": (row, count - 1),
            "`": (row, count - 1),
            "d": (count - 1, column),
            "H": (count - 1, second - 1),
            "f": (count - 1, second - 1),
        }
        row, column = goals[final]
        if final in "Hdf":
            self.lines.extend([] for _ in range(len(self.lines), min(row + 1, _HIGHEST)))
        self._go(row, column)

    def _go(self, row: int, column: int, grow: bool = False) -> None:
        """Put the cursor somewhere; only a line feed makes a line more."""
        if grow and row == len(self.lines):
            self.lines.append([])
        self.row = min(max(row, 0), len(self.lines) - 1)
        limit = max(_WIDEST, len(self.lines[self.row]))
        self.column = min(max(column, 0), limit)

    def _erase_line(self, which: int) -> None:
        start = self.column if which == 0 else 0
        if which == 1:
            self._blank(0, self.column + 1)
        elif which in (0, 2):
            del self.lines[self.row][start:]
            self._written_over.add(self.row)

    def _erase_display(self, which: int) -> None:
        if which in (0, 1):
            self._erase_line(which)
        rows = {0: range(self.row + 1, len(self.lines)), 1: range(self.row)}
        if which <= 3:
            for row in rows.get(which, range(len(self.lines))):
                self.lines[row].clear()
        while len(self.lines) > self.row + 1 and which != 1 and not self.lines[-1]:
            self.lines.pop()

    def _blank(self, start: int, stop: int) -> None:
        line = self.lines[self.row]
        stop = min(stop, len(line))
        line[start:stop] = " " * max(0, stop - start)
        self._written_over.add(self.row)

    def _join(self, marks: str) -> None:
        """Add marks to the character before the cursor, if there is one."""
        line, at = self.lines[self.row], self.column - 1
        while at > 0 and line[at : at + 1] == [""]:
            at -= 1
        if 0 <= at < len(line):
            line[at] += marks


def _is_mark(character: str) -> bool:
    """Whether a character takes no cell, but belongs to the one before it."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


def _cells(text: str) -> list[str]:
    """The cells that text takes, which begins with no mark."""
    cells: list[str] = []
    for character in text:
        if _is_mark(character):
            cells[-1 if cells[-1] else -2] += character
        else:
            wide = unicodedata.east_asian_width(character) in "WF"
            cells += [character, ""] if wide else [character]
    return cells
