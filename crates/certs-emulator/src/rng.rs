//! Reproducible random numbers and ids.

/// Returns the `n`th number of the SplitMix64 sequence of a seed.
pub(crate) const fn number(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the `n`th id of a seed: the prefix and 32 hexadecimal digits.
pub(crate) fn id(prefix: &str, seed: u64, n: u64) -> String {
    let high = number(seed, n);
    format!("{prefix}_{high:016x}{:016x}", number(high ^ seed, n))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn equal_seeds_give_equal_ids_and_others_do_not() {
        assert_eq!(id("cert", 7, 0), id("cert", 7, 0));
        let ids: HashSet<_> =
            (0..10).flat_map(|s| (0..100).map(move |n| id("cert", s, n))).collect();
        assert_eq!(ids.len(), 1000);
    }
}
