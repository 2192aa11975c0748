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

/// Bytes as text; those that are no UTF-8 become `\xNN`, so that two different names stay different.
pub(super) fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn bytes_of_another_encoding_stay_visible_and_distinct() {
        assert_eq!(decoded("größe".as_bytes()), "größe");
        assert_eq!(decoded(b"gr\xf6\xdfe"), "gr\\xF6\\xDFe");
        assert_ne!(decoded(b"\xf6"), decoded(b"\xdf"));
    }
}
