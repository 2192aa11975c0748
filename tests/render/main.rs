//! Every format from one report: words in snapshots, names that mean harm, and documents that are what they say.

mod sample;
mod terminal;
mod documents;
mod page;
