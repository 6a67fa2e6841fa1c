"""Who may include whom (ARCHITECTURE.md, "Floors"), and files that nobody uses."""

import re
from pathlib import PurePosixPath

LEVELS = {
    "base": 0,
    "loop": 1,
    "wire": 1,
    "codec": 1,
    "net": 2,
    "directory": 3,
    "match": 3,
    "reduce": 3,
    "average": 4,
    "train": 5,
}

# Library headers and where they may stand. What is missing here may stand nowhere.
LIBRARIES = [
    (r"asio([./].*|\.hpp)$", r"src/(loop|net)/.*\.cpp$"),
    (r"openssl/", r"src/(base|net)/.*\.cpp$"),
    (r"google/protobuf/", r"src/wire/"),
    (r"fmt/", r"src/|sim/|data/|experiment/|torch/|app/"),
    (r"hwy/", r"src/codec/.*\.cpp$"),
    (r"Eigen/", r"model/"),
    (r"torch/.*\.h$", r"torch/|examples/.*torch"),
    (r"sentencepiece_.*\.h$", r"torch/pieces/.*\.cpp$"),
    (r"dlfcn\.h$", r"torch/.*\.cpp$"),
    (r"(turbojpeg|png)\.h$", r"data/.*\.cpp$"),
    (r"zlib\.h$", r"data/"),
    (r"CLI/", r"app/"),
    (r"nlohmann/", r"app/"),
    (r"gloo/|mpi\.h$", r"app/bench/contenders/"),
    (r"toml\+\+/", r"sim/|experiment/|app/"),
    (r"mimalloc\.h", r"sim/swarm/"),
    # The operating system.
    (r"(sys|netinet|arpa|linux)/|net/if\.h$|"
     r"(unistd|fcntl|signal|poll|netdb|ifaddrs|termios|pthread|sched|stdlib)\.h$",
     # system_files.cpp: the C++ library has no fsync, and a checkpoint is nothing without.
     r"src/(loop|net)/.*\.cpp$|src/train/system_files\.cpp$|app/"),
]


def includes_between_floors(source, tree):
    """A floor includes only floors to its left; siblings never include each other."""
    for line, what, is_quoted in source.includes():
        if not is_quoted or what.endswith(".pb.h"):
            continue
        target = area_of(tree, source, what)
        if target is None:
            yield line, f'"{what}" is nowhere'
        elif not may_include(source, target):
            yield line, f"{source.area} must not include {target}"


def area_of(tree, source, what):
    path = tree.resolve(source, what)
    if path is not None:
        parts = PurePosixPath(path).parts
        return parts[1] if parts[0] == "src" else parts[0]
    first = what.split("/")[0]
    return first if first in LEVELS else None


def may_include(source, target):
    area = source.area
    if target == area or source.path.parts[0] in ("test", "bench", "fuzz"):
        return True
    if target == "include":
        return True
    if area == "include":
        return False
    if area == "examples":
        return target == "examples" or (target == "torch" and "torch" in source.path.stem)
    if area == "sim":
        # The world knows no protocol. The swarm that lives in it knows all of them.
        is_above = source.is_test or source.path.parts[1] == "swarm"
        return LEVELS.get(target, 9) <= LEVELS["net"] or (is_above and target in LEVELS)
    if area in ("data", "model"):
        # They know nothing of peers.
        return target in ("base", "data")
    if area == "torch":
        # Its tests take place in the simulated world, as those of the floors.
        return target in LEVELS or target in ("data", "model") or (
            target == "sim" and source.is_test)
    if area == "experiment":
        return target in LEVELS or target in ("sim", "data", "model", "torch")
    if area == "app":
        return target in LEVELS or target in ("data", "model", "torch", "experiment") or (
            target == "sim" and source.path.stem.startswith("simulate"))
    if target == "sim":
        return source.is_test and LEVELS[area] >= LEVELS["net"]
    return LEVELS.get(target, 9) < LEVELS[area]


def library_includes(source, tree):
    """A library appears only where it belongs: Asio in .cpp files of loop/ and net/, and so on."""
    for line, what, is_quoted in source.includes():
        if is_quoted or source.is_test or re.fullmatch(r"[a-z_0-9]+", what):
            continue
        places = next((places for name, places in LIBRARIES if re.match(name, what)), None)
        if places is None:
            yield line, f"<{what}> is no library of ours: add it to the list with a decision record"
        elif not re.match(places, str(source.path)) and not is_marked_private(source, places):
            yield line, f"<{what}> must not be included here"


def is_marked_private(source, places):
    """A header that only the .cpp files of its own folder include may say so in its first lines."""
    private = re.search(r"\bPrivate to [a-z]+/", source.opening_comment())
    return source.is_header and private and re.match(places, str(source.path.with_suffix(".cpp")))


def private_headers(source, tree):
    """What is marked `Private to FLOOR/` is included by .cpp files and such headers there only."""
    for line, what, is_quoted in source.includes():
        header = tree.find(source, what) if is_quoted else None
        if header is None or not re.search(r"\bPrivate to [a-z]+/", header.opening_comment()):
            continue
        is_private = re.search(r"\bPrivate to [a-z]+/", source.opening_comment())
        if header.area != source.area or (source.is_header and not is_private):
            yield line, f'"{what}" is private to the .cpp files of {header.area}/'


def generated_messages(source, tree):
    """Generated protobuf code is seen in wire/ only, and by nobody who includes a header of it."""
    for line, what, is_quoted in source.includes():
        if what.endswith(".pb.h"):
            if source.area != "wire":
                yield line, "generated messages are for wire/ only: use its structs"
        elif is_quoted and what.startswith("wire/") and source.area != "wire":
            header = tree.find(source, what)
            if header and any(w.endswith(".pb.h") for _, w, _ in header.includes()):
                yield line, f'"{what}" shows generated messages: it is for wire/*.cpp only'


PURE = re.compile(r"\b[Aa] pure machine\b|(^|[.;] +)Pure\b(?! parts)")
IMPURE = re.compile(r"\b(co_await|co_return|virtual|Loop|Task)\b")


def is_pure(source):
    return bool(PURE.search(source.opening_comment()))


def could_be_pure(source, tree):
    """Whether a pure machine may include it: it says so, or nothing in it or below it is impure."""
    if is_pure(source):
        return True
    if IMPURE.search(source.code):
        return False
    return not any(is_quoted and impure_include(source, what, tree)
                   for _, what, is_quoted in source.includes())


def impure_include(source, what, tree):
    target = area_of(tree, source, what)
    other = tree.find(source, what)
    if target in ("base", "wire", "codec", "include"):
        return False
    if source.area == "experiment" and other and is_pure(other):
        return False
    return target != source.area or other is None or not could_be_pure(other, tree)


def pure_machines(source, tree):
    """What calls itself pure includes only base/, messages and what is pure, and never waits."""
    header = source if source.is_header else tree.get(source.path.with_suffix(".hpp"))
    if source.is_test or header is None or not is_pure(header):
        return
    for line, what, is_quoted in source.includes():
        if is_quoted and impure_include(source, what, tree):
            yield line, f'a pure machine must not include "{what}"'
    for found in IMPURE.finditer(source.code):
        yield source.line_of(found.start()), f"a pure machine knows no {found.group(0)}"


def dead_files(source, tree):
    """Every .cpp is compiled, and every header is used by more than its own .cpp and tests."""
    if source.path.parts[0] not in ("src", "sim", "data", "model", "torch", "experiment", "app",
                                    "include"):
        return
    if not source.is_header:
        # Contenders are compiled where their libraries are.
        if str(source.path).startswith("app/bench/contenders/"):
            return
        # So are torch/ and what includes it.
        needs_torch = source.area == "torch" or any(
            name.startswith("torch/") for _, name, _ in source.includes())
        if needs_torch and not any(path.startswith("torch/") for path in tree.compiled or ()):
            return
        if tree.compiled is not None and str(source.path) not in tree.compiled:
            yield 1, "compiled by nobody"
        return
    own = re.compile(re.escape(str(source.path.with_suffix(""))) + r"(_[a-z_]*test)?\.cpp$")
    users = [user for user in tree.users_of(source.path) if not own.match(str(user.path))]
    if not users and source.path.name != "moshpit.hpp":
        yield 1, "used by nobody but its own .cpp and tests"


RULES = [
    includes_between_floors,
    library_includes,
    private_headers,
    generated_messages,
    pure_machines,
    dead_files,
]
