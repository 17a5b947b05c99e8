//! Dialects: the services' own languages, each with its routes, bodies and errors. None knows
//! of another.

pub mod returning_ai;
