//! Elements of DER, to recognize what a file contains.
//!
//! This is not a parser of certificates. It never fails: the iteration ends where the bytes are not DER.

/// The tag of an `INTEGER`.
pub const INTEGER: u8 = 0x02;
/// The tag of an `OCTET STRING`.
pub const OCTET_STRING: u8 = 0x04;
/// The tag of an `OBJECT IDENTIFIER`.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// The tag of a `SEQUENCE`.
pub const SEQUENCE: u8 = 0x30;

/// An element of DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Element<'a> {
    /// The tag, with class and form, in one byte.
    pub tag: u8,
    /// The content, which may consist of other elements.
    pub content: &'a [u8],
}

/// Iterates over consecutive elements.
///
/// ```
/// use certs_types::der;
///
/// let outer = der::elements(&[0x30, 0x03, 0x02, 0x01, 0x05]).next().unwrap();
/// assert_eq!(outer.tag, der::SEQUENCE);
/// let inner = der::elements(outer.content).next().unwrap();
/// assert_eq!((inner.tag, inner.content), (der::INTEGER, &[5][..]));
/// ```
#[must_use]
pub fn elements(bytes: &[u8]) -> Elements<'_> {
    Elements(bytes)
}

/// An iterator over consecutive elements, from [`elements`].
#[derive(Debug, Clone)]
pub struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The content of the next element, if that has this tag. The element is consumed even if it has another.
    pub fn next_of(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.content)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let bytes = core::mem::take(&mut self.0);
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = digits.iter().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
                (usize::try_from(length).ok()?, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_may_have_several_bytes() {
        let mut bytes = [7; 4 + 0x0102 + 3];
        bytes[..4].copy_from_slice(&[OCTET_STRING, 0x82, 0x01, 0x02]);
        bytes[4 + 0x0102..].copy_from_slice(&[INTEGER, 1, 5]);
        let mut both = elements(&bytes);
        assert_eq!(both.next_of(OCTET_STRING), Some(&[7; 0x0102][..]));
        assert_eq!(both.next_of(INTEGER), Some(&[5][..]));
        assert_eq!(both.next(), None);
    }
}
