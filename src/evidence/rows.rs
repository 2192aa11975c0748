//! Rows on their way into a fact table, and the record of what was collected.

use serde_json::Value;

/// Rows for one fact table: values in the order of `columns`.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Column names of the table.
    pub columns: Vec<String>,
    /// One entry a row, each as long as `columns`.
    pub values: Vec<Vec<Value>>,
}

impl Rows {
    /// No rows yet, for these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Rows { columns: columns.iter().map(|c| (*c).to_owned()).collect(), values: Vec::new() }
    }

    /// One row for each serialised struct: its field names are the columns.
    ///
    /// # Errors
    /// Where a value does not serialise to a JSON object.
    pub fn from_structs<T: serde::Serialize>(items: &[T]) -> Result<Self, serde_json::Error> {
        let mut rows = Rows::default();
        for item in items {
            let Value::Object(map) = serde_json::to_value(item)? else {
                return Err(serde::ser::Error::custom("a fact is not an object"));
            };
            if rows.columns.is_empty() {
                rows.columns = map.keys().cloned().collect();
            }
            rows.values.push(map.into_iter().map(|(_, v)| v).collect());
        }
        Ok(rows)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// How much of a part of a fact was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionStatus {
    /// All of it.
    Complete,
    /// Some rows or columns are missing.
    Partial,
    /// None of it.
    Unavailable,
}

impl CollectionStatus {
    /// The word in the `collection` table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CollectionStatus::Complete => "complete",
            CollectionStatus::Partial => "partial",
            CollectionStatus::Unavailable => "unavailable",
        }
    }
}

/// One row of the `collection` table.
#[derive(Clone, Debug)]
pub struct CollectionRow {
    /// A fact table.
    pub fact: String,
    /// `*`, a group of columns, or a setting's name.
    pub part: String,
    /// Empty for facts of the whole cluster.
    pub database: String,
    /// How much was seen.
    pub status: CollectionStatus,
    /// The kind of the reason, in the words of `ReasonKind`.
    pub kind: Option<&'static str>,
    /// In words.
    pub reason: Option<String>,
    /// What completes it.
    pub unlock: Option<String>,
    /// The query or probe.
    pub source: String,
    /// RFC 3339, UTC.
    pub collected_at: String,
    /// In milliseconds.
    pub duration_ms: i64,
    /// How many rows were read.
    pub rows: i64,
}
