# SPDX-License-Identifier: MIT
"""What the servers of the bench hold: JSON records like those of a museum's API, made anew each time,
always the same ones. 17,379 of them, 0.4 to 9 KB, 2.4 KB on average; nested as deep as real ones."""
import json
import random
import textwrap

COUNT = 17_379
ARTISTS = 3_532
SMALLEST, LARGEST, USUAL = 400, 9_000, 2_060  # bytes
WORDS = ("harbour evening study portrait river garden window figure winter chalk gouache graphite "
         "landscape seated woman bridge morning interior abstract church cliff pasture storm "
         "reclining composition untitled movement white grey blue Küste Été Ångström").split()
PLACES = ("London", "Leeds", "St Ives", "Helsinki", "Paris", "Zürich", "New York", "Glasgow")


def phrase(rng, words):
    return " ".join(rng.choice(WORDS) for _ in range(words))


def subject_tree(rng, depth):
    children = [subject_tree(rng, depth - 1) for _ in range(rng.randint(1, 2))] if depth else []
    node = {"id": rng.randint(1, 20_000), "name": phrase(rng, 2)}
    return {**node, "children": children} if children else node


def rendered(value):
    """As it stands two levels down in a record; Python is too slow to render all records whole."""
    return textwrap.indent(json.dumps(value, indent=2), "    ")


def record(rng, kind, number, leaves, trees):
    """One record as text, of a size drawn from what such an API answers."""
    size = min(LARGEST, max(SMALLEST, int(rng.lognormvariate(0, 0.56) * USUAL)))
    fields = {
        "id": number, "kind": kind, "title": phrase(rng, 4), "acno": f"{kind[0].upper()}{number:05}",
        "year": rng.choice((None, rng.randint(1550, 2010))), "medium": phrase(rng, 3),
        "artist": {"name": phrase(rng, 2).title(), "birth": {"year": rng.randint(1500, 1980),
                                                            "place": rng.choice(PLACES)}},
        "dimensions": f"support: {rng.randint(90, 3000)} x {rng.randint(90, 3000)} mm"}
    text, subjects = json.dumps(fields, indent=2)[:-2], []
    left = size - len(text)
    while left > 60 or not subjects:
        subjects.append(rng.choice(trees if left > 1_200 else leaves))
        left -= len(subjects[-1])
    return text + ',\n  "subjects": [\n' + ",\n".join(subjects) + "\n  ]\n}\n"


def names(count=COUNT):
    """(kind, id) of every record, in order."""
    return [("artists" if i < ARTISTS else "artworks", i) for i in range(count)]


def write_records(docroot, count=COUNT):
    """docroot/v1/KIND/ID.json."""
    rng = random.Random(2026)
    leaves, trees = ([rendered(subject_tree(rng, depth)) for _ in range(400)] for depth in (0, 2))
    for folder in ("artists", "artworks"):
        (docroot / "v1" / folder).mkdir(parents=True)
    for kind, number in names(count):
        text = record(rng, kind, number, leaves, trees)
        (docroot / "v1" / kind / f"{number}.json").write_text(text, encoding="utf-8")
