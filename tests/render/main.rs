//! Every format from one report: words in snapshots, names that mean harm, and documents that are what they say.

mod documents;
mod page;
mod sample;
mod terminal;
