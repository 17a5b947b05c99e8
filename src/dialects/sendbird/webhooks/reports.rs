//! Complaints about channels, users and messages.

use serde_json::{Value, json};

use super::{Call, Teller};
use crate::model::{
    channel::ChannelKind,
    moderation::{Report, ReportKind},
};

impl Teller<'_> {
    pub(super) fn report(&self, report: &Report) -> Call {
        let channel = self.app.channels.get(&report.channel);
        let (category, kind) = match (report.kind, channel.map(|channel| channel.kind)) {
            (ReportKind::Message, _) => ("message:report", "message"),
            (ReportKind::User, _) => ("user:report", "user"),
            (ReportKind::Channel, Some(ChannelKind::Open)) => ("open_channel:report", "channel"),
            (ReportKind::Channel, _) => ("group_channel:report", "channel"),
        };
        self.call(category, || {
            let mut body = json!({
                "created_at": report.created_at.0,
                "report_type": kind,
                "report_category": report.category,
                "report_description": report.description,
                "reporting_user": report.reporter.as_deref().map(|user| self.user(user)),
                "channel": channel.map_or(Value::Null, |channel| Self::channel(channel)),
            });
            if report.kind != ReportKind::Channel {
                body["offending_user"] = report.offender.as_deref().map_or(Value::Null, |user| self.user(user));
            }
            if let (Some(message), Some(channel)) =
                (report.message.and_then(|id| self.app.messages.get(&id)), channel)
            {
                let mut reported = self.message(channel, message);
                if let Some(fields) = reported.as_object_mut() {
                    fields.remove("sdk");
                }
                body["reported_message"] = reported;
            }
            body
        })
    }
}
