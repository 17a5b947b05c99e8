//! Applications: how a request names one, and that none sees another.

use mynah::{model::ids::ApplicationId, server::config::Config};
use reqwest::{Method, RequestBuilder, multipart::Part};
use serde_json::{Value, json};

use super::{each, id_of};
use crate::support::{Mynah, answer};

async fn with_user(mynah: &Mynah, prefix: &str, id: &str) {
    mynah.post(&format!("{prefix}/v3/users"), json!({ "user_id": id, "nickname": id })).await.ok();
}

async fn users_of(request: RequestBuilder) -> String {
    let list = answer(request).await.ok();
    each(list["users"].as_array().expect("users"), "user_id").join(" ")
}

#[tokio::test]
async fn a_request_names_its_application_in_many_ways() {
    let mynah = Mynah::start().await;
    with_user(&mynah, "", "default").await;
    with_user(&mynah, "/apps/alpha", "alpha").await;
    let users = || mynah.sendbird(Method::GET, "/v3/users");

    for (request, expected) in [
        (users(), "default"),
        (mynah.sendbird(Method::GET, "/apps/alpha/v3/users"), "alpha"),
        (mynah.sendbird(Method::GET, "/apps/ALPHA/v3/users/"), "alpha"),
        (users().header("Host", "api-alpha.sendbird.com"), "alpha"),
        (users().header("Host", "api-ALPHA.sendbird.com:8080"), "alpha"),
        (users().header("Host", "alpha.localhost:8080"), "alpha"),
        (users().header("Host", "Alpha.LocalHost"), "alpha"),
        (users().header("App-Id", "alpha"), "alpha"),
        (users().header("app-id", "Alpha"), "alpha"),
        (users().header("SendBird", "JS,4.0.0,3.1.0,alpha"), "alpha"),
        (users().header("SendBird", "iOS,16.0,4.0.0,ALPHA,extra"), "alpha"),
        (mynah.sendbird(Method::GET, "/v3/users?ai=alpha"), "alpha"),
        (mynah.sendbird(Method::GET, "/apps/mynah/v3/users"), "default"),
        (users().header("App-Id", "mynah"), "default"),
        (users().header("Host", "localhost:8080"), "default"),
        (users().header("Host", "example.org"), "default"),
        (users().header("SendBird", "JS,4.0.0"), "default"),
        (users().header("App-Id", "beta"), ""),
        (mynah.sendbird(Method::GET, "/apps/beta/v3/users"), ""),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(users_of(request).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn the_path_wins_over_the_host_and_the_host_over_headers() {
    let mynah = Mynah::start().await;
    for id in ["one", "two", "three"] {
        with_user(&mynah, &format!("/apps/{id}"), id).await;
    }
    let all = |path: &str| {
        mynah.sendbird(Method::GET, path).header("Host", "api-two.sendbird.com").header("App-Id", "three")
    };

    assert_eq!(users_of(all("/apps/one/v3/users")).await, "one");
    assert_eq!(users_of(all("/v3/users")).await, "two");
}

#[tokio::test]
async fn applications_do_not_see_each_other() {
    let mynah = Mynah::start().await;
    for prefix in ["/apps/alpha", "/apps/beta"] {
        let post = async |path: &str, body: Value| mynah.post(&format!("{prefix}{path}"), body).await.ok();
        post("/v3/users", json!({ "user_id": "ada", "nickname": prefix })).await;
        post("/v3/group_channels", json!({ "channel_url": "lobby", "name": prefix, "user_ids": ["ada"] })).await;
        let body = json!({ "user_id": "ada", "message": prefix, "dedup_id": "once" });
        post("/v3/group_channels/lobby/messages", body).await;
    }
    let get = async |path: &str| mynah.get(path).await;

    assert_eq!(get("/apps/alpha/v3/users/ada").await.ok()["nickname"], "/apps/alpha");
    assert_eq!(get("/apps/beta/v3/group_channels/lobby").await.ok()["name"], "/apps/beta");
    mynah.delete("/apps/alpha/v3/group_channels/lobby").await.ok();
    mynah.delete("/apps/alpha/v3/users/ada").await.ok();
    get("/apps/alpha/v3/group_channels/lobby").await.refused(400_201);
    let list = get("/apps/beta/v3/group_channels/lobby/messages?message_ts=0").await.ok();
    assert_eq!(list["messages"][0]["message"], "/apps/beta");
    assert_eq!(list["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(get("/v3/users").await.ok()["users"], json!([]));
    // What is stored under a parent's id in one application is no parent in another.
    let reply = json!({ "user_id": "ada", "message": "m", "parent_message_id": id_of(&list["messages"][0]) });
    mynah.post("/apps/alpha/v3/group_channels/lobby/messages", reply).await.refused(400_201);
}

#[tokio::test]
async fn a_file_is_served_for_its_own_application() {
    let mynah = Mynah::start().await;
    with_user(&mynah, "/apps/alpha", "ada").await;
    let part = Part::bytes(b"secret".to_vec()).file_name("a.jpg");
    let body = [("user_id", "bo"), ("nickname", "Bo")];
    let user = mynah.form(Method::POST, "/apps/alpha/v3/users", &body, Some(("profile_file", part))).await.ok();
    let url = user["profile_url"].as_str().expect("an address");
    assert!(url.contains("/alpha/"), "{url}");

    let own = answer(mynah.client().get(url)).await;
    let foreign = answer(mynah.client().get(url.replace("/alpha/", "/beta/"))).await;

    assert_eq!((own.status, own.text.as_str()), (200, "secret"));
    assert_eq!(foreign.status, 404);
}

#[tokio::test]
async fn the_default_application_can_be_another() {
    let application = ApplicationId::new("Home").expect("an id");
    let mynah = Mynah::start_with(Config { application, ..Config::default() }).await;
    with_user(&mynah, "", "ada").await;

    assert_eq!(users_of(mynah.sendbird(Method::GET, "/apps/home/v3/users")).await, "ada");
    assert_eq!(users_of(mynah.sendbird(Method::GET, "/apps/mynah/v3/users")).await, "");
}

#[tokio::test]
async fn addresses_of_files_begin_with_the_host_that_the_client_knows() {
    let mynah = Mynah::start().await;
    let part = || Part::bytes(b"picture".to_vec()).file_name("a.png");
    let body = [("user_id", "ada"), ("nickname", "Ada")];
    mynah.form(Method::POST, "/v3/users", &body, Some(("profile_file", part()))).await.ok();
    let seen_by = async |host: &str| {
        let user = answer(mynah.sendbird(Method::GET, "/v3/users/ada").header("Host", host)).await.ok();
        user["profile_url"].as_str().expect("an address").to_owned()
    };

    assert!(seen_by("mynah:8080").await.starts_with("http://mynah:8080/"));
    assert!(seen_by("127.0.0.1:9999").await.starts_with("http://127.0.0.1:9999/"));
    let public = Config { public_url: Some("https://chat.example.org/".into()), ..Config::default() };
    let mynah = Mynah::start_with(public).await;
    let user = mynah.form(Method::POST, "/v3/users", &body, Some(("profile_file", part()))).await.ok();
    let url = user["profile_url"].as_str().expect("an address");
    assert!(url.starts_with("https://chat.example.org/_mynah/"), "{url}");
}
