# SPDX-License-Identifier: MIT
"""Pairs of measurements, taken in turn, so that what the machine does meanwhile meets both sides."""
import statistics


def interleaved(pairs, sides):
    """`sides`: name -> function of the round's number. A B A B ...; name -> its results, in order."""
    results = {name: [] for name in sides}
    for number in range(pairs):
        for name, measure in sides.items():
            results[name].append(measure(number))
    return results


def median(values):
    return statistics.median(values)


def ratios(ours, theirs):
    """Of each pair; their median is what is judged, as it is blind to what slowed a whole pair."""
    return [a / b for a, b in zip(ours, theirs)]
