//! stub
use super::RenderError;
use crate::model::Report;
/// stub
pub fn html(_: &Report) -> Result<String, RenderError> {
    Ok(String::new())
}
