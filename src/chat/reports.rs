//! Reports: complaints about channels, users and messages.

use std::sync::Arc;

use super::{
    Field, Result,
    channels::{self, ChannelView, Show},
    limits,
    messages::{self, Include, MessageView},
    users,
};
use crate::{
    model::{
        channel::Channel,
        event::Event,
        message::Message,
        moderation::{Report, ReportKind, Subject},
        page::{Page, Place},
        time::Timestamp,
        user::User,
    },
    state::Application,
};

/// A complaint to keep.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The kind of offence.
    pub category: String,
    /// What the client calls a kind of offence of its own, or empty.
    pub custom_category: String,
    /// Who complains, where that is known.
    pub reporter: Option<String>,
    /// Who is complained about.
    pub offender: Option<String>,
    /// What the one who complains says.
    pub description: String,
}

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// The channel itself.
    Channel,
    /// A user in it.
    User(&'a Arc<User>),
    /// A message in it.
    Message(&'a Arc<Message>),
}

/// A report with what is left of what it is about.
#[derive(Clone, Debug)]
pub struct ReportView {
    /// The report.
    pub report: Arc<Report>,
    /// The channel, if it still exists.
    pub channel: Option<ChannelView>,
    /// The message, if it still exists.
    pub message: Option<MessageView>,
}

/// Complains about something in a channel.
///
/// # Errors
/// A text is too long, or a user does not exist.
pub fn report(app: &mut Application, channel: &Channel, about: About<'_>, new: NewReport) -> Result<ReportView> {
    limits::text(Field::ReportCategory, &new.custom_category)?;
    limits::text(Field::ReportDescription, &new.description)?;
    let profile = |id: &str| users::find(app, id).map(|user| Arc::clone(&user.profile));
    let reporter = new.reporter.as_deref().map(profile).transpose()?;
    let named = new.offender.as_deref().map(profile).transpose()?;
    let (kind, offender, message) = match about {
        About::Channel => (ReportKind::Channel, named, None),
        About::User(user) => (ReportKind::User, Some(Arc::clone(&user.profile)), None),
        About::Message(message) => {
            (ReportKind::Message, named.or_else(|| message.sender.clone()), Some(message.id))
        }
    };
    let (number, created_at) = (app.next_number(), app.now());
    let report = app.reports.put(Report {
        number,
        kind,
        category: new.category.into(),
        custom_category: new.custom_category.into(),
        reporter,
        offender,
        channel: channel.id.clone(),
        message,
        description: new.description.into(),
        created_at,
    });
    app.emit(Event::Reported(Arc::clone(&report)));
    Ok(view(app, &report))
}

fn view(app: &Application, report: &Arc<Report>) -> ReportView {
    let channel = app.channels.get(&report.channel);
    let message = report.message.and_then(|id| app.messages.get(&id));
    let message =
        message.zip(channel).map(|(message, channel)| messages::view(app, channel, message, Include::default()));
    ReportView {
        report: Arc::clone(report),
        channel: channel.map(|channel| channels::view(app, channel, &Show::default())),
        message,
    }
}

/// Reports of a span of time, or about one thing; the newest first.
pub fn list(
    app: &Application,
    about: Option<&Subject>,
    (since, until): (Option<Timestamp>, Option<Timestamp>),
    after: Option<&Place>,
    limit: usize,
) -> Page<ReportView> {
    let numbers: Vec<i64> = match about {
        Some(subject) => app.reports.index().about(subject).collect(),
        None => app.reports.iter().map(|report| report.number).collect(),
    };
    let reports = numbers.iter().filter_map(|number| app.reports.get(number));
    let within = reports.filter(|report| {
        since.is_none_or(|since| report.created_at >= since) && until.is_none_or(|until| report.created_at <= until)
    });
    let place = |report: &&Arc<Report>| Place { number: -report.number, text: String::new() };
    let page = super::page_of(within, place, after, limit);
    Page { items: page.items.into_iter().map(|report| view(app, report)).collect(), next: page.next }
}
