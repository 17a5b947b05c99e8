//! Who may use the control API: the machine itself, or whoever has the token, but no page of another site.

use std::net::SocketAddr;

use mynah::server::{ControlToken, config::Config};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Mynah, answer};

async fn asked(mynah: &Mynah, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = mynah.client().request(method.clone(), mynah.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if method == Method::POST {
        request = request.json(&json!({}));
    }
    answer(request).await
}

#[tokio::test]
async fn a_name_that_somebody_else_could_lead_here_is_refused() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    for host in
        ["evil.example", "evil.example:8080", "api-x.evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0"]
    {
        for (method, path) in [(Method::POST, "/_mynah/reset"), (Method::GET, "/_mynah/journal")] {
            let refused = asked(&mynah, method, path, &[("Host", host)]).await;
            assert_eq!(refused.status, 403, "{host}: {}", refused.text);
            assert!(refused.text.contains(host), "{}", refused.text);
        }
        let health = asked(&mynah, Method::GET, "/_mynah/health", &[("Host", host)]).await;
        assert_eq!(health.status, 200, "{host}");
    }
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:80",
        "127.1.2.3",
        "[::1]:8080",
        "shop.localhost:8080",
        "api-shop.sendbird.com",
    ] {
        let taken = asked(&mynah, Method::GET, "/_mynah/journal", &[("Host", host)]).await;
        assert_eq!(taken.status, 200, "{host}: {}", taken.text);
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_even_ask() {
    let mynah = Mynah::start().await;
    for site in ["cross-site", "same-site"] {
        let refused = asked(&mynah, Method::GET, "/_mynah/journal", &[("Sec-Fetch-Site", site)]).await;
        assert_eq!(refused.status, 403, "{site}");
    }
    for site in ["same-origin", "none"] {
        let taken = asked(&mynah, Method::GET, "/_mynah/journal", &[("Sec-Fetch-Site", site)]).await;
        assert_eq!(taken.status, 200, "{site}");
    }
    let body = json!({ "application": "mynah" });
    let foreign = mynah.client().post(mynah.url("/_mynah/files/auth")).header("Origin", "http://evil.example");
    assert_eq!(answer(foreign.json(&body)).await.status, 403);
}

#[tokio::test]
async fn a_configured_token_has_to_be_shown_and_then_the_name_does_not_matter() {
    let config = Config { control_token: Some("open sesame".to_owned()), ..Config::default() };
    let mynah = Mynah::start_with(config).await;
    assert!(matches!(mynah.server().control_token(), ControlToken::Given));
    for wrong in ["Bearer open", "Bearer", "open sesame", "Basic open sesame", "Bearer open sesame!"] {
        let refused = asked(&mynah, Method::POST, "/_mynah/reset", &[("Authorization", wrong)]).await;
        assert_eq!(refused.status, 401, "{wrong}");
    }
    let refused = asked(&mynah, Method::GET, "/_mynah/journal", &[]).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text.contains("--control-token"), "{}", refused.text);

    let shown = [("Authorization", "Bearer open sesame"), ("Host", "mynah:8080")];
    asked(&mynah, Method::POST, "/_mynah/reset", &shown).await.ok();
    asked(&mynah, Method::GET, "/_mynah/health", &[]).await.ok();
    mynah.with_users(&["ada"]).await;
}

#[tokio::test]
async fn a_server_that_others_can_reach_makes_a_token() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let mynah = Mynah::start_with(Config { listen: vec![everywhere], ..Config::default() }).await;
    let ControlToken::Made(token) = mynah.server().control_token() else { panic!("no token was made") };
    assert!(token.len() >= 32);

    assert_eq!(asked(&mynah, Method::GET, "/_mynah/journal", &[]).await.status, 401);
    let shown = format!("Bearer {token}");
    asked(&mynah, Method::GET, "/_mynah/journal", &[("Authorization", &shown)]).await.ok();
}
