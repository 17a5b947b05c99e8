//! The journal as an HTTP archive, which browsers and proxies open.
//! <http://www.softwareishard.com/blog/har-12-spec/>

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::{Entry, Exchange, Kind, shown::ShownExchange};

/// An HTTP archive.
#[derive(Debug, Serialize)]
pub struct Archive {
    log: Log,
}

#[derive(Debug, Serialize)]
struct Log {
    version: &'static str,
    creator: Creator,
    entries: Vec<Record>,
}

#[derive(Debug, Serialize)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    started_date_time: String,
    time: f64,
    request: Request,
    response: Response,
    cache: Nothing,
    timings: Timings,
    #[serde(rename = "_mynah")]
    mynah: Ours,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Vec<Pair>,
    query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<Content>,
    headers_size: i32,
    body_size: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: [Pair; 0],
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: &'static str,
    headers_size: i32,
    body_size: i64,
}

#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Serialize)]
struct Nothing {}

#[derive(Debug, Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

/// What we know beside.
#[derive(Debug, Serialize)]
struct Ours {
    number: u64,
    kind: Kind,
    operation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Box<str>>,
}

impl Archive {
    /// The exchanges among entries, whose paths stand behind that prefix. Frames have no place in an archive.
    pub fn of(entries: &[(u64, Entry)], prefix: &str) -> Self {
        let entries = entries.iter().filter_map(|(number, entry)| match entry {
            Entry::Exchange(exchange) => Some(Record::of(*number, exchange, prefix)),
            Entry::Frame(_) => None,
        });
        let creator = Creator { name: "Mynah", version: env!("CARGO_PKG_VERSION") };
        Self { log: Log { version: "1.2", creator, entries: entries.collect() } }
    }
}

impl Record {
    fn of(number: u64, exchange: &Exchange, prefix: &str) -> Self {
        let shown = ShownExchange::of(number, exchange);
        let header = |name| exchange.request_headers.find(name);
        let question = if shown.query.is_empty() { String::new() } else { format!("?{}", shown.query) };
        let url = if shown.path.starts_with('/') {
            let scheme =
                if header("x-forwarded-proto").is_some_and(|proto| proto == "https") { "https" } else { "http" };
            let host = header("host");
            format!("{scheme}://{}{prefix}{}{question}", host.as_deref().unwrap_or("localhost"), shown.path)
        } else {
            format!("{}{question}", shown.path)
        };
        let said = text(&shown.request_body).filter(|text| !text.is_empty());
        let post_data = said.map(|text| Content {
            size: None,
            mime_type: header("content-type").as_deref().unwrap_or("application/json").to_owned(),
            text: Some(text),
        });
        let pairs = form_urlencoded::parse(shown.query.as_bytes());
        let pairs = pairs.map(|(name, value)| Pair { name: name.into_owned(), value: value.into_owned() });
        let headers = shown.request_headers.into_iter();
        let headers =
            headers.map(|(name, value)| Pair { name, value: value.as_str().unwrap_or_default().to_owned() });
        let size = |body: &Option<bytes::Bytes>| body.as_ref().and_then(|body| i64::try_from(body.len()).ok());
        let body = text(&shown.response_body);
        let time = exchange.took.as_secs_f64() * 1000.0;
        let moment =
            jiff::Timestamp::from_millisecond(exchange.machine_at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self {
            started_date_time: format!("{moment:.3}"),
            time,
            request: Request {
                method: shown.method,
                url,
                http_version: "HTTP/1.1",
                cookies: [],
                headers: headers.collect(),
                query_string: pairs.collect(),
                post_data,
                headers_size: -1,
                body_size: size(&exchange.request_body).unwrap_or(-1),
            },
            response: Response {
                status: exchange.status,
                status_text: StatusCode::from_u16(exchange.status)
                    .ok()
                    .and_then(|status| status.canonical_reason())
                    .unwrap_or_default(),
                http_version: "HTTP/1.1",
                cookies: [],
                headers: [],
                content: Content {
                    size: Some(exchange.response_body.as_ref().map_or(0, bytes::Bytes::len)),
                    mime_type: if body.is_some() { "application/json" } else { "application/octet-stream" }.into(),
                    text: body,
                },
                redirect_url: "",
                headers_size: -1,
                body_size: size(&exchange.response_body).unwrap_or(-1),
            },
            cache: Nothing {},
            timings: Timings { send: 0.0, wait: time, receive: 0.0 },
            mynah: Ours { number, kind: exchange.kind, operation: shown.operation, fault: shown.fault },
        }
    }
}

fn text(body: &Value) -> Option<String> {
    match body {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        json => Some(json.to_string()),
    }
}
