// HdrHistogram's JavaScript port: the same commands as histograms.py; `write` takes a block's tag, or -, before its start.
const fs = require("node:fs");
const hdr = require("hdr-histogram-js");

const [, , command, path] = process.argv;
const empty = () =>
  hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000_000, numberOfSignificantValueDigits: 3, bitBucketSize: 64 });

function* histograms() {
  const reader = new hdr.HistogramLogReader(fs.readFileSync(path, "utf8"), 64);
  for (let histogram; (histogram = reader.nextIntervalHistogram()) !== null; ) yield histogram;
}

const untagged = (histogram) => !histogram.tag || histogram.tag === "NO TAG";

const commands = {
  write() {
    let text = "";
    const log = new hdr.HistogramLogWriter((line) => (text += line));
    log.outputLogFormatVersion();
    log.outputLegend();
    for (const line of fs.readFileSync(0, "utf8").trim().split("\n")) {
      const [tag, start, ...values] = line.split(" ");
      const histogram = empty();
      values.forEach((value) => histogram.recordValue(Number(value)));
      if (tag !== "-") histogram.tag = tag;
      log.outputIntervalHistogram(histogram, Number(start), Number(start) + 1);
    }
    fs.writeFileSync(path, text);
  },
  read() {
    for (const histogram of histograms()) {
      const quantiles = [50, 99, 99.9].map((percent) => histogram.getValueAtPercentile(percent));
      console.log(untagged(histogram) ? "-" : histogram.tag, histogram.totalCount, ...quantiles, histogram.maxValue);
    }
  },
  hgrm() {
    const whole = empty();
    for (const histogram of histograms()) if (untagged(histogram)) whole.add(histogram);
    process.stdout.write(whole.outputPercentileDistribution(5, 1));
  },
};
commands[command]();
