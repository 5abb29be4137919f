//! Text for a terminal: sanitized, truncated to a width, colored, and written without panicking.

use std::env::var_os;
use std::io::{IsTerminal, Write, stderr, stdout};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Prints a message as one line on stderr.
pub(crate) fn print_status(message: &str) {
    write_stderr(&format!("certs: {}\n", sanitize_line(message)));
}

/// Writes to stderr, and ignores a closed stderr.
pub(crate) fn write_stderr(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

/// Replaces characters that control a terminal, change the reading direction or are invisible.
///
/// A joiner inside an emoji, and a variation selector after a character that has variants, stay, because they only
/// change how visible characters look.
pub(crate) fn sanitize(text: &str) -> String {
    const JOINER: char = '\u{200d}';
    let mut previous = None;
    let mut characters = text.chars().peekable();
    let mut sanitized = String::with_capacity(text.len());
    while let Some(c) = characters.next() {
        let joins = c == JOINER
            && previous.is_some_and(is_in_emoji)
            && characters.peek().copied().is_some_and(is_in_emoji);
        let selects = is_variation_selector(c) && previous.is_some_and(has_variants);
        let in_keycap = c == '\u{fe0f}'
            && previous.is_some_and(is_key)
            && characters.peek() == Some(&'\u{20e3}');
        let is_visible = !is_invisible(c) || joins || selects || in_keycap;
        sanitized.push(if is_visible { c } else { '\u{fffd}' });
        previous = Some(c);
    }
    sanitized
}

/// Like [`sanitize`], with the lines joined into one.
pub(crate) fn sanitize_line(text: &str) -> String {
    sanitize(&text.replace(['\r', '\n'], " "))
}

fn is_in_emoji(c: char) -> bool {
    // U+FE0F selects the colored form of the character before it.
    c == '\u{fe0f}' || is_emoji(c)
}

fn is_emoji(c: char) -> bool {
    c.is_emoji_char() && !c.is_ascii()
}

/// Whether a variation selector may follow a character: emoji, and letters of scripts without case. A second one
/// would be invisible.
fn has_variants(c: char) -> bool {
    let is_letter = c.general_category() == GeneralCategory::OtherLetter;
    is_emoji(c) || is_letter && !is_invisible(c)
}

/// Whether U+FE0F and U+20E3 after a character make an emoji of a key, such as 1️⃣.
fn is_key(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '#' | '*')
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character is a control, a separator or ignorable instead of visible text.
pub(crate) fn is_invisible(c: char) -> bool {
    match c.general_category() {
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => true,
        GeneralCategory::OtherLetter
        | GeneralCategory::NonspacingMark
        | GeneralCategory::Unassigned => is_ignorable(c),
        _ => false,
    }
}

/// Whether a letter, mark or unassigned character has Unicode's property `Default_Ignorable_Code_Point`, which
/// `unicode-properties` does not have. The property is stable for all but unassigned characters.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' // combining grapheme joiner
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{17b4}' | '\u{17b5}' // Khmer inherent vowels
            | '\u{2065}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}'
    ) || is_variation_selector(c)
}

/// The width of a text in columns.
pub(crate) fn width_of(text: &str) -> usize {
    text.width()
}

/// The part of a text that fits into this many columns, with an ellipsis if it was truncated.
pub(crate) fn truncate(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.into();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Breaks a line at spaces, so that it fits into this many columns if its words do.
pub(crate) fn wrap(line: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns.filter(|&columns| line.width() > columns) else {
        return line.into();
    };
    let mut wrapped = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let width = word.width();
        if used + 1 + width > columns && used > 0 {
            wrapped.push('\n');
        } else if !wrapped.is_empty() {
            wrapped.push(' ');
        }
        used = if wrapped.ends_with('\n') || wrapped.is_empty() { width } else { used + 1 + width };
        wrapped.push_str(word);
    }
    wrapped
}

/// At most this many characters of a text, with an ellipsis if it was truncated.
pub(crate) fn truncate_chars(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// When results are colored.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl ColorChoice {
    /// Whether to color results on stdout. Color never carries meaning on its own.
    pub(crate) fn colors_stdout(self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let set = |name| var_os(name).filter(|value| !value.is_empty());
                let is_dumb = set("TERM").is_some_and(|term| term == "dumb");
                stdout().is_terminal() && set("NO_COLOR").is_none() && !is_dumb
            }
        }
    }
}

/// The styles in use.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    pub(crate) const PLAIN: Style = Style::new();
    pub(crate) const ACTIVE: Style = Style::new().bold();
    pub(crate) const ID: Style = Style::new().dimmed();
    pub(crate) const EXPIRED: Style = AnsiColor::Red.on_default();
    pub(crate) const EXPIRES_SOON: Style = AnsiColor::Yellow.on_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_invisible_characters_are_replaced() {
        for c in [
            '\u{1b}',
            '\u{7f}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2028}',
            '\u{2029}',
            '\u{2066}',
            '\u{feff}',
            '\u{e0041}',
            '\u{34f}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{2065}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{e0100}',
        ] {
            assert_eq!(sanitize(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
    }

    #[test]
    fn visible_text_of_every_script_stays() {
        let decomposed = "e\u{301} \u{1112}\u{1161}\u{11ab}";
        let variants = "❤\u{fe0f}‍🔥 葛\u{e0100} \u{1820}\u{180b} 1\u{fe0f}\u{20e3}";
        for text in ["é 漢 한", decomposed, variants, "नमस्ते", "👩‍💻", "🇩🇪", ""]
        {
            assert_eq!(sanitize(text), text);
        }
    }

    #[test]
    fn a_selector_that_selects_nothing_is_replaced() {
        assert_eq!(sanitize("\u{3164}\u{fe00}"), "\u{fffd}\u{fffd}");
        assert_eq!(sanitize("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}\u{fffd}");
        assert_eq!(sanitize("1\u{fe0f}2"), "1\u{fffd}2");
    }

    #[test]
    fn lines_are_joined() {
        assert_eq!(sanitize_line("a\r\nb\nc"), "a  b c");
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("ab cd efghij k", Some(5)), "ab cd\nefghij\nk");
        assert_eq!(wrap("ab  cd", Some(6)), "ab  cd");
        assert_eq!(wrap("ab cd", None), "ab cd");
    }

    #[test]
    fn only_texts_that_are_too_wide_are_truncated() {
        assert_eq!(
            ["", "ab", "abc", "漢字", "漢", "a漢"].map(|text| truncate(text, 2)),
            ["", "ab", "a…", "…", "漢", "a…"]
        );
        assert_eq!(["", "é漢", "é漢d"].map(|text| truncate_chars(text, 2)), ["", "é漢", "é漢…"]);
    }
}
