//! JSON that is safe to print: characters that control a terminal or break a line are escaped.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::terminal::is_invisible;

/// A value on one line.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    write_line(value, &mut bytes)?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

/// Writes a value on one line, as it is serialized.
pub(crate) fn write_line(value: &impl Serialize, writer: impl Write) -> serde_json::Result<()> {
    write(value, &mut BufWriter::new(writer), CompactFormatter)
}

/// Writes a value as indented JSON while it is serialized, so that the whole text is never in memory.
pub(crate) fn write_pretty(value: &impl Serialize, writer: impl Write) -> serde_json::Result<()> {
    write(value, &mut BufWriter::new(writer), PrettyFormatter::new())
}

fn write(
    value: &impl Serialize,
    writer: &mut impl Write,
    inner: impl Formatter,
) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *writer, Escaping(inner)))?;
    writer.write_all(b"\n").and_then(|()| writer.flush()).map_err(serde_json::Error::io)
}

/// Formats like another formatter, but escapes invisible characters in strings.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_invisible(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_one_line_contains_no_kind_of_line_break() {
        let text = "a\n\u{2028}\u{85}\u{9b}\u{e0041}é";
        let line = line(&[text]).unwrap();
        assert_eq!(line, "[\"a\\n\\u2028\\u0085\\u009b\\udb40\\udc41é\"]\n");
        assert_eq!(serde_json::from_str::<[String; 1]>(&line).unwrap(), [text]);
    }

    #[test]
    fn indented_json_is_that_of_serde_json() {
        let value = serde_json::json!({"a": [1, {"b": null}], "c": {}});
        let mut pretty = Vec::new();
        write_pretty(&value, &mut pretty).unwrap();
        let expected = serde_json::to_string_pretty(&value).unwrap() + "\n";
        assert_eq!(pretty, expected.as_bytes());
    }
}
