//! Key–value storage of the service (the storage capability).
//!
//! ```ignore
//! fn count() -> berth::Result<i64> {
//!     let before = storage::get("visits")?.map_or(0, |item| item.text().parse().unwrap_or(0));
//!     storage::set("visits", &(before + 1).to_string())?;
//!     Ok(before + 1)
//! }
//! ```
use crate::call::{call, done, members, Result};
use crate::msgpack::{Reader, Value, Writer};
use crate::raw;

/// One entry.
#[derive(Clone, Debug, Default)]
pub struct Item {
    pub key: String,
    pub value: Vec<u8>,
    /// Whether the value was written as binary data.
    pub binary: bool,
    pub tag: String,
}

impl Item {
    /// The value as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.value).into_owned()
    }

    fn member(&mut self, key: &str, reader: &mut Reader) {
        match key {
            "key" => self.key = reader.text().to_string(),
            "tag" => self.tag = reader.text().to_string(),
            "value" => {
                self.binary = reader.next_is_binary();
                self.value = reader.data().to_vec();
            }
            _ => {
                reader.skip();
            }
        }
    }
}

/// Reads an entry.
pub fn get(key: &str) -> Result<Option<Item>> {
    let mut found = false;
    let mut item = Item { key: key.to_string(), ..Default::default() };
    call(&raw::storage_get(key), |name, reader| match name {
        "found" => found = reader.boolean(),
        _ => item.member(name, reader),
    })?;
    Ok(found.then(|| item))
}

/// Writes text; durable when it returns.
pub fn set(key: &str, value: &str) -> Result<()> {
    set_with(key, Value::Text(value), "", 0)
}

/// Writes a value with a tag ("" for none), to be gone after `ttl_ms` (0: kept).
pub fn set_with(key: &str, value: Value, tag: &str, ttl_ms: i64) -> Result<()> {
    done(&raw::storage_set(key, value, tag, ttl_ms))
}

/// Removes an entry; says whether there was one.
pub fn remove(key: &str) -> Result<bool> {
    flag(&raw::storage_remove(key))
}

/// Writes only when the present value is `expected` (`None`: when there is no entry); says whether it did.
pub fn compare_and_set(key: &str, expected: Option<Value>, value: Value) -> Result<bool> {
    flag(&raw::storage_compare_and_set(key, expected, value, "", 0))
}

fn flag(message: &Writer) -> Result<bool> {
    let mut value = false;
    call(message, |_, reader| value = reader.boolean())?;
    Ok(value)
}

/// A page of entries in key order, by prefix and tag ("" for all); the next page begins `after` the last key.
pub fn list(prefix: &str, tag: &str, after: &str, limit: i64) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    call(&raw::storage_list(prefix, tag, after, limit), |_, reader| {
        for _ in 0..reader.list() {
            let mut item = Item::default();
            members(reader, |key, reader| item.member(key, reader));
            items.push(item);
        }
    })?;
    Ok(items)
}

/// Several writes and removals, all or nothing.
#[derive(Default)]
pub struct Batch {
    steps: Writer,
    count: usize,
}

impl Batch {
    pub fn set(&mut self, key: &str, value: Value, tag: &str, ttl_ms: i64) -> &mut Self {
        self.count += 1;
        self.steps.map(5);
        for (name, text) in [("kind", "set"), ("key", key), ("tag", tag)] {
            self.steps.text(name);
            self.steps.text(text);
        }
        self.steps.text("value");
        self.steps.value(value);
        self.steps.text("ttlMs");
        self.steps.integer(ttl_ms);
        self
    }

    pub fn remove(&mut self, key: &str) -> &mut Self {
        self.count += 1;
        self.steps.map(2);
        for (name, text) in [("kind", "remove"), ("key", key)] {
            self.steps.text(name);
            self.steps.text(text);
        }
        self
    }

    pub fn commit(&self) -> Result<()> {
        let mut list = Writer::new();
        list.list(self.count);
        list.raw(self.steps.bytes());
        done(&raw::storage_batch(list.bytes()))
    }
}
