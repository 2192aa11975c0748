//! Every flag and its words.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Audits a PostgreSQL server as a least-privilege, read-only role, and maps what it sees to GDPR and HIPAA.
#[derive(Parser)]
#[command(
    name = "pgcomply",
    version,
    about,
    disable_help_flag = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print help
    #[arg(long, short = '?', action = ArgAction::Help, global = true)]
    help: Option<bool>,
    /// Colours on the terminal
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Where stdout is a terminal, and `NO_COLOR` is not set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Scan a server, judge what was seen, write the report, and end as the gate says
    Scan(ScanArgs),
    /// Only look, and keep the evidence for `evaluate`
    Collect(CollectArgs),
    /// Judge evidence that was kept, with no server
    Evaluate(EvaluateArgs),
    /// Make other formats from a report.json
    Report(ReportArgs),
    /// Judge a report.json by the gate again
    Gate(GateArgs),
    /// Compare two reports: what is new, fixed, still open
    Diff(DiffArgs),
    /// The checks: what is looked at, why, and how it is judged
    #[command(subcommand)]
    Checks(ChecksCommand),
    /// The frameworks: what each control rests on
    #[command(subcommand)]
    Controls(ControlsCommand),
    /// Print the SQL that unlocks what the role cannot see, smallest first; it is never run
    Grants(GrantsArgs),
    /// The fact tables of an evidence file, with their rows and how complete they are
    Facts {
        /// An evidence file
        evidence: PathBuf,
    },
    /// Run a query over an evidence file, read-only
    Query {
        /// An evidence file
        evidence: PathBuf,
        /// One SQL query over the fact tables
        sql: String,
    },
    /// Print the JSON schema of a document
    Schema {
        /// Which document
        #[arg(value_enum)]
        document: Document,
    },
    /// Build the guide's deployment in a private PostgreSQL, scan it, then the same drifted, and show the difference
    Demo {
        /// Where reports and evidence go
        #[arg(long, value_name = "DIR", default_value = "pgcomply-demo")]
        dir: PathBuf,
    },
}

/// Documents that have a schema.
#[derive(Clone, Copy, ValueEnum)]
pub enum Document {
    /// report.json
    Report,
}

/// `checks …`
#[derive(Subcommand)]
pub enum ChecksCommand {
    /// List the checks
    List(CatalogueArgs),
    /// Show one: what, why, how it is judged, how to fix it, which controls it is evidence for
    Show {
        /// Its id, such as roles/owner-nologin
        id: String,
        #[command(flatten)]
        catalogue: CatalogueArgs,
    },
    /// Prove a folder of your own checks: each loads, and says what its fixtures SLUG.pass.sql and SLUG.fail.sql want
    Test {
        /// The folder: AREA/SLUG.sql
        folder: PathBuf,
    },
}

/// `controls …`
#[derive(Subcommand)]
pub enum ControlsCommand {
    /// List a framework's controls
    List {
        /// gdpr, hipaa or guide
        framework: Option<String>,
    },
    /// How much of each framework the checks are evidence for: wholly, in part, by a person only, or not at all
    Coverage {
        /// gdpr, hipaa or guide
        framework: Option<String>,
    },
    /// Show one control, and the measures and checks that are evidence for it
    Show {
        /// With its framework: gdpr:32(1)(b)
        control: String,
    },
}

/// A user's own checks.
#[derive(Args, Default)]
pub struct CatalogueArgs {
    /// A folder of your own checks, AREA/SLUG.sql, used beside the built-in ones
    #[arg(long = "checks", value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}

/// How to reach the server: psql's and libpq's habits.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// URL, key=value string or database name
    #[arg(value_name = "URL")]
    pub connection: Option<String>,
    /// Host name, address or socket directory
    #[arg(short = 'h', long, value_name = "HOST")]
    pub host: Option<String>,
    /// Port
    #[arg(short = 'p', long, value_name = "PORT")]
    pub port: Option<String>,
    /// Role to scan as
    #[arg(short = 'U', long, value_name = "ROLE")]
    pub username: Option<String>,
    /// Database whose catalogs of the cluster are read; name, URL or key=value string
    #[arg(short = 'd', long, value_name = "NAME")]
    pub dbname: Option<String>,
    /// A file that holds the password, such as a Docker secret
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Databases to look into; without it every one that the role may connect to
    #[arg(long = "database", value_name = "NAME")]
    pub databases: Vec<String>,
    /// A [[target]] of the policy
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Give up on the target after this many seconds
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
}

/// The policy.
#[derive(Args)]
#[command(next_help_heading = "Policy and selection")]
pub struct PolicyArgs {
    /// Policy file; else PGCOMPLY_POLICY, else ./pgcomply.toml
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Only checks whose id fits; * stands for anything
    #[arg(long = "check", value_name = "GLOB")]
    pub only: Vec<String>,
    /// Leave out checks whose id fits
    #[arg(long = "skip", value_name = "GLOB")]
    pub skip: Vec<String>,
    /// Only checks that are evidence for this framework
    #[arg(long = "framework", value_name = "NAME")]
    pub frameworks: Vec<String>,
    #[command(flatten)]
    pub catalogue: CatalogueArgs,
    /// How many failing subjects a finding lists in the report
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_observations: usize,
    /// Judge as of this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub now: Option<DateTime<Utc>>,
    /// Name of the person who runs this, for the report
    #[arg(long, value_name = "NAME")]
    pub auditor: Option<String>,
}

/// The gate and the outputs.
#[derive(Args)]
#[command(next_help_heading = "Report and gate")]
pub struct OutputArgs {
    /// FORMAT[=PATH], repeatable: table, json, html. Without a path, or with -, it goes to stdout
    #[arg(short = 'o', long = "output", value_name = "FORMAT[=PATH]")]
    pub outputs: Vec<String>,
    #[command(flatten)]
    pub rule: RuleArgs,
}

/// What fails the gate.
#[derive(Args)]
pub struct RuleArgs {
    /// Fail on open findings of this severity and worse: critical, high, medium, low, info or never [default: critical]
    #[arg(long, value_name = "SEVERITY", value_parser = ["critical", "high", "medium", "low", "info", "never"])]
    pub fail_on: Option<String>,
    /// What to do where a check that the gate depends on could not be assessed [default: fail]
    #[arg(long, value_name = "HOW", value_parser = ["fail", "warn"])]
    pub on_incomplete: Option<String>,
}

/// `scan`
#[derive(Args)]
pub struct ScanArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Keep the evidence in this file
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
}

/// `collect`
#[derive(Args)]
pub struct CollectArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// Policy file; else PGCOMPLY_POLICY, else ./pgcomply.toml
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Where the evidence goes
    #[arg(long, value_name = "FILE", required_unless_present = "show_sql")]
    pub evidence: Option<PathBuf>,
    /// Print the statements that would be run on a server of this major, and end
    #[arg(long, value_name = "MAJOR", num_args = 0..=1, default_missing_value = "16")]
    pub show_sql: Option<i64>,
}

/// `evaluate`
#[derive(Args)]
pub struct EvaluateArgs {
    /// An evidence file
    pub evidence: PathBuf,
    /// The [[target]] that it has to be of; without it the policy's target of that name is used, if there is one
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `grants`
#[derive(Args)]
pub struct GrantsArgs {
    #[command(flatten)]
    pub connection: ConnectionArgs,
    #[command(flatten)]
    pub policy: PolicyArgs,
    #[command(flatten)]
    pub rule: RuleArgs,
    /// Read this evidence file, and no server
    #[arg(long, value_name = "FILE", conflicts_with = "connection")]
    pub evidence: Option<PathBuf>,
    /// Only what the gate waits for
    #[arg(long)]
    pub for_gate: bool,
    /// The reverse: what takes it back
    #[arg(long)]
    pub undo: bool,
}

/// `report`
#[derive(Args)]
pub struct ReportArgs {
    /// A report.json
    pub report: PathBuf,
    /// FORMAT[=PATH], repeatable: table, json, html
    #[arg(short = 'o', long = "output", value_name = "FORMAT[=PATH]")]
    pub outputs: Vec<String>,
}

/// `gate`
#[derive(Args)]
pub struct GateArgs {
    /// A report.json
    pub report: PathBuf,
    #[command(flatten)]
    pub rule: RuleArgs,
}

/// `diff`
#[derive(Args)]
pub struct DiffArgs {
    /// The earlier report.json
    pub old: PathBuf,
    /// The later report.json
    pub new: PathBuf,
}
