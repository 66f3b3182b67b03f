//! What a comparison says, for a person or a program, and the exit status that says it in one number.

use std::path::Path;
use std::process::ExitCode;

use orderwire_latency::{Comparison, Verdict, report};

use super::cli::{CompareArguments, EXIT_REGRESSION, Failure, Judging, Pages};

/// Prints it, writes the pages that were asked for, and gives the exit status.
pub(crate) fn comparison(comparison: &Comparison, judging: &Judging, pages: &Pages) -> Result<ExitCode, Failure> {
    if judging.json {
        let json = serde_json::to_string_pretty(comparison).map_err(|e| Failure::not_comparable(e.to_string()))?;
        println!("{json}");
    } else {
        print!("{}", report::text(comparison));
    }
    write_pages(comparison, pages)?;
    Ok(match comparison.verdict {
        Verdict::Regression => ExitCode::from(EXIT_REGRESSION),
        Verdict::Undecided => ExitCode::from(judging.undecided),
        Verdict::Improvement | Verdict::Same => ExitCode::SUCCESS,
    })
}

/// Writes the pages, under names of their own where none are given, and says where they are.
pub(crate) fn report(comparison: &Comparison, arguments: &CompareArguments) -> Result<ExitCode, Failure> {
    let mut pages = arguments.pages.clone();
    if pages.html.is_none() && pages.markdown.is_none() {
        pages = Pages { html: Some("latency-report.html".into()), markdown: Some("latency-report.md".into()) };
    }
    write_pages(comparison, &pages)?;
    for path in [&pages.html, &pages.markdown].into_iter().flatten() {
        println!("{}", path.display());
    }
    println!("{}: {}", comparison.verdict, report::in_words(comparison));
    Ok(ExitCode::SUCCESS)
}

fn write_pages(comparison: &Comparison, pages: &Pages) -> Result<(), Failure> {
    let write = |path: &Path, page: String| {
        std::fs::write(path, page).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
    };
    if let Some(path) = &pages.html {
        write(path, report::html(comparison))?;
    }
    if let Some(path) = &pages.markdown {
        write(path, report::markdown(comparison))?;
    }
    Ok(())
}
