//! Removes keys and certificates from texts of the server.

/// Removes every word that may show a secret, and replaces characters that control a terminal or are invisible.
///
/// The message about a wrong key echoes part of it, masked or not. Each word is removed that begins like a key,
/// is masked with asterisks, or shares six consecutive characters with the key. An echoed PEM is recognized by
/// its long runs of base64.
///
/// Only the beginning of a long text is kept.
pub(crate) fn redact(text: &str, key: &str) -> String {
    let end = (0..=MAX_LEN.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let (text, rest) = text.split_at(end.unwrap_or_default());
    let mut clean = String::with_capacity(text.len());
    for word in text.split_inclusive(is_separator) {
        let (word, separators) = word.split_at(word.trim_end_matches(is_separator).len());
        if shows_key(word, key) || is_base64(word) {
            clean.push_str("[redacted]");
        } else {
            clean.extend(word.chars().map(visible));
        }
        clean.extend(separators.chars().map(visible));
    }
    if !rest.is_empty() {
        clean.push('…');
    }
    clean
}

/// Whether a word may show a part of the key.
pub(crate) fn shows_key(word: &str, key: &str) -> bool {
    // The common prefix of all admin keys is no secret, and `admin` is a word.
    let secret = key.strip_prefix("sk-admin-").unwrap_or(key);
    word.starts_with("sk-")
        || word.contains("**")
        || secret.as_bytes().windows(PART).any(|part| contains(word.as_bytes(), part))
        || (!secret.is_empty() && secret.len() < PART && word.contains(secret))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || "\"'`,;:=()<>[]{}\\".contains(c)
}

/// A long run of base64. Paths can be as long, but are in lower case.
fn is_base64(word: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let runs = word.as_bytes().split(|byte| !digit(*byte));
    runs.into_iter().any(|run| run.len() > MAX_NAME && run.iter().any(u8::is_ascii_uppercase))
}

/// The maximum length of a text in bytes. Messages of the API are shorter.
const MAX_LEN: usize = 4096;

/// The maximum length of a run of letters and digits. Ids and codes of the API are shorter.
const MAX_NAME: usize = 40;

/// A word with this many consecutive characters of the key is removed.
const PART: usize = 6;

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The character, or U+FFFD for one that controls a terminal, ends a line, changes the reading direction or is
/// invisible.
fn visible(c: char) -> char {
    let is_line_separator = matches!(c, '\u{2028}' | '\u{2029}');
    let is_replaced = c.is_control() && c != '\n' || is_line_separator || is_ignorable(c);
    if is_replaced { char::REPLACEMENT_CHARACTER } else { c }
}

/// Whether the character has Unicode's property `Default_Ignorable_Code_Point`, except for joiners and variation
/// selectors, which belong to visible text. The marks that change the reading direction have it too.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-admin-abcdefghijklmnop";

    #[test]
    fn removes_an_echo_of_the_key() {
        for (text, clean) in [
            (
                "Incorrect API key provided: sk-admin***mnop. Find yours online.",
                "Incorrect API key provided: [redacted] Find yours online.",
            ),
            ("key 'cdefghij' is wrong", "key '[redacted]' is wrong"),
            (KEY, "[redacted]"),
            ("ends in ********mnop", "ends in [redacted]"),
            ("key=sk-proj-other, a task-id", "key=[redacted], a task-id"),
            ("Missing scopes: api.management.read", "Missing scopes: api.management.read"),
            ("a\u{1b}[2Jb\nc", "a\u{fffd}[2Jb\nc"),
            ("a\u{9b}b\u{7f}c\u{202e}d\u{2028}", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"),
            ("\u{3164}\u{200b}\u{e0041}", "\u{fffd}\u{fffd}\u{fffd}"),
            ("한 👩\u{200d}💻 ❤\u{fe0f}", "한 👩\u{200d}💻 ❤\u{fe0f}"),
        ] {
            assert_eq!(redact(text, KEY), clean);
        }
    }

    #[test]
    fn removes_an_echo_of_a_pem() {
        let base64 = "MIIDeTCC+/".repeat(7);
        let echo = format!("bad: -----BEGIN CERTIFICATE-----\n{base64}\nAB==\\n{base64}");
        assert_eq!(
            redact(&echo, KEY),
            "bad: -----BEGIN CERTIFICATE-----\n[redacted]\nAB==\\n[redacted]"
                .replace("\\n[", "\\[")
        );
        assert_eq!(redact("req_01234567890123456789012345678901", KEY).len(), 36);
        assert_eq!(redact(&"A".repeat(40), KEY), "A".repeat(40));
        assert_eq!(redact(&"A".repeat(41), KEY), "[redacted]");
    }

    #[test]
    fn keeps_what_only_looks_like_a_secret() {
        for text in [
            "Find yours at https://platform.openai.com/settings/organization/admin-keys.",
            "the admin-level scope",
            "no route /openai/v1/organization/certificates/activate/everything",
        ] {
            assert_eq!(redact(text, KEY), text);
        }
    }

    #[test]
    fn keeps_the_beginning_of_a_long_text() {
        let long = "ü ".repeat(4096);
        let kept = redact(&long, KEY);
        assert!(kept.len() < 4200 && long.starts_with(kept.strip_suffix('…').unwrap()));
        assert_eq!(redact(&long[..4095], KEY), long[..4095]);
    }

    #[test]
    fn removes_a_short_key_too() {
        assert_eq!(redact("the key is abc", "abc"), "the key is [redacted]");
        assert_eq!(redact("nothing to hide", ""), "nothing to hide");
    }
}
