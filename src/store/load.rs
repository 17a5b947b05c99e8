//! Loading an application: the one place with a text of its own for each database.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::{
    Error,
    batch::columns,
    cells::{Cell, Reader, Stored, Unreadable},
};
use crate::{
    model::{
        application::{Counters, Head},
        ids::ApplicationId,
        time::Timestamp,
    },
    state::{
        Application,
        table::{Index, Table},
    },
};

/// How many rows one answer of the database brings: row by row, a million take ten times longer.
const ROWS_AT_ONCE: usize = 2000;

/// The application as the database has it; none if it has nothing of it.
pub(super) async fn application(
    connection: &mut SqliteConnection,
    id: &ApplicationId,
) -> Result<Option<Application>, Error> {
    let sql = "select created_at, settings, messages_given, users_given, numbers_given, draws_given, \
               clock_offset, due_at from applications where application = ?";
    let Some(row) = sqlx::query(sql).bind(id.as_str()).fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let settings: String = row.try_get(1)?;
    let settings = serde_json::from_str(&settings).map_err(|_| Error::Damaged("applications"))?;
    let mut app = Application::new(id.clone());
    app.load_head(Head {
        created_at: Timestamp(row.try_get(0)?),
        settings: Arc::new(settings),
        counters: Counters {
            messages: row.try_get(2)?,
            users: row.try_get(3)?,
            others: row.try_get(4)?,
            draws: row.try_get(5)?,
        },
        clock_offset: row.try_get(6)?,
        due_at: Timestamp(row.try_get(7)?),
    });
    // Rows that others point to come first.
    table(connection, &mut app, |app| &mut app.profiles).await?;
    table(connection, &mut app, |app| &mut app.users).await?;
    table(connection, &mut app, |app| &mut app.channels).await?;
    table(connection, &mut app, |app| &mut app.members).await?;
    table(connection, &mut app, |app| &mut app.files).await?;
    table(connection, &mut app, |app| &mut app.messages).await?;
    table(connection, &mut app, |app| &mut app.reactions).await?;
    table(connection, &mut app, |app| &mut app.scheduled).await?;
    table(connection, &mut app, |app| &mut app.polls).await?;
    table(connection, &mut app, |app| &mut app.poll_options).await?;
    table(connection, &mut app, |app| &mut app.votes).await?;
    table(connection, &mut app, |app| &mut app.sessions).await?;
    table(connection, &mut app, |app| &mut app.push_preferences).await?;
    table(connection, &mut app, |app| &mut app.devices).await?;
    table(connection, &mut app, |app| &mut app.friends).await?;
    table(connection, &mut app, |app| &mut app.departures).await?;
    table(connection, &mut app, |app| &mut app.pins).await?;
    table(connection, &mut app, |app| &mut app.emoji_categories).await?;
    table(connection, &mut app, |app| &mut app.emojis).await?;
    table(connection, &mut app, |app| &mut app.thread_pushes).await?;
    table(connection, &mut app, |app| &mut app.sanctions).await?;
    table(connection, &mut app, |app| &mut app.blocks).await?;
    table(connection, &mut app, |app| &mut app.type_operators).await?;
    table(connection, &mut app, |app| &mut app.reports).await?;
    Ok(Some(app))
}

async fn table<R: Stored, I: Index<R>>(
    connection: &mut SqliteConnection,
    app: &mut Application,
    of: fn(&mut Application) -> &mut Table<R, I>,
) -> Result<(), Error> {
    let list = columns(R::COLUMNS.len(), R::COLUMNS);
    let cells = R::COLUMNS.join(", ");
    let keys = R::COLUMNS[..R::KEYS].join(", ");
    let marks = vec!["?"; R::KEYS].join(", ");
    let select = |after: &str| {
        format!(
            "select json_group_array(json_array({cells})) from (select {list} from {} \
             where application = ?{after} order by {keys} limit {ROWS_AT_ONCE})",
            R::TABLE
        )
    };
    let first = select("");
    let next = select(&format!(" and ({keys}) > ({marks})"));
    let mut reached: Option<R::Key> = None;
    loop {
        let sql = if reached.is_some() { &next } else { &first };
        let mut query =
            sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.clone())).bind(app.id.as_str().to_owned());
        for cell in reached.as_ref().map(R::key_cells).into_iter().flatten() {
            query = match cell {
                Cell::Text(text) => query.bind(text.into_owned()),
                Cell::Int(number) => query.bind(number),
                Cell::Null => query.bind(None::<i64>),
            };
        }
        let rows = query.fetch_one(&mut *connection).await?;
        let rows: Vec<Vec<Cell<'_>>> = serde_json::from_str(&rows).map_err(|_| Error::Damaged(R::TABLE))?;
        let count = rows.len();
        let read = rows.into_iter().map(|cells| R::read(&mut Reader::new(cells), app).map(Arc::new));
        let read: Vec<_> =
            read.collect::<Result<_, Unreadable>>().map_err(|Unreadable| Error::Damaged(R::TABLE))?;
        reached = read.last().map(|row| row.key());
        of(app).load(read);
        if count < ROWS_AT_ONCE {
            return Ok(());
        }
    }
}
