//! The control API says what it is.

use std::collections::BTreeSet;

use mynah::server::operations;

use crate::support::{Mynah, answer};

#[tokio::test]
async fn every_operation_is_in_the_document_and_nothing_else() {
    let mynah = Mynah::start().await;
    let document = mynah.get("/_mynah/openapi.json").await.ok();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(operation["summary"].as_str().is_some_and(|summary| summary.len() > 5), "{method} {path}");
            documented.insert(format!("{} {path} {name}", method.to_uppercase()));
            let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
            assert!(
                operation["tags"].as_array().unwrap().iter().all(|tag| tags.contains(&tag)),
                "{path}: {operation}"
            );
            let in_path = path.matches('{').count();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            assert_eq!(parameters.filter(|one| one["in"] == "path").count(), in_path, "{method} {path}");
            assert!(operation["responses"].as_object().is_some_and(|answers| !answers.is_empty()), "{path}");
        }
    }
    let control = operations().into_iter().find(|(dialect, _)| *dialect == "control").unwrap().1;
    let served: BTreeSet<_> =
        control.iter().map(|one| format!("{} {} {}", one.method, one.path, one.name)).collect();
    assert_eq!(documented, served);
}

#[tokio::test]
async fn the_page_shows_every_operation_and_runs_nothing() {
    let mynah = Mynah::start().await;
    let page = answer(mynah.client().get(mynah.url("/_mynah"))).await;
    assert_eq!(page.status, 200);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(!page.text.contains("<script"));
    let control = operations().into_iter().find(|(dialect, _)| *dialect == "control").unwrap().1;
    for operation in control {
        assert!(page.text.contains(&format!("<code>{}</code>", operation.path)), "{}", operation.path);
    }
}
