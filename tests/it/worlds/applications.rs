//! Applications: made, viewed, changed, forked and removed; and the same requests get the same answers.

use std::time::Duration;

use mynah::server::config::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mynah, answer};

const BEGIN: i64 = 1_767_225_600_000;

async fn view(mynah: &Mynah, id: &str) -> Value {
    mynah.get(&format!("/_mynah/applications/{id}")).await.ok()
}

async fn patch(mynah: &Mynah, id: &str, body: Value) -> Answer {
    answer(mynah.sendbird(Method::PATCH, &format!("/_mynah/applications/{id}")).json(&body)).await
}

#[track_caller]
fn refused(answer: &Answer, status: u16, why: &str) {
    let said = answer.body["error"].as_str().unwrap_or_default();
    assert!(answer.status == status && said.starts_with(why), "{}, not {why}", answer.text);
}

/// Everything that a file address of an application has of its name.
fn without_name(text: &str, application: &str) -> String {
    text.replace(&format!("/{application}/"), "/APP/")
}

#[tokio::test]
async fn an_application_is_made_as_it_is_wanted_and_survives_a_restart_unless_it_is_ephemeral() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    let wanted = json!({
        "id": "One", "tokens": ["secret"], "seed": 7, "settings": { "max_message_length": 20, "rate_limit": "5k" },
        "clock": { "mode": "frozen", "at": BEGIN },
    });
    let made = mynah.post("/_mynah/applications", wanted).await.ok();
    assert_eq!((&made["id"], &made["ephemeral"], &made["seed"]), (&json!("one"), &json!(false), &json!(7)));
    assert_eq!(made["settings"]["tokens"], json!(["secret"]));
    assert_eq!(made["settings"]["max_message_length"], 20);
    assert_eq!(made["settings"].get("file_secret"), None);
    assert_eq!((&made["clock"]["mode"], &made["clock"]["now"]), (&json!("frozen"), &json!(BEGIN)));
    assert_eq!((&made["rows"]["users"], &made["connections"]), (&json!(0), &json!(0)));
    mynah.post("/_mynah/applications", json!({ "id": "two", "ephemeral": true })).await.ok();
    mynah.get("/apps/one/v3/users").await.refused(400_401);
    let user = json!({ "user_id": "ada", "nickname": "Ada", "profile_url": "" });
    mynah.post("/apps/two/v3/users", user).await.ok();
    assert_eq!(view(&mynah, "two").await["rows"]["users"], 1);
    let nameless = mynah.post("/_mynah/applications", json!({})).await.ok();
    let id = nameless["id"].as_str().unwrap();
    let listed = mynah.get("/_mynah/applications").await.ok();
    let expected = json!([
        { "id": id, "ephemeral": false }, { "id": "mynah", "ephemeral": false },
        { "id": "one", "ephemeral": false }, { "id": "two", "ephemeral": true },
    ]);
    assert_eq!(listed["applications"], expected);
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    let mut again = view(&mynah, "one").await;
    again["clock"]["now"] = json!(BEGIN);
    assert_eq!(again, made);
    refused(&mynah.get("/_mynah/applications/two").await, 404, "There is no application two");
    mynah.stop().await;
}

#[tokio::test]
async fn settings_are_changed_one_by_one_and_a_wrong_one_changes_nothing() {
    let mynah = Mynah::start().await;
    mynah.post("/_mynah/applications", json!({ "id": "one" })).await.ok();
    let changed = patch(&mynah, "one", json!({ "settings": { "reactions": false }, "tokens": ["a", "b"] })).await;
    let changed = changed.ok();
    assert_eq!(
        (&changed["settings"]["reactions"], &changed["settings"]["tokens"]),
        (&json!(false), &json!(["a", "b"]))
    );
    for (body, why) in [
        (json!({ "settings": { "max_message_length": 9, "wings": 2 } }), "settings.wings is unknown"),
        (json!({ "settings": { "file_secret": "s" } }), "settings.file_secret is unknown"),
        (json!({ "settings": [] }), "settings is invalid"),
        (json!({ "settings": { "max_message_length": 9 }, "tokens": 5 }), "tokens is invalid"),
        (json!({ "tokens": ["c"], "seed": -1 }), "seed is invalid"),
        (json!({ "clock": { "mode": "real" } }), "clock is set at /_mynah/clock"),
    ] {
        refused(&patch(&mynah, "one", body).await, 400, why);
    }
    let wrong = patch(&mynah, "one", json!({ "settings": { "max_message_length": "long" } })).await;
    assert!(wrong.text.contains("settings.max_message_length is invalid"), "{}", wrong.text);
    let mut now = view(&mynah, "one").await;
    now["clock"] = changed["clock"].clone();
    assert_eq!(now, changed);
    refused(&patch(&mynah, "nobody", json!({})).await, 404, "There is no application nobody");
    assert_eq!(mynah.get("/_mynah/applications/nobody").await.status, 404);
}

#[tokio::test]
async fn a_wrong_application_is_not_made() {
    let mynah = Mynah::start().await;
    mynah.post("/_mynah/applications", json!({ "id": "one" })).await.ok();
    let make = async |body: Value| mynah.post("/_mynah/applications", body).await;
    refused(&make(json!({ "id": "one" })).await, 409, "There is an application one already");
    for (body, why) in [
        (json!({ "id": "no/id" }), "id is invalid: it has up to 100 ASCII letters"),
        (json!({ "id": ".." }), "id is invalid"),
        (json!({ "id": "." }), "id is invalid"),
        (json!({ "id": "_Mynah" }), "id is invalid"),
        (json!({ "id": "two", "tokens": [""] }), "tokens is invalid: a token must not be empty"),
        (json!({ "id": "two", "tokens": ["a", "a"] }), "tokens is invalid: a token is there twice"),
        (json!({ "id": "two", "settings": { "tokens": [""] } }), "settings.tokens is invalid"),
        (json!({ "id": "two", "settings": { "max_message_length": 0 } }), "settings.max_message_length is invalid"),
        (
            json!({ "id": "two", "settings": { "max_message_length": "9" } }),
            "settings.max_message_length is invalid: invalid type: string \"9\", expected a whole number",
        ),
        (
            json!({ "id": "two", "clock": { "mode": "real", "att": 1 } }),
            "clock.att: there is no such field; there are mode",
        ),
        (json!({ "id": "two", "ephemeral": "perhaps" }), "ephemeral is invalid"),
        (
            json!({ "id": "two", "clock": { "mode": "late" } }),
            "clock.mode is invalid: it is real, frozen, offset or accelerated",
        ),
        (json!({ "id": "two", "clock": 5 }), "clock is invalid"),
        (json!({ "id": "two", "seed": "x" }), "seed is invalid"),
    ] {
        refused(&make(body).await, 400, why);
    }
    assert_eq!(mynah.get("/_mynah/applications").await.ok()["applications"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_removed_application_is_gone_and_its_name_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    mynah.post("/_mynah/applications", json!({ "id": "one", "tokens": ["any"] })).await.ok();
    let (_, mut socket) = mynah.fill("one").await;
    let path = "/_mynah/applications/one";
    assert_eq!(mynah.delete(path).await.ok(), json!({ "deleted": "one" }));
    socket.closed().await;
    refused(&mynah.delete(path).await, 404, "There is no application one");
    assert_eq!(mynah.get(path).await.status, 404);
    assert_eq!(mynah.get("/apps/one/v3/users").await.ok()["users"], json!([]));
    // By its first write, as any other.
    let user = json!({ "user_id": "bo", "nickname": "Bo", "profile_url": "" });
    mynah.post("/apps/one/v3/users", user).await.ok();
    mynah.stop().await;
    let mynah = Mynah::start_on(folder.path()).await;
    let users = mynah.get("/apps/one/v3/users").await.ok();
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
    assert_eq!(view(&mynah, "one").await["settings"]["tokens"], json!([]));
    mynah.stop().await;
}

/// What a scenario was answered, without what names the application.
async fn play(mynah: &Mynah, application: &str) -> Vec<String> {
    let mut told = Vec::new();
    let at = |path: &str| format!("/apps/{application}/v3{path}");
    let mut tell = |answer: Answer| {
        told.push(without_name(&answer.text, application));
        answer.body
    };
    for id in ["ada", "bo"] {
        let user = json!({ "user_id": id, "nickname": id, "profile_url": "", "issue_access_token": true });
        tell(mynah.post(&at("/users"), user).await);
    }
    tell(mynah.post(&at("/users/ada/token"), json!({})).await);
    let nameless = json!({ "user_ids": ["ada", "bo"], "name": "Nameless" });
    let channel = tell(mynah.post(&at("/group_channels"), nameless).await);
    let channel = channel["channel_url"].as_str().unwrap();
    for text in ["Hello", "How are you?"] {
        let body = json!({ "message_type": "MESG", "user_id": "ada", "message": text });
        tell(mynah.post(&at(&format!("/group_channels/{channel}/messages")), body).await);
    }
    tell(mynah.post(&format!("/apps/{application}/_mynah/clock/advance"), json!({ "by": "1h" })).await);
    let reaction = json!({ "user_id": "bo", "reaction": "smile" });
    tell(mynah.post(&at(&format!("/group_channels/{channel}/messages/1/reactions")), reaction).await);
    let reply = json!({ "message_type": "MESG", "user_id": "bo", "message": "Well", "parent_message_id": 1 });
    tell(mynah.post(&at(&format!("/group_channels/{channel}/messages")), reply).await);
    tell(mynah.post(&at("/polls"), json!({ "title": "Tea?", "options": ["Yes", "No"] })).await);
    tell(mynah.get(&at("/users?active_mode=all")).await);
    tell(mynah.get(&at("/group_channels?show_member=true&show_empty=true")).await);
    let list =
        format!("/group_channels/{channel}/messages?message_ts=0&include_reactions=true&include_thread_info=true");
    tell(mynah.get(&at(&list)).await);
    told
}

#[tokio::test]
async fn the_same_requests_get_the_same_answers_from_the_same_seed_number() {
    let mynah = Mynah::start().await;
    let frozen = json!({ "mode": "frozen", "at": BEGIN });
    for (id, seed) in [("one", 7), ("two", 7), ("other", 8)] {
        mynah.post("/_mynah/applications", json!({ "id": id, "seed": seed, "clock": frozen })).await.ok();
    }
    let one = play(&mynah, "one").await;
    for (one, two) in one.iter().zip(play(&mynah, "two").await) {
        assert_eq!(*one, two);
    }
    let other = play(&mynah, "other").await;
    assert_ne!(other, one, "tokens come from the seed number");
    // A second run after a reset, too: the seed number stays.
    mynah.post("/_mynah/reset", json!({ "application": "one" })).await.ok();
    mynah.put("/apps/one/_mynah/clock", frozen).await.ok();
    assert_eq!(play(&mynah, "one").await, one);
}

#[tokio::test]
async fn a_fork_has_all_that_there_was_and_a_life_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mynah = Mynah::start_on(folder.path()).await;
    mynah
        .post("/_mynah/applications", json!({ "id": "one", "clock": { "mode": "frozen", "at": BEGIN } }))
        .await
        .ok();
    let (url, mut socket) = mynah.fill("one").await;
    let before = view(&mynah, "one").await;
    assert_eq!(before["connections"], 1);
    let fork = mynah.post("/_mynah/applications/one/fork", json!({ "id": "two" })).await.ok();
    assert_eq!((&fork["id"], &fork["ephemeral"], &fork["connections"]), (&json!("two"), &json!(true), &json!(0)));
    for same in ["rows", "settings", "clock", "seed", "created_at"] {
        assert_eq!(fork[same], before[same], "{same}");
    }
    let list = "/v3/group_channels/lobby/messages?message_ts=0&include_reactions=true&include_thread_info=true";
    let of = async |application: &str| {
        let list = mynah.get(&format!("/apps/{application}{list}")).await;
        without_name(&list.text, application)
    };
    assert_eq!(of("two").await, of("one").await);
    // Nobody is connected to it, and what happens in it is told to nobody else.
    assert_eq!(mynah.get("/apps/two/v3/users/ada").await.ok()["is_online"], false);
    assert_eq!(mynah.get("/apps/one/v3/users/ada").await.ok()["is_online"], true);
    let send = async |application: &str, text: &str| {
        let body = json!({ "message_type": "MESG", "user_id": "ada", "message": text });
        mynah.post(&format!("/apps/{application}/v3/group_channels/lobby/messages"), body).await.ok()
    };
    let in_two = send("two", "In two").await;
    let in_one = send("one", "In one").await;
    assert_eq!(in_one["message_id"], in_two["message_id"], "numbers go on alike");
    let heard: Vec<_> = socket.heard().await.into_iter().filter(|(code, _)| code == "MESG").collect();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].1["message"], "In one");
    assert_ne!(of("two").await, of("one").await);

    // Its files are under its own name, and outlive the original.
    let own = url.replace("/one/", "/two/");
    assert_eq!(mynah.delete("/_mynah/applications/one").await.status, 200);
    assert_eq!(mynah.client().get(&url).send().await.unwrap().status().as_u16(), 404);
    assert_eq!(mynah.client().get(&own).send().await.unwrap().text().await.unwrap(), "words");
    let last = mynah.post("/_mynah/applications/two/fork", json!({ "id": "three", "durable": true })).await.ok();
    assert_eq!(last["ephemeral"], false);
    let expected = of("three").await;
    mynah.stop().await;

    let mynah = Mynah::start_on(folder.path()).await;
    assert_eq!(mynah.get("/_mynah/applications/two").await.status, 404, "it was in memory only");
    let list = mynah.get(&format!("/apps/three{list}")).await;
    let text = without_name(&list.text, "three");
    let address =
        |text: &str| text.split("http://").skip(1).map(|rest| rest.split('/').next().unwrap().to_owned()).next();
    let old = address(&expected).unwrap();
    assert_eq!(text.replace(&mynah.address().to_string(), &old), expected);
    let file = mynah.url(url.split_once("/_mynah").map(|(_, path)| format!("/_mynah{path}")).unwrap().as_str());
    let file = mynah.client().get(file.replace("/one/", "/three/")).send().await.unwrap();
    assert_eq!(file.text().await.unwrap(), "words");
    mynah.stop().await;
}

#[tokio::test]
async fn a_fork_wants_an_original_and_a_free_name() {
    let mynah = Mynah::start().await;
    mynah.with_users(&["ada"]).await;
    let fork = async |id: &str, body: Value| mynah.post(&format!("/_mynah/applications/{id}/fork"), body).await;
    refused(&fork("nobody", json!({})).await, 404, "There is no application nobody");
    refused(&fork("mynah", json!({ "id": "mynah" })).await, 409, "There is an application mynah already");
    refused(&fork("mynah", json!({ "id": "a b" })).await, 400, "id is invalid");
    refused(&fork("mynah", json!({ "durable": 5 })).await, 400, "durable is invalid");
    let (first, second) = (fork("mynah", json!({})).await.ok(), fork("mynah", json!({})).await.ok());
    assert_ne!(first["id"], second["id"]);
    assert!(first["id"].as_str().unwrap().starts_with("mynah-"), "{first}");
}

/// Two hundred who work at the same time, each in a fork of its own, and none sees another's doings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_workers_have_an_application_each_and_no_cross_talk() {
    let mynah = Mynah::start().await;
    mynah.put("/_mynah/clock", json!({ "mode": "frozen", "at": BEGIN })).await.ok();
    mynah.with_group("lobby", &["ada", "bo"]).await;
    mynah.say("lobby", "ada", "Hello").await;
    let worker = async |number: usize| {
        let fork = mynah.post("/_mynah/applications/mynah/fork", json!({})).await.ok();
        let id = fork["id"].as_str().unwrap().to_owned();
        let at = |path: &str| format!("/apps/{id}{path}");
        let mine = json!({ "user_id": format!("u{number}"), "nickname": "", "profile_url": "" });
        mynah.post(&at("/v3/users"), mine).await.ok();
        let advance = json!({ "by": number * 1000 });
        mynah.post(&at("/_mynah/clock/advance"), advance).await.ok();
        let text = format!("From {number}");
        let body = json!({ "message_type": "MESG", "user_id": "bo", "message": text, "parent_message_id": 1 });
        let sent = mynah.post(&at("/v3/group_channels/lobby/messages"), body).await.ok();
        let list = "/v3/group_channels/lobby/messages?message_ts=0&next_limit=200&include_reply_type=all";
        let list = mynah.get(&at(list)).await.ok();
        let texts: Vec<_> = list["messages"].as_array().unwrap().iter().map(|one| one["message"].clone()).collect();
        assert_eq!(texts, [json!("Hello"), json!(text)], "worker {number}");
        assert_eq!(sent["message_id"], 2);
        let clock = mynah.get(&at("/_mynah/clock")).await.ok();
        assert_eq!(clock["now"], BEGIN + i64::try_from(number).unwrap() * 1000);
        let users = mynah.get(&at("/v3/users?limit=100")).await.ok();
        let users: Vec<_> = users["users"].as_array().unwrap().iter().map(|one| one["user_id"].clone()).collect();
        assert!(users.len() == 3 && users.contains(&json!(format!("u{number}"))), "{users:?}");
        let journal = mynah.get(&at("/_mynah/journal")).await.ok();
        let noted = journal["exchanges"].as_array().unwrap();
        assert_eq!(noted.len(), 4, "worker {number}: {journal}");
        assert_eq!(noted[1]["request_body"]["message"], text, "worker {number}: {journal}");

        // What goes wrong, what is told and what is emptied is each one's own, too.
        mynah.put(&at("/_mynah/webhooks"), json!({})).await.ok();
        let fault = json!({ "operation": "viewAUser", "status": 400 + number, "times": 1 });
        mynah.post(&at("/_mynah/faults"), fault).await.ok();
        assert_eq!(usize::from(mynah.get(&at("/v3/users/ada")).await.status), 400 + number, "worker {number}");
        mynah.get(&at("/v3/users/ada")).await.ok();
        mynah.put(&at("/v3/group_channels/lobby"), json!({ "name": text })).await.ok();
        let told = mynah.get(&at("/_mynah/webhooks/deliveries")).await.ok();
        let told = told["deliveries"].as_array().unwrap();
        assert_eq!((told.len(), &told[0]["payload"]["channel"]["name"]), (1, &json!(text)), "worker {number}");
        if number.is_multiple_of(3) {
            mynah.post(&at("/_mynah/reset"), json!({})).await.ok();
            assert_eq!(mynah.get(&at("/v3/users")).await.ok()["users"], json!([]), "worker {number}");
        } else if number % 3 == 1 {
            mynah.post("/_mynah/snapshots", json!({ "name": id, "application": id })).await.ok();
            mynah.delete(&at(&format!("/v3/users/u{number}"))).await.ok();
            mynah.post("/_mynah/reset", json!({ "to": id })).await.ok();
            mynah.get(&at(&format!("/v3/users/u{number}"))).await.ok();
            mynah.delete(&format!("/_mynah/snapshots/{id}")).await.ok();
        }
        mynah.delete(&format!("/_mynah/applications/{id}")).await.ok();
    };
    let all = futures_util::future::join_all((0..200).map(worker));
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("they end in time");
    assert_eq!(mynah.get("/_mynah/applications").await.ok()["applications"].as_array().unwrap().len(), 1);
    assert_eq!(view(&mynah, "mynah").await["rows"]["messages"], 1);
}

#[tokio::test]
async fn who_asks_for_ever_other_applications_does_not_fill_the_memory() {
    let mynah = Mynah::start().await;
    mynah.post("/_mynah/applications", json!({ "id": "kept" })).await.ok();
    mynah.post("/apps/written/v3/open_channels", json!({ "channel_url": "square" })).await.ok();
    for number in 0..2500 {
        assert_eq!(mynah.get(&format!("/apps/nobody-{number}/v3/users")).await.ok()["users"], json!([]));
    }
    let loaded = mynah.server().engine().loaded();
    assert!(loaded.len() < 1500, "{}", loaded.len());
    assert_eq!(view(&mynah, "kept").await["rows"]["channels"], 0);
    assert_eq!(view(&mynah, "written").await["rows"]["channels"], 1);
}

#[tokio::test]
async fn what_messages_may_have_in_them_is_changed_part_by_part_and_checked() {
    let mynah = Mynah::start().await;
    let change = async |settings: Value| {
        let request = mynah.client().patch(mynah.url("/_mynah/applications/mynah"));
        answer(request.json(&json!({ "settings": settings }))).await
    };
    change(json!({ "content": { "words": { "words": ["darn"], "on_match": "refuse" } } })).await.ok();
    let more = json!({ "content": { "pace": { "messages": 5 }, "offences": { "count": 3, "seconds": 60, "then": "mute" } } });
    let shown = change(more).await.ok();
    let content = &shown["settings"]["content"];
    assert_eq!(
        (&content["words"]["words"], &content["pace"]["messages"]),
        (&json!(["darn"]), &json!(5)),
        "{content}"
    );
    for (wrong, why) in [
        (json!({ "content": { "zz": 1 } }), "settings.content.zz is unknown"),
        (json!({ "content": { "pace": { "mesages": 5 } } }), "settings.content.pace.mesages is unknown"),
        (
            json!({ "content": { "images": { "limits": { "zzz": 3 } } } }),
            "settings.content.images.limits.zzz is unknown",
        ),
        (json!({ "content": { "pace": { "messages": -5 } } }), "settings.content: "),
        (json!({ "content": { "retention_hours": -5 } }), "settings.content: "),
        (json!({ "content": { "images": { "limits": { "adult": 99 } } } }), "settings.content: "),
        (json!({ "content": { "offences": { "count": 0, "seconds": -1 } } }), "settings.content: "),
        (json!({ "content": { "words": { "patterns": ["("] } } }), "settings.content: "),
        (json!({ "content": { "words": { "words": 5 } } }), "settings.content.words.words is invalid: "),
        (json!({ "content": 5 }), "settings.content is invalid: "),
        (json!({ "capacity": { "zz": 1 } }), "settings.capacity.zz is unknown"),
    ] {
        let refused = change(wrong.clone()).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text);
        let found = refused.body["error"].as_str().unwrap();
        assert!(found.starts_with(why), "{wrong}: {found}");
    }
    assert_eq!(mynah.get("/_mynah/applications/mynah").await.ok()["settings"], shown["settings"]);
}

#[tokio::test]
async fn the_age_of_an_application_and_its_draws_follow_from_what_it_was_told() {
    let mynah = Mynah::start().await;
    let clock = json!({ "mode": "frozen", "at": "2026-01-01" });
    let mut ids = Vec::new();
    for application in ["one", "two"] {
        let body = json!({ "id": application, "seed": 5, "clock": clock });
        let made = mynah.post("/_mynah/applications", body).await.ok();
        assert_eq!(made["created_at"], 1_767_225_600_000_i64);
        if application == "two" {
            // Keys to files were asked for in a life before.
            mynah.post("/apps/two/_mynah/files/auth", json!({})).await.ok();
            mynah.post("/apps/two/_mynah/reset", json!({})).await.ok();
            mynah.put("/apps/two/_mynah/clock", clock.clone()).await.ok();
            let shown = mynah.get("/_mynah/applications/two").await.ok();
            assert_eq!(shown["created_at"], 1_767_225_600_000_i64);
        } else {
            mynah.post("/apps/one/_mynah/files/auth", json!({})).await.ok();
        }
        let user = json!({ "user_id": "ada", "nickname": "Ada", "issue_access_token": true });
        ids.push(mynah.post(&format!("/apps/{application}/v3/users"), user).await.ok()["access_token"].clone());
    }
    assert_eq!(ids[0], ids[1]);
}

/// All that a world has told in its life, without what is of the machine: its journal in two parts, for what comes on sockets
/// comes beside the answers; what webhooks were told; and all that is in it, as a file.
async fn a_life(seed: i64) -> Value {
    let mynah =
        Mynah::start_with(Config { public_url: Some("http://mynah.test".into()), ..Config::default() }).await;
    let clock = json!({ "mode": "frozen", "at": BEGIN });
    mynah.post("/_mynah/applications", json!({ "id": "one", "seed": seed, "clock": clock })).await.ok();
    let (_, mut socket) = mynah.fill("one").await;
    socket.does("MESG", json!({ "channel_url": "lobby", "message": "From the socket" })).await;
    socket.does("READ", json!({ "channel_url": "lobby" })).await;
    let user = json!({ "user_id": "dee", "nickname": "Dee", "issue_access_token": true });
    mynah.post("/apps/one/v3/users", user).await.ok();
    mynah.post("/apps/one/v3/users/dee/token", json!({})).await.ok();
    mynah.post("/apps/one/_mynah/clock/advance", json!({ "by": "2h" })).await.ok();
    socket.close().await;
    mynah.get("/apps/one/_mynah/journal/wait?operation=CLOSE&count=1").await.ok();
    let journal = async |kind: &str| {
        let journal = mynah.get(&format!("/apps/one/_mynah/journal?limit=100000&kind={kind}")).await.ok();
        let mut entries = journal["exchanges"].as_array().expect("a list").clone();
        for entry in &mut entries {
            let fields = entry.as_object_mut().expect("an object");
            for of_machine in ["number", "machine_at", "took_us", "request_headers"] {
                fields.remove(of_machine);
            }
        }
        entries
    };
    let (http, sockets) = (journal("http").await, journal("socket").await);
    let told = mynah.get("/apps/one/_mynah/webhooks/deliveries?limit=1000").await.ok();
    mynah.post("/_mynah/snapshots", json!({ "name": "all", "application": "one" })).await.ok();
    let file = mynah.get("/_mynah/snapshots/all").await.text;
    json!({ "http": http, "sockets": sockets, "told": told, "file": file })
}

#[tokio::test]
async fn two_lives_from_the_same_seed_number_are_the_same_to_the_byte() {
    let (one, other) = (a_life(5).await, a_life(5).await);
    for part in ["http", "sockets"] {
        for (one, other) in one[part].as_array().unwrap().iter().zip(other[part].as_array().unwrap()) {
            assert_eq!(one, other, "{part}");
        }
    }
    assert_eq!(one["told"], other["told"]);
    let differs = one["file"].as_str().unwrap().lines().zip(other["file"].as_str().unwrap().lines());
    assert_eq!(differs.filter(|(one, other)| one != other).collect::<Vec<_>>(), [], "the files differ");
    assert_eq!(one, other);
    let counts = ["http", "sockets"].map(|part| one[part].as_array().unwrap().len());
    assert!(counts[0] > 25 && counts[1] > 4, "{counts:?}");
    assert_ne!(one["file"], a_life(6).await["file"], "another number has other tokens");
}
