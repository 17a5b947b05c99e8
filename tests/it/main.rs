//! Integration tests: each starts a server of its own and speaks to it over a real socket.

mod sendbird;
mod support;
