//! pgcomply: the front door.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(pgcomply::commands::main())
}
