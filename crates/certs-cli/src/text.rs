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
}
