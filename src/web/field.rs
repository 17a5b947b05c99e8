//! Fields that know whether they were given, and as what: so that a handler can look at the
//! resources of the path first, and then say which field is missing or of the wrong kind.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

/// What a field has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number that fits 64 bits.
    Number,
    /// A list.
    List,
    /// An object.
    Object,
    /// True or false.
    Flag,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It has to be there.
    Missing,
    /// It has to be something else.
    Not(Kind),
    /// It has a NUL character, which no service takes.
    Nul,
    /// It has to be what is said here.
    Unlike(&'static str),
}

/// A field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem:?}")]
pub struct FieldError {
    /// The name of the field on the wire.
    pub name: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// A field of a body or a query. A JSON null counts as absent.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// Not there.
    #[default]
    Absent,
    /// There, and not what it has to be.
    Wrong(Problem),
    /// There.
    Given(T),
}

impl<T> Field<T> {
    /// The value, which has to be there.
    ///
    /// # Errors
    /// It is missing or wrong.
    pub fn required(self, name: &'static str) -> Result<T, FieldError> {
        self.optional(name)?.ok_or(FieldError { name, problem: Problem::Missing })
    }

    /// The value, if it is there.
    ///
    /// # Errors
    /// It is wrong.
    pub fn optional(self, name: &'static str) -> Result<Option<T>, FieldError> {
        match self {
            Self::Absent => Ok(None),
            Self::Given(value) => Ok(Some(value)),
            Self::Wrong(problem) => Err(FieldError { name, problem }),
        }
    }

    /// The value, or what stands for it where it is absent.
    ///
    /// # Errors
    /// It is wrong.
    pub fn or(self, name: &'static str, default: T) -> Result<T, FieldError> {
        Ok(self.optional(name)?.unwrap_or(default))
    }

    /// The value, or the default of its type where it is absent.
    ///
    /// # Errors
    /// It is wrong.
    pub fn or_default(self, name: &'static str) -> Result<T, FieldError>
    where
        T: Default,
    {
        Ok(self.optional(name)?.unwrap_or_default())
    }

    /// Whether it is there, right or wrong.
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

/// A value as it came in.
#[derive(Clone, Debug)]
pub enum Raw<'a> {
    /// JSON true or false.
    Flag(bool),
    /// A JSON number without a fraction that fits 64 bits.
    Number(i64),
    /// Any other JSON number.
    Fraction(f64),
    /// A JSON text.
    Text(Cow<'a, str>),
    /// A JSON list.
    List(Vec<Value>),
    /// A JSON object.
    Object(Map<String, Value>),
    /// The text of a form or a query, in which everything is text.
    Plain(Cow<'a, str>),
}

impl From<Value> for Field<Raw<'static>> {
    fn from(value: Value) -> Self {
        Self::Given(match value {
            Value::Null => return Self::Absent,
            Value::Bool(flag) => Raw::Flag(flag),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Raw::Number(number),
                None => Raw::Fraction(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Raw::Text(text.into()),
            Value::Array(list) => Raw::List(list),
            Value::Object(object) => Raw::Object(object),
        })
    }
}

/// A type that a field can have.
pub trait Lenient: Sized {
    /// What it is called when something else was given.
    const KIND: Kind;

    /// Makes it of what came in.
    ///
    /// # Errors
    /// It is not what it has to be.
    fn of(raw: Raw<'_>) -> Result<Self, Problem>;

    /// Makes it of a JSON value.
    ///
    /// # Errors
    /// It is not what it has to be; a null is not either.
    fn of_value(value: Value) -> Result<Self, Problem> {
        match Field::from(value) {
            Field::Given(raw) => Self::of(raw),
            _ => Err(Problem::Not(Self::KIND)),
        }
    }
}

impl Lenient for String {
    const KIND: Kind = Kind::Text;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        match raw {
            Raw::Text(text) | Raw::Plain(text) if text.contains('\0') => Err(Problem::Nul),
            Raw::Text(text) | Raw::Plain(text) => Ok(text.into_owned()),
            _ => Err(Problem::Not(Kind::Text)),
        }
    }
}

impl Lenient for i64 {
    const KIND: Kind = Kind::Number;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        match raw {
            Raw::Number(number) => Ok(number),
            Raw::Plain(text) => text.trim().parse().map_err(|_| Problem::Not(Kind::Number)),
            _ => Err(Problem::Not(Kind::Number)),
        }
    }
}

impl Lenient for bool {
    const KIND: Kind = Kind::Flag;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        match raw {
            Raw::Flag(flag) => Ok(flag),
            Raw::Plain(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(true),
            Raw::Plain(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(false),
            _ => Err(Problem::Not(Kind::Flag)),
        }
    }
}

/// Anything at all.
impl Lenient for Value {
    const KIND: Kind = Kind::Object;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        let value = match raw {
            Raw::Flag(flag) => Self::from(flag),
            Raw::Number(number) => Self::from(number),
            Raw::Fraction(number) => Self::from(number),
            Raw::Text(text) | Raw::Plain(text) => Self::from(text.into_owned()),
            Raw::List(list) => Self::from(list),
            Raw::Object(object) => Self::from(object),
        };
        if has_nul(&value) { Err(Problem::Nul) } else { Ok(value) }
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(object) => object.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

impl<T: Lenient> Lenient for Vec<T> {
    const KIND: Kind = Kind::List;

    /// In a form or a query a list is JSON, or its items stand with commas between them.
    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        match raw {
            Raw::List(list) => list.into_iter().map(T::of_value).collect(),
            Raw::Plain(text) if text.trim_start().starts_with('[') => {
                let list: Vec<Value> = serde_json::from_str(&text).map_err(|_| Problem::Not(Kind::List))?;
                list.into_iter().map(T::of_value).collect()
            }
            Raw::Plain(text) if text.is_empty() => Ok(Self::new()),
            Raw::Plain(text) => text.split(',').map(|item| T::of(Raw::Plain(item.into()))).collect(),
            _ => Err(Problem::Not(Kind::List)),
        }
    }
}

impl<T: Lenient> Lenient for BTreeMap<String, T> {
    const KIND: Kind = Kind::Object;

    fn of(raw: Raw<'_>) -> Result<Self, Problem> {
        let object = match raw {
            Raw::Object(object) => object,
            Raw::Plain(text) => serde_json::from_str(&text).map_err(|_| Problem::Not(Kind::Object))?,
            _ => return Err(Problem::Not(Kind::Object)),
        };
        if object.keys().any(|key| key.contains('\0')) {
            return Err(Problem::Nul);
        }
        object.into_iter().map(|(key, value)| Ok((key, T::of_value(value)?))).collect()
    }
}

impl<'de, T: Lenient> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(raw) = deserializer.deserialize_any(RawVisitor)? else { return Ok(Self::Absent) };
        if matches!(&raw, Raw::Plain(text) if text.is_empty()) && !matches!(T::KIND, Kind::Text | Kind::List) {
            return Ok(Self::Absent);
        }
        Ok(T::of(raw).map_or_else(Self::Wrong, Self::Given))
    }
}

/// Takes any JSON; what a form or a query has comes wrapped as a newtype.
struct RawVisitor;

impl<'de> de::Visitor<'de> for RawVisitor {
    type Value = Option<Raw<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(Raw::Flag(flag)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Raw::Number(number)))
    }

    #[expect(clippy::cast_precision_loss, reason = "it is refused wherever a whole number is wanted")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(i64::try_from(number).map_or(Raw::Fraction(number as f64), Raw::Number)))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(Raw::Fraction(number)))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Raw::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Raw::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let list = Vec::deserialize(de::value::SeqAccessDeserializer::new(list))?;
        Ok(Some(Raw::List(list)))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        let object = Map::deserialize(de::value::MapAccessDeserializer::new(object))?;
        Ok(Some(Raw::Object(object)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, plain: D) -> Result<Self::Value, D::Error> {
        Ok(Some(Raw::Plain(Cow::Owned(String::deserialize(plain)?))))
    }
}
