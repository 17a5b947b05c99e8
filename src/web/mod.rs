//! HTTP kit: what all dialects share, and no word of any of them.

pub mod body;
pub mod duration;
pub mod ending;
pub mod faults;
pub mod field;
pub mod journal;
pub mod limits;
pub mod page;
pub mod plain;
pub mod routes;
pub mod site;
pub mod takes;
pub mod thumbnails;
