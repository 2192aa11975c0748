//! Rebuilds when a file appears among those that are embedded: `include_dir!` alone notices only changes.

fn main() {
    for folder in ["checks", "frameworks", "report-templates", "fixtures/reference", "fixtures/drifted"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
