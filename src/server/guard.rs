//! Who may use the control API. On a developer's machine that is whoever is on the machine, but not a
//! web page that a browser there shows; on a server that others can reach, whoever has the token.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
};
use sha2::{Digest, Sha256};

use super::config::Config;
use crate::dialects::{control, sendbird};

/// What a call has to show to be let in.
pub(super) struct Guard {
    /// The token, where there has to be one.
    token: Option<Box<str>>,
    /// Names by which the server knows itself beside those of the machine.
    names: Vec<Box<str>>,
}

/// The token that control calls need.
#[derive(Clone, Debug)]
pub enum ControlToken {
    /// None: only this machine reaches the server.
    None,
    /// The configured one.
    Given,
    /// This one, which was made for as long as the server runs.
    Made(Box<str>),
}

impl Guard {
    /// A guard by the configuration, and the token that it asks for.
    ///
    /// # Errors
    /// The machine gives no random numbers.
    pub(super) fn of(config: &Config) -> anyhow::Result<(Self, ControlToken)> {
        let everywhere = config.listen.iter().chain(&config.tls_listen).any(|address| !address.ip().is_loopback());
        let token = match &config.control_token {
            Some(_) => ControlToken::Given,
            None if everywhere => ControlToken::Made(random_token()?),
            None => ControlToken::None,
        };
        let public = config.public_url.as_deref().and_then(|url| url.parse::<Uri>().ok());
        let public = public.as_ref().and_then(Uri::host).map(Box::from);
        let names = config.tls_names.iter().map(|name| name.as_str().into()).chain(public).collect();
        let needed = match &token {
            ControlToken::None => None,
            ControlToken::Given => config.control_token.as_deref().map(Box::from),
            ControlToken::Made(token) => Some(token.clone()),
        };
        Ok((Self { token: needed, names }, token))
    }

    /// Lets a call in, or says why not. With the token it may come from anywhere; without one it must be
    /// meant for this machine, and no page of another site may have sent it.
    ///
    /// # Errors
    /// 401 without the token, 403 for a foreign host or site.
    pub(super) fn admit(&self, request: &Request) -> Result<(), control::Error> {
        if is_open(request.method(), request.uri().path()) {
            return Ok(());
        }
        let headers = request.headers();
        let Some(token) = &self.token else { return self.admit_local(request.uri(), headers) };
        let shown = text(headers, &header::AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        // Digests take the same time to compare wherever they differ.
        if shown.is_some_and(|shown| Sha256::digest(shown.trim()) == Sha256::digest(&**token)) {
            return Ok(());
        }
        let message = "Control calls to this server need the header Authorization: Bearer with the token of \
                       --control-token, or with the one printed at start";
        Err(control::Error { status: StatusCode::UNAUTHORIZED, message: message.into() })
    }

    fn admit_local(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), control::Error> {
        let refuse = |message| Err(control::Error { status: StatusCode::FORBIDDEN, message });
        let host = text(headers, &header::HOST).or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
        let host = host.unwrap_or_default();
        if !self.knows(host) {
            return refuse(format!("Control calls for the host {host:?} are not taken without --control-token"));
        }
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let is_own_page = site.is_none_or(|site| matches!(site, b"same-origin" | b"none"));
        let origin = headers.get(header::ORIGIN).map(|_| text(headers, &header::ORIGIN).unwrap_or_default());
        let is_own = |origin: &str| origin.split_once("://").is_some_and(|(_, origin)| origin == host);
        if !is_own_page || !origin.is_none_or(is_own) {
            return refuse("Control calls are not taken from other sites".into());
        }
        Ok(())
    }

    /// Whether a request to the services' own paths is a web page's of another machine, and asks for what nobody but the
    /// owner of this one is to ask for: whom the server is to call.
    pub(super) fn distrusts(&self, request: &Request) -> bool {
        let mut origins =
            request.headers().get_all(header::ORIGIN).iter().map(|origin| origin.to_str().unwrap_or("?"));
        let is_ours =
            |origin: &str| origin.is_empty() || origin.split_once("://").is_some_and(|(_, host)| self.knows(host));
        sendbird::leads_out(request.method(), request.uri().path()) && origins.any(|origin| !is_ours(origin))
    }

    /// Whether a name can only mean this machine. Any other could be made to by whoever owns it.
    fn knows(&self, host: &str) -> bool {
        let name = name_of(host);
        let name = name.strip_suffix('.').unwrap_or(name);
        let is_local = |name: &str| {
            let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
            ip.is_ok_and(|ip| ip.is_loopback())
        };
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let ends = |end: &str| is_name && name.len() > end.len() && name.to_ascii_lowercase().ends_with(end);
        let is_vendor =
            ends(".sendbird.com") && name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("api-"));
        name.eq_ignore_ascii_case("localhost")
            || is_local(name)
            || ends(".localhost")
            || is_vendor
            || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// What clients of the dialects are led to, and what tells nothing and changes nothing: whether the
/// server is well, and how the API is used.
fn is_open(method: &Method, path: &str) -> bool {
    let is_linked = path.starts_with(control::FILES) || path.starts_with("/_mynah/emojis/");
    match *method {
        Method::GET | Method::HEAD => {
            is_linked
                || matches!(path, "/_mynah/health" | "/_mynah" | "/_mynah/openapi.json" | "/_mynah/openapi.yaml")
        }
        Method::OPTIONS => is_linked,
        _ => false,
    }
}

/// The name without the port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn random_token() -> anyhow::Result<Box<str>> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers for a token: {error}"))?;
    Ok(hex::encode(bytes).into())
}
