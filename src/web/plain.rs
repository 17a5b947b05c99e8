//! Forms and queries: names with plain texts, read into the same structs as JSON bodies.

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, IntoDeserializer, Visitor,
        value::{Error, MapDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};

/// Reads named texts into a struct of [`super::field::Field`]s. A name that comes several times
/// (also written `name[]`) is a list; names that the struct lacks are passed over.
pub fn read<T: DeserializeOwned + Default>(pairs: impl IntoIterator<Item = (String, String)>) -> T {
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, text) in pairs {
        let name = name.strip_suffix("[]").map_or_else(|| name.clone(), str::to_owned);
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                known.push(',');
                known.push_str(&text);
            }
            None => merged.push((name, text)),
        }
    }
    let pairs = merged.into_iter().map(|(name, text)| (name, Plain(text)));
    // Fields take whatever comes, so nothing is left to fail.
    T::deserialize(MapDeserializer::<_, Error>::new(pairs)).unwrap_or_default()
}

/// Reads a query string.
pub fn query<T: DeserializeOwned + Default>(query: &str) -> T {
    read(form_urlencoded::parse(query.as_bytes()).map(|(name, text)| (name.into_owned(), text.into_owned())))
}

struct Plain(String);

impl IntoDeserializer<'_, Error> for Plain {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Plain {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(StringDeserializer::new(self.0))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
