//! One page that needs nothing else: no network, no script.

use std::fmt::Write as _;

use super::svg::{self, escaped};
use super::{basis, change, in_words, micros, name, word};
use crate::compare::{Comparison, Side, Stage};
use crate::recording::WHOLE;

/// The comparison as an HTML page.
#[must_use]
pub fn html(comparison: &Comparison) -> String {
    let mut body = String::new();
    let verdict = comparison.verdict;
    let _ = write!(
        body,
        r#"<header><h1>Latency: <span class="{verdict}">{verdict}</span></h1><p class="words">{}</p>"#,
        escaped(&in_words(comparison))
    );
    if !comparison.forced.is_empty() {
        let _ = write!(
            body,
            r#"<p class="forced">Forced: the two sides were not recorded in one environment, so that the figures may tell the difference between the environments. {}</p>"#,
            escaped(&comparison.forced.join("; "))
        );
    }
    let _ = write!(
        body,
        r#"<p>{}</p><p class="key"><span class="swatch base"></span> base <span class="swatch new"></span> new</p></header>"#,
        escaped(&basis(comparison))
    );

    body.push_str(&table(comparison));
    if let Some(picture) = svg::waterfall(comparison) {
        let _ = write!(
            body,
            "<section><h2>Where the time goes</h2><div class=\"plots\">{}</div></section>",
            figure(
                &picture,
                "Stages of an order, one behind the other, each as long as its median; the upper bar is base. Medians do not add up to the median of the whole."
            )
        );
    }
    for stage in &comparison.stages {
        body.push_str(&section(stage));
    }
    let _ = write!(
        body,
        "<section><h2>Environment</h2><div class=\"sides\">{}{}</div></section>",
        environment("base", &comparison.base),
        environment("new", &comparison.new)
    );
    body.push_str(METHOD);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
         <link rel=\"icon\" href=\"data:,\"><title>Latency: {verdict}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
}

fn table(comparison: &Comparison) -> String {
    let mut rows = String::new();
    for stage in &comparison.stages {
        for (at, row) in stage.rows.iter().enumerate() {
            let first = if at == 0 {
                format!("<th scope=\"rowgroup\" rowspan=\"{}\">{}</th>", stage.rows.len(), escaped(&stage.name))
            } else {
                String::new()
            };
            let class = if row.gated { row.verdict.to_string() } else { "ungated".to_owned() };
            let [low, high] = row.interval.map(change);
            let _ = write!(
                rows,
                "<tr>{first}<td>{}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td><td>{low} to {high}</td><td class=\"{class} verdict\">{}</td></tr>",
                name(row.quantile),
                micros(row.base_ns),
                micros(row.new_ns),
                change(row.ratio),
                word(row)
            );
        }
    }
    format!(
        "<section><h2>Quantiles</h2><div class=\"scroll\"><table><thead><tr><th>stage</th><th>quantile</th><th>base, µs</th><th>new, µs</th>\
         <th>change</th><th>{:.0} % interval</th><th class=\"verdict\">verdict</th></tr></thead><tbody>{rows}</tbody></table></div></section>",
        comparison.level * 100.0
    )
}

fn section(stage: &Stage) -> String {
    let title = if stage.name == WHOLE { "Whole orders".to_owned() } else { escaped(&stage.name) };
    format!(
        "<section><h2>{title}</h2><div class=\"plots\">{}{}{}</div></section>",
        figure(&svg::percentiles(stage), "Percentiles; the bands hold the middle 80 % of the blocks."),
        figure(
            &svg::shifts(stage),
            "How each quantile has shifted, with its interval; within the grey band nothing matters. A hollow mark has no gate."
        ),
        figure(&svg::medians(stage), "The median of each block, as they were recorded."),
    )
}

fn figure(picture: &str, caption: &str) -> String {
    format!("<figure>{picture}<figcaption>{}</figcaption></figure>", escaped(caption))
}

fn environment(which: &str, side: &Side) -> String {
    let mut rows = String::new();
    let mut row = |what: &str, value: &str| {
        let _ = write!(rows, "<dt>{}</dt><dd>{}</dd>", escaped(what), escaped(value));
    };
    let file = side.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    row("file", &file);
    row("blocks", &side.blocks.to_string());
    match &side.environment {
        None => row("recorded", "by another tool, which does not say where"),
        Some(environment) => {
            let machine = &environment.machine;
            row("recorded", &environment.recorded);
            row("commit", environment.commit.as_deref().unwrap_or("not known"));
            row("processor", &format!("{}, {} usable, {}", machine.cpu, machine.cores, machine.arch));
            row(
                "system",
                &format!("{} {}, governor {}, machine {}", machine.os, machine.kernel, machine.governor, machine.id),
            );
            if let Some([one, five, fifteen]) = environment.load {
                row("load at its start", &format!("{one:.2}, {five:.2}, {fifteen:.2}"));
            }
            for (name, value) in environment.options.iter().chain(&environment.notes) {
                row(name, value);
            }
        }
    }
    format!("<div><h3>{which}</h3><dl>{rows}</dl></div>")
}

const METHOD: &str = "<section><h2>How to read it</h2><p>An interval holds the true ratio 99 times in 100. It comes from drawing whole \
blocks, or pairs of them, again and again: values within a block are not independent. A gate is a regression when the ratio is up by what \
matters or more and its interval, made wider for the number of gates, lies above 1; it is the same when the interval lies within what \
matters on both sides; else it cannot be told, and more blocks may help. Times on one machine's loopback leave out the network and the \
venue: they tell whether code has become slower, not how fast an order reaches a venue.</p></section>";

const STYLE: &str = "\
:root{--page:#fff;--ink:#1b1f24;--faint:#5c6570;--rule:#d5dae0;--grid:#e6e9ed;--base:#3568b5;--new:#b3541e;--bad:#b3122a;--good:#17703a;--band:#8a929c}\
@media (prefers-color-scheme:dark){:root{--page:#14171b;--ink:#e4e7eb;--faint:#9aa4af;--rule:#343b44;--grid:#262c33;--base:#7aa7ea;--new:#e59560;--bad:#ff7b8a;--good:#6cc98f;--band:#78818c}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\
main{max-width:1180px;margin:0 auto;padding:16px}\
h1{font-size:1.6rem;margin:.3em 0}h2{font-size:1.15rem;margin:0}h3{font-size:1rem;margin:.4em 0}\
section{margin:22px 0}.words{font-size:1.1rem;overflow-wrap:anywhere}p{max-width:75ch}\
.regression{color:var(--bad)}.improvement{color:var(--good)}.undecided,.ungated{color:var(--faint)}\
.forced{color:#fff;background:#b3122a;padding:8px 12px;overflow-wrap:anywhere}\
.key{color:var(--faint)}.swatch{display:inline-block;width:1.6em;height:.55em;margin:0 .3em 0 .8em}.swatch.base{background:var(--base);margin-left:0}.swatch.new{background:var(--new)}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin-top:8px}\
th,td{padding:3px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}th[scope],thead th:first-child,.verdict{text-align:left;vertical-align:top}\
td.verdict{font-weight:600}td.ungated.verdict{font-weight:400}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:14px;margin-top:8px}\
figure{margin:0;max-width:560px}figcaption{color:var(--faint);font-size:.85rem}svg{width:100%;height:auto;display:block}\
svg text{font:11px system-ui,sans-serif;fill:var(--faint)}.grid{stroke:var(--grid)}.zero{stroke:var(--faint)}\
.curve,.thread{fill:none;stroke-width:1.5}.thread{stroke-width:.6;opacity:.6}.base.curve,.base.thread{stroke:var(--base)}.new.curve,.new.thread{stroke:var(--new)}\
.base.band,.base.dot,.base.bar{fill:var(--base)}.new.band,.new.dot,.new.bar{fill:var(--new)}.band{opacity:.2}.indifferent{fill:var(--band);opacity:.22}\
.interval{stroke:var(--ink);stroke-width:1.5;fill:var(--ink)}.interval.regression{stroke:var(--bad);fill:var(--bad)}.interval.improvement{stroke:var(--good);fill:var(--good)}\
.interval.ungated{stroke:var(--faint);fill:var(--page)}\
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:20px}\
\
@media (max-width:640px){table,thead,tbody{display:block}tr{display:grid;grid-template-columns:4.2em 1fr 1fr 1.1fr;border-bottom:1px solid var(--rule)}\
th,td{padding:2px 4px;border:0}th:first-child{grid-column:1/-1}thead th:first-child{display:none}\
tr>:nth-last-child(2){grid-column:1/4;text-align:left;color:var(--faint)}tr>.verdict{grid-column:4;text-align:right;white-space:normal}}\
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 14px;margin:0}dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}\
@media print{:root{--page:#fff;--ink:#000;--faint:#444;--rule:#999;--grid:#ddd;--base:#3568b5;--new:#b3541e;--bad:#b3122a;--good:#17703a;--band:#8a929c}body{font-size:12px}.scroll{overflow:visible}table{font-size:10px}th,td{padding:2px 5px}figure,tr{break-inside:avoid}section h2{break-after:avoid}}";
