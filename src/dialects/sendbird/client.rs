//! What client SDKs ask for beside the Platform API when they start. An application of Mynah has
//! no templates and no configuration of `UIKit`, so those lists are empty.

use serde::Serialize;

use super::{
    error::Result,
    extract::{Answer, Call, answer, done},
};
use crate::web::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("Client SDKs")
        .get("getUIKitConfiguration", "/v3/sdk/ui_kit/configuration", uikit)
        .get("getApplicationSettingsForClients", "/v3/sdk/applications/settings", settings)
        .get("getNotificationSettings", "/v3/notifications/settings", settings)
        .get("listNotificationTemplates", "/v3/notifications/templates", templates)
        .get("listMessageTemplates", "/v3/message_templates", templates)
        .post("sendStatistics", "/v3/sdk/statistics", statistics)
        .post("sendNotificationStatistics", "/v3/sdk/notification_statistics", statistics)
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct UikitBody {
    uikit_configurations: Empty,
}

async fn uikit(call: Call) -> Result<Answer> {
    call.read(|_| Ok(())).await?;
    Ok(answer(&UikitBody { uikit_configurations: Empty {} }))
}

#[derive(Serialize)]
struct SettingsBody {
    configs: Empty,
    has_more: bool,
    next: &'static str,
    ts: i64,
}

async fn settings(call: Call) -> Result<Answer> {
    let ts = call.read(|app| Ok(app.now().0)).await?;
    Ok(answer(&SettingsBody { configs: Empty {}, has_more: false, next: "", ts }))
}

#[derive(Serialize)]
struct TemplatesBody {
    templates: [Empty; 0],
    has_more: bool,
    next: &'static str,
}

async fn templates(call: Call) -> Result<Answer> {
    call.read(|_| Ok(())).await?;
    Ok(answer(&TemplatesBody { templates: [], has_more: false, next: "" }))
}

/// Statistics are for the service's own use; nothing comes of them here.
async fn statistics(call: Call) -> Result<Answer> {
    call.read(|_| Ok(())).await?;
    Ok(done())
}
