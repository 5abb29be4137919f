//! Patterns for names: `*` matches any text, `?` any character, everything else itself.

use std::convert::Infallible;
use std::str::FromStr;

/// A pattern. It is case-sensitive, and a backslash has no special meaning.
#[derive(Debug, Clone)]
pub(crate) struct Glob(Vec<char>);

impl FromStr for Glob {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.chars().collect()))
    }
}

impl Glob {
    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (&self.0, text.chars().collect::<Vec<_>>());
        let (mut p, mut t) = (0, 0);
        // The position after the last star, and how much of the text the star covers so far.
        let mut star = None;
        while t < text.len() {
            match pattern.get(p) {
                Some('*') => {
                    p += 1;
                    star = Some((p, t));
                }
                Some(&c) if c == '?' || c == text[t] => {
                    p += 1;
                    t += 1;
                }
                _ => match star {
                    Some((behind, covered)) => {
                        star = Some((behind, covered + 1));
                        (p, t) = (behind, covered + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|&c| c == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        pattern.parse::<Glob>().unwrap().matches(text)
    }

    #[test]
    fn stars_and_question_marks_stand_for_other_text() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "Root"),
            ("R*t", "Root"),
            ("*o*o*", "Root"),
            ("R??t", "Root"),
            ("?", "漢"),
            ("*.pem", "a.pem.pem"),
            ("a\\b[c]", "a\\b[c]"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("root", "Root"),
            ("R?t", "Root"),
            ("?", ""),
            ("*x", "Root"),
            ("Root", "Roots"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
