// What a client asks for in vain, by the server's own report.

/**
 * What clients have asked for of a server, in all its applications, that nothing there reads: `operation field`; or that is
 * not there: `method path`, or the operation.
 */
export async function inVain(url) {
  const ask = async (path) => {
    const answer = await fetch(`${url}/_mynah${path}`);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const found = new Set();
  let compared = 0;
  for (const { id } of (await ask('/applications')).applications) {
    const report = await ask(`/report?application=${encodeURIComponent(id)}`);
    if (report.dropped > 0) throw new Error(`${id}: ${report.dropped} requests could not be looked at`);
    for (const { operation, field } of report.ignored) found.add(`${operation} ${field}`);
    for (const { method, path } of report.unknown_routes) found.add(`${method} ${path}`);
    for (const { operation } of report.not_served) found.add(operation);
    compared += report.looked_at;
  }
  if (compared === 0) throw new Error('no request was looked at');
  return found;
}

/** What of that no exception explains. Exceptions are lists by the reason why they may be. */
export function unexplained(found, exceptions) {
  const known = Object.values(exceptions).flat();
  return [...found].filter((each) => !known.includes(each)).sort();
}

/** Exceptions that explain nothing. */
export function needless(found, exceptions) {
  return Object.values(exceptions).flat().filter((each) => !found.has(each)).sort();
}

/** What `@sendbird/chat` sends that changes nothing here. */
export const OF_THE_SDK = {
  'where a request comes from, which the service counts': [
    'listMessages is_sdk', 'listMessages sdk_source', 'viewAMessage is_sdk', 'addADeviceToken device_os',
  ],
  'parts of the service that are not served: notifications, the AI agent, settings of UIKit': [
    'getMyGroupChannelChangelogs include_chat_notification', 'listMyGroupChannels include_chat_notification',
    'viewAGroupChannel show_conversation', 'issueASessionKey services', 'authenticateAUser include_extra_data',
    'authenticateAUser uikit_config',
  ],
  'always false, which is what is done': [
    'listMyGroupChannels include_left_channel', 'viewAGroupChannel show_latest_message',
  ],
  'nothing is pushed': ['addADeviceToken always_push'],
  'a poll is found by its number alone': [
    'getAPoll channel_type', 'getAPoll channel_url', 'getAPollOption channel_type', 'getAPollOption channel_url',
    'addAPollOption channel_type', 'addAPollOption channel_url', 'listVotersOfAPollOption channel_type',
    'listVotersOfAPollOption channel_url',
  ],
  'told by the path, or always so': ['authenticateAUser app_id', 'authenticateAUser include_logi'],
  'what the client keeps itself': ['authenticateAUser config_ts', 'authenticateAUser use_local_cache'],
  'only new messages have one': ['updateAScheduledMessage req_id'],
};
