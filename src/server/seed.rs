//! The seed of the command line.

use std::path::Path;

use anyhow::Context;

use crate::{
    delivery::webhooks::Calls,
    dialects::control::seed::{Refused, Seed, plant},
    engine::{Engine, Unavailable},
    model::ids::ApplicationId,
};

/// What stops a seed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Plants a seed file, all of it or nothing. An application in which there is something already is left as it is, so
/// that a server that starts again does not plant twice.
///
/// # Errors
/// The file cannot be read, or something in it is refused.
pub(super) async fn apply(
    engine: &Engine,
    calls: &dyn Calls,
    default: &ApplicationId,
    path: &Path,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the seed {}", path.display()))?;
    let seed =
        Seed::read(&text).map_err(anyhow::Error::msg).with_context(|| format!("the seed {}", path.display()))?;
    let application = match &seed.application {
        Some(id) => ApplicationId::new(id)
            .with_context(|| format!("the seed {}: {id} is no application id", path.display()))?,
        None => default.clone(),
    };
    engine.create(&application, |_| {}).await?;
    let planted = engine.write(&application, |app| {
        if app.is_settled() {
            return Ok(());
        }
        plant(app, &seed, calls).map_err(|refused: Refused| Error::Refused(refused.told(&text)))
    });
    planted.await.with_context(|| format!("the seed {}", path.display()))
}
