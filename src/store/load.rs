//! Loading an application: the one place with a text of its own for each database.

use std::{pin::pin, sync::Arc, task::Poll};

use futures_util::poll;
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, query::QueryScalar, sqlite::SqliteArguments};

use super::{
    Error,
    batch::columns,
    cells::{Cell, Reader, Stored, Unreadable},
};
use crate::{
    model::{
        application::{Counters, Head},
        clock::Clock,
        ids::ApplicationId,
        time::Timestamp,
    },
    state::{
        Application, seed_of,
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
               clock_offset, clock_since, clock_pace, seed, due_at, deliveries_given from applications \
               where application = ?";
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
            deliveries: row.try_get(11)?,
        },
        clock: Clock {
            shown: Timestamp(row.try_get(6)?),
            since: Timestamp(row.try_get(7)?),
            pace: row.try_get(8)?,
        },
        seed: row.try_get::<Option<i64>, _>(9)?.unwrap_or_else(|| seed_of(id)),
        due_at: Timestamp(row.try_get(10)?),
    });
    macro_rules! load {
        ($($field:ident: $row:ty;)*) => { $(table(connection, &mut app, |app| &mut app.$field).await?;)* };
    }
    super::tables::each!(load);
    app.follow_receipts();
    Ok(Some(app))
}

/// Fills a table. While the database gathers rows, those that it brought before are read.
async fn table<R: Stored, I: Index<R>>(
    connection: &mut SqliteConnection,
    app: &mut Application,
    of: fn(&mut Application) -> &mut Table<R, I>,
) -> Result<(), Error> {
    let list = columns(R::COLUMNS.len(), R::COLUMNS);
    let cells = R::COLUMNS.join(", ");
    let keys = R::COLUMNS[..R::KEYS].join(", ");
    let marks = vec!["?"; R::KEYS].join(", ");
    let skipped = ROWS_AT_ONCE - 1;
    let [first, next] = [String::new(), format!(" and ({keys}) > ({marks})")].map(|after| {
        let from = format!("from {} where application = ?{after} order by {keys}", R::TABLE);
        let rows = format!(
            "select json_group_array(json_array({cells})) from (select {list} {from} limit {ROWS_AT_ONCE})"
        );
        // Asked first, so that the rows after it can be asked for before these are read.
        (rows, format!("select json_array({keys}) {from} limit 1 offset {skipped}"))
    });
    let mut reached: Option<String> = None;
    let mut unread: Option<String> = None;
    loop {
        let after: Vec<Cell<'_>> = match &reached {
            Some(key) => serde_json::from_str(key).map_err(|_| Error::Damaged(R::TABLE))?,
            None => Vec::new(),
        };
        let (rows, end) = if after.is_empty() { &first } else { &next };
        let end = question(app, end, &after).fetch_optional(&mut *connection).await?;
        let rows = question(app, rows, &after);
        let mut rows = pin!(rows.fetch_one(&mut *connection));
        let asked = poll!(&mut rows);
        if let Some(text) = unread.take() {
            read(app, &text, of)?;
        }
        unread = Some(match asked {
            Poll::Ready(rows) => rows?,
            Poll::Pending => rows.await?,
        });
        if end.is_none() {
            break;
        }
        reached = end;
    }
    unread.map_or(Ok(()), |text| read(app, &text, of))
}

/// A query of an application, with a key after which to begin.
fn question<'q>(
    app: &Application,
    sql: &str,
    after: &[Cell<'_>],
) -> QueryScalar<'q, Sqlite, String, SqliteArguments> {
    let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).bind(app.id.as_str().to_owned());
    after.iter().fold(query, |query, cell| match cell {
        Cell::Text(text) => query.bind(text.clone().into_owned()),
        Cell::Name(name) => query.bind(Arc::clone(name)),
        Cell::Int(number) => query.bind(*number),
        Cell::Null => query.bind(None::<i64>),
    })
}

/// Puts rows into their table.
fn read<R: Stored, I: Index<R>>(
    app: &mut Application,
    rows: &str,
    of: fn(&mut Application) -> &mut Table<R, I>,
) -> Result<(), Error> {
    let rows: Vec<Vec<Cell<'_>>> = serde_json::from_str(rows).map_err(|_| Error::Damaged(R::TABLE))?;
    let rows = rows.into_iter().map(|cells| R::read(&mut Reader::new(cells), app).map(Arc::new));
    let rows: Vec<_> = rows.collect::<Result<_, Unreadable>>().map_err(|Unreadable| Error::Damaged(R::TABLE))?;
    of(app).load(rows);
    Ok(())
}
