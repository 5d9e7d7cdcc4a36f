#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fails where an #include points up or sideways between the layers of src/README.md, where a header
includes a third-party header, or where a third-party library is included in more .cpp files than its
share. Prints one line for each offence."""
import pathlib
import re
import sys

# What each layer may include beside itself: the arrows of src/README.md.
ARROWS = {
    "base": set(),
    "job": {"base"},
    "pace": {"job", "base"},
    "store": {"pace", "job", "base"},
    "http": {"pace", "job", "base"},
    "table": {"store", "pace", "job", "base"},
    "engine": {"store", "http", "pace", "job", "base"},
    "web": {"engine", "table", "store", "http", "pace", "job", "base"},
    "cli": {"web", "engine", "table", "store", "http", "pace", "job", "base"},
}

# Third-party headers by prefix, and the folder below src whose .cpp files may include them.
LIBRARIES = {
    "httplib.h": ("http",),
    "openssl/": ("http", "base"),
    "zlib.h": ("http",),
    "brotli/": ("http",),
    "sqlite3.h": ("store",),
    "SQLiteCpp/": ("store",),
    "rapidjson/": ("base",),
    "spdlog/": ("base",),
    "toml++/": ("cli",),
    "CLI/": ("cli",),
    "jq.h": ("table",),
    "jv.h": ("table",),
    "re2/": ("table", "engine"),
    "date/": ("pace",),
    "fmt/": tuple(ARROWS),
}

PURE = {"job", "pace"}  # no threads, no I/O, no clock
IMPURE_HEADERS = {"thread", "mutex", "condition_variable", "fstream", "iostream", "filesystem",
                  "sys/socket.h", "unistd.h", "fcntl.h", "poll.h", "ctime", "random"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def offences(root):
    for path in sorted(root.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        parts = path.relative_to(root).parts
        layer = parts[0] if len(parts) > 1 else "cli"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                for fault in faults(layer, path, match.group(1) == '"', match.group(2)):
                    yield f"{path}:{number}: {fault}"


def faults(layer, path, project, header):
    if project:
        target = header.split("/")[0]
        if target not in ARROWS and target != "schema":
            yield f'"{header}" is not rooted at src'
        elif target in ARROWS and target != layer and target not in ARROWS[layer]:
            yield f"{layer} must not include {target} ({header})"
        return
    if layer in PURE and header in IMPURE_HEADERS:
        yield f"{layer} is pure and must not include <{header}>"
    for prefix, layers in LIBRARIES.items():
        if header.startswith(prefix):
            if path.suffix == ".h":
                yield f"third-party header <{header}> in a header"
            if layer not in layers:
                yield f"<{header}> belongs to {' or '.join(layers)}, not to {layer}"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "src"
    found = list(offences(root))
    print("\n".join(found) or "layers: every include points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
