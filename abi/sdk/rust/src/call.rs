//! Calls to the host: one message out, one answer back, in straight-line code.
use crate::msgpack::{Reader, Writer};
use crate::raw::{self, Code};

/// A failure, with its text for whoever runs the service.
#[derive(Clone, Debug)]
pub struct Error {
    pub code: Code,
    /// The code as the host spells it.
    pub name: String,
    pub message: String,
}

impl core::fmt::Display for Error {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "{}: {}", self.name, self.message)
    }
}

impl std::error::Error for Error {}

/// What a call gives.
pub type Result<T> = core::result::Result<T, Error>;

/// Reads the members of a map: `each(key, reader)` reads or skips one value.
pub(crate) fn members<'a>(reader: &mut Reader<'a>, mut each: impl FnMut(&'a str, &mut Reader<'a>)) {
    let mut left = reader.map();
    while left > 0 && !reader.failed {
        let key = reader.text();
        each(key, reader);
        left -= 1;
    }
}

/// Sends a message, waits for its answer and reads the members of its result.
pub(crate) fn call(message: &Writer, mut each: impl FnMut(&str, &mut Reader)) -> Result<()> {
    let answer = raw::ask(message);
    let mut reader = Reader::new(&answer);
    let mut failure: Option<(String, String)> = None;
    members(&mut reader, |key, reader| {
        if key != "params" {
            reader.skip();
            return;
        }
        members(reader, |key, reader| match key {
            "data" => members(reader, &mut each),
            "error" => {
                let (mut name, mut message) = (String::new(), String::new());
                members(reader, |key, reader| match key {
                    "code" => name = reader.text().to_string(),
                    "message" => message = reader.text().to_string(),
                    _ => {
                        reader.skip();
                    }
                });
                failure = Some((name, message));
            }
            _ => {
                reader.skip();
            }
        });
    });
    match failure {
        None => Ok(()),
        Some((name, message)) => Err(Error { code: raw::code_of(&name), name, message }),
    }
}

/// Sends a message whose answer holds nothing.
pub(crate) fn done(message: &Writer) -> Result<()> {
    call(message, |_, reader| {
        reader.skip();
    })
}
