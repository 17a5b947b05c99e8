//! The socket of client SDKs, frame by frame.

mod commands;
mod events;
mod login;
