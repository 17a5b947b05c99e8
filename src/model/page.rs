//! Pages of lists.

/// A part of a list, and where the rest begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The part that was asked for.
    pub items: Vec<T>,
    /// The place after it; none at the end of the list.
    pub next: Option<Place>,
}

impl<T> Page<T> {
    /// The page with something else made of each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

/// A place in a list: the sort key of the last row that was given. Rows that come or go do not
/// move it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The number by which the list is sorted, if it is.
    pub number: i64,
    /// The text by which the list is sorted, if it is.
    pub text: String,
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}
