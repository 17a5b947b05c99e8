//! The clock of an application: real, ahead or behind, standing still, or going at another pace.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Body, Error, Target, answer, asked,
    moment::{Length, Moment, Pace, is_in_time},
};
use crate::{
    chat::{due, sessions, webhooks},
    model::{
        clock::{Clock, Mode, Ran},
        ids::ApplicationId,
        time::Timestamp,
    },
    state::Application,
    web::{field::Field, routes::Routes, site::Site},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").get("viewClock", "/_mynah/clock", view).put("setClock", "/_mynah/clock", set).post(
        "advanceClock",
        "/_mynah/clock/advance",
        advance,
    )
}

/// A clock as it is shown.
#[derive(Serialize)]
pub(super) struct ClockBody {
    mode: Mode,
    /// What it shows, in milliseconds.
    now: Timestamp,
    /// The same as a date.
    date: String,
    /// By how many milliseconds it is ahead of the machine's; none if it does not go at its pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<i64>,
    /// How many times as fast as the machine's it goes.
    factor: f64,
    /// When there is something to do by itself.
    next_due: Option<Timestamp>,
}

impl ClockBody {
    pub(super) fn of(app: &Application) -> Self {
        let (clock, now) = (app.clock(), app.now());
        let mode = clock.mode();
        let date = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::MAX);
        #[expect(clippy::cast_precision_loss, reason = "it is below 2^53")]
        let factor = clock.pace as f64 / 1000.0;
        let due = Some(app.head().due_at).filter(|due| *due > Timestamp::ZERO);
        Self {
            mode,
            now,
            date: date.to_string(),
            offset: matches!(mode, Mode::Real | Mode::Offset).then(|| clock.shown.0 - clock.since.0),
            factor,
            next_due: due,
        }
    }
}

/// What has become of a clock.
#[derive(Serialize)]
struct Turned {
    #[serde(flatten)]
    clock: ClockBody,
    /// What has happened by itself, in order.
    ran: Vec<Ran>,
}

/// What the clock of an application shows, and how it goes.
async fn view(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let clock = site.engine.read(&application, |app| Ok::<_, Error>(ClockBody::of(app))).await?;
    Ok(answer(&clock))
}

/// How a clock is to go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    mode: Field<String>,
    at: Field<Moment>,
    by: Field<Length>,
    factor: Field<Pace>,
}

impl Wanted {
    /// The clock that is wanted by the field `clock`, in place of one that shows that time.
    ///
    /// # Errors
    /// It makes no sense; the message names the field in it.
    pub(super) fn clock_of(fields: Map<String, Value>, now: Timestamp, machine: Timestamp) -> Result<Clock, Error> {
        let wanted: Self = asked::object("clock", fields)?;
        wanted.clock(now, machine).map_err(|error| Error::wrong(format!("clock.{}", error.message)))
    }

    /// The clock that is wanted, in place of one that shows that time.
    pub(super) fn clock(self, now: Timestamp, machine: Timestamp) -> Result<Clock, Error> {
        let mode = self.mode.required("mode")?;
        let at = self.at.optional("at")?.map(|Moment(at)| at);
        let by = self.by.optional("by")?.map(|Length(by)| by);
        let factor = self.factor.optional("factor")?.map(|Pace(pace)| pace);
        let fields = (at, by, factor);
        let clock = match (&*mode, fields) {
            ("real", (None, None, None)) => Clock::default(),
            ("frozen", (at, None, None)) => Clock::frozen(at.unwrap_or(now)),
            ("offset", (None, Some(by), None)) => Clock::ahead(by),
            ("offset", (Some(at), None, None)) => Clock::ahead(at.0 - machine.0),
            ("accelerated", (at, None, Some(pace))) => Clock::at_pace(pace, at.unwrap_or(now), machine),
            ("accelerated", (_, None, None)) => return Err(Error::wrong("factor is missing")),
            ("offset", (None, None, None)) => return Err(Error::wrong("by is missing, or at")),
            ("real" | "frozen" | "offset" | "accelerated", _) => {
                let why =
                    "mode: real takes no other field, frozen takes at, offset by or at, accelerated factor and at";
                return Err(Error::wrong(why));
            }
            _ => return Err(Error::wrong("mode is invalid: it is real, frozen, offset or accelerated")),
        };
        if is_in_time(clock.at(machine)) { Ok(clock) } else { Err(Error::wrong("by leads out of time")) }
    }
}

/// Has an application go by another clock. What becomes due by it is done.
async fn set(State(site): State<Site>, target: Target, Body(wanted): Body<Wanted>) -> Result<Response, Error> {
    let application = target.or_default(&site);
    turn(&site, &application, |_, now, machine| wanted.clock(now, machine)).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AdvanceBody {
    by: Field<Length>,
    to: Field<Moment>,
}

/// Puts the clock of an application forward. What becomes due is done in order, each at its own moment. Where webhooks
/// are called, the clock stops at each such moment until the receivers have answered, so that what follows from their
/// answers is due at its own moment, too. Where clients are connected, it stops at the end of each session, so that they
/// hear of it before they hear of what comes after. Otherwise all is one step.
async fn advance(
    State(site): State<Site>,
    target: Target,
    Body(body): Body<AdvanceBody>,
) -> Result<Response, Error> {
    let (by, to) = (body.by.optional("by")?, body.to.optional("to")?);
    let application = target.or_default(&site);
    let way = |now: Timestamp| {
        let by = match (by, to) {
            (Some(Length(by)), None) if by >= 0 => by,
            (Some(_), None) => return Err(Error::wrong("by is invalid: a clock is advanced, not put back")),
            (None, Some(Moment(to))) if to >= now => to.0 - now.0,
            (None, Some(_)) => return Err(Error::wrong("to is invalid: it is before what the clock shows")),
            _ => return Err(Error::wrong("by is missing, or to; one of them is to be given")),
        };
        let there = Timestamp(now.0.saturating_add(by));
        if is_in_time(there) { Ok(by) } else { Err(Error::wrong("by leads out of time")) }
    };
    let begin =
        |app: &Application| Ok::<_, Error>((way(app.now())?, webhooks::are_called(app), app.belongings().clone()));
    let (mut rest, calls, belongings) = site.engine.read(&application, begin).await?;
    // Where the application becomes another one on the way, that one's clock is none of this call's business.
    let same = |app: &Application| {
        if app.belongings().are(&belongings) { Ok(()) } else { Err(replaced()) }
    };
    let forward = |step: i64| {
        move |app: &Application, _: Timestamp, _: Timestamp| {
            same(app)?;
            Ok::<_, Error>(app.clock().forward(step))
        }
    };
    let listens = site.hub.count(&application) > 0;
    if !calls && !listens {
        return turn(&site, &application, |app, now, _| Ok(app.clock().forward(way(now)?))).await;
    }
    let next_halt = |app: &Application| {
        let due = calls.then(|| due::next(app)).flatten();
        let over = listens.then(|| sessions::next_end(app)).flatten();
        due.into_iter().chain(over).min()
    };
    let (mut ran, mut receivers, mut last) = (Vec::new(), Receivers::default(), Timestamp::ZERO);
    loop {
        receivers.answer(&site, &application).await?;
        let moment = |app: &Application| {
            same(app)?;
            Ok::<_, Error>((app.now(), next_halt(app)))
        };
        let (now, next) = site.engine.read(&application, moment).await?;
        // What could not be done stays due, and is not waited for.
        let step = next.filter(|next| *next > last).map(|next| (next, next.0 - now.0));
        let Some((next, step)) = step.filter(|(_, step)| (0..rest).contains(step)) else { break };
        ran.extend(site.engine.turn_clock(&application, forward(step)).await?);
        (rest, last) = (rest - step, next);
    }
    ran.extend(site.engine.turn_clock(&application, forward(rest)).await?);
    receivers.answer(&site, &application).await?;
    turned(&site, &application, ran).await
}

/// What is answered where an application became another one while its clock was moved.
fn replaced() -> Error {
    let message = "The application was reset, replaced or deleted meanwhile: its clock is another one".into();
    Error { status: StatusCode::CONFLICT, message }
}

/// How long a receiver may take to answer while a clock is moved.
const PATIENCE: Duration = Duration::from_millis(250);

/// Those who are called while a clock is moved.
#[derive(Default)]
struct Receivers {
    /// Calls that took too long already, and hold nothing up any more.
    hang: BTreeSet<i64>,
}

impl Receivers {
    /// Waits until the calls that are being made are answered, as far as that does not take long.
    async fn answer(&mut self, site: &Site, application: &ApplicationId) -> Result<(), Error> {
        let (mut before, mut since) = (BTreeSet::new(), Instant::now());
        loop {
            let open = |app: &Application| Ok::<_, Error>(webhooks::being_made(app).collect::<BTreeSet<_>>());
            let open: BTreeSet<_> =
                site.engine.read(application, open).await?.difference(&self.hang).copied().collect();
            if open.is_empty() {
                return Ok(());
            }
            if open != before {
                (before, since) = (open, Instant::now());
            } else if since.elapsed() > PATIENCE {
                self.hang.extend(open);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn turn(
    site: &Site,
    application: &ApplicationId,
    turn: impl FnOnce(&Application, Timestamp, Timestamp) -> Result<Clock, Error>,
) -> Result<Response, Error> {
    let ran = site.engine.turn_clock(application, turn).await?;
    turned(site, application, ran).await
}

async fn turned(site: &Site, application: &ApplicationId, ran: Vec<Ran>) -> Result<Response, Error> {
    let clock = site.engine.read(application, |app| Ok::<_, Error>(ClockBody::of(app))).await?;
    Ok(answer(&Turned { clock, ran }))
}
