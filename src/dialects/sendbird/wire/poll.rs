//! Polls, in full and as they stand inside messages.

use serde::Serialize;

use super::{Home, user::BasicUser};
use crate::{
    chat::polls::{OptionView, PollView},
    model::{
        Extra,
        ids::UserId,
        poll::{Poll, PollState},
        time::Timestamp,
    },
};

/// A poll. Inside a message it has its options only where that was asked for.
#[derive(Serialize)]
pub(in super::super) struct PollBody<'a> {
    id: i64,
    title: &'a str,
    status: &'static str,
    close_at: i64,
    created_at: i64,
    updated_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<i64>,
    #[serde(flatten)]
    whole: Option<Whole<'a>>,
}

#[derive(Serialize)]
struct Whole<'a> {
    allow_user_suggestion: bool,
    allow_multiple_votes: bool,
    voter_count: usize,
    created_by: Option<&'a str>,
    options: Vec<OptionBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voted_option_ids: Option<&'a [i64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Extra>,
    details: Details<'a>,
}

/// The same once more, as an older description of the resource has it.
#[derive(Serialize)]
struct Details<'a> {
    allow_user_suggestion: bool,
    allow_multiple_votes: bool,
    close_at: i64,
    created_at: i64,
    created_by: Option<&'a str>,
    is_anonymous: bool,
    options: Vec<OptionBody<'a>>,
    status: &'static str,
    updated_at: i64,
    voter_count: usize,
}

/// An option of a poll.
#[derive(Serialize)]
pub(in super::super) struct OptionBody<'a> {
    id: i64,
    poll_id: i64,
    text: &'a str,
    vote_count: usize,
    created_by: Option<&'a str>,
    created_at: i64,
    updated_at: i64,
    partial_voters: Vec<BasicUser<'a>>,
}

fn status(poll: &Poll) -> &'static str {
    match poll.state {
        PollState::Open => "open",
        PollState::Closed => "closed",
        PollState::Removed => "removed",
    }
}

/// Seconds; -1 for never.
fn close_at(poll: &Poll) -> i64 {
    if poll.close_at == Timestamp::ZERO { -1 } else { poll.close_at.seconds() }
}

impl<'a> PollBody<'a> {
    pub(in super::super) fn new(view: &'a PollView, home: Home<'a>) -> Self {
        let poll = &*view.poll;
        Self {
            id: poll.number,
            title: &poll.title,
            status: status(poll),
            close_at: close_at(poll),
            created_at: poll.created_at.seconds(),
            updated_at: poll.updated_at.seconds(),
            message_id: poll.message.map(|message| message.0),
            whole: view.options.as_ref().map(|options| {
                let options = || options.iter().map(|option| OptionBody::new(option, home)).collect();
                let created_by = poll.created_by.as_ref().map(UserId::as_str);
                Whole {
                    allow_user_suggestion: poll.takes_suggestions,
                    allow_multiple_votes: poll.takes_several_votes,
                    voter_count: view.voters,
                    created_by,
                    options: options(),
                    voted_option_ids: view.choice.as_deref(),
                    data: Some(&poll.data).filter(|data| !data.is_empty()),
                    details: Details {
                        allow_user_suggestion: poll.takes_suggestions,
                        allow_multiple_votes: poll.takes_several_votes,
                        close_at: close_at(poll),
                        created_at: poll.created_at.seconds(),
                        created_by,
                        is_anonymous: false,
                        options: options(),
                        status: status(poll),
                        updated_at: poll.updated_at.seconds(),
                        voter_count: view.voters,
                    },
                }
            }),
        }
    }
}

impl<'a> OptionBody<'a> {
    pub(in super::super) fn new(view: &'a OptionView, home: Home<'a>) -> Self {
        let option = &*view.option;
        Self {
            id: option.number,
            poll_id: option.poll,
            text: &option.text,
            vote_count: view.votes,
            created_by: option.created_by.as_ref().map(UserId::as_str),
            created_at: option.created_at.seconds(),
            updated_at: option.updated_at.seconds(),
            partial_voters: view.voters.iter().map(|user| BasicUser::new(user, home)).collect(),
        }
    }
}
