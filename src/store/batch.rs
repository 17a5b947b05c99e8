//! One batch: the changes of many verbs, merged into one final image per row, as one text of SQL.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
};

use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, SqliteConnection, sqlite::SqliteArguments};

use super::cells::{Cell, Stored};
use crate::{
    model::{
        actor::PlannedStep,
        application::Head,
        channel::{Channel, Member},
        content::{CoveredText, TypeSettings},
        departure::Departure,
        emoji::{Emoji, EmojiCategory},
        file::StoredFile,
        friend::{Friend, FriendChange},
        ids::ApplicationId,
        message::Message,
        moderation::{Block, OffenceRecord, Report, Sanction, TypeOperator},
        pin::Pin,
        poll::{Poll, PollOption, Vote},
        push::{DeviceToken, PushPreference},
        reaction::Reaction,
        scheduled::ScheduledMessage,
        session::{SessionKey, SessionToken},
        thread::ThreadPush,
        user::{Profile, User},
        webhook::Delivery,
    },
    state::{Changes, table::Change},
};

/// The last image of each changed row.
struct Rows<R: Stored>(BTreeMap<(ApplicationId, R::Key), Option<Arc<R>>>);

impl<R: Stored> Default for Rows<R> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// Declares the fields of a batch, and all that walks over every table of it.
macro_rules! batch {
    ($($field:ident: $row:ty;)*) => {
        /// What is to be committed together.
        #[derive(Default)]
        pub struct Batch {
            /// Applications of which everything before is to go.
            wiped: BTreeSet<ApplicationId>,
            heads: BTreeMap<ApplicationId, Head>,
            $($field: Rows<$row>,)*
        }

        impl Batch {
            /// Adds what a verb has changed.
            pub fn add(&mut self, application: &ApplicationId, changes: &Changes) {
                if let Some((_, head)) = &changes.head {
                    self.heads.insert(application.clone(), head.clone());
                }
                $(self.$field.add(application, &changes.$field);)*
            }

            /// Everything of that application is to go, what this batch has of it included.
            pub fn wipe(&mut self, application: &ApplicationId) {
                self.heads.remove(application);
                $(self.$field.forget(application);)*
                self.wiped.insert(application.clone());
            }

            fn write_wipe(&self, script: &mut Script) {
                let ids = serde_json::to_string(&self.wiped).expect("a list of texts is JSON");
                for table in ["applications", $(<$row>::TABLE),*] {
                    let ids = Cell::Text(ids.as_str().into());
                    script.say("delete from ");
                    script.say(table);
                    script.say(" where application in (select value from json_each(?));\n");
                    script.bind(ids);
                }
            }

            fn write_rows(&self, script: &mut Script) {
                $(self.$field.write(script);)*
            }
        }
    };
}

super::tables::each!(batch);

/// Rows that are bound as values are padded to one of these numbers, so that few texts exist and
/// their statements stay prepared.
const PADDINGS: &[usize] = &[1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

impl Batch {
    /// Writes the batch in one transaction.
    ///
    /// # Errors
    /// The database refuses; then nothing of the batch is in it.
    pub async fn commit(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let mut script = Script::begin();
        if !self.wiped.is_empty() {
            self.write_wipe(&mut script);
        }
        if !self.heads.is_empty() {
            self.write_heads(&mut script);
        }
        self.write_rows(&mut script);
        script.run(connection).await
    }

    fn write_heads(&self, script: &mut Script) {
        script.say(
            "insert into applications (application, created_at, settings, messages_given, users_given, \
             numbers_given, draws_given, clock_offset, clock_since, clock_pace, seed, due_at, \
             deliveries_given) select \
             json_extract(value, '$[0][0]'), json_extract(value, '$[0][1]'), \
             json_extract(value, '$[0][2]'), json_extract(value, '$[1][0]'), \
             json_extract(value, '$[1][1]'), json_extract(value, '$[1][2]'), \
             json_extract(value, '$[1][3]'), json_extract(value, '$[2][0]'), \
             json_extract(value, '$[2][1]'), json_extract(value, '$[2][2]'), \
             json_extract(value, '$[2][3]'), json_extract(value, '$[2][4]'), json_extract(value, '$[1][4]') \
             from json_each(?) where true \
             on conflict (application) do update set settings = excluded.settings, \
             messages_given = excluded.messages_given, users_given = excluded.users_given, \
             numbers_given = excluded.numbers_given, draws_given = excluded.draws_given, \
             clock_offset = excluded.clock_offset, clock_since = excluded.clock_since, \
             clock_pace = excluded.clock_pace, seed = excluded.seed, due_at = excluded.due_at, \
             deliveries_given = excluded.deliveries_given;\n",
        );
        let rows = self.heads.iter().map(|(application, head)| {
            let settings = serde_json::to_string(&*head.settings).expect("settings are plain data");
            let counters = head.counters;
            let clock = head.clock;
            (
                (application, head.created_at, settings),
                [counters.messages, counters.users, counters.others, counters.draws, counters.deliveries],
                (clock.shown, clock.since, clock.pace, head.seed, head.due_at),
            )
        });
        let rows: Vec<_> = rows.collect();
        script.bind(Cell::Text(serde_json::to_string(&rows).expect("plain data is JSON").into()));
    }
}

impl<R: Stored> Rows<R> {
    /// Says what has become of the rows.
    fn write(&self, script: &mut Script) {
        if self.0.is_empty() {
            return;
        }
        self.write_removals(script);
        if R::WIDE { self.write_as_values(script) } else { self.write_as_json(script) }
    }

    fn add(&mut self, application: &ApplicationId, changes: &[Change<R>]) {
        for change in changes.iter().filter(|change| !change.derived) {
            self.0.insert((application.clone(), change.key.clone()), change.after.clone());
        }
    }

    fn forget(&mut self, application: &ApplicationId) {
        self.0.retain(|(of, _), _| of != application);
    }

    fn write_removals(&self, script: &mut Script) {
        let gone = self.0.iter().filter(|(_, row)| row.is_none());
        let keys: Vec<_> =
            gone.map(|((application, key), _)| with_application(application, R::key_cells(key))).collect();
        if keys.is_empty() {
            return;
        }
        script.say(&format!("delete from {} where ({}) in (select ", R::TABLE, columns(R::KEYS, R::COLUMNS)));
        script.say_extracts(R::KEYS + 1);
        script.say(" from json_each(?));\n");
        script.bind(Cell::Text(serde_json::to_string(&keys).expect("cells are JSON").into()));
    }

    fn write_as_json(&self, script: &mut Script) {
        let rows: Vec<_> =
            self.present().map(|(application, row)| with_application(application, row.cells())).collect();
        if rows.is_empty() {
            return;
        }
        script.say(&format!("insert into {} ({}) select ", R::TABLE, columns(R::COLUMNS.len(), R::COLUMNS)));
        script.say_extracts(R::COLUMNS.len() + 1);
        script.say(" from json_each(?) where true");
        Self::say_conflict(script);
        script.bind(Cell::Text(serde_json::to_string(&rows).expect("cells are JSON").into()));
    }

    fn write_as_values(&self, script: &mut Script) {
        let width = R::COLUMNS.len() + 1;
        let rows: Vec<_> = self.present().collect();
        let largest = PADDINGS.last().copied().unwrap_or(1);
        for rows in rows.chunks(largest) {
            let padded = PADDINGS.iter().copied().find(|padding| *padding >= rows.len()).unwrap_or(largest);
            script.say(&format!("insert into {} ({})", R::TABLE, columns(R::COLUMNS.len(), R::COLUMNS)));
            script.say(" select * from (values ");
            for row in 0..padded {
                script.say(if row == 0 { "(" } else { ",(" });
                script.say(&"?,".repeat(width - 1));
                script.say("?)");
            }
            script.say(") where column1 is not null");
            Self::say_conflict(script);
            script.values.reserve(padded * width, 0);
            for (application, row) in rows {
                script.bind((*application).into());
                row.cells().into_iter().for_each(|cell| script.bind(cell));
            }
            (0..(padded - rows.len()) * width).for_each(|_| script.bind(Cell::Null));
        }
    }

    fn say_conflict(script: &mut Script) {
        script.say(&format!(" on conflict ({}) do update set ", columns(R::KEYS, R::COLUMNS)));
        for (position, column) in R::COLUMNS[R::KEYS..].iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            script.say(&format!("{comma}{column} = excluded.{column}"));
        }
        script.say(";\n");
    }

    fn present(&self) -> impl Iterator<Item = (&ApplicationId, &R)> {
        self.0.iter().filter_map(|((application, _), row)| Some((application, row.as_deref()?)))
    }
}

fn with_application<'a>(application: &'a ApplicationId, mut cells: Vec<Cell<'a>>) -> Vec<Cell<'a>> {
    cells.insert(0, application.into());
    cells
}

/// The application and the first so many columns.
pub(super) fn columns(count: usize, columns: &[&str]) -> String {
    let mut text = String::from("application");
    for column in &columns[..count] {
        text.push_str(", ");
        text.push_str(column);
    }
    text
}

/// A text of several statements that runs as one, with the values that are bound to it.
struct Script {
    text: String,
    values: SqliteArguments,
}

impl Script {
    fn begin() -> Self {
        Self { text: String::from("begin immediate;\n"), values: SqliteArguments::default() }
    }

    fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn say_extracts(&mut self, count: usize) {
        for position in 0..count {
            let comma = if position == 0 { "" } else { ", " };
            write!(self.text, "{comma}json_extract(value, '$[{position}]')").expect("a String takes all text");
        }
    }

    fn bind(&mut self, cell: Cell<'_>) {
        let bound = match cell {
            Cell::Null => self.values.add(None::<i64>),
            Cell::Int(number) => self.values.add(number),
            Cell::Text(Cow::Borrowed(text)) => self.values.add(Arc::<str>::from(text)),
            Cell::Text(Cow::Owned(text)) => self.values.add(text),
            Cell::Name(name) => self.values.add(Arc::clone(name)),
        };
        bound.expect("numbers and texts can be bound");
    }

    async fn run(mut self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        self.say("commit;");
        let query = sqlx::query_with(AssertSqlSafe(self.text), self.values);
        let outcome = query.execute(&mut *connection).await;
        if outcome.is_err() {
            // A script that failed in the middle leaves its transaction open.
            let _ = sqlx::query("rollback").execute(&mut *connection).await;
            let _ = connection.ping().await;
        }
        outcome.map(drop)
    }
}
