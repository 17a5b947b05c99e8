//! Rate limits: told on every answer, enforced where the application's plan says so.

use mynah::{
    engine::Unavailable,
    model::{application::Plan, ids::ApplicationId},
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Answer, Mynah, answer};

fn told(answer: &Answer) -> [String; 4] {
    ["limit", "remaining", "reset", "retryafter"].map(|name| {
        let value = &answer.headers[format!("x-ratelimit-{name}")];
        value.to_str().expect("a header is text").to_owned()
    })
}

async fn limit(mynah: &Mynah, plan: Plan) {
    let application = ApplicationId::new("mynah").expect("an id");
    let engine = mynah.server().engine();
    let limited = engine.write(&application, |app| {
        app.change_settings(|settings| settings.rate_limit = Some(plan));
        Ok::<_, Unavailable>(())
    });
    limited.await.expect("settings can be changed");
}

/// Sixty requests that do not wait for one another.
async fn at_once(request: impl Fn() -> RequestBuilder) -> Vec<Answer> {
    let requests: JoinSet<_> = (0..60).map(|_| answer(request())).collect();
    requests.join_all().await
}

#[tokio::test]
async fn every_answer_tells_the_limits_and_an_id_of_its_own() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": "Hi" })).await;
    // As recorded.
    assert_eq!(told(&sent), ["5;w=1", "9", "0.20000004768372", "0.0"]);
    let invited = mynah.post("/v3/group_channels/lobby/invite", json!({ "user_ids": ["ada"] })).await;
    assert_eq!(told(&invited), ["20;w=1", "19", "0.049999952316284", "0.0"]);
    let viewed = mynah.get("/v3/users/ada").await;
    assert_eq!(told(&viewed)[..2], ["100;w=1", "99"]);
    let unserved = mynah.get("/v3/search/nothing").await;
    for answer in [&mynah.get("/v3/users/nobody").await, &mynah.get("/v3/nowhere").await, &unserved] {
        assert_eq!(told(answer)[..2], ["100;w=1", "99"], "{}", answer.text);
    }
    let no_token = answer(mynah.client().request(Method::GET, mynah.url("/v3/users"))).await;
    assert_eq!(no_token.status, 400);
    assert_eq!(told(&no_token)[3], "0.0");

    let id = |answer: &Answer| answer.headers["request-id"].to_str().expect("a header is text").to_owned();
    let ids = [id(&sent), id(&invited), id(&viewed), id(&unserved)];
    for (position, id) in ids.iter().enumerate() {
        assert!(id.len() == 36 && id.as_bytes()[14] == b'4' && !ids[..position].contains(id), "{id}");
    }
    let other =
        answer(mynah.client().get(mynah.url("/apis/v1/messages")).header("Authorization", "Bearer any")).await;
    assert!(!other.headers.contains_key("x-ratelimit-limit"));
}

#[tokio::test]
async fn without_a_plan_nothing_is_refused() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    for _ in 0..30 {
        mynah.say("lobby", "ada", "Hi").await;
    }
}

#[tokio::test]
async fn with_a_plan_too_many_requests_are_refused_until_the_clock_has_moved() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    mynah.post("/v3/group_channels", json!({ "channel_url": "attic", "user_ids": ["ada"] })).await.ok();
    limit(&mynah, Plan::Free).await;
    let hi = || mynah.sendbird(Method::POST, "/v3/group_channels/lobby/messages");
    let answers = at_once(|| hi().json(&json!({ "user_id": "ada", "message": "Hi" }))).await;
    let (passed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    // The bucket holds ten, and five a second run out of it meanwhile.
    assert!((10..60).contains(&passed.len()), "{}", passed.len());
    assert!(passed.iter().all(|answer| told(answer)[0] == "5;w=1" && told(answer)[3] == "0.0"));
    let refused = refused.into_iter().next().expect("some are refused");
    let [limit, remaining, reset, retry_after] = told(&refused);
    assert_eq!((limit.as_str(), remaining.as_str()), ("5;w=1", "0"));
    let seconds = |text: &str| text.parse::<f64>().expect("seconds");
    assert!(seconds(&retry_after) > 0.0 && seconds(&retry_after) <= 0.2, "{retry_after}");
    assert!((seconds(&reset) - seconds(&retry_after) - 1.8).abs() < 1e-3, "{reset} {retry_after}");
    let text = refused.refused(500_910);
    assert_eq!(
        text,
        format!(
            "Too many requests (scope: channel, limit: 5;w=1, remaining: 0, retry_after: {retry_after}s, reset: {reset}s)"
        )
    );

    let elsewhere = mynah.send("attic", json!({ "user_id": "ada", "message": "Hi" })).await;
    assert_eq!(elsewhere.status, 200, "another channel has a bucket of its own");
    assert_eq!(mynah.get("/v3/users/ada").await.status, 200, "another operation too");
    mynah.advance(2).await;
    let later = mynah.send("lobby", json!({ "user_id": "ada", "message": "Hi" })).await;
    assert_eq!(later.status, 200, "{}", later.text);

    let answers = at_once(|| mynah.sendbird(Method::GET, "/v3/users/ada")).await;
    let refused = answers.into_iter().find(|answer| answer.status != 200).expect("some are refused");
    let text = refused.refused(500_910);
    assert!(
        text.starts_with("Too many requests (scope: app, limit: 10;w=1, remaining: 0, retry_after: "),
        "{text}"
    );
}
