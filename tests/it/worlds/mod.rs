//! Whole applications in the hands of who tests with them.

mod clock;
mod reset;
