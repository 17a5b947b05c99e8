//! Our own API under `/_mynah`.

mod actors;
mod docs;
mod guard;
