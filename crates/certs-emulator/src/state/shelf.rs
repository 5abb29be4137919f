//! Values in the order they were made.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Unbounded};

use certs_types::Timestamp;

/// Values found by id and walked in the order they were made.
///
/// No call costs more because the shelf is fuller, but for the logarithm of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shelf<T> {
    places: HashMap<Box<str>, Place>,
    items: BTreeMap<Place, T>,
}

/// The moment first, then the sequence: two values of one second keep their order.
pub(crate) type Place = (Timestamp, u64);

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

impl<T> Shelf<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.places.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.items.get_mut(self.places.get(id)?)
    }

    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// Puts a value at its place. The id must be new, and so must the place.
    pub(crate) fn insert(&mut self, id: &str, place: Place, item: T) {
        self.places.insert(id.into(), place);
        self.items.insert(place, item);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.items.remove(&self.places.remove(id)?)
    }

    /// Walks everything, the oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Place, &T)> {
        self.items.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.values_mut()
    }

    /// Walks the values that follow the cursor; `None` when the cursor is not there.
    pub(crate) fn after(
        &self,
        cursor: Option<&str>,
        order: Order,
    ) -> Option<Box<dyn Iterator<Item = &T> + '_>> {
        let cursor = match cursor {
            Some(id) => Excluded(*self.places.get(id)?),
            None => Unbounded,
        };
        Some(match order {
            Order::Ascending => Box::new(self.items.range((cursor, Unbounded)).map(value)),
            Order::Descending => Box::new(self.items.range((Unbounded, cursor)).rev().map(value)),
        })
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), items: BTreeMap::new() }
    }
}

fn value<'a, T>((_, item): (&Place, &'a T)) -> &'a T {
    item
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn walking_by_cursor_sees_every_value_once(
            seconds in prop::collection::vec(0i64..5, 0..40),
            step in 1usize..7,
            ascending: bool,
        ) {
            let mut shelf = Shelf::default();
            for (n, &second) in seconds.iter().enumerate() {
                let place = (Timestamp::try_from(second).unwrap(), n as u64);
                shelf.insert(&n.to_string(), place, (second, n));
            }
            let order = if ascending { Order::Ascending } else { Order::Descending };
            let mut seen: Vec<(i64, usize)> = Vec::new();
            loop {
                let cursor = seen.last().map(|(_, n)| n.to_string());
                let page = shelf.after(cursor.as_deref(), order).unwrap().take(step);
                let before = seen.len();
                seen.extend(page);
                if seen.len() == before {
                    break;
                }
            }
            let mut expected: Vec<_> =
                seconds.iter().enumerate().map(|(n, &second)| (second, n)).collect();
            expected.sort_unstable();
            if !ascending {
                expected.reverse();
            }
            prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_cursor_that_is_gone_is_unknown() {
        let mut shelf = Shelf::default();
        shelf.insert("one", (Timestamp::MIN, 0), 1);
        assert_eq!(shelf.remove("one"), Some(1));
        assert!(shelf.after(Some("one"), Order::Ascending).is_none());
        assert_eq!(shelf.len(), 0);
    }
}
