//! Translations: a stand-in that says what it is.

use serde_json::json;

use crate::support::Mynah;

#[tokio::test]
async fn a_translation_is_shown_from_then_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = mynah.say("lobby", "ada", "Hello").await;
    let path = format!("/v3/group_channels/lobby/messages/{id}");

    let translated = mynah.post(&format!("{path}/translation"), json!({ "target_langs": ["es", "zh-CHT"] })).await;
    let expected = json!({ "es": "[es] Hello", "zh-CHT": "[zh-CHT] Hello" });
    let translated = translated.ok();
    assert_eq!(translated["translations"], expected);
    assert_eq!(translated["message"], "Hello");
    mynah.put(&path, json!({ "message_type": "MESG", "message": "Bye" })).await.ok();
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    let shown = mynah.message("lobby", id).await;
    assert_eq!(shown["translations"], json!({ "es": "[es] Bye", "zh-CHT": "[zh-CHT] Bye" }), "edited words too");
}

#[tokio::test]
async fn a_text_is_translated_as_it_is_sent() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let sent = mynah.send("lobby", json!({ "user_id": "ada", "message": "Hello", "target_langs": ["de"] })).await;
    assert_eq!(sent.ok()["translations"], json!({ "de": "[de] Hello" }));
}

#[tokio::test]
async fn only_texts_are_translated_and_only_into_languages() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let id = mynah.say("lobby", "ada", "Hello").await;
    let path = format!("/v3/group_channels/lobby/messages/{id}/translation");
    mynah.post(&path, json!({})).await.refused(400_105);
    mynah.post(&path, json!({ "target_langs": "es" })).await.refused(400_102);
    mynah.post(&path, json!({ "target_langs": [] })).await.refused(400_111);
    mynah.post(&path, json!({ "target_langs": ["no language"] })).await.refused(400_111);
    let file = json!({ "message_type": "FILE", "user_id": "ada", "url": "https://example.org/a.txt" });
    let file = mynah.send("lobby", file).await.ok()["message_id"].clone();
    let path = format!("/v3/group_channels/lobby/messages/{file}/translation");
    mynah.post(&path, json!({ "target_langs": ["es"] })).await.refused(400_111);
}
