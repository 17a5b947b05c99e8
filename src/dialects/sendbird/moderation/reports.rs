//! Reports on channels, users and messages.

use serde::{Deserialize, Serialize};

use super::GROUP;
use crate::{
    chat::{
        channels, content,
        messages::{self, Include},
        reports::{self, About, NewReport, ReportView},
        users,
    },
    dialects::sendbird::{
        error::{Error, Result},
        extract::{Answer, Body, Call, ChannelType, Path, Query, answer},
        group_channels::SINGLE,
        list::{asked, present, word},
        messages::message_id,
        wire::{
            Home,
            channel::{ChannelBody, ShowKeys},
            message::{MessageBody, With},
            user::BasicUser,
        },
    },
    model::{
        channel::ChannelKind,
        moderation::{ReportKind, Subject},
        page::Page,
        time::Timestamp,
    },
    state::Application,
    web::{field::Field, page, routes::Routes},
};

pub(super) fn routes() -> Routes {
    const CHANNEL: &str = "/v3/report/{channel_type}/{channel_url}";
    const USER: &str = "/v3/report/users/{offending_user_id}";
    const MESSAGE: &str = "/v3/report/{channel_type}/{channel_url}/messages/{message_id}";
    Routes::of(GROUP)
        .get("listReports", "/v3/report", list)
        .post("reportAChannel", CHANNEL, report_channel)
        .get("listReportsOnAChannel", CHANNEL, list_on_channel)
        .post("reportAUser", USER, report_user)
        .get("listReportsOnAUser", USER, list_on_user)
        .post("reportAMessage", MESSAGE, report_message)
        .get("listReportsOnAMessage", MESSAGE, list_on_message)
        .get(
            "viewAModeratedMessage",
            "/v3/report/{channel_type}/{channel_url}/profanity_messages/{message_id}",
            view_moderated,
        )
        .get("listReportCategories", "/v3/report_category", list_categories)
}

/// The kinds of offence that the service knows. A client names its own under the last.
const CATEGORIES: &[&str] = &["suspicious", "harassing", "inappropriate", "spam", CUSTOM];

/// A kind of offence of the client's own.
const CUSTOM: &str = "custom";

#[derive(Serialize)]
struct ReportBody<'a> {
    report_type: &'static str,
    report_category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_report_category_name: Option<&'a str>,
    reporting_user: Option<BasicUser<'a>>,
    offending_user: Option<BasicUser<'a>>,
    reported_message: Option<MessageBody<'a>>,
    channel: Option<ChannelBody<'a>>,
    report_description: &'a str,
    created_at: i64,
}

impl<'a> ReportBody<'a> {
    fn new(view: &'a ReportView, home: Home<'a>) -> Self {
        let report = &*view.report;
        let keys = ShowKeys { single: false, members: false, ..SINGLE };
        Self {
            report_type: match report.kind {
                ReportKind::Channel => "channel",
                ReportKind::User => "user",
                ReportKind::Message => "message",
            },
            report_category: &report.category,
            custom_report_category_name: (!report.custom_category.is_empty()).then_some(&*report.custom_category),
            reporting_user: report.reporter.as_deref().map(|user| BasicUser::new(user, home)),
            offending_user: report.offender.as_deref().map(|user| BasicUser::new(user, home)),
            reported_message: view.message.as_ref().map(|message| MessageBody::new(message, With::default(), home)),
            channel: view.channel.as_ref().map(|channel| ChannelBody::new(channel, keys, home)),
            report_description: &report.description,
            created_at: report.created_at.0,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReportFields {
    report_category: Field<String>,
    custom_report_category_name: Field<String>,
    reporting_user_id: Field<String>,
    offending_user_id: Field<String>,
    report_description: Field<String>,
    channel_type: Field<String>,
    channel_url: Field<String>,
}

impl ReportFields {
    fn check(self, required: &[(&'static str, bool)]) -> Result<NewReport> {
        present(required)?;
        let categories: Vec<_> = CATEGORIES.iter().map(|category| (*category, *category)).collect();
        let given = self.report_category.required("report_category")?;
        let category = word(Field::Given(given), "report_category", &categories, "")?;
        if category.is_empty() {
            return Err(Error::invalid("report_category", "It must not be empty"));
        }
        let custom = self.custom_report_category_name.optional("custom_report_category_name")?;
        let custom = custom.filter(|name| !name.is_empty());
        if category == CUSTOM && custom.is_none() {
            return Err(Error::missing("custom_report_category_name"));
        }
        Ok(NewReport {
            category: category.to_owned(),
            custom_category: custom.filter(|_| category == CUSTOM).unwrap_or_default(),
            reporter: self.reporting_user_id.optional("reporting_user_id")?.filter(|id| !id.is_empty()),
            offender: self.offending_user_id.optional("offending_user_id")?.filter(|id| !id.is_empty()),
            description: self.report_description.or_default("report_description")?,
        })
    }
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/reporting-channels/report-a-channel>
async fn report_channel(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Body(body, _): Body<ReportFields>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let required = [("report_category", body.report_category.is_given())];
            let new = body.check(&required)?;
            Ok(reports::report(app, &channel, About::Channel, new)?)
        })
        .await?;
    Ok(answer(&ReportBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/reporting-users/report-a-user>
async fn report_user(
    call: Call,
    Path(user): Path<String>,
    Body(mut body, _): Body<ReportFields>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let user = users::find(app, &user)?;
            let required = [
                ("channel_type", body.channel_type.is_given()),
                ("channel_url", body.channel_url.is_given()),
                ("report_category", body.report_category.is_given()),
            ];
            present(&required)?;
            let kinds = [
                ("group_channels", ChannelKind::Group),
                ("open_channels", ChannelKind::Open),
                ("group", ChannelKind::Group),
                ("open", ChannelKind::Open),
            ];
            let kind = word(std::mem::take(&mut body.channel_type), "channel_type", &kinds, ChannelKind::Group)?;
            let url = std::mem::take(&mut body.channel_url).required("channel_url")?;
            let new = body.check(&[])?;
            let channel = channels::find(app, kind, &url)?;
            Ok(reports::report(app, &channel, About::User(&user), new)?)
        })
        .await?;
    Ok(answer(&ReportBody::new(&view, Home::of(&call))))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/reporting-messages/report-a-message>
async fn report_message(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Body(body, _): Body<ReportFields>,
) -> Result<Answer> {
    let view = call
        .write(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let required = [
                ("offending_user_id", body.offending_user_id.is_given()),
                ("report_category", body.report_category.is_given()),
            ];
            let new = body.check(&required)?;
            Ok(reports::report(app, &channel, About::Message(&message), new)?)
        })
        .await?;
    Ok(answer(&ReportBody::new(&view, Home::of(&call))))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    token: Field<String>,
    limit: Field<i64>,
    start_ts: Field<i64>,
    end_ts: Field<i64>,
}

impl ListQuery {
    fn page(self, app: &Application, about: Option<&Subject>) -> Result<Page<ReportView>> {
        let asked = asked("reports", self.token, self.limit)?;
        let since = self.start_ts.optional("start_ts")?.map(Timestamp);
        let until = self.end_ts.optional("end_ts")?.map(Timestamp);
        Ok(reports::list(app, about, (since, until), asked.after.as_ref(), asked.limit))
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    report_logs: Vec<ReportBody<'a>>,
    next: String,
}

fn listed(call: &Call, page: &Page<ReportView>) -> Answer {
    let home = Home::of(call);
    let report_logs = page.items.iter().map(|view| ReportBody::new(view, home)).collect();
    answer(&ListBody { report_logs, next: page::write("reports", page.next.as_ref()) })
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-reports/list-reports>
async fn list(call: Call, Query(query): Query<ListQuery>) -> Result<Answer> {
    let page = call.read(|app| query.page(app, None)).await?;
    Ok(listed(&call, &page))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-reports/list-reports-on-a-channel>
async fn list_on_channel(
    call: Call,
    Path((channel_type, url)): Path<(ChannelType, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer> {
    let page = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            query.page(app, Some(&Subject::Channel(channel.id.clone())))
        })
        .await?;
    Ok(listed(&call, &page))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-reports/list-reports-on-a-user>
async fn list_on_user(call: Call, Path(user): Path<String>, Query(query): Query<ListQuery>) -> Result<Answer> {
    let page = call
        .read(|app| {
            let user = users::find(app, &user)?;
            query.page(app, Some(&Subject::User(user.id.clone())))
        })
        .await?;
    Ok(listed(&call, &page))
}

/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/listing-reports/list-reports-on-a-message>
async fn list_on_message(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Answer> {
    let page = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            query.page(app, Some(&Subject::Message(message.id)))
        })
        .await?;
    Ok(listed(&call, &page))
}

/// A message of which words were covered, with what its sender wrote.
/// <https://sendbird.com/docs/chat/platform-api/v3/moderation/profanity-filter/view-a-moderated-message>
async fn view_moderated(
    call: Call,
    Path((channel_type, url, id)): Path<(ChannelType, String, String)>,
) -> Result<Answer> {
    let (view, original) = call
        .read(|app| {
            let channel = channels::find(app, channel_type.into(), &url)?;
            let message = messages::find_in(app, &channel, message_id(&id)?)?;
            let original = content::original(app, &message)?;
            Ok((messages::view(app, &channel, &message, Include::default()), original))
        })
        .await?;
    Ok(answer(&MessageBody::new(&view, With::default(), Home::of(&call)).saying(&original.text)))
}

#[derive(Serialize)]
struct CategoriesBody {
    categories: Vec<CategoryBody>,
}

#[derive(Serialize)]
struct CategoryBody {
    name: &'static str,
    custom: bool,
    used_by_moderation_engine: bool,
}

/// The kinds of offence, as client SDKs ask for them.
async fn list_categories(_: Call) -> Answer {
    let categories = CATEGORIES.iter().filter(|name| **name != CUSTOM);
    let category = |name: &&'static str| CategoryBody { name, custom: false, used_by_moderation_engine: false };
    answer(&CategoriesBody { categories: categories.map(category).collect() })
}
