//! Whole applications in the hands of who tests with them.

mod applications;
mod clock;
mod reset;
mod seed;
mod snapshots;
