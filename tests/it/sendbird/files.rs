//! Files of messages: several in one, small pictures, private ones.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use mynah::{
    chat::files::{self, Upload},
    model::{file::StoredFile, ids::ApplicationId, time::Timestamp},
    state::Application,
};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

const MESSAGES: &str = "/v3/group_channels/lobby/messages";

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut png = Vec::new();
    let pixels = vec![120; (width * height * 3) as usize];
    PngEncoder::new(&mut png).write_image(&pixels, width, height, ExtendedColorType::Rgb8).expect("a picture");
    png
}

fn part(content: Vec<u8>, name: &str, media_type: &str) -> Part {
    Part::bytes(content).file_name(name.to_owned()).mime_str(media_type).expect("a media type")
}

fn file_of(user: &str) -> Form {
    Form::new().text("message_type", "FILE").text("user_id", user.to_owned())
}

async fn post(mynah: &Mynah, path: &str, form: Form) -> Answer {
    answer(mynah.sendbird(Method::POST, path).multipart(form)).await
}

async fn fetch(mynah: &Mynah, url: &str) -> (u16, Vec<u8>) {
    let response = mynah.client().get(url).send().await.expect("an answer");
    (response.status().as_u16(), response.bytes().await.expect("bytes").to_vec())
}

#[tokio::test]
async fn pictures_get_thumbnails_that_fit() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let form = file_of("ada")
        .text("thumbnail1", "100,100")
        .text("thumbnail2", "1000,1000")
        .part("file", part(picture(400, 200), "plan.png", "image/png"));
    let sent = post(&mynah, MESSAGES, form).await.ok();

    let thumbnails = sent["file"]["thumbnails"].as_array().expect("a list").clone();
    let sizes =
        |one: &Value| [&one["width"], &one["height"], &one["real_width"], &one["real_height"]].map(Value::as_i64);
    assert_eq!(sizes(&thumbnails[0]), [100, 100, 100, 50].map(Some));
    assert_eq!(sizes(&thumbnails[1]), [1000, 1000, 400, 200].map(Some), "nothing is blown up");
    assert_eq!(sent["thumbnails"], sent["file"]["thumbnails"]);
    let (status, small) = fetch(&mynah, thumbnails[0]["url"].as_str().expect("an address")).await;
    assert_eq!(status, 200);
    let small = image::load_from_memory(&small).expect("a picture");
    assert_eq!((small.width(), small.height()), (100, 50));

    let text = file_of("ada").text("thumbnail1", "10,10").part("file", part(b"x".to_vec(), "a.png", "image/png"));
    assert_eq!(post(&mynah, MESSAGES, text).await.ok()["file"]["thumbnails"], json!([]), "what is no picture");
    let bad = file_of("ada").text("thumbnail1", "wide").part("file", part(b"x".to_vec(), "a.txt", "text/plain"));
    post(&mynah, MESSAGES, bad).await.refused(400_111);
}

#[tokio::test]
async fn a_message_has_several_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.with_group("lobby", &["ada"]).await;
    let form = file_of("ada")
        .text("thumbnail1", "10,10")
        .part("files[]", part(picture(20, 20), "a.png", "image/png"))
        .part("files[]", part(b"words".to_vec(), "b.txt", "text/plain"));
    let sent = post(&mynah, MESSAGES, form).await.ok();
    assert_eq!(sent["type"], "FILE");
    assert_eq!(sent["files"][1]["file_name"], "b.txt");
    assert_eq!(sent["files"][1]["file_size"], 5);
    assert_eq!(sent["files"][0]["thumbnails"][0]["real_width"], 10);
    assert_eq!(sent["file"]["name"], "a.png", "the first one is the file too");
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    let shown = mynah.message("lobby", sent["message_id"].as_i64().expect("an id")).await;
    assert_eq!(shown["files"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        fetch(&mynah, shown["files"][1]["url"].as_str().expect("an address")).await,
        (200, b"words".to_vec())
    );

    let item = |name: &str| json!({ "url": format!("https://example.org/{name}"), "file_name": name });
    let several = |files: Value| json!({ "message_type": "FILE", "user_id": "ada", "files": files });
    let sent = mynah.send("lobby", several(json!([item("a"), item("b")]))).await.ok();
    assert_eq!(sent["files"][0]["url"], "https://example.org/a");
    let reply = json!({ "user_id": "ada", "message": "x", "parent_message_id": sent["message_id"] });
    let reply = mynah.send("lobby", reply).await.ok();
    assert_eq!(reply["parent_message_info"]["files"][1]["file_name"], "b");

    mynah.send("lobby", several(json!([item("a")]))).await.refused(400_111);
    mynah.send("lobby", several(json!(vec![item("a"); 31]))).await.refused(400_203);
    mynah.send("lobby", several(json!(["a", "b"]))).await.refused(400_103);
    mynah.send("lobby", several(json!([{}, {}]))).await.refused(400_105);
    mynah.post("/v3/open_channels", json!({ "channel_url": "open" })).await.ok();
    let open = several(json!([item("a"), item("b")]));
    mynah.post("/v3/open_channels/open/messages", open).await.refused(400_920);
}

#[tokio::test]
async fn an_uploaded_file_is_mentioned_by_a_message() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let form = Form::new()
        .text("channel_url", "lobby")
        .text("request_id", "1")
        .text("thumbnail1", "10,10")
        .part("file", part(picture(20, 40), "a.png", "image/png"));
    let uploaded = post(&mynah, "/v3/storage/file", form).await.ok();
    assert_eq!(uploaded["thumbnails"][0]["real_height"], 10);
    assert_eq!(uploaded["require_auth"], false);
    let body = json!({ "message_type": "FILE", "user_id": "ada", "url": uploaded["url"], "thumbnails": uploaded["thumbnails"] });
    let sent = mynah.send("lobby", body).await.ok();
    assert_eq!(sent["file"]["url"], uploaded["url"]);

    post(&mynah, "/v3/storage/file", Form::new().text("channel_url", "lobby")).await.refused(400_105);
    let nowhere = Form::new().text("channel_url", "nowhere").part("file", part(vec![1], "a", "text/plain"));
    post(&mynah, "/v3/storage/file", nowhere).await.refused(400_201);
}

#[tokio::test]
async fn a_private_file_opens_only_with_a_key_of_its_application() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada"]).await;
    let form = file_of("ada")
        .text("require_auth", "true")
        .text("thumbnail1", "10,10")
        .part("file", part(picture(20, 20), "secret.png", "image/png"));
    let sent = post(&mynah, MESSAGES, form).await.ok();
    assert_eq!((&sent["require_auth"], &sent["file"]["require_auth"]), (&json!(true), &json!(true)));
    let url = sent["file"]["url"].as_str().expect("an address");
    let small = sent["file"]["thumbnails"][0]["url"].as_str().expect("an address");
    assert!(!url.contains("auth="), "{url}");

    let key = async |body: Value| {
        let request = mynah.client().post(mynah.url("/_mynah/files/auth")).json(&body);
        answer(request).await.ok()["auth"].as_str().expect("a key").to_owned()
    };
    let (all, one) = (key(json!({})).await, key(json!({ "url": url })).await);
    assert_eq!(fetch(&mynah, url).await.0, 403);
    assert_eq!(fetch(&mynah, &format!("{url}?auth=nonsense")).await.0, 403);
    assert_eq!(fetch(&mynah, &format!("{url}?auth={all}")).await, (200, picture(20, 20)));
    assert_eq!(fetch(&mynah, &format!("{url}?auth={one}")).await.0, 200);
    assert_eq!(fetch(&mynah, &format!("{small}?auth={all}")).await.0, 200);
    assert_eq!(fetch(&mynah, &format!("{small}?auth={one}")).await.0, 403, "a key to one file opens no other");

    let foreign = key(json!({ "application": "other" })).await;
    assert_eq!(fetch(&mynah, &format!("{url}?auth={foreign}")).await.0, 403);
    let (front, file) = url.split_once("/files/").expect("our address");
    let file = file.split_once('/').expect("an application").1;
    assert_eq!(fetch(&mynah, &format!("{front}/files/other/{file}?auth={foreign}")).await.0, 404);
    // The same bytes without the mark of a private file are nowhere.
    assert_eq!(fetch(&mynah, &url.replace("/p", "/")).await.0, 404);
}

#[test]
fn a_key_is_good_for_three_days_of_the_applications_clock() {
    let mut app = Application::new(ApplicationId::new("keys").expect("an id"));
    app.set_time(Timestamp(1_000_000));
    let upload =
        Upload { hash: "a".repeat(64), name: "a".to_owned(), media_type: "text/plain".to_owned(), size: 1 };
    let link = files::keep_private(&mut app, &upload);
    let (name, _) = link.local().expect("ours");
    let file = StoredFile::clone(app.files.get(name).expect("it is kept"));
    assert!(!files::may_see(&app, &file, ""));
    let key = files::issue_key(&mut app, None);
    let three_days = 3 * 24 * 60 * 60 * 1000;
    assert_eq!(key.expires_at, Timestamp(1_000_000 + three_days));
    app.set_time(Timestamp(1_000_000 + three_days - 1));
    assert!(files::may_see(&app, &file, &key.text));
    let longer = key.text.replace(&key.expires_at.0.to_string(), "999999999999");
    assert!(!files::may_see(&app, &file, &longer), "the end is signed");
    app.set_time(key.expires_at);
    assert!(!files::may_see(&app, &file, &key.text));
}
