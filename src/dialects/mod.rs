//! The languages that Mynah speaks, one folder each. They know nothing of one another.

pub mod control;
pub mod returning_ai;
pub mod sendbird;
