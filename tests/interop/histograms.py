"""HdrHistogram's Python port: writes and reads interval logs, and prints a percentile distribution.

histograms.py write FILE   from standard input, a block a line: its start in seconds, then its values
histograms.py read FILE    a line for each histogram: tag or -, count, p50, p99, p99.9, greatest value
histograms.py hgrm FILE    all histograms without a tag as one
"""

import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader, HistogramLogWriter


def empty():
    return HdrHistogram(1, 3_600_000_000_000, 3)


def write(path):
    with open(path, "w", encoding="utf-8") as file:
        log = HistogramLogWriter(file)
        log.output_log_format_version()
        log.output_base_time(1_790_000_000_000)
        log.output_legend()
        for line in sys.stdin:
            start, *values = map(int, line.split())
            histogram = empty()
            for value in values:
                histogram.record_value(value)
            log.output_interval_histogram(histogram, start, start + 1)


def histograms(path):
    reader = HistogramLogReader(path, empty())
    while (histogram := reader.get_next_interval_histogram()) is not None:
        yield histogram


def read(path):
    for histogram in histograms(path):
        quantiles = [histogram.get_value_at_percentile(percent) for percent in (50, 99, 99.9)]
        print(histogram.get_tag() or "-", histogram.get_total_count(), *quantiles, histogram.get_max_value())


def hgrm(path):
    whole = empty()
    for histogram in histograms(path):
        if not histogram.get_tag():
            whole.add(histogram)
    whole.output_percentile_distribution(sys.stdout.buffer, 1)


{"write": write, "read": read, "hgrm": hgrm}[sys.argv[1]](sys.argv[2])
