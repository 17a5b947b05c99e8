//! By whom something is done: a server, or a client SDK.

use super::ids::ConnectionId;

/// By whom something is done; by a server, where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The live connection whose command it is, if it is one's.
    pub connection: Option<ConnectionId>,
    /// On what the client SDK runs that does it; none for a server.
    pub platform: Option<Platform>,
}

/// On what a client SDK runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Browsers, Node, React Native.
    JavaScript,
    /// Android.
    Android,
    /// iOS.
    Ios,
    /// .NET and Unity.
    DotNet,
}
