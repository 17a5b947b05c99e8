import App from '@sendbird/uikit-react/App';
import { createRoot } from 'react-dom/client';

import '@sendbird/uikit-react/dist/index.css';
import './app.css';

const query = new URLSearchParams(location.search);
const user = query.get('user') ?? 'ada';
const application = query.get('app') ?? 'mynah';
const mynah = query.get('mynah') ?? 'localhost:8080';

document.title = `${user} on Mynah`;
createRoot(document.getElementById('app')).render(
  <App
    appId={application}
    userId={user}
    nickname={user[0].toUpperCase() + user.slice(1)}
    // All that differs from an app that talks to the service:
    customApiHost={`http://${mynah}`}
    customWebSocketHost={`ws://${mynah}`}
    uikitOptions={{ groupChannel: { replyType: 'thread', threadReplySelectType: 'thread' } }}
  />,
);
