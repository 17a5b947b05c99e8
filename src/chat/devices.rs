//! Devices through which users are woken.

use std::sync::Arc;

use super::{Entity, Error, Result};
use crate::{
    model::{
        ids::UserId,
        push::{DeviceKind, DeviceToken},
        user::User,
    },
    state::Application,
};

/// How many devices of a kind a user has; the oldest goes first.
const DEVICES: usize = 20;

/// Registers a device, which is the user's newest then. With `unique`, nobody else has it any more.
pub fn add(app: &mut Application, user: &User, kind: DeviceKind, token: &str, unique: bool) -> Arc<DeviceToken> {
    if unique {
        let owners: Vec<_> = app.devices.index().owners(kind, token).cloned().collect();
        for owner in owners.into_iter().filter(|owner| *owner != user.id) {
            app.devices.remove(&(owner, kind, token.into()));
        }
    }
    let mut others = list(app, user, kind);
    others.retain(|device| &*device.token != token);
    let superfluous = (others.len() + 1).saturating_sub(DEVICES);
    for device in others.into_iter().take(superfluous) {
        app.devices.remove(&(user.id.clone(), kind, device.token.clone()));
    }
    let number = app.next_number();
    app.devices.put(DeviceToken { user: user.id.clone(), kind, token: token.into(), number })
}

/// The devices of a kind of a user, the oldest first.
pub fn list(app: &Application, user: &User, kind: DeviceKind) -> Vec<Arc<DeviceToken>> {
    let mut devices: Vec<_> = of(app, &user.id).filter(|device| device.kind == kind).cloned().collect();
    devices.sort_unstable_by_key(|device| device.number);
    devices
}

fn of<'a>(app: &'a Application, user: &'a UserId) -> impl Iterator<Item = &'a Arc<DeviceToken>> {
    let first = (user.clone(), DeviceKind::Gcm, Box::from(""));
    app.devices.range(first..).take_while(move |device| device.user == *user)
}

/// Takes a device from a user.
///
/// # Errors
/// The user does not have it.
pub fn remove(app: &mut Application, user: &User, kind: DeviceKind, token: &str) -> Result<()> {
    let removed = app.devices.remove(&(user.id.clone(), kind, token.into()));
    removed.map(drop).ok_or(Error::NotFound(Entity::Device))
}

/// Takes all devices from a user, and tells which they were.
pub fn remove_all(app: &mut Application, user: &UserId) -> Vec<Arc<DeviceToken>> {
    let devices: Vec<_> = of(app, user).cloned().collect();
    for device in &devices {
        app.devices.remove(&(device.user.clone(), device.kind, device.token.clone()));
    }
    devices
}

/// The users who have a device.
pub fn owners(app: &Application, kind: DeviceKind, token: &str) -> Vec<UserId> {
    app.devices.index().owners(kind, token).cloned().collect()
}

/// Takes a device from all who have it, and tells who they were.
pub fn remove_from_owners(app: &mut Application, kind: DeviceKind, token: &str) -> Vec<UserId> {
    let owners = owners(app, kind, token);
    for owner in &owners {
        app.devices.remove(&(owner.clone(), kind, token.into()));
    }
    owners
}
