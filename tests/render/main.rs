//! Every format from one report: words in snapshots, names that mean harm, and documents that are what they say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod documents;
mod page;
mod sample;
mod terminal;
