//! What operations read of a request, told by the types that their handlers take: so that a report can say
//! which fields a client has sent that nothing reads, without a list that somebody would have to keep.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, Uri},
};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// The names that are read of a query or of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names.
    pub known: Vec<&'static str>,
    /// Others may be read too.
    pub open: bool,
}

impl Names {
    /// Whether something of that name is passed over.
    pub fn pass_over(&self, name: &str) -> bool {
        let name = name.strip_suffix("[]").unwrap_or(name);
        !self.open && !self.known.contains(&name)
    }
}

/// What an operation reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Of the query.
    pub query: Names,
    /// Of a JSON body.
    pub body: Names,
}

impl Taken {
    /// Nothing is known of what it reads.
    pub fn open() -> Self {
        let open = Names { open: true, ..Names::default() };
        Self { query: open.clone(), body: open }
    }

    /// It reads a query like that.
    pub fn query<T: DeserializeOwned>(&mut self) {
        read_by::<T>(&mut self.query);
    }

    /// It reads a body like that.
    pub fn body<T: DeserializeOwned>(&mut self) {
        read_by::<T>(&mut self.body);
    }
}

/// A type that a handler takes.
#[diagnostic::on_unimplemented(
    message = "nobody says what `{Self}` reads of a request",
    note = "implement `web::takes::Takes` for it: empty, if it reads nothing of the query and of the body"
)]
pub trait Takes {
    /// Adds what it reads.
    fn add(_: &mut Taken) {}
}

impl Takes for HeaderMap {}
impl Takes for Method {}
impl Takes for Uri {}
impl<S> Takes for State<S> {}

impl Takes for Request {
    fn add(taken: &mut Taken) {
        *taken = Taken::open();
    }
}

impl<T: Takes, E> Takes for Result<T, E> {
    fn add(taken: &mut Taken) {
        T::add(taken);
    }
}

/// What a handler takes, as the router knows it: one of its own marks comes first.
pub trait TakesAll {
    /// What it reads.
    fn taken() -> Taken;
}

impl TakesAll for ((),) {
    fn taken() -> Taken {
        Taken::default()
    }
}

macro_rules! takes_all {
    ($($name:ident)*) => {
        impl<M, $($name: Takes),*> TakesAll for (M, $($name,)*) {
            fn taken() -> Taken {
                let mut taken = Taken::default();
                $($name::add(&mut taken);)*
                taken
            }
        }
    };
}

takes_all!(A);
takes_all!(A B);
takes_all!(A B C);
takes_all!(A B C D);
takes_all!(A B C D E);

/// Adds the names of the fields of a struct. One that collects others may read anything.
fn read_by<T: DeserializeOwned>(names: &mut Names) {
    let mut probe = Probe::default();
    // It is never read whole: all that it is asked for is what it wants.
    let _ = T::deserialize(&mut probe);
    match probe.fields {
        Some(fields) => names.known.extend(fields),
        None => names.open = true,
    }
}

/// Asks a type for the names of its fields.
#[derive(Default)]
struct Probe {
    fields: Option<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for &mut Probe {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("this has no content"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.fields = Some(fields);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Body {
        first_name: String,
        #[serde(alias = "other")]
        second: String,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    #[expect(dead_code, reason = "only its names matter")]
    struct Wide {
        own: String,
        #[serde(flatten)]
        rest: Body,
    }

    #[test]
    fn the_names_of_a_type_are_those_on_the_wire() {
        let mut taken = Taken::default();
        taken.body::<Body>();
        for name in ["firstName", "second", "other", "second[]"] {
            assert!(!taken.body.pass_over(name), "{name}: {taken:?}");
        }
        assert!(taken.body.pass_over("first_name") && taken.query.pass_over("firstName"));
        taken.body::<Wide>();
        assert!(!taken.body.pass_over("anything"));
    }
}
