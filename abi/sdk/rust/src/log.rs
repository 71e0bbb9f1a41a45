//! The service's log and configuration.
use crate::call::{call, Result};
use crate::msgpack::Writer;
use crate::raw;

/// Writes a line with named values.
pub fn write(level: &str, message: &str, fields: &[(&str, &str)]) {
    let mut named = Writer::new();
    named.map(fields.len());
    for (name, value) in fields {
        named.text(name);
        named.text(value);
    }
    raw::post(&raw::log_write(level, message, named.bytes()));
}

pub fn debug(message: &str, fields: &[(&str, &str)]) {
    write("debug", message, fields);
}

pub fn info(message: &str, fields: &[(&str, &str)]) {
    write("info", message, fields);
}

pub fn warn(message: &str, fields: &[(&str, &str)]) {
    write("warn", message, fields);
}

pub fn error(message: &str, fields: &[(&str, &str)]) {
    write("error", message, fields);
}

/// A value of the deployment's configuration (the env capability).
pub fn config(key: &str) -> Result<Option<String>> {
    look_up(&raw::config_get(key))
}

/// A secret of the deployment (the env capability).
pub fn secret(key: &str) -> Result<Option<String>> {
    look_up(&raw::secret_get(key))
}

fn look_up(message: &Writer) -> Result<Option<String>> {
    let (mut found, mut value) = (false, String::new());
    call(message, |key, reader| match key {
        "found" => found = reader.boolean(),
        "value" => value = reader.text().to_string(),
        _ => {
            reader.skip();
        }
    })?;
    Ok(found.then(|| value))
}
