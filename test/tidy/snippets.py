#!/usr/bin/env python3
"""Every C++ snippet in the documentation names the file that it shows, as it stands."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SNIPPET = re.compile(r"(?:<!-- (\S+) -->\n)?```cpp\n(.*?)```", re.DOTALL)


def check(page):
    for source, code in SNIPPET.findall(page.read_text()):
        name = page.relative_to(ROOT)
        if not source:
            yield f"{name}: a snippet does not say which file it shows: put <!-- FILE --> above it"
        elif (ROOT / source).read_text() != code:
            yield f"{name}: the snippet of {source} is not what stands there"


def main():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    problems = [problem for page in pages for problem in check(page)]
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
