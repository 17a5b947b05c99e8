//! What goes wrong, in plain words: for whoever writes a test, and for the log. Dialects say it in their own words.

use std::fmt;

use super::{Entity, Error, Field, Rule};

/// The words in the name of a variant.
struct Words<T>(T);

impl<T: fmt::Debug> fmt::Display for Words<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in format!("{:?}", self.0).char_indices() {
            if letter.is_ascii_uppercase() && at > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Words(*self).fmt(f)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Words(*self).fmt(f)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotMember => "only members of the channel may",
            Self::NotJoinedYet => "an invitation has to be accepted first",
            Self::NotInvited => "there is no invitation to answer",
            Self::Frozen => "the channel is frozen",
            Self::NotOperator => "only operators of the channel may",
            Self::Deactivated => "the user is deactivated",
            Self::NoAccount => "there is no user whom that token could be of",
            Self::BadToken => "the token is none of that user, or its time is over, or there has to be one",
            Self::SessionExpired => "the session is not known, or its time is over",
            Self::SessionRevoked => "the session was taken back",
            Self::NoReplyToAdmin => "announcements take no replies",
            Self::NoAdminReply => "announcements are no replies",
            Self::NoReplyToReply => "replies take no replies",
            Self::NotPublic => "the channel is not public",
            Self::WrongAccessCode => "the access code is wrong",
            Self::NotPending => "the scheduled message was sent or called off",
            Self::PollNotHere => {
                "only texts in group channels that keep messages carry polls, and not scheduled ones"
            }
            Self::PollSent => "the poll was sent before",
            Self::PollClosed => "the poll is closed",
            Self::NoSuggestions => "the poll takes no options of users",
            Self::ReactionsOff => "reactions are turned off",
            Self::NoReactionToAdmin => "announcements take no reactions",
            Self::NoPinsHere => "channels of this kind have no pinned messages",
            Self::NoSilentPin => "silent messages cannot be pinned",
            Self::NoWordsToTranslate => "only texts can be translated",
            Self::OneFileHere => "only in group channels has a message several files",
            Self::BuiltInEmoji => "the emojis that come with the service stay as they are",
            Self::Banned => "the user is banned and may not write",
            Self::Muted => "the user is muted",
            Self::BannedFromChannel => "the user is banned from the channel and may not come in",
            Self::BannedFromType => "the user is banned from channels of that custom type and may not come in",
            Self::Blocked => "the other one of two blocks the sender",
            Self::ReceiverGone => "the other one of two is deactivated",
            Self::InvitesBlocked => "who invites does not invite those whom they block",
            Self::InvitesBlocker => "who is blocked does not invite those who block",
            Self::BlocksSelf => "users do not block themselves",
            Self::NotAllOperators => "one of those who are to lose the office has none",
            Self::ServerOnly => "only servers may",
            Self::NotSelf => "only the user whom it concerns may",
            Self::Outsider => "only who is in the channel may",
            Self::NotSender => "only who sent it may",
            Self::WordKeptOut => "the message has a word that is kept out",
            Self::LinkKeptOut => "the message has a link, and links are kept out",
            Self::ImageKeptOut => "the message has a picture that is kept out",
            Self::DomainKeptOut => "the message has an address of a domain that is kept out",
        })
    }
}

impl Error {
    /// The field with which it finds fault, if it is one.
    pub fn field(&self) -> Option<Field> {
        match self {
            Self::Taken(field)
            | Self::TooLong { field, .. }
            | Self::TooMany { field, .. }
            | Self::BadCharacter(field)
            | Self::Invalid { field, .. }
            | Self::OutOfRange(field) => Some(*field),
            Self::NotFound(_) | Self::Full(_) | Self::Forbidden(_) | Self::TooFast { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_wrong_is_said_in_words() {
        assert_eq!(Error::NotFound(Entity::ScheduledMessage).to_string(), "there is no such scheduled message");
        assert_eq!(Error::Taken(Field::UserId).to_string(), "the user id is taken");
        assert_eq!(Error::Forbidden(Rule::NotMember).to_string(), "only members of the channel may");
    }
}
