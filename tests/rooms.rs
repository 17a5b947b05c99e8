//! The rooms and their arrows, as ARCHITECTURE.md draws them: no file names a room that it must not know.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each room and what it may name beside itself. A path with a type in it allows that type alone.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("state", &["model"]),
    ("chat", &["state", "model"]),
    ("store", &["state", "model"]),
    ("engine", &["state", "store", "model"]),
    ("delivery", &["engine", "chat", "model", "state::Application", "state::Belongings"]),
    ("web", &["engine", "delivery", "model", "state::Belongings"]),
    (
        "dialects/sendbird",
        &["chat", "engine", "delivery", "web", "model", "state::Application", "state::Belongings"],
    ),
    (
        "dialects/returning_ai",
        &["chat", "engine", "delivery", "web", "model", "state::Application", "state::Belongings"],
    ),
    ("dialects/control", &["chat", "engine", "delivery", "web", "model", "state", "store::Saved"]),
    ("server", &["chat", "engine", "delivery", "web", "model", "state", "store", "dialects"]),
];

/// Rooms that compute and nothing else, and what they must not name.
const CORE: [&str; 3] = ["model", "state", "chat"];
const SHELL: [&str; 3] = ["tokio", "axum", "sqlx"];

#[test]
fn no_room_names_another_against_the_arrows() {
    let mut arrows = 0;
    for file in files(Path::new("src")) {
        let text = code(&file);
        let (room, may) = ARROWS.iter().find(|(room, _)| file.starts_with(Path::new("src").join(room))).unwrap_or(
            // The roots of the crate and of the dialects hold no code of a room.
            &(
                "",
                &["chat", "engine", "delivery", "web", "model", "state", "store", "dialects", "server", "Server"],
            ),
        );
        assert!(
            !room.is_empty() || file.ends_with("mod.rs") || file.parent() == Some(Path::new("src")),
            "{file:?}"
        );
        let mut named = paths(&text, "crate::");
        if file == Path::new("src").join(room).join("mod.rs") {
            // Here `super` leads out of the room.
            let outside = room.strip_suffix(file.parent().unwrap().file_name().unwrap().to_str().unwrap());
            let outside = outside.unwrap_or("").replace('/', "::");
            named.extend(paths(&text, "super::").iter().map(|path| format!("{outside}{path}")));
        }
        let own = room.replace('/', "::");
        for path in named.iter().filter(|path| !within(path, &own) || room.is_empty()) {
            assert!(may.iter().any(|may| within(path, may)), "{} must not name {path}", file.display());
            arrows += 1;
        }
        let climbs = text.match_indices("super::super").filter(|(at, _)| !text[..*at].ends_with("(in "));
        assert_eq!(climbs.count(), 0, "{}: take the way over `crate`", file.display());
        let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with("pub"));
        let exports = lines.filter(|line| line.contains("use crate::"));
        assert_eq!(exports.count(), 0, "{} hands out what belongs to another room", file.display());
        if CORE.contains(room) {
            for shell in SHELL {
                let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                assert!(words.into_iter().all(|word| word != shell), "{} names {shell}", file.display());
            }
        }
    }
    assert!(arrows > 100, "so few arrows: {arrows}; are they still found?");
}

/// Where something may be kept for several applications by their ids. What is kept anywhere else for one of
/// them belongs into its `Belongings`, or a reset forgets to forget it.
const BY_APPLICATION: [&str; 5] = [
    "src/engine/mod.rs",
    "src/engine/timer.rs",
    "src/delivery/hub.rs",
    "src/delivery/webhooks/courier.rs",
    "src/store/batch.rs",
];

#[test]
fn nothing_is_kept_by_application_where_a_reset_would_not_find_it() {
    let mut found = Vec::new();
    for file in files(Path::new("src")) {
        let text = code(&file).replace(' ', "");
        if ["Map<ApplicationId", "Map<(ApplicationId", "Set<ApplicationId"].iter().any(|map| text.contains(map)) {
            found.push(file.to_str().unwrap().to_owned());
        }
    }
    found.sort();
    let mut may = BY_APPLICATION.map(str::to_owned);
    may.sort();
    assert_eq!(found, may);
}

#[test]
fn paths_are_found_in_groups_and_in_expressions() {
    let text =
        "use crate::{model::{ids::{A, B}, time}, state::X};\nlet a: crate::web::T<crate::chat::V> = $crate::no;";
    let found = ["model::ids::A", "model::ids::B", "model::time", "state::X", "web::T", "chat::V", "no"];
    assert_eq!(paths(text, "crate::"), found);
}

/// Every Rust file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// The file without its comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Whether a path is that one or leads into it.
fn within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What stands behind a root, wherever it is named; groups in braces are taken apart.
fn paths(text: &str, root: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let starts = text.match_indices(root).filter(|(at, _)| !text[..*at].ends_with(is_word));
    let starts = starts.filter(|(at, _)| !text[..*at].ends_with("::"));
    starts.flat_map(|(at, _)| expand(&text[at + root.len()..]).0).collect()
}

/// The paths with which a text begins, and how long they are in it.
fn expand(text: &str) -> (Vec<String>, usize) {
    let plain = text.find(|c: char| !c.is_alphanumeric() && !"_:*".contains(c)).unwrap_or(text.len());
    let prefix = &text[..plain];
    if !prefix.is_empty() && !prefix.ends_with("::") || !text[plain..].starts_with('{') {
        return (vec![prefix.trim_end_matches(':').to_owned()], plain);
    }
    let (mut paths, mut at) = (Vec::new(), plain + 1);
    while !text[at..].starts_with('}') {
        if text[at..].starts_with(|c: char| c == ',' || c.is_whitespace()) {
            at += 1;
            continue;
        }
        let (inner, length) = expand(&text[at..]);
        paths.extend(inner.into_iter().map(|path| format!("{prefix}{path}")));
        at += length.max(1);
    }
    (paths, at + 1)
}
