//! The recipes of `examples/testing`, as somebody has them who follows them: by `mynah exec`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{left_out, packages, run, set_up};
use crate::support::process::MYNAH;

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/testing").join(name)
}

/// A command beside a server of its own, which begins with the world of the recipes.
fn exec(folder: &Path, command: &[&str]) -> Command {
    let mut exec = Command::new(MYNAH);
    exec.arg("exec").arg("--seed").arg(recipe("world.yaml")).arg("--").args(command).current_dir(folder);
    exec
}

/// Copies the files of a recipe to where it may leave something behind.
fn copy(name: &str, home: &Path) {
    fn all(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("a folder can be made");
        for entry in std::fs::read_dir(from).expect("the recipe is there").flatten() {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                all(&from, &to);
            } else {
                std::fs::copy(&from, &to).expect("a file can be copied");
            }
        }
    }
    all(&recipe(name), home);
}

/// What the README shows, in which language, and the file in which it stands.
const SHOWN: &[(&str, &str)] = &[
    ("yaml", include_str!("../../../examples/testing/world.yaml")),
    ("python", include_str!("../../../examples/testing/pytest/test_retry.py")),
    ("js", include_str!("../../../examples/testing/vitest/retry.test.js")),
    ("go", include_str!("../../../examples/testing/go/retry_test.go")),
    ("rust", include_str!("../../../examples/testing/cargo/tests/retry.rs")),
];

#[test]
fn the_readme_shows_a_part_of_each_as_it_stands_in_its_file() {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("\n### Running a test suite\n").expect("the README has the section");
    let (section, _) = section.split_once("\n## ").expect("another one follows");
    for (language, recipe) in SHOWN {
        let begin = format!("\n```{language}\n");
        let mut blocks =
            section.split(&begin).skip(1).map(|rest| rest.split_once("\n```").expect("a block ends").0);
        let block = blocks.next().unwrap_or_else(|| panic!("the README shows nothing in {language}"));
        assert!(recipe.contains(&format!("{block}\n")), "this is not in the file:\n{block}");
        assert_eq!(blocks.next(), None, "another block in {language}");
    }
    assert_eq!(section.matches("\n```").count(), 2 * SHOWN.len(), "a block that is compared with nothing");
}

#[test]
fn pytest() {
    let requirements = recipe("pytest").join("requirements.txt");
    let home = set_up("recipe-pytest", &requirements, |home| {
        run(Command::new("python3").arg("-m").arg("venv").arg("--clear").arg(home))?;
        let python = home.join("bin/python");
        run(Command::new(python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))
    });
    let home = match home {
        Ok(home) => home,
        Err(why) => return left_out(&format!("pytest cannot be set up: {why}")),
    };
    copy("pytest", &home.join("recipe"));
    let pytest = home.join("bin/pytest");
    let output = run(&mut exec(&home.join("recipe"), &[pytest.to_str().unwrap(), "-q"]));
    let output = output.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.contains("3 passed"), "{output}");
}

#[test]
fn vitest() {
    let home = match packages("recipe-vitest", &recipe("vitest")) {
        Ok(home) => home,
        Err(why) => return left_out(&format!("Vitest cannot be set up: {why}")),
    };
    copy("vitest", &home);
    let output = run(exec(&home, &["npx", "vitest", "run"]).env("NO_COLOR", "1"));
    let output = output.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.contains("3 passed"), "{output}");
}

#[test]
fn go() {
    if let Err(why) = run(Command::new("go").arg("version")) {
        return left_out(&format!("there is no Go: {why}"));
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipe-go");
    copy("go", &home);
    let output = run(&mut exec(&home, &["go", "test", "-v", "-count=1", "./..."]));
    let output = output.unwrap_or_else(|output| panic!("{output}"));
    assert_eq!(output.matches("--- PASS: ").count(), 2, "{output}");
}

#[test]
fn cargo() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipe-cargo");
    copy("cargo", &home);
    let fetched = run(Command::new("cargo").args(["fetch", "--locked"]).current_dir(&home));
    if let Err(why) = fetched {
        return left_out(&format!("the crates of the recipe cannot be had: {why}"));
    }
    let mut test = exec(&home, &["cargo", "test", "--locked"]);
    // Not where this test itself is built.
    let output = run(test.env("CARGO_TARGET_DIR", home.join("target")).env_remove("RUSTFLAGS"));
    let output = output.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.contains("2 passed"), "{output}");
}
