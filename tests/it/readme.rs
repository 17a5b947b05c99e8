//! What the README tells people to type works as it says, from its first command to its last, on one server.

use std::{path::Path, process::Command};

use serde_json::json;

use crate::support::Mynah;

/// The fenced blocks of the README from the mark on, with their language.
fn blocks() -> Vec<(String, String)> {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("<!-- The sh blocks from here on").expect("the README has the mark");
    let fences: Vec<_> = rest.split("\n```").collect();
    // Every second piece stands between fences.
    let inside = fences.iter().skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// What a block prints, an answer a line.
fn run(folder: &Path, address: &str, text: &str) -> String {
    let script = text.replace("localhost:8080", address);
    let script = format!("curl() {{ command curl -w '\\n' \"$@\"; }}\n{script}");
    let run = Command::new("sh").arg("-e").arg("-c").arg(&script).current_dir(folder).output().expect("sh runs");
    assert!(run.status.success(), "{script}\n{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("answers are UTF-8")
}

/// What an answer to a command promises: words in the command, and how it begins.
const PROMISES: &[(&str, &str)] = &[
    ("/_mynah/applications -d", r#"{"id":"base","#),
    ("/_mynah/seed?application=world", r#"{"application":"world","planted":{"#),
    ("/_mynah/seed?application=busy", r#"{"application":"busy","planted":{"#),
    ("/_mynah/actors", r#"{"steps":[{"as":"ada","do":"send","#),
    ("deliveries?category=group_channel:message_send", r#"{"deliveries":[{"number":"#),
    ("/_mynah/faults -d", r#"{"id":"fault-1","operation":"sendAMessage","times":2,"status":500,"#),
    ("X-Mynah-Fault", r#"{"error":true,"message":"Service unavailable.","code":503}"#),
    ("/_mynah/journal?operation=sendAMessage", r#"{"exchanges":[{"number":"#),
    ("/_mynah/journal/wait", r#"{"exchanges":[{"number":1,"kind":"http","#),
    ("/_mynah/report", r#"{"ignored":["#),
    ("/_mynah/limits", r#"{"operation":"listUsers","per_second":1,"burst":2,"scope":"application","refused":0}"#),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_do_as_it_says_from_top_to_bottom() {
    let mynah = Mynah::start().await;
    let address = mynah.address().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    let seed = include_str!("../../examples/seed.yaml");
    std::fs::write(folder.path().join("examples/seed.yaml"), seed).unwrap();
    let (mut output, mut kept) = (String::new(), 0);
    let blocks = blocks();
    for (place, (language, text)) in blocks.iter().enumerate() {
        match language.as_str() {
            "json" => {
                let expected = text.trim();
                assert!(output.trim_end().ends_with(expected), "promised is {expected}\nthe server said {output}");
            }
            "sh" => {
                output = run(folder.path(), &address, text);
                let refusal_is_meant = text.contains("X-Mynah-Fault")
                    || blocks
                        .get(place + 1)
                        .is_some_and(|(language, text)| language == "json" && text.contains("error"));
                let refused = output.lines().find(|line| line.starts_with(r#"{"error":"#));
                assert!(refusal_is_meant || refused.is_none(), "{text}\n{output}");
                for (command, promise) in PROMISES.iter().filter(|(command, _)| text.contains(command)) {
                    assert!(output.lines().any(|line| line.starts_with(promise)), "{command}: {output}");
                    kept += 1;
                }
                if text.contains("include_thread_info") {
                    assert!(output.contains(r#""thread_info":{"reply_count":2,"#), "{output}");
                }
            }
            _ => {}
        }
    }
    assert_eq!(kept, PROMISES.len(), "the README has no longer what is promised here");
    let planned = mynah.get("/_mynah/actors").await.ok();
    let failed = planned["steps"].as_array().unwrap().iter().find(|step| step.get("failed").is_some());
    assert_eq!(failed, None, "a step that waits could not be done");
    let send = async || mynah.send("lobby", json!({ "user_id": "ada", "message": "Hi" })).await.status;
    assert_eq!([send().await, send().await, send().await], [500, 500, 200]);
}
