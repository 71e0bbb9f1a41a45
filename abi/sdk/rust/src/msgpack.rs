//! MessagePack for services. A reader that meets something unexpected stops, gives empty values from then on and
//! says so in `failed`.

/// Text or binary data, told apart on the way.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// Writes MessagePack.
pub struct Writer {
    out: Vec<u8>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    pub fn new() -> Self {
        Writer { out: Vec::with_capacity(240) }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.out
    }

    /// Bytes that are MessagePack already.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn sized(&mut self, first: u8, length: usize) {
        self.out.push(first);
        self.out.extend_from_slice(&(length as u32).to_be_bytes());
    }

    pub fn nil(&mut self) {
        self.out.push(0xc0);
    }

    pub fn boolean(&mut self, value: bool) {
        self.out.push(if value { 0xc3 } else { 0xc2 });
    }

    pub fn integer(&mut self, value: i64) {
        if (0..128).contains(&value) {
            self.out.push(value as u8);
        } else {
            self.out.push(0xd3);
            self.out.extend_from_slice(&value.to_be_bytes());
        }
    }

    pub fn text(&mut self, value: &str) {
        if value.len() < 32 {
            self.out.push(0xa0 | value.len() as u8);
        } else {
            self.sized(0xdb, value.len());
        }
        self.raw(value.as_bytes());
    }

    pub fn bin(&mut self, value: &[u8]) {
        self.sized(0xc6, value.len());
        self.raw(value);
    }

    pub fn map(&mut self, count: usize) {
        if count < 16 {
            self.out.push(0x80 | count as u8);
        } else {
            self.sized(0xdf, count);
        }
    }

    pub fn list(&mut self, count: usize) {
        if count < 16 {
            self.out.push(0x90 | count as u8);
        } else {
            self.sized(0xdd, count);
        }
    }

    pub fn value(&mut self, value: Value) {
        match value {
            Value::Text(text) => self.text(text),
            Value::Bytes(bytes) => self.bin(bytes),
        }
    }

    pub fn value_or_nil(&mut self, value: Option<Value>) {
        match value {
            Some(value) => self.value(value),
            None => self.nil(),
        }
    }

    pub fn headers(&mut self, headers: &[(String, String)]) {
        self.list(headers.len());
        for (name, value) in headers {
            self.list(2);
            self.text(name);
            self.text(value);
        }
    }

    /// What another writer wrote; nil when it is empty.
    pub fn encoded(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            self.nil();
        } else {
            self.raw(bytes);
        }
    }
}

/// Reads MessagePack in place.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    pub failed: bool,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes, failed: false }
    }

    fn fail(&mut self) {
        self.failed = true;
        self.rest = &[];
    }

    fn peek(&self) -> u8 {
        self.rest.first().copied().unwrap_or(0xc1)
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        if count > self.rest.len() {
            self.fail();
            return &[];
        }
        let (taken, rest) = self.rest.split_at(count);
        self.rest = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0xc1)
    }

    fn unsigned(&mut self, width: usize) -> u64 {
        self.take(width).iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn count(&mut self, small: u8, large: u8) -> usize {
        let byte = self.byte();
        let count = if byte & 0xf0 == small {
            u64::from(byte & 0x0f)
        } else if byte == large {
            self.unsigned(2)
        } else if byte == large + 1 {
            self.unsigned(4)
        } else {
            self.fail();
            0
        };
        // Every item takes a byte at least.
        if count > self.rest.len() as u64 {
            self.fail();
        }
        if self.failed {
            0
        } else {
            count as usize
        }
    }

    pub fn map(&mut self) -> usize {
        self.count(0x80, 0xde)
    }

    pub fn list(&mut self) -> usize {
        self.count(0x90, 0xdc)
    }

    pub fn next_is_binary(&self) -> bool {
        (0xc4..=0xc6).contains(&self.peek())
    }

    /// Text or binary data as bytes.
    pub fn data(&mut self) -> &'a [u8] {
        let byte = self.byte();
        let size = match byte {
            0xa0..=0xbf => u64::from(byte & 0x1f),
            0xd9 | 0xc4 => self.unsigned(1),
            0xda | 0xc5 => self.unsigned(2),
            0xdb | 0xc6 => self.unsigned(4),
            _ => {
                self.fail();
                0
            }
        };
        self.take(size as usize)
    }

    /// Text; empty where it is not UTF-8.
    pub fn text(&mut self) -> &'a str {
        core::str::from_utf8(self.data()).unwrap_or("")
    }

    pub fn boolean(&mut self) -> bool {
        self.byte() == 0xc3
    }

    pub fn integer(&mut self) -> i64 {
        let byte = self.byte();
        match byte {
            0..=0x7f => i64::from(byte),
            0xe0..=0xff => i64::from(byte as i8),
            0xcc..=0xcf => self.unsigned(1 << (byte - 0xcc)) as i64,
            0xd0..=0xd3 => {
                let width = 1 << (byte - 0xd0);
                let shift = 64 - width as u32 * 8;
                (self.unsigned(width) as i64) << shift >> shift
            }
            0xcb => f64::from_bits(self.unsigned(8)) as i64,
            _ => {
                self.fail();
                0
            }
        }
    }

    /// Moves past one item and gives its bytes.
    pub fn skip(&mut self) -> &'a [u8] {
        let before = self.rest;
        self.pass(0);
        if self.failed {
            return &[];
        }
        &before[..before.len() - self.rest.len()]
    }

    fn pass(&mut self, depth: u32) {
        if depth > 32 {
            return self.fail();
        }
        let inside = match self.peek() {
            0x80..=0x8f | 0xde | 0xdf => self.map() * 2,
            0x90..=0x9f | 0xdc | 0xdd => self.list(),
            0xa0..=0xbf | 0xd9..=0xdb | 0xc4..=0xc6 => {
                self.data();
                0
            }
            0xc0 | 0xc2 | 0xc3 => {
                self.byte();
                0
            }
            _ => {
                self.integer();
                0
            }
        };
        for _ in 0..inside {
            if self.failed {
                return;
            }
            self.pass(depth + 1);
        }
    }
}
