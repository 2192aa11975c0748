//! One file a subcommand. Only here are the clock, the environment and the terminal read.

mod around;
mod catalogue;
mod check_test;
mod collect;
mod demo;
mod document;
mod evaluate;
mod evidence;
mod failure;
mod finish;
mod grants;
mod output;
mod scan;
mod selection;

use std::sync::Arc;

use clap::Parser;

use crate::cli::{ChecksCommand, Cli, Command, ControlsCommand};
use crate::collect::postgres::Running;
use around::Terminal;
use failure::Failure;

/// Runs the program; the result is the process's exit code.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::defect(format!("the runtime does not start: {error}")).print(),
    };
    let terminal = Terminal::new(cli.color);
    let code = runtime.block_on(interruptible(cli.command, &terminal));
    // nobody waits for an answer at the terminal when it is over
    runtime.shutdown_background();
    code
}

/// Help and versions are no errors; a usage error ends with 2, as clap's own.
fn usage(error: &clap::Error) -> u8 {
    match error.print() {
        Ok(()) if !error.use_stderr() => 0,
        Ok(()) | Err(_) => 2,
    }
}

async fn interruptible(command: Command, terminal: &Terminal) -> u8 {
    let running = Arc::<Running>::default();
    let outcome = tokio::select! {
        // first, so that signals are heard before anything is begun: a file that is half written stays beside the old one
        biased;
        () = around::interrupted() => {
            running.cancel().await;
            return around::INTERRUPTED;
        }
        outcome = dispatch(command, terminal, &running) => outcome,
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => failure.print(),
    }
}

async fn dispatch(command: Command, terminal: &Terminal, running: &Arc<Running>) -> Result<u8, Failure> {
    match command {
        Command::Scan(args) => scan::run(args, terminal, running).await,
        Command::Collect(args) => collect::run(args, running).await,
        Command::Evaluate(args) => evaluate::run(args, terminal).await,
        Command::Report(args) => document::report(&args, terminal),
        Command::Gate(args) => document::gate(&args).await,
        Command::Diff(args) => document::diff(&args, terminal),
        Command::Checks(ChecksCommand::List(args)) => catalogue::list(&args, terminal).await,
        Command::Checks(ChecksCommand::Show { id, catalogue: args }) => catalogue::show(&id, &args, terminal).await,
        Command::Checks(ChecksCommand::Test { folder }) => check_test::run(&folder).await,
        Command::Controls(ControlsCommand::Coverage { framework }) => catalogue::coverage(framework.as_deref()).await,
        Command::Controls(ControlsCommand::List { framework }) => catalogue::controls(framework.as_deref()).await,
        Command::Controls(ControlsCommand::Show { control }) => catalogue::control(&control, terminal).await,
        Command::Grants(args) => grants::run(args, running).await,
        Command::Facts { evidence } => evidence::facts(&evidence, terminal).await,
        Command::Query { evidence, sql } => evidence::query(&evidence, &sql, terminal).await,
        Command::Schema { document } => document::schema(document),
        Command::Demo { dir } => demo::run(&dir, terminal, running).await,
    }
}
