//! The vendors' own SDKs, as they are published, against a server of ours.
//!
//! Where what they need is missing the tests say so; with `MYNAH_REQUIRE_CLIENTS=1` they fail.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support::Mynah;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// Says that a test was left out, or fails where it must not be.
#[expect(clippy::print_stderr, reason = "a test that is left out must say so")]
fn left_out(why: &str) {
    let required = std::env::var_os("MYNAH_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
    assert!(!required, "{why}");
    eprintln!("LEFT OUT: {why}");
}

fn run(command: &mut Command) -> Result<String, String> {
    let run = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    let output = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    if run.status.success() { Ok(output) } else { Err(format!("{command:?}: {output}")) }
}

/// A Python with the packages of `tests/clients/python`, made once for each state of the list.
fn python() -> Result<PathBuf, String> {
    let requirements = folder("python").join("requirements.txt");
    let list = std::fs::read(&requirements).map_err(|error| error.to_string())?;
    let state = list.iter().fold(0_u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{state:016x}"));
    let python = home.join("bin/python");
    if home.join("ready").exists() {
        return Ok(python);
    }
    run(Command::new("python3").arg("-m").arg("venv").arg("--clear").arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))?;
    std::fs::write(home.join("ready"), "").map_err(|error| error.to_string())?;
    Ok(python)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_python_platform_sdk_accepts_every_answer() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return left_out(&format!("the Python Platform SDK cannot be set up: {why}")),
    };
    let mynah = Mynah::start().await;
    let url = mynah.url("/apps/python-sdk");
    let script = folder("python").join("platform_sdk.py");
    let checks = run(Command::new(python).arg("-B").arg(script).env("MYNAH_URL", url));
    let output = checks.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.trim_end().ends_with("passed, 0 failed"), "{output}");
}
