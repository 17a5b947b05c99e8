//! A map that remembers what changed and can undo it, with its indexes beside it.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, btree_map::Range},
    ops::{Bound, RangeBounds},
    sync::Arc,
};

/// Something that a table keeps.
pub trait Row: Send + Sync + 'static {
    /// What tells one row from another.
    type Key: Ord + Clone + Send + Sync;

    /// The row's key. It never changes while the row is in a table.
    fn key(&self) -> Self::Key;
}

/// What a table can be asked beside its keys: a function of the rows that are in it, whatever
/// the way that led there.
pub trait Index<R>: Clone + Default + Send + Sync {
    /// A row has come in.
    fn add(&mut self, row: &Arc<R>);
    /// A row that had come in has gone.
    fn remove(&mut self, row: &Arc<R>);
    /// A row has come in for one of the same key.
    fn replace(&mut self, before: &Arc<R>, after: &Arc<R>) {
        self.remove(before);
        self.add(after);
    }
}

impl<R> Index<R> for () {
    fn add(&mut self, _: &Arc<R>) {}
    fn remove(&mut self, _: &Arc<R>) {}
}

/// One changed row: what it was and what it became.
#[derive(Debug)]
pub struct Change<R: Row> {
    /// Which row.
    pub key: R::Key,
    /// The row before; none if it is new.
    pub before: Option<Arc<R>>,
    /// The row after; none if it is gone.
    pub after: Option<Arc<R>>,
    /// Whether that follows from other rows, so that the row need not be stored again.
    pub derived: bool,
}

/// Rows by key, in the order of keys.
#[derive(Debug)]
pub struct Table<R: Row, I = ()> {
    rows: BTreeMap<R::Key, Arc<R>>,
    index: I,
    changes: Vec<Change<R>>,
}

impl<R: Row, I: Default> Default for Table<R, I> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), index: I::default(), changes: Vec::new() }
    }
}

impl<R: Row, I: Index<R>> Table<R, I> {
    /// The row of that key.
    pub fn get<Q>(&self, key: &Q) -> Option<&Arc<R>>
    where
        R::Key: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.rows.get(key)
    }

    /// Whether there is a row of that key.
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        R::Key: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.rows.contains_key(key)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows, in the order of keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<R>> {
        self.rows.values()
    }

    /// The rows of a range of keys.
    pub fn range(&self, keys: impl RangeBounds<R::Key>) -> impl DoubleEndedIterator<Item = &Arc<R>> {
        self.rows.range(keys).map(|(_, row)| row)
    }

    /// The rows of keys that are asked for in their order.
    pub fn follow(&self) -> Follower<'_, R::Key, Arc<R>> {
        Follower::new(&self.rows)
    }

    /// What the table can be asked beside its keys.
    pub fn index(&self) -> &I {
        &self.index
    }

    /// Puts a row in, in place of the one that had its key.
    pub fn put(&mut self, row: R) -> Arc<R> {
        let row = Arc::new(row);
        let before = self.place(&row);
        self.changes.push(Change { key: row.key(), before, after: Some(Arc::clone(&row)), derived: false });
        row
    }

    /// Changes a copy of the row of that key and puts it in the row's place.
    pub fn update(&mut self, key: &R::Key, change: impl FnOnce(&mut R)) -> Option<Arc<R>>
    where
        R: Clone,
    {
        let mut row = R::clone(self.rows.get(key)?);
        change(&mut row);
        Some(self.put(row))
    }

    /// Changes the row of that key by what follows from other rows.
    pub fn derive(&mut self, key: &R::Key, change: impl FnOnce(&mut R))
    where
        R: Clone,
    {
        let Some(place) = self.rows.get_mut(key) else { return };
        let mut row = R::clone(place);
        change(&mut row);
        let after = Arc::new(row);
        let before = std::mem::replace(place, Arc::clone(&after));
        self.index.replace(&before, &after);
        self.changes.push(Change { key: key.clone(), before: Some(before), after: Some(after), derived: true });
    }

    /// Takes the row of that key out.
    pub fn remove(&mut self, key: &R::Key) -> Option<Arc<R>> {
        let before = self.displace(key)?;
        self.changes.push(Change {
            key: key.clone(),
            before: Some(Arc::clone(&before)),
            after: None,
            derived: false,
        });
        Some(before)
    }

    /// Fills an empty table with rows from the store, in the order of keys; remembers nothing.
    pub fn load(&mut self, rows: impl IntoIterator<Item = Arc<R>>) {
        let index = &mut self.index;
        self.rows.extend(rows.into_iter().map(|row| {
            index.add(&row);
            (row.key(), row)
        }));
    }

    /// What has changed since the last time this was asked, in order.
    pub fn drain(&mut self) -> Vec<Change<R>> {
        std::mem::take(&mut self.changes)
    }

    /// A table with the same rows, which it shares.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { rows: self.rows.clone(), index: self.index.clone(), changes: Vec::new() }
    }

    /// All rows, as the changes that make them of nothing.
    pub fn everything(&self) -> Vec<Change<R>> {
        let made = |(key, row): (&R::Key, &Arc<R>)| Change {
            key: key.clone(),
            before: None,
            after: Some(Arc::clone(row)),
            derived: false,
        };
        self.rows.iter().map(made).collect()
    }

    /// Undoes changes that were drained, the last one first.
    pub fn undo(&mut self, changes: &[Change<R>]) {
        for change in changes.iter().rev() {
            match &change.before {
                Some(row) => {
                    self.place(row);
                }
                None => {
                    self.displace(&change.key);
                }
            }
        }
    }

    fn place(&mut self, row: &Arc<R>) -> Option<Arc<R>> {
        let before = self.rows.insert(row.key(), Arc::clone(row));
        match &before {
            Some(before) => self.index.replace(before, row),
            None => self.index.add(row),
        }
        before
    }

    fn displace(&mut self, key: &R::Key) -> Option<Arc<R>> {
        let before = self.rows.remove(key)?;
        self.index.remove(&before);
        Some(before)
    }
}

/// Looks keys up that come in their order: where they lie close together it goes on from one to the
/// next, which is much cheaper than to look up each by itself.
#[derive(Debug)]
pub struct Follower<'a, K, V> {
    map: &'a BTreeMap<K, V>,
    ahead: Range<'a, K, V>,
    next: Option<(&'a K, &'a V)>,
}

impl<'a, K: Ord, V> Follower<'a, K, V> {
    /// How many entries are passed over before the key is looked up.
    const STEPS: usize = 6;

    pub(super) fn new(map: &'a BTreeMap<K, V>) -> Self {
        let mut ahead = map.range(..);
        let next = ahead.next();
        Self { map, ahead, next }
    }

    /// The entry of that key, which is not below the one asked for before.
    pub fn at(&mut self, key: &K) -> Option<&'a V> {
        for _ in 0..Self::STEPS {
            let (found, value) = self.next?;
            match found.cmp(key) {
                Ordering::Less => self.next = self.ahead.next(),
                Ordering::Equal => return Some(value),
                Ordering::Greater => return None,
            }
        }
        self.ahead = self.map.range((Bound::Included(key), Bound::Unbounded));
        self.next = self.ahead.next();
        self.next.filter(|(found, _)| *found == key).map(|(_, value)| value)
    }
}
