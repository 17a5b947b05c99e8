//! Integration tests: each starts a server of its own and speaks to it over a real socket.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails where it goes wrong, and tells its story at length"
)]

mod clients;
mod control;
mod coverage;
mod cross;
mod durability;
mod events;
mod exec;
mod faults;
mod journal;
mod lifecycle;
mod limits;
mod properties;
mod readme;
mod returning_ai;
mod sendbird;
mod store_failures;
mod support;
mod tls;
mod webhooks;
mod worlds;
