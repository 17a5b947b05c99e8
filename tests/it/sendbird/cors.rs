//! Pages of any site may speak to the server.

use reqwest::{Method, RequestBuilder, multipart::Part};
use serde_json::json;

use crate::support::{Answer, Mynah, answer};

async fn from_a_page(request: RequestBuilder) -> Answer {
    answer(request.header("Origin", "https://app.example.org")).await
}

#[tokio::test]
async fn a_browser_that_asks_first_is_allowed() {
    let mynah = Mynah::start().await;

    for path in ["/v3/users", "/v3/group_channels/lobby/messages/1", "/v3/emojis", "/apps/alpha/v3/users"] {
        let request = mynah.client().request(Method::OPTIONS, mynah.url(path));
        let request = request.header("Access-Control-Request-Method", "PUT");
        let request = request.header("Access-Control-Request-Headers", "api-token,content-type,sb-user-agent");
        let answer = from_a_page(request).await;

        assert!((200..300).contains(&answer.status), "{path}: {}", answer.status);
        assert_eq!(answer.text, "");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let methods = answer.headers["access-control-allow-methods"].to_str().expect("text");
        for method in ["GET", "POST", "PUT", "DELETE"] {
            assert!(methods.split(", ").any(|one| one == method), "{methods}");
        }
        assert_eq!(answer.headers["access-control-allow-headers"], "api-token,content-type,sb-user-agent");
    }
}

#[tokio::test]
async fn good_answers_and_errors_may_be_read_by_a_page() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;

    for (status, method, path) in [
        (200, Method::GET, "/v3/users/ada"),
        (400, Method::GET, "/v3/users/nobody"),
        (400, Method::GET, "/v3/users?limit=0"),
        (400, Method::POST, "/v3/users"),
        (400, Method::PATCH, "/v3/users"),
        (400, Method::GET, "/v3/nothing"),
        (501, Method::GET, "/v3/bots"),
    ] {
        let answer = from_a_page(mynah.sendbird(method, path)).await;

        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}");
    }
    let unknown = from_a_page(mynah.client().get(mynah.url("/v3/users"))).await;
    assert_eq!(unknown.headers["access-control-allow-origin"], "*");
    unknown.refused(400_401);
}

#[tokio::test]
async fn an_uploaded_file_may_be_read_by_a_page() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let fields = [("message_type", "FILE"), ("user_id", "ada")];
    let part = Part::bytes(b"bytes".to_vec()).file_name("a.txt");
    let path = "/v3/group_channels/lobby/messages";
    let sent = mynah.form(Method::POST, path, &fields, Some(("file", part))).await.ok();

    let served = from_a_page(mynah.client().get(sent["file"]["url"].as_str().expect("an address"))).await;

    assert_eq!((served.status, served.text.as_str()), (200, "bytes"));
    assert_eq!(served.headers["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn whoever_is_no_page_gets_no_such_headers() {
    let mynah = Mynah::start().await;

    let answer = mynah.post("/v3/users", json!({})).await;

    assert!(answer.headers.get("access-control-allow-origin").is_none(), "{:?}", answer.headers);
}
