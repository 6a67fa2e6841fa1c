"""Banned calls and words, and the shape of files (STYLE.md)."""

import re

# What, as a pattern; where it is banned; where it is allowed all the same; why.
BANNED_EVERYWHERE = [
    (r"\bstd::random_device\b", r".*",
     r"src/loop/real_loop\.cpp|src/(net/identity|base/entropy)\.cpp",
     "randomness comes from the loop's seeded Random"),
    (r"\bstd::(mt19937\w*|default_random_engine|\w+_distribution|shuffle|sample)\b",
     r".*", r"bench/",
     "differs between standard libraries: use Random"),
    (r"(?<![\w.])s?rand\s*\(", r".*", r"$^", "use the loop's Random"),
    (r"\bsystem_clock\b|\bgettimeofday\b|\b(local|gm)time(_r)?\b|\bstd::time\s*\(", r".*", r"$^",
     "no wall clock: clocks of peers differ by days"),
    (r"\bthis_thread::sleep_\w+|(^|[;{}(=!:])\s*(u|nano)?sleep\s*\(", r".*", r"$^",
     "nobody sleeps; a coroutine waits for the loop"),
    (r"(?<!_)\bassert\s*\(", r".*", r"$^", "a bug asserts in every build: MOSHPIT_ASSERT"),
]

LIBRARY = r"(src|sim|experiment|include)/"
LIBRARY_AND_EXAMPLES = r"(src|sim|experiment|include|examples)/"
ALL_BUT_TESTS = r"(src|sim|data|model|experiment|torch|include|app|examples)/"

# As above; tests are free.
BANNED_IN_PRODUCT = [
    (r"\b(steady|high_resolution)_clock\b|\bclock_gettime\b", LIBRARY_AND_EXAMPLES,
     r"src/loop/real_loop\.cpp", "time comes from the loop, or is handed in"),
    (r"\bstd::(thread|jthread|async)\b", LIBRARY,
     r"src/(loop|net)/.*\.cpp|src/train/(peer|door)\.\wpp|sim/crew\.\wpp",
     "one loop thread owns the protocol's state"),
    (r"\bstd::(mutex|\w+_mutex|condition_variable\w*|atomic\w*)\b", LIBRARY_AND_EXAMPLES,
     r"src/(loop|net|train)/.*|sim/crew\.\wpp", "no shared state below the door in train/"),
    (r"\b(std::)?(shared_ptr|make_shared|weak_ptr|enable_shared_from_this)\b",
     r"src/(base|loop|wire|codec|net|directory|match|reduce)/|sim/|experiment/",
     r"src/base/shared(_bytes)?\.hpp", "ownership is a tree"),
    (r"\bthrow\b|\bcatch\s*\(|\btry\s*\{", ALL_BUT_TESTS, r"app/",
     "no exceptions: a Result says what went wrong"),
    (r"\b[fsvn]*printf\s*\(|\bstd::(cout|cerr|clog)\b|\bf?puts\s*\(|\bsyslog\s*\(",
     LIBRARY, r"src/base/(assert|log)\.\wpp", "the library does not print"),
    (r"\bNDEBUG\b", ALL_BUT_TESTS, r"$^", "one code for every build"),
    (r"\bgetenv\b", ALL_BUT_TESTS, r"app/layers\.cpp",
     "no setting comes from the environment but the program's options"),
    (r"\bunordered_(multi)?(map|set)\b",
     r"src/(wire|net|directory|match|reduce|average|train)/|sim/|experiment/", r"$^",
     "its order differs between libraries and runs"),
    (r"\bgoto\b|\bconst_cast\b|\bdynamic_cast\b", LIBRARY, r"$^",
     "there is another way"),
]

BANNED_WORDS = {
    "manager", "handler", "util", "utils", "epoch", "node", "nodes", "master", "worker", "workers",
    "client", "clients", "msg", "addr", "buf", "cfg", "ctx", "req", "resp", "conn", "mgr",
    "tmp", "cnt", "calc", "impl",
}
# A helper is a role: a peer with bandwidth and no data. `file_helper` is not.
BANNED_IN_COMPOUNDS = {"helper", "helpers"}
FOREIGN_IDENTIFIER = re.compile(
    r"(SSL|ssl_|TLS|EVP|X509|BIO|ASN1|OPENSSL|PEM|CRYPTO|OSSL)|std$|time_since_epoch$|[A-Z0-9_]+$|"
    r"(sin|sin6|ai|ifa|in|in6)_addr$"
)
FOREIGN_NAMESPACE = re.compile(
    r"\b(std|asio|google|protobuf|nlohmann|CLI|Eigen|toml|fmt|testing|sentencepiece)::(\w+::)*$"
)

LINE_LIMIT = 500
COLUMN_LIMIT = 100


def banned_calls(source, tree):
    """Calls that break determinism, ownership or the rules of errors."""
    path = str(source.path)
    banned = BANNED_EVERYWHERE + ([] if source.is_test else BANNED_IN_PRODUCT)
    for pattern, where, unless, why in banned:
        if not re.match(where, path) or re.match(unless, path):
            continue
        for found in re.finditer(pattern, source.code):
            yield source.line_of(found.end() - 1), f"{found.group(0).strip('; ({})=!:')}: {why}"


def banned_words(source, tree):
    """Words that say nothing, abbreviations, and words that are not ours (STYLE.md, "Names")."""
    for number, line in enumerate(source.code_lines, 1):
        if line.lstrip().startswith("#"):
            continue
        for found in re.finditer(r"[A-Za-z_]\w*", line):
            if source.area == "torch" and found.group(0).endswith("Impl"):
                continue  # the name that LibTorch's TORCH_MODULE asks for
            word = banned_word_in(found.group(0))
            if word and not FOREIGN_NAMESPACE.search(line[: found.start()]):
                yield number, f"'{word}' in {found.group(0)}"


def banned_word_in(identifier):
    if FOREIGN_IDENTIFIER.match(identifier):
        return None
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", identifier)]
    for part in parts:
        if part in BANNED_WORDS or (part in BANNED_IN_COMPOUNDS and len(parts) > 1):
            return part
    return None


def header_shape(source, tree):
    """A header begins with a comment that says what it is for, and has #pragma once."""
    if not source.is_header:
        return
    if not source.lines[0].startswith("//"):
        yield 1, "a header begins with what it is for"
    if "#pragma once" not in source.lines:
        yield 1, "no #pragma once"
    for found in re.finditer(r"\busing namespace\b(?! std::)", source.code):
        yield source.line_of(found.start()), "using namespace in a header"


def file_length(source, tree):
    """At most 500 lines."""
    length = len(source.lines) - 1
    if length > LINE_LIMIT:
        yield 1, f"{length} lines: at most {LINE_LIMIT}"


def columns(source, tree):
    """At most 100 columns; no tabs, nothing invisible at the end of a line."""
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMN_LIMIT:
            yield number, f"{len(line)} columns: at most {COLUMN_LIMIT}"
        if "\t" in line or line != line.rstrip():
            yield number, "a tab, or blanks at the end of the line"


def unfinished(source, tree):
    """What is left out belongs into an issue."""
    for number, line in enumerate(source.lines, 1):
        found = re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
        if found:
            yield number, f"{found.group(0)}: do it, or open an issue"


def machine_paths(source, tree):
    """Nobody else has our folders."""
    for number, line in enumerate(source.lines, 1):
        if re.search(r"(?<![\w.])/(work|home|root)/", line):
            yield number, "a path of one machine"


RULES = [banned_calls, banned_words, header_shape, file_length, columns, unfinished, machine_paths]
# These hold for scripts, build files and documents too.
PLAIN_TEXT_RULES = [unfinished, machine_paths]
SCRIPT_RULES = [columns, file_length, machine_paths]
