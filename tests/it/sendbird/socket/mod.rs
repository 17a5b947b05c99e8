//! The socket of client SDKs, frame by frame.

mod agreement;
mod commands;
mod events;
mod login;
mod wrong_frames;
