//! `mynah exec`: a command beside a server of its own, by the real binary.

#![cfg(unix)]

use std::{process::Stdio, time::Instant};

use crate::support::process::{MYNAH, mynah, run};

/// Runs a shell's script beside a server, and tells status, output and complaints.
fn exec(flags: &[&str], script: &str) -> (Option<i32>, String, String) {
    let mut command = mynah(&[&["exec"], flags, &["--", "sh", "-c", script]].concat());
    command.env("PATH", std::env::var_os("PATH").expect("there is a PATH"));
    let output = run(command);
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_command_finds_its_server_and_its_status_is_passed_on() {
    let script = r#"curl -sf "$MYNAH_URL/v3/users" -H 'Api-Token: any' && echo " $MYNAH_URL $MYNAH_PORT"; exit 7"#;
    let (status, said, complaints) = exec(&[], script);
    assert_eq!((status, complaints.as_str()), (Some(7), ""), "{said}");
    let mut words = said.split_whitespace();
    assert!(words.next().unwrap().starts_with("{\"users\":[]"), "{said}");
    let (url, port) = (words.next().unwrap(), words.next().unwrap());
    assert_eq!(url, format!("http://127.0.0.1:{port}"));
    // Two at once do not get into each other's way, and nothing is left behind.
    assert_eq!(exec(&[], "exit 0").0, Some(0));
    assert!(std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err());
    assert!(!std::path::Path::new("mynah-data").exists(), "it keeps nothing");
}

#[test]
fn a_command_that_is_not_found_ends_with_127_and_one_line() {
    let output = run(mynah(&["exec", "--", "no-such-command-of-mynah"]));
    assert_eq!(output.status.code(), Some(127));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint, "mynah: no-such-command-of-mynah: command not found\n");
    let output = run(mynah(&["exec"]));
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn data_is_kept_where_it_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let create =
        r#"curl -sf "$MYNAH_URL/v3/users" -H 'Api-Token: any' -d '{"user_id":"ada","nickname":"Ada"}' > /dev/null"#;
    for flags in [&["--data", data][..], &["--keep", "--data", data]] {
        let (status, _, complaints) = exec(flags, create);
        assert!(matches!(status, Some(0 | 22)), "{complaints}");
    }
    let (_, said, _) = exec(&["--data", data], r#"curl -s "$MYNAH_URL/v3/users/ada" -H 'Api-Token: any'"#);
    assert!(said.contains("\"nickname\":\"Ada\""), "{said}");
}

#[test]
fn signals_are_passed_on_and_a_signal_is_told_as_shells_do() {
    for (signal, script, expected) in [
        ("TERM", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done", 5),
        ("INT", "trap 'exit 6' INT; echo ready; while :; do sleep 0.01; done", 6),
        ("TERM", "echo ready; exec sleep 60", 128 + 15),
    ] {
        let mut command = std::process::Command::new(MYNAH);
        command.args(["exec", "--", "sh", "-c", script]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the binary runs");
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        assert_eq!(line, "ready\n");
        let begin = Instant::now();
        let sent = std::process::Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
        assert!(sent.expect("there is kill").success());
        assert_eq!(child.wait().unwrap().code(), Some(expected), "{signal}");
        assert!(begin.elapsed().as_secs() < 20);
    }
    assert_eq!(exec(&[], "kill -KILL $$").0, Some(128 + 9));
}

#[test]
fn a_command_beside_a_server_that_listens_wider_has_the_token_for_control_calls() {
    let script = r#"curl -s -o /dev/null -w '%{http_code}' "$MYNAH_URL/_mynah/clock"; \
        curl -s -w ' %{http_code}' -o /dev/null "$MYNAH_URL/_mynah/clock" -H "Authorization: bearer $MYNAH_CONTROL_TOKEN"; \
        echo " $MYNAH_URL""#;
    for flags in [&["--listen", "0.0.0.0:0"][..], &["--control-token", "mine"]] {
        let (_, said, complaints) = exec(flags, script);
        assert!(said.starts_with("401 200 http://127.0.0.1:"), "{said} {complaints}");
    }
    let (_, said, _) = exec(&[], r#"echo "[$MYNAH_CONTROL_TOKEN]""#);
    assert_eq!(said, "[]\n");
}
