//! Whom nobody calls, by whatever name; and receivers with TLS.

use std::sync::Arc;

use mynah::server::config::Config;
use reqwest::Method;
use serde_json::json;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto, pki_types::PrivateKeyDer},
};

use super::{SETTINGS, receiver::Receiver};
use crate::support::{Mynah, answer};

const NEVER: [&str; 17] = [
    "169.254.169.254",
    "169.254.0.1",
    "0.0.0.0",
    "0.0.0.1",
    "224.0.0.1",
    "239.1.2.3",
    "255.255.255.255",
    "[::]",
    "[fe80::1]",
    "[ff02::1]",
    "[fd00:ec2::254]",
    "[::ffff:169.254.169.254]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2001:db8::5efe:a9fe:a9fe]",
    "[::ffff:0:169.254.169.254]",
];

#[tokio::test]
async fn addresses_that_are_never_called_cannot_be_given() {
    let mynah = Mynah::start().await;
    for host in NEVER {
        for url in [format!("http://{host}/"), format!("https://{host}:8443/hook")] {
            mynah.put(SETTINGS, json!({ "url": url })).await.refused(400_114);
            let refused = mynah.control(Method::PUT, "/_mynah/webhooks", json!({ "url": url })).await;
            assert_eq!(refused.status, 400, "{url}");
            assert!(refused.text.contains("url is invalid"), "{}", refused.text);
        }
    }
    for url in
        ["http://user:secret@127.0.0.1/", "http://127.0.0.1:99999/", "file:///etc/passwd", "gopher://a/", "//a/"]
    {
        mynah.put(SETTINGS, json!({ "url": url })).await.refused(400_114);
    }
}

#[tokio::test]
async fn a_name_that_leads_to_such_an_address_is_not_called() {
    let mynah = Mynah::start().await;
    // Names that resolvers take for addresses: what counts is what becomes of them.
    for name in
        ["2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.16689662", "0", "0x0"]
    {
        let set = json!({ "enabled": true, "url": format!("http://{name}:80/"), "enabled_events": ["*"] });
        let set = mynah.put(SETTINGS, set).await;
        if set.status == 400 {
            continue;
        }
        mynah.webhook(json!({ "retries": [] })).await;
        mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
        let failed = mynah.settled("failed", 1).await.remove(0);
        let why = failed["attempts"][0]["error"].as_str().unwrap();
        assert!(why.contains("is never called") || why.contains("is not found"), "{name}: {why}");
        assert_eq!(failed["attempts"][0]["address"], "", "{name}");
        mynah.told().await;
        mynah.put(SETTINGS, json!({ "enabled": false })).await.ok();
        mynah.delete("/v3/open_channels/square").await.ok();
    }
}

#[tokio::test]
async fn loopback_is_called_by_name_too() {
    let mynah = Mynah::start().await;
    let mut receiver = Receiver::start().await;
    let url = format!("http://localhost:{}/by/name?a=b", receiver.address().port());
    mynah.webhook(json!({ "url": url })).await;
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let call = receiver.next().await;
    assert_eq!(call.request, "POST /by/name?a=b HTTP/1.1");
    assert_eq!(call.headers["host"], format!("localhost:{}", receiver.address().port()));
}

#[tokio::test]
async fn a_receiver_with_tls_is_called_if_its_authority_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&authority, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut receiver = Receiver::with_tls(TlsAcceptor::from(Arc::new(config))).await;
    let url = format!("https://localhost:{}/", receiver.address().port());
    let setting = json!({ "url": url, "retries": [] });

    let trusting = Mynah::start_with(Config { webhook_ca: Some(authority), ..Config::default() }).await;
    trusting.webhook(setting.clone()).await;
    trusting.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    assert_eq!(receiver.next().await.body["category"], "open_channel:create");
    trusting.settled("delivered", 1).await;

    let cautious = Mynah::start().await;
    cautious.webhook(setting).await;
    cautious.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    let failed = cautious.settled("failed", 1).await.remove(0);
    assert!(failed["attempts"][0]["error"].as_str().unwrap().contains("no TLS"), "{failed}");
    receiver.is_quiet();
}

#[tokio::test]
async fn webhooks_of_other_applications_hear_nothing() {
    let mynah = Mynah::start().await;
    let (mut ours, mut theirs) = (Receiver::start().await, Receiver::start().await);
    mynah.calls(&ours).await;
    let settings = json!({ "enabled": true, "url": theirs.url("/"), "enabled_events": ["*"] });
    mynah.put(&format!("/apps/other{SETTINGS}"), settings).await.ok();
    mynah.post("/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    mynah.post("/apps/third/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    mynah.post("/apps/other/v3/open_channels", json!({ "channel_url": "market" })).await.ok();
    let call = ours.next().await;
    assert_eq!((&call.body["app_id"], &call.body["channel"]["channel_url"]), (&json!("mynah"), &json!("square")));
    let call = theirs.next().await;
    assert_eq!((&call.body["app_id"], &call.body["channel"]["channel_url"]), (&json!("other"), &json!("market")));
    mynah.settled("delivered", 1).await;
    ours.is_quiet();
    theirs.is_quiet();
    let third = mynah.control(Method::GET, "/_mynah/webhooks/deliveries?application=third", json!(null)).await.ok();
    assert_eq!(third["deliveries"], json!([]));
}

#[tokio::test]
async fn no_web_page_of_another_machine_says_who_is_called() {
    let mynah = Mynah::start().await;
    let set = |origin: &'static str| {
        let request = mynah.sendbird(Method::PUT, SETTINGS).header("Origin", origin);
        answer(request.json(&json!({ "enabled": true, "url": "http://127.0.0.1:9/", "enabled_events": ["*"] })))
    };
    for foreign in ["https://evil.example", "null", "http://evil.example:8080", "http://localhost.evil.example"] {
        let refused = set(foreign).await;
        assert_eq!(
            (refused.status, &refused.headers["x-mynah"]),
            (403, &"other-site".parse().unwrap()),
            "{foreign}"
        );
        assert_eq!(refused.body["code"], 400_108);
    }
    assert_eq!(mynah.get(SETTINGS).await.ok()["webhook"]["url"], "");
    for own in ["http://localhost:3000", "http://127.0.0.1:5173", "http://app.localhost"] {
        set(own).await.ok();
    }
}
