//! Which rows have changed lately, so that what follows from many rows need not be made anew each time.

use std::collections::VecDeque;

/// The keys of the rows that came in, changed or went, the latest ones. Whoever keeps something that follows
/// from rows asks what was touched since it last looked.
#[derive(Debug)]
pub struct Touched<K> {
    /// How many are not kept any more.
    passed: usize,
    latest: VecDeque<K>,
}

impl<K> Touched<K> {
    /// How many are kept.
    const KEPT: usize = 4096;

    /// How often something was touched so far.
    pub fn times(&self) -> usize {
        self.passed + self.latest.len()
    }

    /// What was touched after so many times; none if that is too long ago.
    pub fn since(&self, times: usize) -> Option<impl ExactSizeIterator<Item = &K>> {
        Some(self.latest.range(times.checked_sub(self.passed)?..))
    }

    pub(super) fn touch(&mut self, key: K) {
        if self.latest.len() == Self::KEPT {
            self.latest.pop_front();
            self.passed += 1;
        }
        self.latest.push_back(key);
    }
}

impl<K> Default for Touched<K> {
    fn default() -> Self {
        Self { passed: 0, latest: VecDeque::new() }
    }
}

/// A copy begins anew, since nobody has looked at it yet.
impl<K> Clone for Touched<K> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The way to some rows is no part of what they are: two indexes of the same rows are equal.
impl<K> PartialEq for Touched<K> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<K> Eq for Touched<K> {}
