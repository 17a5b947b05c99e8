//! The code of an app would stand here.
