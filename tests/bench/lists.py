# SPDX-License-Identifier: MIT
"""Lists of IDs and URLs, always the same ones."""
import array
import random


def write_shuffled(path, count):
    """`count` IDs of eight digits, each once, shuffled; always the same."""
    ids = array.array("I", range(10_000_000, 10_000_000 + count))
    random.Random(count).shuffle(ids)
    with open(path, "w", encoding="ascii") as file:
        file.write("id\n")
        for begin in range(0, count, 100_000):
            file.write("\n".join(map(str, ids[begin:begin + 100_000])) + "\n")


def write_list(path, all_names, count):
    """A list of `count` IDs: all records, again and again, told apart by n."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("kind,id,n\n")
        for i in range(count):
            kind, number = all_names[i % len(all_names)]
            file.write(f"{kind},{number},{i // len(all_names)}\n")


def write_paths(path, all_names, count, prefix=""):
    """The paths of the same requests, one a line."""
    with open(path, "w", encoding="utf-8") as file:
        for i in range(count):
            kind, number = all_names[i % len(all_names)]
            file.write(f"{prefix}/v1/{kind}/{number}?n={i // len(all_names)}\n")
