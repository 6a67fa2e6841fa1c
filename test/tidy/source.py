"""A source file as the rules see it: lines, code without comments and strings, includes."""

import re
from pathlib import PurePosixPath


TEST_FOLDERS = ("test", "bench", "fuzz")


class Source:
    """`code` has the length and the lines of `text`; comments and literals are blank in it.

    `is_test` is true of tests, and of headers that only tests include (Tree finds these).
    """

    def __init__(self, path, text):
        self.path = PurePosixPath(path)
        self.text = text
        self.lines = text.split("\n")
        self.code = blank_comments_and_literals(text)
        self.code_lines = self.code.split("\n")
        self.is_test = self.path.stem.endswith("_test") or self.path.parts[0] in TEST_FOLDERS

    @property
    def is_header(self):
        return self.path.suffix == ".hpp"

    @property
    def area(self):
        """The floor for src/FLOOR/..., else the top folder."""
        parts = self.path.parts
        return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]

    def line_of(self, offset):
        return self.code.count("\n", 0, offset) + 1

    def includes(self):
        """(line, what, is_quoted) of every include."""
        for number, line in enumerate(self.lines, 1):
            found = re.match(r'\s*#\s*include\s*([<"])([^">]+)[">]', line)
            if found and self.code_lines[number - 1].lstrip().startswith("#"):
                yield number, found.group(2), found.group(1) == '"'

    def opening_comment(self):
        comment = []
        for line in self.lines:
            if not line.startswith("//"):
                break
            comment.append(line[2:].strip())
        return " ".join(comment)


# In this order: a raw string, a comment, a string, a character (not the mark in 1'000).
LITERAL = re.compile(
    r'R"(?P<mark>[^()\s\\"]{0,16})\(.*?\)(?P=mark)"'
    r"|//[^\n]*"
    r"|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def blank_comments_and_literals(text):
    def blank(found):
        literal = found.group(0)
        blanked = re.sub(r"[^\n]", " ", literal)
        # A literal stays an operand: f("x") is not f().
        return "0" + blanked[1:] if literal[0] != "/" else blanked

    return LITERAL.sub(blank, text)


def matching(code, offset, step):
    """The offset of the bracket that matches the one at `offset`; `step` is +1 or -1."""
    opening, closing = ("([{", ")]}") if step > 0 else (")]}", "([{")
    depth = 0
    while 0 <= offset < len(code):
        if code[offset] in opening:
            depth += 1
        elif code[offset] in closing:
            depth -= 1
            if depth == 0:
                return offset
        offset += step
    return None
