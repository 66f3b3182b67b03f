//! `orderwire-latency`: records, compares and draws latency histograms of an order path.

mod program {
    pub(crate) mod ab;
    pub(crate) mod cli;
    pub(crate) mod rounds;
    pub(crate) mod scenario;
    pub(crate) mod self_test;
    pub(crate) mod slowed;
    pub(crate) mod told;
    pub(crate) mod venue;
}

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use orderwire_latency::recording::Recording;
use orderwire_latency::{compare, export};

use program::cli::{Cli, Command, Failure};
use program::{ab, scenario, self_test, told, venue};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(program::cli::EXIT_USAGE) };
        }
    };
    match run(cli.command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("orderwire-latency: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Ab(arguments) => ab::run(&arguments),
        Command::Compare(arguments) => {
            let (base, new) = (arguments.read(&arguments.base)?, arguments.read(&arguments.new)?);
            let comparison = compare(&base, &new, &arguments.judging.options())?;
            told::comparison(&comparison, &arguments.judging, &arguments.pages)
        }
        Command::Export(arguments) => {
            let recording = Recording::read(&arguments.file, arguments.unit)?;
            match &arguments.stage {
                None => println!("{:#}", export::json(&recording)),
                Some(name) => {
                    let missing =
                        || Failure::not_comparable(format!("{} has no stage {name:?}", arguments.file.display()));
                    print!("{}", export::hgrm(recording.stage(name).ok_or_else(missing)?, arguments.divisor));
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Record(arguments) => scenario::record(&arguments),
        Command::Report(arguments) => {
            let (base, new) = (arguments.read(&arguments.base)?, arguments.read(&arguments.new)?);
            let comparison = compare(&base, &new, &arguments.judging.options())?;
            told::report(&comparison, &arguments)
        }
        Command::SelfTest(arguments) => self_test::run(&arguments),
        Command::Venue(arguments) => venue::serve(&arguments),
    }
}
