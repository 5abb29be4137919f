//! Finds the blocks of an input.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use super::{BlockPosition, InvalidPem};
use crate::base64;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const MAX_LABEL: usize = 64;

/// The endings of the labels of certificates and keys.
const LABEL_ENDS: [&str; 6] = ["CERTIFICATE", "KEY", "REQUEST", "CRL", "PKCS7", "CMS"];

/// Goes through an input block by block and counts lines.
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
    line: usize,
    blocks: usize,
}

/// A block whose content is not decoded yet.
pub(super) struct RawBlock<'a> {
    pub(super) position: BlockPosition,
    body: &'a [u8],
    /// The line on which the body begins: that of the label.
    line: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { rest: input, line: 1, blocks: 0 }
    }

    /// Returns the next block. The text before it must not look like a damaged block.
    pub(super) fn next_block(&mut self) -> Result<Option<RawBlock<'a>>, InvalidPem> {
        let Some(begin) = find(self.rest, BEGIN) else {
            refuse_damaged_boundary(self.rest, self.line)?;
            return Ok(None);
        };
        refuse_damaged_boundary(&self.rest[..begin], self.line)?;
        let position = self.begin(begin)?;
        let line = self.line;
        let end = find(self.rest, END).unwrap_or(self.rest.len());
        let end = find(self.rest, BEGIN).map_or(end, |next| end.min(next));
        let body = &self.rest[..end];
        self.advance(end);
        let closing = self
            .rest
            .strip_prefix(END)
            .and_then(|rest| rest.strip_prefix(position.label.as_bytes())?.strip_prefix(DASHES));
        let Some(rest) = closing else {
            refuse_damaged_boundary(body, line)?;
            return Err(InvalidPem::MissingEnd(position));
        };
        self.rest = rest;
        // Fewer than ten hyphens do not end one block and begin another.
        let hyphens = rest.iter().take_while(|&&byte| byte == b'-').count();
        if hyphens < DASHES.len() && rest[hyphens..].starts_with(b"BEGIN ") {
            return Err(InvalidPem::DamagedBoundary { line: self.line });
        }
        Ok(Some(RawBlock { position, body, line }))
    }

    /// The position of a private key, even in a block that cannot be read.
    pub(super) fn find_private_key(&mut self) -> Option<BlockPosition> {
        while let Some(begin) = find(self.rest, BEGIN) {
            match self.begin(begin) {
                Ok(position) if position.label.ends_with("PRIVATE KEY") => return Some(position),
                Ok(_) => {}
                Err(_) => self.advance(BEGIN.len()),
            }
        }
        None
    }

    /// Moves behind the `BEGIN` line that starts at this offset.
    fn begin(&mut self, offset: usize) -> Result<BlockPosition, InvalidPem> {
        self.advance(offset);
        let after = &self.rest[BEGIN.len()..];
        let label = find(&after[..after.len().min(MAX_LABEL + DASHES.len())], DASHES)
            .and_then(|end| core::str::from_utf8(&after[..end]).ok())
            .filter(|label| label.chars().all(is_label) && !label.is_empty())
            .ok_or(InvalidPem::DamagedBoundary { line: self.line })?;
        self.advance(BEGIN.len() + label.len() + DASHES.len());
        self.blocks += 1;
        Ok(BlockPosition { number: self.blocks, label: label.to_owned(), line: self.line })
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.rest = rest;
    }
}

impl RawBlock<'_> {
    pub(super) fn decode(&self) -> Result<Vec<u8>, InvalidPem> {
        let is_key = self.position.label.ends_with("PRIVATE KEY");
        // The old form of encryption: `Proc-Type: 4,ENCRYPTED` before the base64.
        if is_key && find(self.body, b",ENCRYPTED").is_some() {
            return Err(InvalidPem::EncryptedKey(self.position.clone()));
        }
        let mut digits = Vec::with_capacity(self.body.len());
        let mut line = self.line;
        let mut last = line;
        for (at, &byte) in self.body.iter().enumerate() {
            match byte {
                b'\n' => line += 1,
                byte if byte.is_ascii_whitespace() => {}
                b'\\' if matches!(self.body.get(at + 1), Some(b'n' | b'r')) => {
                    return Err(InvalidPem::EscapedLineBreaks { line });
                }
                byte if base64::is_digit(byte) || byte == b'=' => {
                    last = line;
                    digits.push(byte);
                }
                _ => {
                    let found = first_char(&self.body[at..]);
                    let block = self.position.clone();
                    return Err(InvalidPem::NotBase64 { block, line, found });
                }
            }
        }
        base64::decode(&digits).ok_or_else(|| InvalidPem::IncompleteBase64 {
            block: self.position.clone(),
            line: last,
        })
    }
}

/// Refuses text with a line that was meant to begin or end a block but has other dashes or spaces.
fn refuse_damaged_boundary(text: &[u8], first_line: usize) -> Result<(), InvalidPem> {
    for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let number = first_line + number;
        if is_damaged_boundary(line) {
            return Err(match find(line, END) {
                Some(_) => InvalidPem::UnexpectedEnd { line: number },
                None => InvalidPem::DamagedBoundary { line: number },
            });
        }
    }
    Ok(())
}

fn is_damaged_boundary(line: &[u8]) -> bool {
    let Ok(line) = core::str::from_utf8(line) else { return false };
    let line =
        line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '"' | '\''));
    let inner = line.trim_matches(|c: char| is_dash(c) || c.is_whitespace());
    let framed = line.starts_with(is_dash) && line.ends_with(is_dash);
    let inner = inner.to_ascii_uppercase();
    framed
        && ["BEGIN", "END"].iter().any(|word| inner.starts_with(word))
        && LABEL_ENDS.iter().any(|end| inner.ends_with(end))
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{ad}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

fn is_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '/' | '+' | '_')
}

/// The character at the front; `None` when the bytes are not UTF-8.
fn first_char(bytes: &[u8]) -> Option<char> {
    let prefix = &bytes[..bytes.len().min(4)];
    match core::str::from_utf8(prefix) {
        Ok(text) => text.chars().next(),
        Err(error) => core::str::from_utf8(&prefix[..error.valid_up_to()]).ok()?.chars().next(),
    }
}

pub(super) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
