//! The Sendbird dialect, resource by resource.

mod replies;
