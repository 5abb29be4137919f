//! Reading the JSON of answers, plain JSON at half the price.
//!
//! The answers of this API are short strings, whole numbers and little else, so a reader that knows no
//! more than that comes through nearly all of them. It gives up at whatever is rarer: a `\u` escape, a
//! fraction, deep nesting, a shape that was not asked for. serde_json then reads the text from its
//! start and has the last word, on what is right as well as on where it is wrong.
//!
//! # Architecture invariant
//!
//! What the plain reader takes, serde_json would take, and would give the same value.

mod scan;
mod visit;

use std::fmt;

use serde::Deserialize;
use serde::de::{Error, Visitor};

use scan::{leading_digits, plain_len};

/// Reads a whole text as one value.
pub(crate) fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<T> {
    plain(text).map_or_else(|_| serde_json::from_str(text), Ok)
}

fn plain<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Rare> {
    let mut reader = Reader { text, at: 0, depth: 0, room: text.len() / SMALLEST };
    let value = T::deserialize(&mut reader)?;
    match reader.token() {
        Err(Rare) => Ok(value),
        Ok(_) => Err(Rare),
    }
}

/// Something that is rare, or wrong: serde_json will say which.
#[derive(Debug)]
struct Rare;

impl fmt::Display for Rare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not plain JSON")
    }
}

impl std::error::Error for Rare {}

impl Error for Rare {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
    /// How many certificates the text can hold beside those that room was made for.
    room: usize,
}

/// Far below serde_json's own limit of 128.
const DEEPEST: u8 = 32;

/// No certificate takes fewer bytes.
const SMALLEST: usize = 160;

/// The largest page.
const MOST: usize = 100;

impl<'de> Reader<'de> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// For how many certificates to make room in a list that begins here. All lists together get no more
    /// than the text can hold, however many there are.
    fn take_room(&mut self) -> usize {
        let room = self.room.min(MOST);
        self.room -= room;
        room
    }

    /// The next byte that is no white space; an error at the end.
    #[inline]
    fn token(&mut self) -> Result<u8, Rare> {
        match self.peek() {
            Some(byte) if byte > b' ' => Ok(byte),
            _ => self.token_after_space(),
        }
    }

    #[cold]
    fn token_after_space(&mut self) -> Result<u8, Rare> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
        self.peek().ok_or(Rare)
    }

    /// Goes past this token, if it is the next.
    #[inline]
    fn eat(&mut self, wanted: u8) -> Result<bool, Rare> {
        let there = self.token()? == wanted;
        self.at += usize::from(there);
        Ok(there)
    }

    #[inline]
    fn expect(&mut self, wanted: u8) -> Result<(), Rare> {
        if self.eat(wanted)? { Ok(()) } else { Err(Rare) }
    }

    /// Goes into an array or object.
    fn open(&mut self, bracket: u8) -> Result<(), Rare> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(Rare) } else { self.expect(bracket) }
    }

    fn close(&mut self, bracket: u8) -> Result<(), Rare> {
        self.depth -= 1;
        self.expect(bracket)
    }

    fn literal(&mut self, word: &str) -> Result<(), Rare> {
        self.token()?;
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(())
        } else {
            Err(Rare)
        }
    }

    fn boolean(&mut self) -> Result<bool, Rare> {
        let value = self.token()? == b't';
        self.literal(if value { "true" } else { "false" }).map(|()| value)
    }

    /// A whole number of at most 18 digits, so that it fits whatever its sign.
    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Rare> {
        let negative = self.eat(b'-')?;
        let digits = self.text.as_bytes().get(self.at..).ok_or(Rare)?;
        let (mut value, mut count) = digits.first_chunk().map_or((0, 0), leading_digits);
        while let Some(digit @ b'0'..=b'9') = digits.get(count) {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            count += 1;
        }
        // JSON has no `007`, and serde_json reads `-0` as a fraction.
        let leading_zero = digits.first() == Some(&b'0') && (count > 1 || negative);
        let fraction = matches!(digits.get(count), Some(b'.' | b'e' | b'E'));
        if !(1..=18).contains(&count) || leading_zero || fraction {
            return Err(Rare);
        }
        self.at += count;
        if negative { visitor.visit_i64(-(value as i64)) } else { visitor.visit_u64(value) }
    }

    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Rare> {
        self.expect(b'"')?;
        let run = self.run()?;
        if self.peek() == Some(b'"') {
            self.at += 1;
            visitor.visit_borrowed_str(run)
        } else {
            visitor.visit_string(self.escaped(run)?)
        }
    }

    /// The rest of a string, from its first escape on.
    #[cold]
    fn escaped(&mut self, run: &str) -> Result<String, Rare> {
        let mut whole = String::from(run);
        loop {
            match self.byte()? {
                b'"' => return Ok(whole),
                b'\\' => {}
                _ => return Err(Rare),
            }
            whole.push(match self.byte()? {
                byte @ (b'"' | b'\\' | b'/') => char::from(byte),
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                _ => return Err(Rare),
            });
            whole.push_str(self.run()?);
        }
    }

    /// Goes past what stands for itself in a string.
    #[inline]
    fn run(&mut self) -> Result<&'de str, Rare> {
        let rest = self.text.get(self.at..).ok_or(Rare)?;
        let run = rest.get(..plain_len(rest.as_bytes())).ok_or(Rare)?;
        self.at += run.len();
        Ok(run)
    }

    fn byte(&mut self) -> Result<u8, Rare> {
        let byte = self.peek().ok_or(Rare)?;
        self.at += 1;
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use certs_types::{Certificate, Page, Toggled};
    use proptest::prelude::*;
    use serde::de::IgnoredAny;
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_answers_of_the_api_are_plain() {
        let certificate = r#"{"object": "organization.certificate", "id": "cert_a", "name": null,
            "created_at": 1767225600, "certificate_details": {"valid_at": -1, "expires_at": 9999999999,
            "content": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"},
            "active": false, "new": {"deep": [1, true, "x"]}}"#;
        assert!(plain::<Certificate>(certificate).is_ok());
        let toggled = format!(r#"{{"object": "list", "data": [{certificate}, {certificate}]}}"#);
        assert!(plain::<Toggled>(&toggled).is_ok());
        let page = toggled.replacen(
            '{',
            r#"{"first_id": "cert_a", "last_id": null, "has_more": true,"#,
            1,
        );
        assert!(plain::<Page<Certificate>>(&page).is_ok());
    }

    #[test]
    fn plain_values_are_read_as_they_stand() {
        let long = "x".repeat(70);
        for (text, value) in [
            ("0", Value::from(0)),
            ("-7", Value::from(-7)),
            ("12345678", Value::from(12_345_678)),
            ("[1234567890123456]", Value::from(vec![1_234_567_890_123_456_u64])),
            ("999999999999999999", Value::from(999_999_999_999_999_999_u64)),
            (r#""a\n\"\\\/\b\f\r\tb""#, Value::from("a\n\"\\/\u{8}\u{c}\r\tb")),
            (r#""üñï \ncödé""#, Value::from("üñï \ncödé")),
            (&format!("\"{long}\""), Value::from(long.as_str())),
        ] {
            assert_eq!(plain::<Value>(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn it_is_depth_that_is_bounded_and_not_length() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(plain::<Value>(&nested(usize::from(DEEPEST))).is_ok());
        assert!(plain::<Value>(&nested(usize::from(DEEPEST) + 1)).is_err());
        let long = format!("[{}[{{}}]]", "[{}],".repeat(1000));
        assert!(plain::<Value>(&long).is_ok());
    }

    #[test]
    fn a_list_gets_its_room_at_once() {
        let certificate = format!(
            r#"{{"object":"organization.certificate","id":"cert_{:032}","created_at":1767225600,"name":"{:50}"}}"#,
            0, ""
        );
        for count in [1, 3, 100] {
            let data = vec![certificate.as_str(); count].join(",");
            let page = plain::<Page<Certificate>>(&format!(r#"{{"data":[{data}]}}"#)).unwrap();
            assert_eq!(page.data.capacity(), count);
        }
    }

    #[test]
    fn many_lists_get_no_more_room_than_the_text_can_hold() {
        let text = format!("[{}[]]", "[],[7],".repeat(10_000));
        let lists = plain::<Vec<Vec<u64>>>(&text).unwrap();
        let room = lists.iter().map(Vec::capacity).sum::<usize>();
        // A list of one takes room for four as it grows.
        assert!(room <= text.len() / SMALLEST + 10_000 * 4, "{room}");
        assert_eq!(plain::<Vec<u64>>(&format!("[{}]", "1,".repeat(99) + "2")).unwrap().len(), 100);
    }

    #[test]
    fn what_is_rare_is_left_to_serde_json() {
        for (text, value) in [
            ("1.5", Some(Value::from(1.5))),
            ("-0", Some(Value::from(-0.0))),
            ("1e3", Some(Value::from(1e3))),
            ("18446744073709551615", Some(Value::from(u64::MAX))),
            (r#""\u00fc""#, Some(Value::from("ü"))),
            (&("[".repeat(40) + &"]".repeat(40)), None),
            (&("[".repeat(200) + &"]".repeat(200)), None),
            ("007", None),
            ("[1,]", None),
            ("[1 2]", None),
            (r#"{"a":1,}"#, None),
            (r#"{"a" 1}"#, None),
            ("\"a\nb\"", None),
            ("\"a\n\"", None),
            (r#""\x""#, None),
            (r#""a"#, None),
            ("truth", None),
            ("1 2", None),
            ("", None),
        ] {
            assert!(plain::<Value>(text).is_err(), "{text}");
            if let Some(value) = value {
                assert_eq!(from_str::<Value>(text).unwrap(), value);
            }
        }
    }

    /// Texts near to JSON: a value, written in either style, with at most a few bytes replaced.
    fn nearly_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (0..100_u64).prop_map(Value::from),
            (-1e6..1e6).prop_map(Value::from),
            "[ -~äöü\n\"\\\\]{0,20}".prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[a-c\n]{0,9}", inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        });
        let edit = (any::<prop::sample::Index>(), "[]\\[{}\",:0-9eE.u\\\\ \n\u{1}tn-]");
        (value, any::<bool>(), prop::collection::vec(edit, 0..3)).prop_map(
            |(value, wide, edits)| {
                let text = if wide { format!("{value:#}") } else { value.to_string() };
                let mut text: Vec<char> = text.chars().collect();
                for (at, with) in edits {
                    let at = at.index(text.len());
                    text.splice(at..=at, with.chars());
                }
                text.into_iter().collect()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_the_plain_reader_takes_serde_json_would_take(text in nearly_json()) {
            if let Ok(value) = plain::<Value>(&text) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
            if let Ok(value) = plain::<Vec<Option<i32>>>(&text) {
                prop_assert_eq!(serde_json::from_str::<Vec<Option<i32>>>(&text).unwrap(), value);
            }
            if plain::<IgnoredAny>(&text).is_ok() {
                prop_assert!(serde_json::from_str::<IgnoredAny>(&text).is_ok());
            }
        }
    }
}
