"""The coroutine rule (STYLE.md, "Coroutines"; test/coroutine_hazard shows what it is for)."""

import re

from source import matching

LINE_LIMIT = 25

DECLARATION = re.compile(
    r"(\[\[maybe_unused\]\]\s*)?(const\s+)?[A-Za-z_][\w:]*(<[\w:<>,\s*&]*>)?[&*]*\s+[a-z]\w*\s*=$"
)
# `if (ready) `, `else `, `case 3: ` in front of a statement.
KEYWORD = re.compile(r"\s*(else\b|do\b|case\s[^:]*:|default\s*:)")
CONTROL = re.compile(r"\s*(if\s+constexpr|if|for|while|switch)\s*\(")

PASCAL_TEMPORARY = re.compile(r"\b[A-Z]\w*(<[^()]*>)?\s*\(")
STANDARD_TEMPORARY = re.compile(
    r"\bstd::(?!(move|min|max|get|exchange|ref)\b)\w+(<[^()]*>)?\("
)
# Between the parameters of a function and its body.
SPECIFIERS = re.compile(r"(\s|\b(const|noexcept|override|final|mutable)|->\s*[\w:<>,\s*&]+)+$")
ENDLESS_WAIT = re.compile(r"[.>](wait|receive|join|accept)\(\s*\)$")

# It shows what the banned forms do.
EXEMPT = "test/coroutine_hazard/"


def coroutine_form(source, tree):
    """co_await stands only as a statement of its own, with names in its arguments."""
    for offset in awaits(source):
        line = source.line_of(offset)
        before, expression = statement_around(source.code, offset)
        if before is None or expression is None or not (before == "" or DECLARATION.match(before)):
            yield line, "co_await only as `co_await f(names);` or `auto name = co_await f(names);`"
            continue
        problem = problem_in(expression)
        if problem:
            yield line, f"{problem} in an awaited expression: give it a name in a line before"


def coroutine_deadline(source, tree):
    """Every wait has a deadline, or a comment on its line that says why not."""
    for offset in [] if source.is_test else awaits(source):
        _, expression = statement_around(source.code, offset)
        if expression is None or not ENDLESS_WAIT.search(expression.strip()):
            continue
        first = source.line_of(offset)
        last = source.line_of(offset + len("co_await") + len(expression))
        if not any("//" in line for line in source.lines[first - 1 : last]):
            yield first, "a wait without a deadline: say on this line what ends it"


def coroutine_length(source, tree):
    """A coroutine is at most 25 lines of code."""
    for start, end, _ in coroutine_bodies(source):
        first, last = source.line_of(start), source.line_of(end)
        length = sum(1 for line in source.code_lines[first - 1 : last] if line.strip())
        if length > LINE_LIMIT:
            yield first, f"a coroutine of {length} lines: at most {LINE_LIMIT}"


def coroutine_lambda(source, tree):
    """A lambda with captures is no coroutine: the captures die with the lambda."""
    for start, _, capture in coroutine_bodies(source):
        if capture:
            yield source.line_of(start), "a capturing lambda as coroutine: use a member function"


def awaits(source):
    if str(source.path).startswith(EXEMPT):
        return
    for found in re.finditer(r"(?<!operator )\bco_await\b", source.code):
        yield found.start()


def statement_around(code, offset):
    """The text before and after the co_await up to the ends of its statement; None: in brackets."""
    begin = offset
    while begin > 0 and code[begin - 1] not in ";{}":
        begin -= 1
        if code[begin] in ")]":
            begin = matching(code, begin, -1) or 0
        elif code[begin] in "([":
            return None, None
    end = offset
    while end < len(code) and code[end] != ";":
        if code[end] in "([{":
            end = matching(code, end, +1) or len(code)
        elif code[end] in ")]}":
            return None, None
        end += 1
    before = without_control(code[begin:offset])
    return re.sub(r"\s+", " ", before).strip(), code[offset + len("co_await") : end]


def without_control(text):
    while True:
        found = KEYWORD.match(text)
        if found:
            text = text[found.end() :]
            continue
        found = CONTROL.match(text)
        if not found:
            return text
        text = text[(matching(text, found.end() - 1, +1) or len(text)) + 1 :]


def problem_in(expression):
    if "co_await" in expression:
        return "another co_await"
    if "?" in expression or "&&" in expression or "||" in expression:
        return "a choice"
    if re.search(r"(^|[^\w)\]\s])\s*\[", expression):
        return "a lambda"
    if "{" in expression:
        return "braces"
    if PASCAL_TEMPORARY.search(expression) or STANDARD_TEMPORARY.search(expression):
        return "a temporary object"
    return None


def coroutine_bodies(source):
    """(offset of {, offset of }, capture of a lambda or None) of every coroutine."""
    if str(source.path).startswith(EXEMPT):
        return
    seen = set()
    for found in re.finditer(r"(?<!operator )\bco_(await|return|yield)\b", source.code):
        body = enclosing_function(source.code, found.start())
        if body and body[0] not in seen:
            seen.add(body[0])
            yield body


def enclosing_function(code, offset):
    depth = 0
    while offset > 0:
        offset -= 1
        if code[offset] == "}":
            depth += 1
        elif code[offset] == "{" and depth > 0:
            depth -= 1
        elif code[offset] == "{":
            capture = function_head(code, offset)
            if capture is not False:
                return offset, matching(code, offset, +1) or len(code) - 1, capture
    return None


def function_head(code, brace):
    """False if the brace opens no function; else the capture of a lambda, or None."""
    head = code[max(0, brace - 2000) : brace]
    head = SPECIFIERS.sub("", head)
    if not head.endswith(")"):
        capture = re.search(r"(?<![\w)\]])\[([^\[\]]*)\]$", head)
        return capture.group(1).strip() if capture else False
    opening = matching(head, len(head) - 1, -1)
    if opening is None:
        return False
    before = head[:opening].rstrip()
    if re.search(r"\b(if|for|while|switch|catch|constexpr)$", before):
        return False
    capture = re.search(r"\[([^\[\]]*)\]$", before)
    return capture.group(1).strip() if capture else None


RULES = [coroutine_form, coroutine_deadline, coroutine_length, coroutine_lambda]
