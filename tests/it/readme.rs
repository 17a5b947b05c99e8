//! What the README tells people to type works as it says.

use std::process::Command;

use crate::support::Mynah;

/// The fenced blocks of the README between a mark and the next chapter, with their language.
fn blocks(mark: &str) -> Vec<(String, String)> {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once(mark).expect("the README has the mark");
    let (chapter, _) = rest.split_once("\n## ").expect("another chapter follows");
    let fences: Vec<_> = chapter.split("\n```").collect();
    // Every second piece stands between fences.
    let inside = fences.iter().skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_reply_in_both_dialects() {
    let mynah = Mynah::start().await;
    let address = mynah.address().to_string();
    let mut output = String::new();
    for (language, text) in blocks("<!-- These blocks are executed") {
        if language == "json" {
            let expected = text.trim();
            assert!(output.ends_with(expected), "the README promises {expected}\nthe server said {output}");
            continue;
        }
        assert_eq!(language, "sh");
        let script = text.replace("localhost:8080", &address);
        let run = Command::new("sh").arg("-e").arg("-c").arg(&script).output().expect("sh runs");
        assert!(run.status.success(), "{script}\n{}", String::from_utf8_lossy(&run.stderr));
        output = String::from_utf8(run.stdout).expect("answers are UTF-8");
        if script.contains("include_thread_info") {
            assert!(output.contains(r#""thread_info":{"reply_count":2,"#), "{output}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_for_testers_do_as_the_readme_says() {
    let mynah = Mynah::start().await;
    mynah.with_group("lobby", &["ada", "bo"]).await;
    let address = mynah.address().to_string();
    let mut said = Vec::new();
    for (language, text) in blocks("<!-- The blocks of this part are executed") {
        assert_eq!(language, "sh");
        for line in text.replace("\\\n", " ").lines().filter(|line| line.starts_with("curl ")) {
            let script = line.replace("localhost:8080", &address);
            let run = Command::new("sh").arg("-e").arg("-c").arg(&script).output().expect("sh runs");
            assert!(run.status.success(), "{script}\n{}", String::from_utf8_lossy(&run.stderr));
            said.push(String::from_utf8(run.stdout).expect("answers are UTF-8"));
        }
    }
    let begins = |at: usize, with: &str| assert!(said[at].starts_with(with), "{}", said[at]);
    begins(0, r#"{"id":"fault-1","operation":"sendAMessage","times":2,"status":500,"#);
    begins(1, r#"{"error":true,"message":"Service unavailable.","code":503}"#);
    begins(2, r#"{"exchanges":[]"#);
    begins(3, r#"{"exchanges":[{"number":1,"kind":"http","#);
    begins(4, r#"{"ignored":[]"#);
    begins(5, r#"{"operation":"listUsers","per_second":1,"burst":2,"scope":"application","refused":0}"#);
    let failed =
        async || mynah.send("lobby", serde_json::json!({ "user_id": "ada", "message": "Hi" })).await.status;
    assert_eq!([failed().await, failed().await, failed().await], [500, 500, 200]);
}
