//! Values in the order of their creation.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Unbounded};

use certs_types::Timestamp;

/// Values that are found by id and iterated in the order of their creation.
///
/// Every operation takes logarithmic time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrderedStore<T> {
    keys: HashMap<Box<str>, SortKey>,
    items: BTreeMap<SortKey, T>,
}

/// The creation time, then a sequence number that orders the values of one second.
pub(crate) type SortKey = (Timestamp, u64);

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

impl<T> OrderedStore<T> {
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.keys.get(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.items.get_mut(self.keys.get(id)?)
    }

    pub(crate) fn sort_key(&self, id: &str) -> Option<SortKey> {
        self.keys.get(id).copied()
    }

    /// Inserts a value. Its id and its key must be new.
    pub(crate) fn insert(&mut self, id: &str, key: SortKey, item: T) {
        self.keys.insert(id.into(), key);
        self.items.insert(key, item);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.items.remove(&self.keys.remove(id)?)
    }

    /// Iterates over all values, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&SortKey, &T)> {
        self.items.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.values_mut()
    }

    /// Iterates over the values after the cursor. `None` if the cursor is unknown.
    pub(crate) fn after(
        &self,
        cursor: Option<&str>,
        order: Order,
    ) -> Option<Box<dyn Iterator<Item = &T> + '_>> {
        let cursor = match cursor {
            Some(id) => Excluded(*self.keys.get(id)?),
            None => Unbounded,
        };
        Some(match order {
            Order::Ascending => Box::new(self.items.range((cursor, Unbounded)).map(value)),
            Order::Descending => Box::new(self.items.range((Unbounded, cursor)).rev().map(value)),
        })
    }
}

impl<T> Default for OrderedStore<T> {
    fn default() -> Self {
        Self { keys: HashMap::new(), items: BTreeMap::new() }
    }
}

fn value<'a, T>((_, item): (&SortKey, &'a T)) -> &'a T {
    item
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn paging_by_cursor_returns_every_value_once(
            seconds in prop::collection::vec(0i64..5, 0..40),
            step in 1usize..7,
            ascending: bool,
        ) {
            let mut store = OrderedStore::default();
            for (n, &second) in seconds.iter().enumerate() {
                let key = (Timestamp::try_from(second).unwrap(), n as u64);
                store.insert(&n.to_string(), key, (second, n));
            }
            let order = if ascending { Order::Ascending } else { Order::Descending };
            let mut seen: Vec<(i64, usize)> = Vec::new();
            loop {
                let cursor = seen.last().map(|(_, n)| n.to_string());
                let page = store.after(cursor.as_deref(), order).unwrap().take(step);
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
    fn removed_cursor_is_unknown() {
        let mut store = OrderedStore::default();
        store.insert("one", (Timestamp::MIN, 0), 1);
        assert_eq!(store.remove("one"), Some(1));
        assert!(store.after(Some("one"), Order::Ascending).is_none());
        assert_eq!(store.len(), 0);
    }
}
