#!/usr/bin/env python3
"""Fails on what a machine can check of the style: one line `path:line: rule: sentence` a violation.

    test/tidy/tidy.py                             the tree
    test/tidy/tidy.py --compile-commands FILE     and .cpp files that nobody compiles
    test/tidy/tidy.py --planted                   the rules themselves, on files that break them
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import coroutine_rules
import include_rules
import text_rules
from source import Source

ROOT = Path(__file__).resolve().parent.parent.parent
PLANTED = ROOT / "test" / "tidy" / "planted"
CODE_FOLDERS = ("include", "src", "sim", "data", "model", "torch", "experiment", "app", "examples",
                "test", "bench", "fuzz")
TEXTS = ("*.md", "docs/**/*.md", "cmake/*", "**/CMakeLists.txt", "src/**/*.proto")
SCRIPTS = ("script/*", ".ci/*", "test/**/*.py", "test/planted/run")
RULES = include_rules.RULES + coroutine_rules.RULES + text_rules.RULES
FORMATTER = "clang-format-14"


class Tree:
    """All sources, by path; `compiled` is None where no compile commands were given."""

    def __init__(self, sources, compiled=None):
        self.sources = {str(source.path): source for source in sources}
        self.compiled = compiled
        self.users = {}
        for source in sources:
            for _, what, is_quoted in source.includes():
                used = self.resolve(source, what) if is_quoted else None
                if used:
                    self.users.setdefault(used, []).append(source)
        self.mark_test_headers()

    def mark_test_headers(self):
        """Headers that only tests include, and headers that only those include, and so on."""
        candidates = [s for s in self.sources.values() if s.is_header and not s.is_test]
        for _ in range(3):
            for header in candidates:
                users = self.users_of(header.path)
                header.is_test = bool(users) and all(user.is_test for user in users)

    def get(self, path):
        return self.sources.get(str(path))

    def resolve(self, source, what):
        for folder in ("src", "include", ".", "app", str(source.path.parent)):
            path = str(PurePosixPath(folder) / what)
            if path in self.sources:
                return path
        return None

    def find(self, source, what):
        path = self.resolve(source, what)
        return self.sources[path] if path else None

    def users_of(self, path):
        return self.users.get(str(path), [])


def code_files():
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp") and PLANTED not in path.parents:
                yield path


def plain_files():
    kinds = ((TEXTS, text_rules.PLAIN_TEXT_RULES), (SCRIPTS, text_rules.SCRIPT_RULES))
    for patterns, rules in kinds:
        for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
            if path.is_file() and "build" not in path.relative_to(ROOT).parts:
                yield path, rules


def read(path):
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def compiled_files(commands):
    """Paths below the root that the build compiles, alone or as parts of a unity file."""
    entries = json.loads(Path(commands).read_text(encoding="utf-8"))
    paths = [(Path(entry["directory"]) / entry["file"]).resolve() for entry in entries]
    for unity in [path for path in paths if path.name.startswith("unity_")]:
        parts = re.findall(r'#include "(.*)"', unity.read_text(encoding="utf-8"))
        paths += [Path(part).resolve() for part in parts]
    return {path.relative_to(ROOT).as_posix() for path in paths if ROOT in path.parents}


def violations_in(source, tree, rules=None):
    for rule in rules or RULES:
        for line, sentence in rule(source, tree):
            yield line, rule.__name__, sentence


def badly_formatted(paths):
    """The files that clang-format would change. Without clang-format there are none."""
    if not shutil.which(FORMATTER):
        return []
    command = [FORMATTER, "--dry-run", "--style=file", *map(str, paths)]
    output = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stderr
    found = re.findall(r"^(.*?):(\d+):\d+: (?:warning|error): code should be", output, re.MULTILINE)
    first = {}
    for path, line in found:
        first.setdefault(path, int(line))
    return sorted(first.items())


def check_tree(commands):
    paths = list(code_files())
    compiled = compiled_files(commands) if commands else None
    tree = Tree([read(path) for path in paths], compiled)
    count = 0

    def complain(path, line, rule, sentence):
        nonlocal count
        count += 1
        print(f"{path}:{line}: {rule}: {sentence}")

    for source in tree.sources.values():
        for line, rule, sentence in violations_in(source, tree):
            complain(source.path, line, rule, sentence)
    for path, rules in plain_files():
        source = read(path)
        for line, rule, sentence in violations_in(source, tree, rules):
            complain(source.path, line, rule, sentence)
    for path, line in badly_formatted(paths):
        complain(Path(path).relative_to(ROOT), line, "format", f"run {FORMATTER} -i on it")
    print(f"{len(paths)} files, {count} violations")
    return count == 0


def expected_in(source):
    """A planted file says what it breaks: `// next line: rule` or `// whole file: rule`."""
    for number, line in enumerate(source.lines, 1):
        found = re.search(r"// (next line|whole file): (\w+)$", line)
        if found:
            yield (number + 1 if found.group(1) == "next line" else 1), found.group(2)


def check_planted_file(path, others):
    text = path.read_text(encoding="utf-8")
    name = re.search(r"planted as (\S+)", text).group(1)
    source = Source(name, text)
    expected = sorted(expected_in(source))
    tree = Tree([source, *others], compiled=set())
    rules = [rule for rule in RULES if rule is not include_rules.dead_files]
    if any(rule == "dead_files" for _, rule in expected):
        rules = RULES
    found = [(line, rule) for line, rule, _ in violations_in(source, tree, rules)]
    if any(rule == "format" for _, rule in expected) and shutil.which(FORMATTER):
        found += [(line, "format") for _, line in badly_formatted([path])]
    elif not shutil.which(FORMATTER):
        expected = [(line, rule) for line, rule in expected if rule != "format"]
    if sorted(set(found)) == expected:
        return True
    print(f"{path.name}: expected {expected}, found {sorted(set(found))}")
    return False


def check_planted():
    """Every rule finds what it is for and nothing else."""
    paths = sorted(PLANTED.glob("*.?pp"))
    # A few real headers, so that planted files have something to include.
    others = [Source(f"src/{name}", f"// {about}\n#pragma once\n{more}") for name, about, more in (
        ("base/bytes.hpp", "Bytes.", ""),
        ("loop/loop.hpp", "The loop.", ""),
        ("net/network.hpp", "Network.", ""),
        ("net/sockets.hpp", "Sockets. Private to net/.", ""),
        ("match/grid_key.hpp", "GridKey. Pure.", ""),
        ("reduce/reducer.hpp", "Reducer. A pure machine.", ""),
        ("reduce/round.hpp", "Round: carries.", ""),
        ("wire/common.hpp", "Conversions.", '#include "common.pb.h"\n'),
    )] + [Source("sim/world.hpp", "// The world.\n#pragma once\n")]
    good = [check_planted_file(path, others) for path in paths]
    seen = {rule for path in paths for _, rule in expected_in(Source("x.cpp", path.read_text()))}
    unproven = {rule.__name__ for rule in RULES} | {"format"}
    unproven -= seen
    for rule in sorted(unproven):
        print(f"{rule}: no planted file breaks it")
    print(f"{len(paths)} planted files, {good.count(False)} not judged as they should be")
    return all(good) and not unproven


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compile-commands")
    parser.add_argument("--planted", action="store_true")
    options = parser.parse_args()
    good = check_planted() if options.planted else check_tree(options.compile_commands)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
