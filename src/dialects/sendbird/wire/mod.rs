//! Resources as Sendbird prints them.

pub(super) mod channel;
pub(super) mod login;
pub(super) mod message;
pub(super) mod poll;
pub(super) mod scheduled;
pub(super) mod user;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Serialize, Serializer};

use super::extract::Call;
use crate::{
    chat::files,
    model::{
        file::Link,
        ids::{ApplicationId, UserId},
    },
    state::Application,
};

/// What is escaped in the name of a file.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// How addresses of our own are completed for one client.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    base_url: &'a str,
    application: &'a ApplicationId,
    /// It is a client, that gets no secrets of users.
    of_client: bool,
    /// The user for whom the client asks, where that is one.
    viewer: Option<&'a UserId>,
}

impl<'a> Home<'a> {
    pub(super) fn of(call: &'a Call) -> Self {
        let viewer = call.user();
        Self { base_url: &call.base_url, application: &call.application, of_client: viewer.is_some(), viewer }
    }

    /// For clients on the socket.
    pub(super) fn of_client(base_url: &'a str, application: &'a ApplicationId) -> Self {
        Self { base_url, application, of_client: true, viewer: None }
    }

    pub(super) fn address(self, link: &'a Link) -> Address<'a> {
        Address { home: self, link }
    }
}

/// A link as a client can follow it.
pub(super) struct Address<'a> {
    home: Home<'a>,
    link: &'a Link,
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.link.local() {
            None => f.write_str(self.link.as_kept()),
            Some((hash, name)) => {
                let Home { base_url, application, .. } = self.home;
                let name = utf8_percent_encode(name, NAME);
                write!(f, "{base_url}{FILES}{application}/{hash}/{name}")
            }
        }
    }
}

/// What addresses of our own have behind the name of the host.
const FILES: &str = "/_mynah/files/";

/// The link that an address of our own stands for; none for another address, or where that is not kept.
pub(super) fn link(app: &Application, address: &str) -> Option<Link> {
    let (_, path) = address.split_once(FILES)?;
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let (application, rest) = path.split_once('/')?;
    let (kept_as, name) = rest.split_once('/')?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    if application.eq_ignore_ascii_case(app.id.as_str()) { files::link(app, kept_as, &name) } else { None }
}

impl Serialize for Address<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.link.local() {
            None => serializer.serialize_str(self.link.as_kept()),
            Some(_) => serializer.collect_str(self),
        }
    }
}
