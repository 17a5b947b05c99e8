// Reactions, pins, polls, scheduled messages and search.

import { ScheduledStatus } from '@sendbird/chat/groupChannel';
import { MessageSearchOrder } from '@sendbird/chat/message';

import { application, assert, check, connected, platform, refused, sent, sleep, soon } from '../kit.js';

const app = application('extras');
let alice;
let bob;
let channel;
let his;
const reacted = (message, key, operation) => (_, event) =>
  event.messageId === message.messageId && event.key === key && event.operation === operation;

check('two users meet', async () => {
  [alice, bob] = [await connected(app, 'alice'), await connected(app, 'bob')];
  channel = await alice.groups.createChannel({ invitedUserIds: ['bob'], operatorUserIds: ['alice'] });
  his = await bob.channel(channel.url);
});

check('a reaction is heard, and can be applied', async () => {
  const message = await alice.say(channel, 'like me');
  const answer = await his.addReaction(message, 'thumbs');
  assert.equal(answer.operation, 'add');
  const [where, event] = await alice.until('onReactionUpdated', reacted(message, 'thumbs', 'add'));
  assert.equal(where.url, channel.url);
  assert.equal(event.userId, 'bob');
  message.applyReactionEvent(event);
  assert.deepEqual(message.reactions.map((one) => [one.key, one.userIds]), [['thumbs', ['bob']]]);
});

check('two users react, one takes it back', async () => {
  const message = await alice.say(channel, 'like me twice');
  message.applyReactionEvent(await channel.addReaction(message, 'heart'));
  message.applyReactionEvent(await his.addReaction(message, 'heart'));
  assert.equal(message.reactions[0].count, 2);
  assert.equal(message.reactions[0].hasCurrentUserReacted, true);
  await his.deleteReaction(message, 'heart');
  const [, event] = await alice.until('onReactionUpdated', reacted(message, 'heart', 'delete'));
  message.applyReactionEvent(event);
  assert.deepEqual(message.reactions.map((one) => one.userIds), [['alice']]);
});

check('reactions are listed with the message', async () => {
  const message = await alice.say(channel, 'listed');
  await his.addReaction(message, 'star');
  const [found] = await channel.getMessagesByMessageId(message.messageId, {
    prevResultSize: 0, nextResultSize: 0, isInclusive: true, includeReactions: true,
  });
  assert.deepEqual(found.reactions.map((one) => one.key), ['star']);
  assert.equal(found.reactions[0].count, 1);
});

check('the same reaction again changes nothing', async () => {
  const message = await alice.say(channel, 'once');
  await his.addReaction(message, 'wow');
  await his.addReaction(message, 'wow');
  const seen = await alice.chat.message.getMessage({
    channelUrl: channel.url, channelType: 'group', messageId: message.messageId, includeReactions: true,
  });
  assert.deepEqual(seen.reactions.map((one) => [one.key, one.userIds]), [['wow', ['bob']]]);
});

check('a reaction of the Platform API is heard', async () => {
  const message = await alice.say(channel, 'from afar');
  await platform(app, 'POST', `/group_channels/${channel.url}/messages/${message.messageId}/reactions`, { user_id: 'bob', reaction: 'afar' });
  await alice.until('onReactionUpdated', reacted(message, 'afar', 'add'));
});

check('a pinned message is known to everybody', async () => {
  const message = await alice.say(channel, 'pin me');
  await channel.pinMessage(message.messageId);
  const [seen] = await bob.until('onPinnedMessageUpdated', (one) => one.pinnedMessageIds.includes(message.messageId));
  assert.equal(seen.lastPinnedMessage.messageId, message.messageId);
  const pinned = await his.createPinnedMessageListQuery({ limit: 10 }).next();
  assert.deepEqual(pinned.map((one) => one.message.message), ['pin me']);
  await channel.unpinMessage(message.messageId);
  await bob.until('onPinnedMessageUpdated', (one) => one.pinnedMessageIds.length === 0, { from: bob.mark - 1 }).catch(() =>
    soon(async () => (await bob.groups.getChannelWithoutCache(channel.url)).pinnedMessageIds.length === 0));
});

check('a message is pinned as it is sent', async () => {
  const message = await alice.say(channel, 'born pinned', { isPinnedMessage: true });
  await bob.until('onPinnedMessageUpdated', (one) => one.pinnedMessageIds.includes(message.messageId));
  await channel.unpinMessage(message.messageId);
});

check('a deleted message is no longer pinned', async () => {
  const message = await alice.say(channel, 'pinned, then gone');
  await channel.pinMessage(message.messageId);
  await channel.deleteMessage(message);
  await soon(async () => !(await bob.groups.getChannelWithoutCache(channel.url)).pinnedMessageIds.includes(message.messageId));
});

let poll;
let ballot;

check('a poll is made and sent', async () => {
  poll = await alice.chat.poll.create({ title: 'Lunch?', optionTexts: ['Soup', 'Salad'], data: { text: 'today' }, allowUserSuggestion: true });
  assert.equal(poll.title, 'Lunch?');
  assert.deepEqual(poll.options.map((option) => option.text), ['Soup', 'Salad']);
  ballot = await alice.say(channel, 'vote', { pollId: poll.id });
  const [, heard] = await bob.until('onMessageReceived', (_, one) => one.messageId === ballot.messageId);
  assert.equal(heard.poll.title, 'Lunch?');
  assert.equal(heard.poll.status, 'open');
});

check('a vote is heard, and can be applied', async () => {
  const [soup] = poll.options;
  await his.votePoll(poll.id, [soup.id]);
  const [where, event] = await alice.until('onPollVoted', (_, one) => one.pollId === poll.id);
  assert.equal(where.url, channel.url);
  assert.equal(event.messageId, ballot.messageId);
  assert.equal(ballot.poll.applyPollVoteEvent(event), true);
  assert.equal(ballot.poll.options.find((option) => option.id === soup.id).voteCount, 1);
});

check('the poll tells the counts and what one voted for', async () => {
  const fetched = await bob.chat.poll.get({ channelUrl: channel.url, channelType: 'group', pollId: poll.id });
  assert.equal(fetched.voterCount, 1);
  assert.deepEqual(fetched.votedPollOptionIds, [poll.options[0].id]);
  const option = await bob.chat.poll.getOption({
    channelUrl: channel.url, channelType: 'group', pollId: poll.id, pollOptionId: poll.options[0].id,
  });
  assert.equal(option.voteCount, 1);
});

check('voters are listed', async () => {
  const voters = await channel.createPollVoterListQuery(poll.id, poll.options[0].id, 10).next();
  assert.deepEqual(voters.map((user) => user.userId), ['bob']);
});

check('a changed poll is heard', async () => {
  await channel.updatePoll(poll.id, { title: 'Dinner?' });
  const [, event] = await bob.until('onPollUpdated', (_, one) => one.pollId === poll.id);
  assert.equal(event.messageId, ballot.messageId);
});

check('an option is added, changed and deleted', async () => {
  const more = await his.addPollOption(poll.id, 'Pizza');
  const pizza = more.options.find((option) => option.text === 'Pizza');
  assert.ok(pizza, more.options.map((option) => option.text).join());
  const changed = await his.updatePollOption(poll.id, pizza.id, 'Pasta');
  assert.ok(changed.options.some((option) => option.text === 'Pasta'));
  await his.deletePollOption(poll.id, pizza.id);
  const fetched = await bob.chat.poll.get({ channelUrl: channel.url, channelType: 'group', pollId: poll.id });
  assert.deepEqual(fetched.options.map((option) => option.text), ['Soup', 'Salad']);
});

check('polls of a channel are listed, and their changes told', async () => {
  const polls = await channel.createPollListQuery(10).next();
  assert.deepEqual(polls.map((one) => one.id), [poll.id]);
  const log = await channel.getPollChangeLogsSinceTimestamp(0 + poll.createdAt * (poll.createdAt < 1e12 ? 1000 : 1) - 1);
  assert.ok(log.updatedPolls.some((one) => one.id === poll.id));
});

check('in a closed poll nobody votes', async () => {
  const from = bob.mark;
  const closed = await channel.closePoll(poll.id);
  assert.equal(closed.status, 'closed');
  await bob.until('onPollUpdated', (_, one) => one.pollId === poll.id, { from });
  await assert.rejects(his.votePoll(poll.id, [poll.options[1].id]));
});

check('a deleted poll is heard', async () => {
  await channel.deletePoll(poll.id);
  const [, id] = await bob.until('onPollDeleted', (_, one) => one === poll.id);
  assert.equal(id, poll.id);
});

check('a scheduled text waits', async () => {
  // Seconds and below are cut off.
  const at = Math.floor(Date.now() / 60_000) * 60_000 + 10 * 60_000;
  const waiting = await sent(channel.createScheduledUserMessage({ message: 'later', scheduledAt: at }));
  assert.equal(waiting.scheduledInfo.scheduledAt, at);
  assert.ok(waiting.scheduledInfo.scheduledMessageId > 0);
  const [listed] = await alice.groups.createScheduledMessageListQuery({ channelUrl: channel.url }).next();
  assert.equal(listed.message, 'later');
  assert.equal(await alice.groups.getTotalScheduledMessageCount({ channelUrl: channel.url }), 1);
  const fetched = await alice.chat.message.getScheduledMessage({
    channelUrl: channel.url, scheduledMessageId: waiting.scheduledInfo.scheduledMessageId,
  });
  assert.equal(fetched.message, 'later');
});

check('a scheduled text is changed, and sent at once', async () => {
  const waiting = await sent(channel.createScheduledUserMessage({ message: 'draft', scheduledAt: Date.now() + 10 * 60_000 }));
  const id = waiting.scheduledInfo.scheduledMessageId;
  const changed = await channel.updateScheduledUserMessage(id, { message: 'final' });
  assert.equal(changed.message, 'final');
  await channel.sendScheduledMessageNow(id);
  const [, heard] = await bob.until('onMessageReceived', (_, one) => one.message === 'final');
  assert.equal(heard.sender.userId, 'alice');
});

check('a scheduled text is called off', async () => {
  const waiting = await sent(channel.createScheduledUserMessage({ message: 'never', scheduledAt: Date.now() + 10 * 60_000 }));
  await channel.cancelScheduledMessage(waiting.scheduledInfo.scheduledMessageId);
  const canceled = await alice.groups.createScheduledMessageListQuery({
    channelUrl: channel.url, scheduledStatus: [ScheduledStatus.CANCELED],
  }).next();
  assert.ok(canceled.some((one) => one.message === 'never'));
});

check('a scheduled file waits', async () => {
  const waiting = await sent(channel.createScheduledFileMessage({
    fileUrl: 'http://127.0.0.1/s.png', fileName: 's.png', fileSize: 1, mimeType: 'image/png', scheduledAt: Date.now() + 10 * 60_000,
  }));
  assert.ok(waiting.scheduledInfo.scheduledMessageId > 0);
  assert.equal(waiting.name, 's.png');
});

check('nobody schedules into the past', async () => {
  await assert.rejects(sent(channel.createScheduledUserMessage({ message: 'yesterday', scheduledAt: Date.now() - 60_000 })));
});

check('messages are found by their words', async () => {
  await alice.say(channel, 'the albatross flies');
  await bob.say(channel, 'an albatross rests');
  await alice.say(channel, 'a penguin walks');
  await sleep(5);
  const query = bob.chat.createMessageSearchQuery({ keyword: 'albatross', channelUrl: channel.url, limit: 10, order: MessageSearchOrder.TIMESTAMP });
  const found = await query.next();
  assert.deepEqual(found.map((one) => one.message).sort(), ['an albatross rests', 'the albatross flies']);
  assert.equal(query.totalCount, 2);
});

check('a search turns pages', async () => {
  for (let index = 0; index < 3; index += 1) await alice.say(channel, `pageable ${index}`);
  const query = alice.chat.createMessageSearchQuery({ keyword: 'pageable', channelUrl: channel.url, limit: 2, order: MessageSearchOrder.TIMESTAMP });
  const found = [];
  while (query.hasNext) found.push(...(await query.next()));
  assert.equal(found.length, 3);
  assert.equal(new Set(found.map((one) => one.messageId)).size, 3);
});
