//! Integration tests: each starts a server of its own and speaks to it over a real socket.

mod durability;
mod lifecycle;
mod properties;
mod sendbird;
mod store_failures;
mod support;
