//! Texts on a terminal: harmless, and never a reason to panic.

use std::io::{Write, stderr};

/// Says something to the person, in one line on stderr.
pub(crate) fn say(message: &str) {
    let line = format!("certs: {}\n", harmless(&message.replace('\n', " ")));
    // Nobody may be listening, and that changes nothing.
    let _ = stderr().lock().write_all(line.as_bytes());
}

/// Shows what is more than a line, on stderr.
pub(crate) fn show(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

/// A text from elsewhere without what could steer a terminal or turn the reading direction.
pub(crate) fn harmless(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// As much of a text as a person may want to read: so many characters, and a sign for the rest.
pub(crate) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2Jb\u{9b}c\u{202e}d é 漢"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d é 漢"
        );
    }

    #[test]
    fn only_what_is_too_long_is_cut() {
        assert_eq!(["", "é漢", "é漢d"].map(|text| cut(text, 2)), ["", "é漢", "é漢…"]);
    }
}
