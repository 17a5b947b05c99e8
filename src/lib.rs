//! Mynah: a self-hosted stand-in for two chat services, the Sendbird Chat Platform API v3 and
//! the Returning.AI API, for tests and development.
//!
//! The core is a pure state machine: [`model`] has the nouns, [`state`] holds one application,
//! `chat` has the rules. Around it `engine` runs the rules under a lock and has their changes
//! committed by `store` before anybody hears of them; `dialects` speak the services' languages
//! over `web`; [`Server`] wires it all together. `ARCHITECTURE.md` tells the whole story.

pub mod chat;
pub mod delivery;
pub mod dialects;
pub mod engine;
pub mod model;
pub mod server;
pub mod state;
pub mod store;
pub mod web;

pub use server::Server;
