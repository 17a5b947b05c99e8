//! Whether an invitation makes users members at once.
//! <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-up-channels/set-channel-invitation-preference>

use serde::{Deserialize, Serialize};

use super::{
    error::Result,
    extract::{Answer, Body, Call, Path, answer},
};
use crate::{
    chat::users,
    web::{field::Field, routes::Routes},
};

pub(super) fn routes() -> Routes {
    let of_user = "/v3/users/{user_id}/channel_invitation_preference";
    let by_default = "/v3/applications/default_channel_invitation_preference";
    Routes::of("Users")
        .get("getChannelInvitationPreference", of_user, view)
        .put("updateChannelInvitationPreference", of_user, update)
        .get("getDefaultChannelInvitationPreference", by_default, view_default)
        .put("updateDefaultChannelInvitationPreference", by_default, update_default)
}

#[derive(Serialize)]
struct Preference {
    auto_accept: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PreferenceBody {
    auto_accept: Field<bool>,
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/setting-channel-invitation/get-channel-invitation-preference>
async fn view(call: Call, Path(id): Path<String>) -> Result<Answer> {
    let user = call.read(|app| Ok(users::find(app, &id)?)).await?;
    Ok(answer(&Preference { auto_accept: user.accepts_invitations }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/user/setting-channel-invitation/update-channel-invitation-preference>
async fn update(call: Call, Path(id): Path<String>, Body(body, _): Body<PreferenceBody>) -> Result<Answer> {
    let auto_accept = call
        .write(|app| {
            let user = users::find(app, &id)?;
            let accepts = body.auto_accept.required("auto_accept")?;
            users::prefer_invitations(app, &user, accepts);
            Ok(accepts)
        })
        .await?;
    Ok(answer(&Preference { auto_accept }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-up-channels/get-default-invitation-preference>
async fn view_default(call: Call) -> Result<Answer> {
    let auto_accept = call.read(|app| Ok(app.settings().accepts_invitations)).await?;
    Ok(answer(&Preference { auto_accept }))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/channel/setting-up-channels/update-default-invitation-preference>
async fn update_default(call: Call, Body(body, _): Body<PreferenceBody>) -> Result<Answer> {
    let auto_accept = call
        .write(|app| {
            let accepts = body.auto_accept.required("auto_accept")?;
            app.change_settings(|settings| settings.accepts_invitations = accepts);
            Ok(accepts)
        })
        .await?;
    Ok(answer(&Preference { auto_accept }))
}
