//! The vendors' own SDKs, as they are published, against a server of ours.
//!
//! Where what they need is missing the tests say so; with `MYNAH_REQUIRE_CLIENTS=1` they fail.

mod recipes;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
};

use crate::support::{Mynah, process::MYNAH};

/// The stories of whole SDKs go one after the other: they wait for what a person would wait for, and a machine with few
/// cores would be busy with the others.
static HEAVY: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

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
    let home = set_up("python", &requirements, |home| {
        run(Command::new("python3").arg("-m").arg("venv").arg("--clear").arg(home))?;
        let python = home.join("bin/python");
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements))
    })?;
    Ok(home.join("bin/python"))
}

/// A folder with the npm packages that the list in another one names.
fn packages(name: &str, lists: &Path) -> Result<PathBuf, String> {
    set_up(name, &lists.join("package-lock.json"), |home| {
        let failed = |error: std::io::Error| error.to_string();
        std::fs::create_dir_all(home).map_err(failed)?;
        for list in ["package.json", "package-lock.json"] {
            std::fs::copy(lists.join(list), home.join(list)).map_err(failed)?;
        }
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(home))
    })
}

/// A folder with our scripts of `tests/clients/{name}` and the npm packages that they need.
fn node(name: &str) -> Result<PathBuf, String> {
    let scripts = folder(name);
    let home = packages(name, &scripts)?;
    copy_scripts(&scripts, &home).map_err(|error| error.to_string())?;
    Ok(home)
}

fn copy_scripts(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && entry.file_name() != "node_modules" {
            copy_scripts(&path, &target)?;
        } else if path.extension().is_some_and(|extension| extension == "js") {
            // In one step, since another test may be running the same script.
            let new = target.with_extension(format!("new-{:?}", std::thread::current().id()));
            std::fs::copy(&path, &new)?;
            std::fs::rename(new, target)?;
        }
    }
    Ok(())
}

/// The example for UIKit React as a newcomer has it after `npm install`.
fn example() -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| error.to_string();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/uikit-react");
    let home = packages("uikit-react", &sources)?;
    std::fs::create_dir_all(home.join("public")).map_err(failed)?;
    for file in ["package.json", "app.jsx", "app.css", "public/index.html"] {
        std::fs::copy(sources.join(file), home.join(file)).map_err(failed)?;
    }
    Ok(home)
}

/// The browser that there is.
fn chromium() -> Result<PathBuf, String> {
    let chromium = std::env::var_os("MYNAH_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    run(Command::new(&chromium).arg("--version"))?;
    Ok(chromium.into())
}

/// A folder that is set up once for each state of a list of packages.
fn set_up(
    name: &str,
    list: &Path,
    install: impl FnOnce(&Path) -> Result<String, String>,
) -> Result<PathBuf, String> {
    // Two tests may want the same.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let text = std::fs::read(list).map_err(|error| error.to_string())?;
    let state = text.iter().fold(0_u64, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{state:016x}"));
    if !home.join("ready").exists() {
        install(&home)?;
        std::fs::write(home.join("ready"), "").map_err(|error| error.to_string())?;
    }
    Ok(home)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_python_platform_sdk_accepts_every_answer() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return left_out(&format!("the Python Platform SDK cannot be set up: {why}")),
    };
    let mynah = Mynah::start().await;
    for name in ["platform_sdk", "every_operation"] {
        let script = folder("python").join(format!("{name}.py"));
        // Each in an application of its own, whose report says that nothing was sent in vain.
        let url = mynah.url(&format!("/apps/{name}"));
        let checks = run(Command::new(&python).arg("-B").arg(script).env("MYNAH_URL", &url));
        let output = checks.unwrap_or_else(|output| panic!("{output}"));
        assert!(output.trim_end().ends_with("passed, 0 failed"), "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_javascript_and_typescript_platform_sdks_accept_every_answer() {
    let home = match node("node-platform") {
        Ok(home) => home,
        Err(why) => return left_out(&format!("the JavaScript Platform SDKs cannot be set up: {why}")),
    };
    let mynah = Mynah::start().await;
    let url = mynah.url("/apps/node-sdk");
    let checks = run(Command::new("node").arg("platform_sdks.js").current_dir(home).env("MYNAH_URL", url));
    let output = checks.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.trim_end().ends_with("passed, 0 failed"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_chat_through_uikit_react_in_a_browser() {
    let _turn = HEAVY.lock().await;
    let ready =
        chromium().and_then(|chromium| Ok((chromium, packages("browser", &folder("browser"))?, example()?)));
    let (chromium, packages, example) = match ready {
        Ok(ready) => ready,
        Err(why) => return left_out(&format!("UIKit cannot be run in a browser: {why}")),
    };
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-pictures");
    if pictures.exists() {
        std::fs::remove_dir_all(&pictures).expect("the pictures of the run before go");
    }
    let story = run(Command::new("node")
        .arg(folder("browser").join("run.js"))
        .env("MYNAH_BIN", MYNAH)
        .env("MYNAH_CHROMIUM", chromium)
        .env("MYNAH_PACKAGES", packages)
        .env("MYNAH_EXAMPLE", example)
        .env("MYNAH_PICTURES", pictures));
    let output = story.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.trim_end().ends_with("passed, 0 failed"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_chat_sdk_finds_all_that_it_offers() {
    chat_sdk(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_chat_sdk_finds_all_that_it_offers_with_its_local_cache() {
    chat_sdk(true).await;
}

/// Two and three clients of `@sendbird/chat` at once, against the real binary, which is killed and started again.
async fn chat_sdk(cached: bool) {
    let _turn = HEAVY.lock().await;
    let home = match node("node-chat") {
        Ok(home) => home,
        Err(why) => return left_out(&format!("the chat SDK cannot be set up: {why}")),
    };
    let mut command = Command::new("node");
    command
        .arg("run.js")
        .current_dir(home)
        .env("MYNAH_BIN", MYNAH)
        .env("MYNAH_CACHE", if cached { "1" } else { "" });
    let checks = tokio::task::spawn_blocking(move || run(&mut command)).await.expect("it runs");
    let output = checks.unwrap_or_else(|output| panic!("{output}"));
    assert!(output.trim_end().ends_with("passed, 0 failed"), "{output}");
}
