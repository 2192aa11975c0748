//! Rows of a catalog query as plain values. Names travel as bytes and are decoded here, so that no name ends a scan.

use serde_json::{Map, Value};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// A row by column name.
pub(super) type Record = Map<String, Value>;

/// All rows, decoded; says which column is of a type that a query must not return.
pub(super) fn records(rows: &[Row]) -> Result<Vec<Record>, String> {
    rows.iter().map(record).collect()
}

fn record(row: &Row) -> Result<Record, String> {
    let mut record = Record::new();
    for (index, column) in row.columns().iter().enumerate() {
        let value = value(row, index, column.type_()).map_err(|e| format!("column {}: {e}", column.name()))?;
        record.insert(column.name().to_owned(), value);
    }
    Ok(record)
}

fn value(row: &Row, index: usize, kind: &Type) -> Result<Value, String> {
    let fault = |e: tokio_postgres::Error| e.to_string();
    Ok(match *kind {
        Type::BYTEA => row.try_get::<_, Option<&[u8]>>(index).map_err(fault)?.map(decoded).into(),
        Type::TEXT => row.try_get::<_, Option<&str>>(index).map_err(fault)?.into(),
        Type::BOOL => row.try_get::<_, Option<bool>>(index).map_err(fault)?.map(i64::from).into(),
        Type::INT8 => row.try_get::<_, Option<i64>>(index).map_err(fault)?.into(),
        Type::INT4 => row.try_get::<_, Option<i32>>(index).map_err(fault)?.into(),
        ref other => return Err(format!("of type {other}, which is not read")),
    })
}

/// Bytes as text; those that are no UTF-8 become `\xNN`. A backslash that would read as such an escape becomes `\x5C`,
/// so that two different names stay different: names are keys of the evidence.
pub(super) fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut valid = chunk.valid();
        while let Some(at) = first_escape(valid) {
            text.push_str(&valid[..at]);
            text.push_str("\\x5C");
            valid = &valid[at + 1..];
        }
        text.push_str(valid);
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

/// The bytes' own text of a decoded name; none where it has bytes that are no UTF-8.
pub(super) fn original(decoded: &str) -> Option<String> {
    let text = decoded.replace("\\x5Cx", "\0");
    first_escape(&text).is_none().then(|| text.replace('\0', "\\x"))
}

/// Where `\xNN` stands.
fn first_escape(text: &str) -> Option<usize> {
    let hexadecimal = |at: usize| text[at + 2..].bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    text.match_indices("\\x").map(|(at, _)| at).find(|at| hexadecimal(*at))
}

#[cfg(test)]
mod tests {
    use super::{decoded, original};

    #[test]
    fn bytes_of_another_encoding_stay_visible_and_distinct() {
        assert_eq!(decoded("größe".as_bytes()), "größe");
        assert_eq!(decoded(b"gr\xf6\xdfe"), "gr\\xF6\\xDFe");
        assert_ne!(decoded(b"\xf6"), decoded(b"\xdf"));
        assert_ne!(decoded(b"\xf6"), decoded(b"\\xF6"), "a name that looks like an escape is none");
        assert_eq!(decoded(b"C:\\xyz\\n"), "C:\\xyz\\n", "other backslashes stay");
    }

    #[test]
    fn a_name_can_be_asked_for_by_its_own_text_where_it_has_one() {
        for name in ["plain", "a\\xF6b", "\\x5Cx41", "\\", "\\x"] {
            assert_eq!(original(&decoded(name.as_bytes())).as_deref(), Some(name));
        }
        assert_eq!(original(&decoded(b"gr\xf6\xdfe")), None);
    }
}
