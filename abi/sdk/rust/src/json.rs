//! JSON values: read, look at, change, write. Whole numbers stay whole.

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

static NULL: Json = Json::Null;

impl Json {
    pub fn object() -> Self {
        Json::Object(Vec::new())
    }

    pub fn list() -> Self {
        Json::List(Vec::new())
    }

    /// Reads text; `None` when it is not JSON and nothing else.
    pub fn parse(text: &str) -> Option<Json> {
        let mut parser = Parser { bytes: text.as_bytes(), at: 0 };
        let json = parser.value(0)?;
        parser.space();
        (parser.at == parser.bytes.len()).then(|| json)
    }

    /// A member of an object; null when there is none.
    pub fn get(&self, key: &str) -> &Json {
        match self {
            Json::Object(members) => members.iter().find(|(name, _)| name == key).map_or(&NULL, |(_, value)| value),
            _ => &NULL,
        }
    }

    pub fn has(&self, key: &str) -> bool {
        matches!(self, Json::Object(members) if members.iter().any(|(name, _)| name == key))
    }

    pub fn integer(&self) -> i64 {
        match self {
            Json::Integer(value) => *value,
            Json::Number(value) => *value as i64,
            _ => 0,
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => "",
        }
    }

    /// Sets a member; a value that is no object becomes one.
    pub fn set(mut self, key: &str, value: impl Into<Json>) -> Self {
        if !matches!(self, Json::Object(_)) {
            self = Json::object();
        }
        if let Json::Object(members) = &mut self {
            members.retain(|(name, _)| name != key);
            members.push((key.to_string(), value.into()));
        }
        self
    }

    /// Adds an item; a value that is no list becomes one.
    pub fn push(&mut self, value: impl Into<Json>) {
        if !matches!(self, Json::List(_)) {
            *self = Json::list();
        }
        if let Json::List(items) = self {
            items.push(value.into());
        }
    }

    /// As text.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Integer(value) => out.push_str(&value.to_string()),
            Json::Number(value) if value.is_finite() => out.push_str(&value.to_string()),
            Json::Number(_) => out.push_str("null"), // infinities and NaN have no JSON form
            Json::Text(text) => quote(out, text),
            Json::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(out, name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Integer(value)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::Text(value.to_string())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::Text(value)
    }
}

/// A text as a JSON string, quotes included.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\0'..='\u{1f}' => {
                out.push_str(if letter < '\u{10}' { "\\u000" } else { "\\u001" });
                out.push(char::from_digit(letter as u32 & 15, 16).unwrap_or('0'));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        self.space();
        if depth > 64 {
            return None;
        }
        match self.peek() {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b't' => self.word("true").then(|| Json::Bool(true)),
            b'f' => self.word("false").then(|| Json::Bool(false)),
            b'n' => self.word("null").then(|| Json::Null),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: u32) -> Option<Json> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.word("]") {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.word("]") {
                return Some(Json::List(items));
            }
            if !self.word(",") {
                return None;
            }
        }
    }

    fn object(&mut self, depth: u32) -> Option<Json> {
        let mut made = Json::object();
        self.at += 1;
        self.space();
        if self.word("}") {
            return Some(made);
        }
        loop {
            self.space();
            if self.peek() != b'"' {
                return None;
            }
            let key = self.string()?;
            self.space();
            if !self.word(":") {
                return None;
            }
            let value = self.value(depth + 1)?;
            made = made.set(&key, value);
            self.space();
            if self.word("}") {
                return Some(made);
            }
            if !self.word(",") {
                return None;
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then(|| ())
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        self.word("-");
        if !self.word("0") {
            self.digits()?;
        }
        let whole = self.at;
        if self.word(".") {
            self.digits()?;
        }
        if self.word("e") || self.word("E") {
            let _ = self.word("+") || self.word("-");
            self.digits()?;
        }
        let text = core::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        if self.at == whole {
            if let Ok(value) = text.parse() {
                return Some(Json::Integer(value));
            }
        }
        text.parse().ok().map(Json::Number)
    }

    fn string(&mut self) -> Option<String> {
        let mut out = Vec::new();
        self.at += 1;
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(out).ok(),
                b'\\' => {
                    let letter = self.escape()?;
                    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return None,
                _ => out.push(byte),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek();
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => byte as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.four()?;
                let code = if (0xd800..0xdc00).contains(&first) && self.word("\\u") {
                    0x10000 + ((first - 0xd800) << 10) + self.four()?.checked_sub(0xdc00)?
                } else {
                    first
                };
                char::from_u32(code).unwrap_or('\u{fffd}')
            }
            _ => return None,
        })
    }

    fn four(&mut self) -> Option<u32> {
        let text = core::str::from_utf8(self.bytes.get(self.at..self.at + 4)?).ok()?;
        self.at += 4;
        u32::from_str_radix(text, 16).ok()
    }
}
