//! How faults and limits meet what a client says on a live connection: a command is the operation of the same name, so
//! what is for that operation is for the command too. What is for a method, a path or a header is for requests alone.

use axum::http::{HeaderMap, Method};

use super::{
    Faults,
    around::{Limited, Refusal, Strike},
    asked::Asked,
    rule::{Phase, Rule},
};
use crate::{
    model::time::Timestamp,
    state::Belongings,
    web::{
        limits::{Limits, RATE_LIMITED},
        site::Concerned,
    },
};

/// The commands of live connections, each with the operation that it is. PING is none: it keeps the connection alive.
pub const COMMANDS: &[(&str, &str)] = &[
    ("MESG", "sendAMessage"),
    ("FILE", "sendAMessage"),
    ("MEDI", "updateAMessage"),
    ("FEDI", "updateAMessage"),
    ("READ", "markChannelMessagesAsRead"),
    ("MACK", "markChannelMessagesAsDelivered"),
    ("TPST", "startTyping"),
    ("TPEN", "stopTyping"),
    ("ENTR", "ENTR"),
    ("EXIT", "EXIT"),
    ("VOTE", "castOrCancelAVote"),
    ("LOGI", "LOGI"),
];

/// Whether a name is that of a command.
pub fn is_command(name: &str) -> bool {
    COMMANDS.iter().any(|(code, _)| *code == name)
}

/// What strikes one command.
pub struct Met {
    /// Those of the application when the command was heard.
    belongings: Belongings,
    limited: Option<Refusal>,
    strike: Strike,
}

/// What comes in the place of the usual answer.
pub enum Instead {
    /// An error.
    Refuse(Refusal),
    /// The connection breaks.
    Break,
}

impl Met {
    /// What strikes a command of a user's connection, of which this is the code and the JSON; none if nothing does.
    pub fn of(belongings: &Belongings, now: Timestamp, (code, json): (&str, &str), user: &str) -> Option<Self> {
        let (_, operation) = COMMANDS.iter().find(|(known, _)| *known == code)?;
        let (method, headers) = (Method::default(), HeaderMap::new());
        let asked = Asked {
            operation: Some(operation),
            command: Some(code),
            pattern: "",
            method: &method,
            path: "",
            query: "",
            headers: &headers,
            body: json.as_bytes(),
            holder: Some(user),
        };
        let limits = belongings.of::<Limits>();
        let limited = Limited { rules: limits.rules(), limits, now };
        let belongings = belongings.clone();
        if let Some(refusal) = limited.refuse(&asked, &Concerned::default()) {
            return Some(Self { belongings, limited: Some(refusal), strike: Strike::default() });
        }
        let mut rules = Faults::of(&belongings).all();
        rules.retain(|rule| is_for_commands(rule));
        let strike = Strike::of(&rules, &asked);
        (!strike.is_empty()).then_some(Self { belongings, limited: None, strike })
    }

    /// What has struck, for the journal.
    pub fn ids(&self) -> String {
        if self.limited.is_some() { RATE_LIMITED.to_owned() } else { self.strike.ids() }
    }

    /// Whether it takes time.
    pub fn waits(&self) -> bool {
        self.strike.waits()
    }

    /// Waits before the command is done, or after it.
    pub async fn wait(&self, phase: Phase) {
        self.strike.wait(phase).await;
    }

    /// What comes in the place of the command, or of its answer, once it was waited.
    pub fn instead(&mut self, phase: Phase) -> Option<Instead> {
        if let Some(refusal) = self.limited.take() {
            return Some(Instead::Refuse(refusal));
        }
        // What was held while the application became another one must not reach into that, and where the server stops
        // nobody has let go of it.
        if self.waits() && (self.belongings.have_ended() || self.strike.is_cut_short()) {
            return Some(Instead::Break);
        }
        let rule = self.strike.decisive(phase)?;
        // A frame that broke off is no frame: of an answer that is cut nothing is seen but the break.
        let breaks = !rule.refuses() || rule.spec.truncate.is_some();
        Some(if breaks { Instead::Break } else { Instead::Refuse(Refusal::of(rule)) })
    }
}

fn is_for_commands(rule: &Rule) -> bool {
    let spec = &rule.spec;
    !rule.is_for_sockets() && spec.method.is_none() && spec.path.is_none() && spec.header.is_empty()
}
