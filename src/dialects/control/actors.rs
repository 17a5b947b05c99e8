//! The other user: what users are made to do, now or when the application's clock comes to it.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Document, Error, Target, answer};
use crate::{
    chat::{
        self,
        actors::{self, Outcome},
    },
    engine::Unavailable,
    model::{
        actor::{Deed, PlannedStep, Step, Which},
        ids::UserId,
        origin::Origin,
        time::Timestamp,
    },
    state::Application,
    web::{duration, faults::plainly, routes::Routes, site::Site},
};

pub(super) fn routes() -> Routes {
    Routes::of("Control").post("act", "/_mynah/actors", act).get("listPlannedSteps", "/_mynah/actors", list).delete(
        "callOffPlannedSteps",
        "/_mynah/actors",
        call_off,
    )
}

/// How many steps a script may have.
const LONGEST_SCRIPT: usize = 1000;

/// A step that was done, or that waits.
#[derive(Serialize)]
struct StepBody<'a> {
    r#as: &'a str,
    #[serde(flatten)]
    deed: &'a Deed,
    /// The message that came of it, or that it concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<i64>,
    /// When it is due, in milliseconds, and under which number.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    /// Why it could not be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'a str>,
}

impl<'a> StepBody<'a> {
    fn planned(planned: &'a PlannedStep) -> Self {
        let Step { actor, deed } = &planned.step;
        Self {
            r#as: actor.as_str(),
            deed,
            message_id: None,
            at: Some(planned.at),
            number: Some(planned.number),
            failed: planned.failed.as_deref(),
        }
    }

    fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Planned(planned) => Self::planned(planned),
            Outcome::Done(Step { actor, deed }, message) => Self {
                r#as: actor.as_str(),
                deed,
                message_id: message.map(|message| message.0),
                at: None,
                number: None,
                failed: None,
            },
        }
    }
}

#[derive(Serialize)]
struct Steps<'a> {
    steps: Vec<StepBody<'a>>,
}

/// What stops a script.
enum Stop {
    At(usize, chat::Error),
    Unavailable(Unavailable),
}

impl From<Unavailable> for Stop {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error)
    }
}

/// Has users do one thing or several, one after the other. Steps with `after` wait for the application's
/// clock, and so do all that follow them. If a step cannot be done at once, none is.
async fn act(State(site): State<Site>, Document { target, json }: Document) -> Result<Response, Error> {
    let script = script(json)?;
    let application = target.or_default(&site);
    let outcomes = site.engine.write(&application, |app| {
        let mut done = |app: &mut Application| site.engine.tell(app, Origin::default());
        actors::play(app, script, &mut done).map_err(|(place, why)| Stop::At(place, why))
    });
    let outcomes = outcomes.await.map_err(|stop| match stop {
        Stop::At(place, why) => {
            Error { status: StatusCode::CONFLICT, message: format!("step {}: {why}", place + 1) }
        }
        Stop::Unavailable(error) => error.into(),
    })?;
    Ok(answer(&Steps { steps: outcomes.iter().map(StepBody::of).collect() }))
}

/// The steps that wait for the application's clock, and those that could not be done then.
async fn list(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    let application = target.or_default(&site);
    let planned =
        site.engine.read(&application, |app| Ok::<_, Error>(actors::planned(app).cloned().collect::<Vec<_>>()));
    let planned = planned.await?;
    Ok(answer(&Steps { steps: planned.iter().map(|planned| StepBody::planned(planned)).collect() }))
}

/// Forgets all steps that wait or could not be done.
async fn call_off(State(site): State<Site>, target: Target) -> Result<Response, Error> {
    #[derive(Serialize)]
    struct CalledOff {
        called_off: usize,
    }
    let application = target.or_default(&site);
    let called_off = site.engine.write(&application, |app| Ok::<_, Error>(actors::call_off(app))).await?;
    Ok(answer(&CalledOff { called_off }))
}

/// The steps of a body, each with its delay in milliseconds: one step, a list of them, or `script` with a list.
fn script(body: Value) -> Result<Vec<(i64, Step)>, Error> {
    let steps = match body {
        Value::Array(steps) => steps,
        Value::Object(mut one) => match one.remove("script") {
            Some(Value::Array(steps)) if one.is_empty() => steps,
            Some(_) => return Err(Error::wrong("script must be a list of steps, and stand alone")),
            None => vec![Value::Object(one)],
        },
        _ => return Err(Error::wrong("The body must be a step or a list of steps")),
    };
    if steps.is_empty() || steps.len() > LONGEST_SCRIPT {
        return Err(Error::wrong(format!("A script has 1 to {LONGEST_SCRIPT} steps")));
    }
    let numbered = steps.into_iter().enumerate();
    numbered
        .map(|(place, one)| step(one).map_err(|why| Error::wrong(format!("step {}: {why}", place + 1))))
        .collect()
}

fn step(step: Value) -> Result<(i64, Step), String> {
    let Value::Object(mut step) = step else { return Err("it must be an object".into()) };
    let delay = delay(&mut step)?;
    let actor = match step.remove("as") {
        Some(Value::String(actor)) => UserId::from(actor.as_str()),
        Some(_) => return Err("as must be the id of a user".into()),
        None => return Err("as is missing: the id of the user who acts".into()),
    };
    let deed = serde_json::from_value(Value::Object(step.clone()));
    let deed =
        deed.map_err(|error| step.iter().find_map(wrong_field).unwrap_or_else(|| plainly(&error.to_string())))?;
    Ok((delay, Step { actor, deed }))
}

/// What is wrong with a field of a deed, whose name says what it is.
fn wrong_field((name, value): (&String, &Value)) -> Option<String> {
    let is_text = |value: &Value| value.is_string();
    let (fits, what) = match name.as_str() {
        "to" | "message" => (Which::deserialize(value).is_ok(), "the number of a message or \"last\""),
        "users" | "mentioned" => (value.as_array().is_some_and(|list| list.iter().all(is_text)), "a list of ids"),
        "in_channel" => (value.is_boolean(), "true or false"),
        "seconds" => (value.is_i64(), "a whole number; -1 is for good"),
        "do" | "channel" | "text" | "custom_type" | "data" | "key" | "access_code" | "user" | "reason" => {
            (is_text(value), "a text")
        }
        _ => return None,
    };
    (!fits).then(|| format!("{name} must be {what}"))
}

/// `after`: how long after the step before.
fn delay(step: &mut Map<String, Value>) -> Result<i64, String> {
    let delay = match step.remove("after") {
        None => Some(0),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => duration::milliseconds(&text),
        Some(_) => None,
    };
    let delay = delay.filter(|delay| *delay >= 0);
    delay.ok_or_else(|| "after must be milliseconds or a length of time such as \"90s\"".to_owned())
}
