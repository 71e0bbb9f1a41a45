//! Forms that a browser uploads (multipart/form-data), part by part, with files streamed.
use crate::call::{call, Result};
use crate::raw;

/// A part of a form.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// A file, whose content is read or stored; else `value` holds it.
    pub file: bool,
    pub name: String,
    /// As the client gave it: never a path to trust.
    pub filename: String,
    pub content_type: String,
    pub value: Vec<u8>,
}

/// The next part of the request's form, `None` after the last; what is left of the one before is passed over.
pub fn next() -> Result<Option<Part>> {
    let mut part = Part::default();
    let mut end = false;
    call(&raw::form_next(), |key, reader| match key {
        "kind" => {
            let kind = reader.text();
            end = kind == "end";
            part.file = kind == "file";
        }
        "name" => part.name = reader.text().to_string(),
        "filename" => part.filename = reader.text().to_string(),
        "contentType" => part.content_type = reader.text().to_string(),
        "value" => part.value = reader.data().to_vec(),
        _ => {
            reader.skip();
        }
    })?;
    Ok((!end).then(|| part))
}

/// The next piece of the file; an empty one at its end.
pub fn read(max: i64) -> Result<Vec<u8>> {
    let mut piece = Vec::new();
    call(&raw::form_read(max), |key, reader| match key {
        "data" => piece = reader.data().to_vec(),
        _ => {
            reader.skip();
        }
    })?;
    Ok(piece)
}

/// Stores the rest of the file in a mount (the files capability); gives its size.
pub fn store(path: &str) -> Result<i64> {
    let mut size = 0;
    call(&raw::form_store(path), |_, reader| size = reader.integer())?;
    Ok(size)
}
