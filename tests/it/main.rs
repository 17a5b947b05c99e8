//! Integration tests: each starts a server of its own and speaks to it over a real socket.

mod clients;
mod coverage;
mod cross;
mod readme;
mod returning_ai;
mod sendbird;
mod support;
