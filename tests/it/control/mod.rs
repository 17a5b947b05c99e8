//! Our own API under `/_mynah`.

mod actors;
mod asked;
mod docs;
mod guard;
