//! What the control API is: its `OpenAPI` document, and a page that shows it.

use std::{fmt::Write, sync::LazyLock};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::web::routes::Routes;

/// The document, as it is written.
const SOURCE: &str = include_str!("openapi.yaml");

/// The document as JSON.
static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_norway::from_str(SOURCE).expect("the document is YAML; a test reads it"));

pub(super) fn routes() -> Routes {
    Routes::of("Control")
        .get("viewThePage", "/_mynah", page)
        .get("viewTheDocument", "/_mynah/openapi.json", document)
        .get("viewTheSource", "/_mynah/openapi.yaml", source)
}

/// The `OpenAPI` document of everything under `/_mynah`.
async fn document() -> Response {
    super::answer(&*DOCUMENT)
}

/// The same as it is written.
async fn source() -> Response {
    ([(header::CONTENT_TYPE, "application/yaml")], SOURCE).into_response()
}

/// A page for people. It is text alone: no script, nothing from elsewhere.
async fn page() -> Response {
    static PAGE: LazyLock<String> =
        LazyLock::new(|| render(&DOCUMENT).expect("a text takes all that is written to it"));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (StatusCode::OK, headers, PAGE.as_str()).into_response()
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
    color:#1d2733;background:#fff}h2{border-bottom:1px solid #cfd8e3;margin-top:2.5rem}\
    code,pre{font:14px/1.45 ui-monospace,monospace;background:#f2f5f9;border-radius:4px}code{padding:.1em .3em}\
    pre{padding:.8rem;overflow-x:auto}td{padding:.1rem 1rem .1rem 0;vertical-align:top}summary{cursor:pointer}\
    details{margin:.4rem 0}b{display:inline-block;min-width:4.5rem}";

fn render(document: &Value) -> Result<String, std::fmt::Error> {
    let mut html = String::new();
    let info = &document["info"];
    let title = text(&info["title"]);
    write!(html, "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>")?;
    write!(html, "<h1>{title}</h1>{}", paragraphs(&info["description"]))?;
    write!(
        html,
        "<p>For programs: <a href=\"/_mynah/openapi.json\">openapi.json</a> and <a href=\"/_mynah/openapi.yaml\">openapi.yaml</a>.</p>"
    )?;
    for tag in list(&document["tags"]) {
        let name = text(&tag["name"]);
        write!(html, "<h2>{name}</h2>{}", paragraphs(&tag["description"]))?;
        for (path, methods) in entries(&document["paths"]) {
            for (method, operation) in entries(methods) {
                if list(&operation["tags"]).any(|of| of == &tag["name"]) {
                    render_operation(&mut html, path, method, operation)?;
                }
            }
        }
    }
    html.push_str("</html>");
    Ok(html)
}

fn render_operation(html: &mut String, path: &str, method: &str, operation: &Value) -> std::fmt::Result {
    let method = method.to_uppercase();
    let summary = text(&operation["summary"]);
    write!(html, "<details><summary><b>{method}</b> <code>{}</code> {summary}</summary>", escaped(path))?;
    html.push_str(&paragraphs(&operation["description"]));
    let body = &operation["requestBody"]["content"]["application/json"];
    let properties = entries(&body["schema"]["properties"]);
    let shared = |one: &Value| DOCUMENT.pointer(one["$ref"].as_str()?.strip_prefix('#')?);
    let parameters = list(&operation["parameters"]).map(|one| shared(one).unwrap_or(one));
    let parameters = parameters.map(|one| (one["name"].as_str().unwrap_or_default(), one));
    html.push_str("<table>");
    for (name, about) in parameters.chain(properties) {
        write!(html, "<tr><td><code>{}</code><td>{}", escaped(name), text(&about["description"]))?;
    }
    html.push_str("</table>");
    let example = &body["example"];
    let mut curl = match (&*method, example) {
        ("GET", _) => format!("curl 'http://localhost:8080{path}'"),
        (method, Value::Null) => format!("curl -X {method} 'http://localhost:8080{path}'"),
        (method, example) => format!(
            "curl -X {method} 'http://localhost:8080{path}' \\\n  -H 'Content-Type: application/json' -d '{example}'"
        ),
    };
    if let Some(example) = operation["x-curl"].as_str() {
        example.clone_into(&mut curl);
    }
    write!(html, "<pre>{}</pre></details>", escaped(&curl))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn paragraphs(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default().trim();
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.is_empty());
    let paragraphs: Vec<_> = paragraphs.map(escaped).collect();
    if paragraphs.is_empty() { String::new() } else { format!("<p>{}</p>", paragraphs.join("</p><p>")) }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::takes::Names;

    /// What a call is told in a body that it reads in its own way; and a field that is known to say where it is set.
    const OPEN: [&str; 5] = ["setFault", "setLimit", "act", "plantSeed", "importSnapshot"];
    const ELSEWHERE: [(&str, &str); 1] = [("updateApplication", "clock")];

    #[test]
    fn every_call_reads_what_the_document_says_and_nothing_else() {
        for (operation, taken) in crate::dialects::control::routes().readings() {
            let call = &DOCUMENT["paths"][operation.path][operation.method.to_lowercase()];
            let parameters = list(&call["parameters"]).map(|one| {
                let name = one["$ref"].as_str().and_then(|path| path.rsplit('/').next());
                (name.or(one["name"].as_str()).unwrap_or_default(), one["in"] != "path")
            });
            let in_query: BTreeSet<_> = parameters.filter(|(_, query)| *query).map(|(name, _)| name).collect();
            let reads = |names: &Names| names.known.iter().copied().filter(|name| *name != "ai").collect();
            assert!(!taken.query.open, "{}: it must name its parameters", operation.name);
            assert_eq!(in_query, reads(&taken.query), "{}", operation.name);
            let open = taken.body.open;
            assert_eq!(open, OPEN.contains(&operation.name), "{}: what does it read?", operation.name);
            let schema = &call["requestBody"]["content"]["application/json"]["schema"];
            let in_body: BTreeSet<_> = entries(&schema["properties"]).map(|(name, _)| name).collect();
            let mut reads: BTreeSet<_> = reads(&taken.body);
            reads.retain(|name| !ELSEWHERE.contains(&(operation.name, *name)));
            assert!(open || in_body == reads, "{}: {in_body:?}, but it reads {reads:?}", operation.name);
        }
    }
}
