//! The text of a screen, shortened for a document.

/// The text that a terminal shows, without the lines that were erased.
pub(super) fn as_shown(written: &str) -> String {
    let lines = written.replace("\r\n", "\n");
    let shown = lines.lines().map(|line| {
        let line = line.rsplit('\r').next().unwrap();
        let line = line.rsplit("\u{1b}[2K").next().unwrap();
        line.trim_end().to_owned() + "\n"
    });
    shown.collect()
}

/// Replaces a series of lines that differ only in numbers by three lines, and truncates very long lines, and
/// digests, which differ from run to run.
pub(super) fn collapse(printed: &str) -> String {
    let lines: Vec<_> = printed.lines().map(shorten).collect();
    let is_like = |one: &String, other: &String| !one.is_empty() && shape(one) == shape(other);
    let mut collapsed = String::new();
    for series in lines.chunk_by(is_like) {
        let count = series.len();
        let shown: Vec<String> = match series {
            [first, second, .., last] if count > 4 => {
                let more = format!("… {} more …", count - 3);
                vec![first.clone(), second.clone(), more, last.clone()]
            }
            _ => series.to_vec(),
        };
        shown.iter().for_each(|line| collapsed += &format!("{line}\n"));
    }
    collapsed
}

const LONG: usize = 240;

fn shorten(line: &str) -> String {
    let line = line.trim_end();
    let line = match line.split_once("sha256:") {
        Some((before, digest)) => format!("{before}sha256:…{}", digest.trim_start_matches(is_hex)),
        None => line.to_owned(),
    };
    if line.starts_with("undo:") && line.len() > LONG {
        let end = line[..LONG].rfind(' ').unwrap_or(LONG);
        return format!("{} …", &line[..end]);
    }
    line
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// A line without its numbers.
fn shape(line: &str) -> String {
    line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}
