//! Webhooks: whom the application tells of what has happened. A call is a row of the same batch as what it
//! tells of, so that no call is lost; it is made when its moment has come by the application's clock.

use std::sync::Arc;

use super::{Entity, Error, Field, Result, limits};
use crate::{
    model::{
        clock::{Ran, RanKind},
        event::Event,
        page::{Page, Place},
        time::Timestamp,
        webhook::{Attempt, Delivery, DeliveryState, Webhook},
    },
    state::Application,
};

/// How many calls are kept that are done.
pub const KEPT: usize = 1000;

/// How many bytes of those are kept.
const KEPT_BYTES: usize = 32 << 20;

/// How many calls may be open at once; what comes beyond is not made.
const OPEN: usize = 20_000;

/// The webhook of that id.
pub fn find<'a>(app: &'a Application, id: &str) -> Option<&'a Webhook> {
    app.settings().webhooks.iter().find(|webhook| *webhook.id == *id)
}

/// Sets a webhook up, or sets it anew. Its open calls go where it leads now; where it is switched off or leads nowhere, they
/// are not made.
///
/// # Errors
/// There are too many.
pub fn set(app: &mut Application, webhook: Webhook) -> Result<()> {
    let known = app.settings().webhooks.iter().filter(|known| known.id != webhook.id).count();
    limits::items(Field::Webhooks, known + 1)?;
    let released = webhook.reverse == 0;
    let id = webhook.id.clone();
    if webhook.enabled && !webhook.url.is_empty() {
        redirect(app, &webhook);
    } else {
        drop_open(app, &id);
    }
    app.change_settings(|settings| match settings.webhooks.iter_mut().find(|known| known.id == webhook.id) {
        Some(known) => *known = webhook,
        None => settings.webhooks.push(webhook),
    });
    if released {
        release(app, &id);
    }
    Ok(())
}

/// Removes a webhook. Its open calls are not made.
///
/// # Errors
/// There is none of that id.
pub fn remove(app: &mut Application, id: &str) -> Result<()> {
    find(app, id).ok_or(Error::NotFound(Entity::Webhook))?;
    app.change_settings(|settings| settings.webhooks.retain(|webhook| *webhook.id != *id));
    drop_open(app, id);
    Ok(())
}

/// The numbers of the open calls of a webhook.
fn open_of(app: &Application, id: &str) -> Vec<i64> {
    let open = app.deliveries.iter().filter(|delivery| *delivery.webhook == *id && !delivery.state.is_final());
    open.map(|delivery| delivery.number).collect()
}

fn drop_open(app: &mut Application, id: &str) {
    for number in open_of(app, id) {
        app.deliveries.remove(&number);
    }
}

/// Has the open calls of a webhook go where it leads.
fn redirect(app: &mut Application, webhook: &Webhook) {
    if find(app, &webhook.id).is_none_or(|known| known.url == webhook.url) {
        return;
    }
    for number in open_of(app, &webhook.id) {
        app.deliveries.update(&number, |call| call.url = webhook.url.clone());
    }
}

/// What the calls of a webhook are signed with: its own key; or the first token that the application takes; or, where any
/// is taken, the token that set the webhook up, or the application's id where none did.
pub fn key<'a>(app: &'a Application, webhook: &'a Webhook) -> &'a str {
    let tokens = app.settings().tokens.first().map(String::as_str);
    let known = [Some(&*webhook.key), tokens, Some(&*webhook.set_with)].into_iter().flatten();
    known.filter(|key| !key.is_empty()).chain([app.id.as_str()]).next().unwrap_or_default()
}

/// Has a webhook called of what has happened at a moment, or keeps the call where it is called nowhere. Tells the
/// number of the call.
pub fn post(
    app: &mut Application,
    webhook: &Webhook,
    at: Timestamp,
    (category, body): (&str, &str),
    signature: &str,
) -> i64 {
    let tries_left = i64::try_from(webhook.waits.len()).unwrap_or(0) + 1;
    let call = Delivery {
        number: app.next_delivery_number(),
        webhook: webhook.id.clone(),
        url: webhook.url.clone(),
        category: category.into(),
        body: body.into(),
        signature: signature.into(),
        created_at: at,
        state: DeliveryState::Captured,
        due_at: Timestamp::ZERO,
        attempts: Vec::new(),
        tries_left,
        copy_of: None,
    };
    let number = call.number;
    if webhook.url.is_empty() {
        app.deliveries.put(call);
        make_room(app);
    } else if webhook.reverse > 0 {
        app.deliveries.put(Delivery { state: DeliveryState::Held, ..call });
        if app.deliveries.index().held(&webhook.id).count() >= usize::try_from(webhook.reverse).unwrap_or(0) {
            release(app, &webhook.id);
        }
    } else {
        start(app, call, webhook.delay);
        copy(app, number, webhook.copies, webhook.delay);
    }
    number
}

/// Makes a call after so many milliseconds.
fn start(app: &mut Application, call: Delivery, delay: i64) {
    if app.deliveries.len() - app.deliveries.index().done() >= OPEN {
        let error = format!("{OPEN} calls are open already");
        let attempts = vec![Attempt { at: app.now(), error: error.into(), ..Attempt::default() }];
        app.deliveries.put(Delivery { state: DeliveryState::Failed, attempts, tries_left: 0, ..call });
        make_room(app);
    } else if delay > 0 {
        let due_at = Timestamp(app.now().0.saturating_add(delay));
        app.deliveries.put(Delivery { state: DeliveryState::Waiting, due_at, ..call });
    } else {
        let call = app.deliveries.put(Delivery { state: DeliveryState::Trying, ..call });
        app.emit(Event::DeliveryDue(call));
    }
}

/// Makes a call again so many times, as calls of their own.
fn copy(app: &mut Application, number: i64, copies: i64, delay: i64) {
    let Some(call) = app.deliveries.get(&number).cloned() else { return };
    let waits = find(app, &call.webhook).map_or(0, |webhook| webhook.waits.len());
    let tries_left = i64::try_from(waits).unwrap_or(0) + 1;
    for _ in 0..copies {
        let number = app.next_delivery_number();
        // Bytes of its own: that is by which a call is known.
        let body = Arc::from(&*call.body);
        let copy_of = Some(call.copy_of.unwrap_or(call.number));
        let copy = Delivery { number, body, attempts: Vec::new(), tries_left, copy_of, ..Delivery::clone(&call) };
        start(app, copy, delay);
    }
}

/// Makes the calls that are held back of a webhook, the last one first.
fn release(app: &mut Application, id: &str) {
    let held: Vec<_> = app.deliveries.index().held(id).rev().collect();
    let (delay, copies) = find(app, id).map_or((0, 0), |webhook| (webhook.delay, webhook.copies));
    for number in held {
        if let Some(call) = app.deliveries.get(&number).cloned() {
            start(app, Delivery::clone(&call), delay);
            copy(app, number, copies, delay);
        }
    }
}

/// Makes the calls whose moment has come, and tells which.
pub(super) fn call_due(app: &mut Application) -> Vec<Ran> {
    let mut ran = Vec::new();
    while let Some((at, number)) = app.deliveries.index().next()
        && at <= app.now()
        && let Some(call) = app.deliveries.update(&number, |call| call.state = DeliveryState::Trying)
    {
        ran.push(Ran { at, kind: RanKind::WebhookCalled, id: number.to_string(), user: None });
        app.emit(Event::DeliveryDue(call));
    }
    ran
}

/// Makes the calls once more that were being made when the process ended before.
pub fn resume(app: &mut Application) {
    let interrupted: Vec<_> = app.deliveries.index().trying().collect();
    for number in interrupted {
        if let Some(call) = app.deliveries.get(&number).cloned() {
            app.emit(Event::DeliveryDue(call));
        }
    }
}

/// Whether a webhook of the application is called at all.
pub fn are_called(app: &Application) -> bool {
    app.settings().webhooks.iter().any(|webhook| webhook.enabled && !webhook.url.is_empty())
}

/// The numbers of calls that are being made, or are next.
pub fn being_made(app: &Application) -> impl Iterator<Item = i64> {
    app.deliveries.index().trying()
}

/// The call of that number as it is now, if it is still that call and is still to be made.
pub fn still_due(app: &Application, call: &Delivery) -> Option<Arc<Delivery>> {
    let found = app.deliveries.get(&call.number);
    found.filter(|found| found.is(call) && found.state == DeliveryState::Trying).cloned()
}

/// Notes what has become of a try. Where the call was not taken, it is tried again later, but not for ever.
pub fn settle(app: &mut Application, call: &Delivery, attempt: Attempt) {
    let Some(call) = still_due(app, call) else { return };
    let taken = attempt.status.is_some_and(|status| (200..300).contains(&status));
    let waits = find(app, &call.webhook).map_or(&[][..], |webhook| &webhook.waits[..]);
    let mut call = Delivery::clone(&call);
    call.attempts.push(attempt);
    // Where fewer tries are wanted by now, there are fewer.
    let wanted =
        i64::try_from(waits.len() + 1).unwrap_or(i64::MAX) - i64::try_from(call.attempts.len()).unwrap_or(0);
    call.tries_left = (call.tries_left - 1).min(wanted).max(0);
    let wait = waits.get(call.attempts.len() - 1).or(waits.last()).copied().unwrap_or(0);
    (call.state, call.due_at) = if taken {
        (DeliveryState::Delivered, Timestamp::ZERO)
    } else if call.tries_left <= 0 {
        (DeliveryState::Failed, Timestamp::ZERO)
    } else {
        (DeliveryState::Waiting, Timestamp(app.now().0.saturating_add(wait)))
    };
    app.deliveries.put(call);
    make_room(app);
}

/// Lets the oldest calls go that are done and too many.
fn make_room(app: &mut Application) {
    loop {
        let index = app.deliveries.index();
        let Some(oldest) = index.oldest_done().filter(|_| index.done() > KEPT || index.weight() > KEPT_BYTES)
        else {
            return;
        };
        app.deliveries.remove(&oldest);
    }
}

/// The call of that number.
///
/// # Errors
/// There is none, or it was too long ago.
pub fn delivery(app: &Application, number: i64) -> Result<Arc<Delivery>> {
    app.deliveries.get(&number).cloned().ok_or(Error::NotFound(Entity::Delivery))
}

/// Makes a call again with the same bytes, so many times and after so many milliseconds. One of a webhook that is
/// called nowhere goes where that webhook leads now. Tells the numbers of the new calls.
///
/// # Errors
/// There is none of that number, or nowhere to call.
pub fn replay(app: &mut Application, number: i64, times: i64, delay: i64) -> Result<Vec<i64>> {
    let call = delivery(app, number)?;
    let now_at = find(app, &call.webhook).map(|webhook| webhook.url.clone()).filter(|url| !url.is_empty());
    let url = now_at.or_else(|| Some(call.url.clone())).filter(|url| !url.is_empty());
    let url = url.ok_or(Error::NotFound(Entity::Webhook))?;
    let before = app.head().counters.deliveries;
    let waits = find(app, &call.webhook).map_or(0, |webhook| webhook.waits.len());
    for _ in 0..times {
        let copy = Delivery {
            number: app.next_delivery_number(),
            url: url.clone(),
            body: Arc::from(&*call.body),
            attempts: Vec::new(),
            tries_left: i64::try_from(waits).unwrap_or(0) + 1,
            copy_of: Some(call.copy_of.unwrap_or(call.number)),
            ..Delivery::clone(&call)
        };
        start(app, copy, delay);
    }
    Ok((before + 1..=app.head().counters.deliveries).collect())
}

/// Which calls are asked for.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Only those of this webhook.
    pub webhook: Option<String>,
    /// Only those that tell of this.
    pub category: Option<String>,
    /// Only those of which that has become.
    pub state: Option<DeliveryState>,
}

impl DeliveryFilter {
    fn takes(&self, call: &Delivery) -> bool {
        self.webhook.as_ref().is_none_or(|webhook| *call.webhook == **webhook)
            && self.category.as_ref().is_none_or(|category| *call.category == **category)
            && self.state.is_none_or(|state| call.state == state)
    }
}

/// Calls in their order, from after that number on.
pub fn list(app: &Application, filter: &DeliveryFilter, after: i64, limit: usize) -> Page<Arc<Delivery>> {
    let calls = app.deliveries.range(after.saturating_add(1)..);
    let calls = calls.filter(|call| filter.takes(call)).cloned();
    super::first_of(calls, limit, |call| Place { number: call.number, text: String::new() })
}

/// Forgets all calls. Those that are open are not made.
pub fn clear(app: &mut Application) {
    let all: Vec<_> = app.deliveries.iter().map(|call| call.number).collect();
    for number in all {
        app.deliveries.remove(&number);
    }
}

/// Forgets a call. If it is open, it is not made.
///
/// # Errors
/// There is none of that number.
pub fn forget(app: &mut Application, number: i64) -> Result<()> {
    app.deliveries.remove(&number).map(drop).ok_or(Error::NotFound(Entity::Delivery))
}
