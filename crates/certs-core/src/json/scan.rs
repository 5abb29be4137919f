//! Looking at eight bytes at once.

/// The number that the digits at the front of eight bytes make, and how many they are.
#[inline]
pub(super) fn leading_digits(text: &[u8; 8]) -> (u64, usize) {
    let digits = u64::from_le_bytes(*text) ^ (EACH * u64::from(b'0'));
    let others = (digits.wrapping_add(EACH * 0x76) | digits) & (EACH * 0x80);
    let count = others.trailing_zeros() / 8;
    // Moved to the end, behind zeros, they are eight digits; neighbours are joined three times.
    let ones = digits.checked_shl(64 - 8 * count).unwrap_or(0);
    let tens = ones.wrapping_mul(10).wrapping_add(ones >> 8);
    let upper = (tens & 0xff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let lower = (tens >> 16 & 0xff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    (upper.wrapping_add(lower) >> 32, count as usize)
}

/// How many bytes stand for themselves in a string, before a quote, backslash or control character.
#[inline]
pub(super) fn plain_len(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = |&byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    text.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

/// Eight bytes at once: the lowest bit that is set lies in the first byte that is a quote, a backslash
/// or a control character.
fn special(word: u64) -> u64 {
    // Subtracting sets a byte's high bit if the byte is below the limit, or after one that is. Quote
    // and space change places first, so that one limit has the quote and all control characters below.
    let quote_or_control = (word ^ (EACH * 2)).wrapping_sub(EACH * 0x21);
    let backslash = (word ^ (EACH * u64::from(b'\\'))).wrapping_sub(EACH);
    (quote_or_control | backslash) & !word & (EACH * 0x80)
}

/// Times a byte: that byte, eight times.
const EACH: u64 = 0x0101_0101_0101_0101;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn digits_make_the_number_they_write(number in any::<u32>(), rest in "[^0-9]{0,3}") {
            let text = format!("{}{rest}        ", number % 100_000_000);
            let digits = (number % 100_000_000).to_string().len();
            let front = text.as_bytes().first_chunk().unwrap();
            prop_assert_eq!(leading_digits(front), ((number % 100_000_000).into(), digits));
        }

        #[test]
        fn a_run_ends_at_the_first_special_byte(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
            let len = text.iter().position(special).unwrap_or(text.len());
            prop_assert_eq!(plain_len(&text), len);
        }
    }
}
