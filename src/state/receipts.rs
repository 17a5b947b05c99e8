//! Receipts that follow from messages: who sends has read up to there.

use std::sync::Arc;

use super::{
    Application,
    messages::ChannelMessages,
    timeline::{self, Parted},
};
use crate::model::{application::ReplyPolicy, channel::Member, message::Message};

impl Application {
    /// Moves every member's receipt to the newest message that the member has sent, as it was moved then.
    /// For rows as the store has them; remembers nothing.
    pub fn follow_receipts(&mut self) {
        let own = self.members.iter().filter_map(|member| self.newest_read(member)).cloned();
        // Few are removed, so there is no index of those by sender.
        let removed = self.messages.index().channels().flat_map(|(_, channel)| channel.alterations.as_slice());
        let removed = removed.filter_map(|(_, id)| self.messages.get(id)).filter(|message| message.is_removed());
        let messages: Vec<Arc<Message>> = own.chain(removed.cloned()).collect();
        for message in messages {
            let Some(sender) = message.sender.as_ref() else { continue };
            let key = (message.channel.clone(), sender.user.clone());
            if self.members.get(&key).is_some_and(|member| moves(&message, member)) {
                self.members.derive(&key, |member| member.read_at = message.created_at);
            }
        }
        self.members.drain();
    }

    /// The newest message of a member, not removed, that moves the member's receipt.
    fn newest_read(&self, member: &Member) -> Option<&Arc<Message>> {
        let channel: &ChannelMessages = self.messages.index().channel(&member.channel)?;
        let own = [channel.by_sender.get(&member.user), channel.silent_by_sender.get(&member.user)];
        let parts = own.into_iter().flatten().flat_map(|own: &Parted| own.parts(ReplyPolicy::All)).collect();
        let later = timeline::newest_first(parts).take_while(|(at, _)| *at > member.read_at);
        later.filter_map(|(_, id)| self.messages.get(&id)).find(|message| moves(message, member))
    }
}

/// Whether a message of a member moves the member's receipt.
fn moves(message: &Message, member: &Member) -> bool {
    message.marks_read && message.created_at > member.read_at && message.id > member.reads_after
}
