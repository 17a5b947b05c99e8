//! The route table: every operation of a dialect with its name, so that the router, the journal
//! and the coverage pages speak of the same things.

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::HeaderValue,
    response::Response,
    routing::{MethodFilter, MethodRouter, Route},
};
use tower::{Layer, Service};

use super::{
    faults::Armed,
    site::{Concerned, Site},
    takes::{Taken, TakesAll},
};

/// The header that says whose failure it is when an operation is not served.
pub const NOT_SERVED: &str = "x-mynah";

/// One documented operation of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The vendor's name for it, or one in the same manner.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The group under which the vendor documents it.
    pub group: &'static str,
    /// Whether Mynah serves it.
    pub served: bool,
}

/// The operations of a dialect, and the router that serves them.
#[derive(Default)]
pub struct Routes {
    router: Router<Site>,
    operations: Vec<Operation>,
    taken: Vec<Taken>,
    group: &'static str,
}

impl Routes {
    /// No operations yet, all of that group.
    pub fn of(group: &'static str) -> Self {
        Self { group, ..Self::default() }
    }

    /// Serves GET requests.
    #[must_use]
    pub fn get<T: TakesAll + 'static>(
        self,
        name: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.on("GET", name, path, handler, Some(T::taken()))
    }

    /// Serves POST requests.
    #[must_use]
    pub fn post<T: TakesAll + 'static>(
        self,
        name: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.on("POST", name, path, handler, Some(T::taken()))
    }

    /// Serves PUT requests.
    #[must_use]
    pub fn put<T: TakesAll + 'static>(
        self,
        name: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.on("PUT", name, path, handler, Some(T::taken()))
    }

    /// Serves PATCH requests.
    #[must_use]
    pub fn patch<T: TakesAll + 'static>(
        self,
        name: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.on("PATCH", name, path, handler, Some(T::taken()))
    }

    /// Serves DELETE requests.
    #[must_use]
    pub fn delete<T: TakesAll + 'static>(
        self,
        name: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.on("DELETE", name, path, handler, Some(T::taken()))
    }

    /// Knows operations that are not served: method, name and path of each. The handler says so.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "handlers are handed over, here as elsewhere")]
    pub fn not_served<T: 'static>(
        self,
        operations: &[(&'static str, &'static str, &'static str)],
        handler: impl Handler<T, Site>,
    ) -> Self {
        operations
            .iter()
            .fold(self, |routes, (method, name, path)| routes.on(method, name, path, handler.clone(), None))
    }

    /// Takes the operations of another table in.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.operations.extend(other.operations);
        self.taken.extend(other.taken);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// Answers requests for known paths with a method that has no operation.
    #[must_use]
    pub fn other_methods<T: 'static>(self, handler: impl Handler<T, Site>) -> Self {
        Self { router: self.router.method_not_allowed_fallback(handler), ..self }
    }

    /// All operations, in the order in which they were added.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The same with what each reads of a request.
    pub fn readings(&self) -> impl Iterator<Item = (Operation, Taken)> {
        self.operations.iter().copied().zip(self.taken.iter().cloned())
    }

    /// The router.
    pub fn into_router(self) -> Router<Site> {
        self.router
    }

    fn on<T: 'static>(
        mut self,
        method: &'static str,
        name: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
        taken: Option<Taken>,
    ) -> Self {
        let operation = Operation { name, method, path, group: self.group, served: taken.is_some() };
        let filter = match method {
            "GET" => MethodFilter::GET,
            "POST" => MethodFilter::POST,
            "PUT" => MethodFilter::PUT,
            "PATCH" => MethodFilter::PATCH,
            _ => MethodFilter::DELETE,
        };
        let route = MethodRouter::new().on(filter, handler).layer(Named(operation));
        self.operations.push(operation);
        self.taken.push(taken.unwrap_or_else(Taken::open));
        Self { router: self.router.route(path, route), ..self }
    }
}

/// Notes which operation a request has reached, for the journal.
#[derive(Clone)]
struct Named(Operation);

impl Layer<Route> for Named {
    type Service = NamedRoute;

    fn layer(&self, inner: Route) -> NamedRoute {
        NamedRoute { inner, operation: self.0 }
    }
}

#[derive(Clone)]
struct NamedRoute {
    inner: Route,
    operation: Operation,
}

impl Service<Request> for NamedRoute {
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let operation = self.operation;
        if let Some(concerned) = request.extensions().get::<Concerned>() {
            concerned.reach(operation);
        }
        let answer: Self::Future = match request.extensions().get::<Armed>().cloned() {
            None => Box::pin(self.inner.call(request)),
            Some(armed) => {
                let inner = self.inner.clone();
                Box::pin(async move { Ok(armed.around(operation, request, inner).await) })
            }
        };
        if operation.served { answer } else { not_served(answer) }
    }
}

/// Says on an answer that the operation is not served.
fn not_served(answer: <NamedRoute as Service<Request>>::Future) -> <NamedRoute as Service<Request>>::Future {
    Box::pin(async move {
        let mut answer = answer.await?;
        answer.headers_mut().insert(NOT_SERVED, HeaderValue::from_static("not-served"));
        Ok(answer)
    })
}
